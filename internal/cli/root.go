// Package cli is the command line of webchatspec: one file per command, each
// turning flags into a configuration and calling the room that does the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/secrets"
)

// softLimit is the memory, in bytes, from which its reuse is sought harder: most of
// what a hostile site has us take in is needed for a moment only.
const softLimit = 68 << 20

// Main is the whole of the process: [Run] with its arguments and files, and within
// softLimit unless GOMEMLIMIT says otherwise. It returns the exit code.
func Main() int {
	// The library for HTTP logs what a site sends unasked, and in its words: it may
	// hold anything that the site was told.
	log.SetOutput(io.Discard)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
	return Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run executes the command line args (without the program's name) and returns
// the exit code. The first interrupt cancels the context, so that a command can
// write what it has, and ends the command after [endLimit] whatever it does then;
// a second one kills the process. A terminal that is closed interrupts, too. When
// whoever reads the output leaves, the command goes on: its reports are files.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	context.AfterFunc(ctx, stop)
	left := make(chan os.Signal, 1) // never read: writing then is an error, and not the end
	signal.Notify(left, syscall.SIGPIPE)
	defer signal.Stop(left)

	told := &secrets.Known{}
	ctx = confiding(ctx, told)
	stdout, stderr = &confidant{stdout, told}, &confidant{stderr, told}
	root := Command()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := execute(ctx, root, endLimit)
	var exit *exitError
	if err == nil || !errors.As(err, &exit) && errors.Is(err, errReaderLeft) {
		return ExitOK
	}
	if exit == nil || exit.err != nil {
		fmt.Fprintf(stderr, "webchatspec: %v\n", err)
	}
	return exitCode(err)
}

// endings are the signals that interrupt. One that we were started to ignore, as
// nohup has it, is none.
func endings() []os.Signal {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	return ends
}

// endLimit is how long a command may take to end when it was interrupted.
const endLimit = 4500 * time.Millisecond

// errLeft ends a command that did not end when it was interrupted.
var errLeft = &exitError{code: ExitInterrupted, err: errors.New("interrupted; what was under way did not end, and was left")}

// execute runs the command, and leaves it when it does not end in time: it may
// read what never comes, or write to a disk that has gone. A panic in any of its
// goroutines ends it, and is told as all else is, without what is confidential.
func execute(ctx context.Context, root *cobra.Command, limit time.Duration) error {
	mistake, hearNoMore := panics.Hear() // after one, others may follow until the process has ended
	ended := make(chan error, 1)
	go func() {
		defer panics.Tell()
		err := root.ExecuteContext(ctx)
		hearNoMore()
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case err := <-mistake:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case err := <-mistake:
		return err
	case <-time.After(limit):
		return errLeft
	}
}

// Command returns the command with all that are below it, for [Run] and for the manual.
func Command() *cobra.Command {
	root := &cobra.Command{
		Use:   "webchatspec",
		Short: "Check a web site's use of web chat identity tokens, before release",
		Long: `webchatspec checks whether a web site uses web chat identity tokens correctly: are
the tokens right, does the page keep the chat alive when a token expires, and how
many correct tokens per second can the endpoint sign.

Every command works without configuration, against a built-in demo site.`,
		Example: `  webchatspec verify
  webchatspec verify --endpoint https://shop.example/createJWT --public-key key.pub --page https://shop.example/
  webchatspec explain exp-present`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       webchatspec.Version(),
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("webchatspec " + webchatspec.VersionDetails() + "\n")
	root.SetFlagErrorFunc(flagError)
	arrangeHelp(root)
	root.AddCommand(inGroup(groupTest, newInitCommand(), newVerifyCommand(), newCheckCommand(), newPageCommand(), newLoadCommand())...)
	root.AddCommand(inGroup(groupLookUp, newListCommand(), newExplainCommand(), newProfilesCommand(), newSchemaCommand())...)
	root.AddCommand(inGroup(groupRuns, newJudgeCommand(), newReportCommand(), newDiffCommand(), newMergeCommand(), newVerifyBundleCommand())...)
	root.AddCommand(inGroup(groupDevelop, newMockCommand(), newIssuerCommand(), newTokenCommand(), newKeyCommand())...)
	root.AddCommand(topics()...)
	completeTopics(root)
	return root
}

// unknownCommand refuses a first argument that is no command, naming the nearest one.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := make([]string, 0, len(cmd.Commands()))
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usageErrorf("unknown command %q%s; see 'webchatspec --help'", args[0], didYouMean(args[0], names))
}

// didYouMean is the hint after a misspelt word, or "" when nothing is near.
func didYouMean(word string, known []string) string { return spelling.DidYouMean(word, known) }
