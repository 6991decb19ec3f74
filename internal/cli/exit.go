package cli

import (
	"errors"
	"fmt"

	"github.com/webchatspec/webchatspec/record"
)

// Exit codes of every command, in the order in which they apply.
const (
	ExitOK           = 0   // everything that was asked for was asserted and holds
	ExitFailed       = 1   // a MUST failed, or a SHOULD under --fail-on should
	ExitUsage        = 2   // wrong flags or configuration, or a file that cannot be read
	ExitUnreachable  = 3   // the endpoint, page or browser that was asked for is not there
	ExitInconclusive = 4   // nothing was asserted, a MUST could not be decided, or an internal error
	ExitInterrupted  = 130 // the user stopped the run; what there was has been written
)

// ExitCode is the table of exit codes, for a judged run.
func ExitCode(run record.Run) int {
	switch verdict := run.Decide(); {
	case verdict == record.VerdictInterrupted:
		return ExitInterrupted
	case verdict == record.VerdictFailed:
		return ExitFailed
	case run.Unreachable():
		return ExitUnreachable
	case verdict == record.VerdictPassed, run.RanAsShard():
		return ExitOK
	}
	return ExitInconclusive
}

// exitError carries the exit code with which a command ends.
// A nil err ends the process without printing: the command has said it all.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageErrorf makes an error that ends the command with ExitUsage.
func usageErrorf(format string, args ...any) error {
	return &exitError{code: ExitUsage, err: fmt.Errorf(format, args...)}
}

// exitWith ends the command silently with code; code 0 is no error.
func exitWith(code int) error {
	if code == ExitOK {
		return nil
	}
	return &exitError{code: code}
}

// exitCode maps an error returned by a command to an exit code.
func exitCode(err error) int {
	var exit *exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return exit.code
	}
	return ExitInconclusive
}
