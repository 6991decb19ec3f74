package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/webchatspec/webchatspec/internal/input"
)

// What bounds a run file that is read, each about eight times what the largest
// real ones have, with pictures of the page, thousands of tokens and hours of load:
// a file that holds more would cost more memory than it has.
const (
	maxRunFile  = 24 << 20 // bytes
	maxElements = 100_000  // of all lists in it
	maxMembers  = 450_000  // of all objects in it; of both again in all tokens
	maxOutcomes = 1_000    // several times the catalogue
	maxTokens   = 15_000   // and exchanges, each of which judging takes apart
	maxFindings = 20_000   // of all outcomes
)

// ErrSchema is returned for a run file of another schema version.
var ErrSchema = errors.New("run file has another schema version")

// Read reads a run from r. It refuses what is no run file or one of a newer version.
func Read(r io.Reader) (Run, error) {
	data, err := input.All(r, "the run file", maxRunFile)
	if err != nil {
		return Run{}, fmt.Errorf("read run file: %w", err)
	}
	var all amount
	measure(&all, data)
	if err := all.err(); err != nil {
		return Run{}, fmt.Errorf("not a run file: %w", err)
	}
	var run Run
	if err := json.Unmarshal(data, &run); err != nil {
		return Run{}, fmt.Errorf("not a run file: %w", err)
	}
	if err := run.measure(); err != nil {
		return Run{}, fmt.Errorf("not a run file: %w", err)
	}
	if len(data) > maxIndented {
		runtime.GC() // a long text is not to be there still while another is made of the run
	}
	if run.SchemaVersion != SchemaVersion {
		return Run{}, fmt.Errorf("%w: %d, this program reads %d", ErrSchema, run.SchemaVersion, SchemaVersion)
	}
	return run, nil
}

// measure returns an error for a run with more in it than one ever has that was
// gathered.
func (r *Run) measure() error {
	findings, longest := 0, 0
	var claims amount
	for i := range r.Outcomes {
		findings += len(r.Outcomes[i].Findings)
	}
	for i := range r.Evidence.Tokens {
		token := &r.Evidence.Tokens[i]
		longest = max(longest, len(token.Header.JSON), len(token.Payload.JSON))
		measure(&claims, token.Header.JSON)
		measure(&claims, token.Payload.JSON)
	}
	for _, list := range []struct {
		of         string
		long, most int
	}{
		{"outcomes", len(r.Outcomes), maxOutcomes}, {"findings", findings, maxFindings},
		{"tokens", len(r.Evidence.Tokens), maxTokens}, {"exchanges", len(r.Evidence.Exchanges), maxTokens},
		{"bytes in one segment of a token", longest, 2 * maxSegmentBytes}, // masking may make it longer
	} {
		if list.long > list.most {
			return fmt.Errorf("it has %d %s, more than %d", list.long, list.of, list.most)
		}
	}
	if err := claims.err(); err != nil {
		return fmt.Errorf("its tokens: %w", err)
	}
	return nil
}

// ReadFile reads the run in the file name.
func ReadFile(name string) (Run, error) {
	f, err := input.Open(name)
	if err != nil {
		return Run{}, err
	}
	defer f.Close()
	run, err := Read(f)
	if err != nil {
		return Run{}, fmt.Errorf("%s: %w", name, err)
	}
	return run, nil
}

// Write writes run to w as JSON: indented, or on one line when it is long, since
// nobody reads that and it would cost its size in memory three times.
func Write(w io.Writer, run Run) error { return WriteLine(indenter{w}, run) }

// indenter indents each JSON text that is written to it at once, unless it is long.
type indenter struct{ to io.Writer }

// maxIndented is the longest text that is indented, in bytes.
const maxIndented = 8 << 20

func (i indenter) Write(text []byte) (int, error) {
	if len(text) > maxIndented {
		return i.to.Write(text)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", " "); err != nil {
		return 0, err
	}
	_, err := indented.WriteTo(i.to)
	return len(text), err
}

// WriteLine writes run to w as JSON on one line, to be read by [ReadLines].
func WriteLine(w io.Writer, run Run) error {
	encoder := json.NewEncoder(w) // writes once, when all is encoded
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(run); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// lineStart is how a line with a run begins. What stands before it is the name
// that a collector of logs puts there.
const lineStart = `{"schemaVersion":`

// maxLines bounds the logs in which runs are looked for, in bytes.
const maxLines = 1 << 30

// ReadLines reads the runs that stand in r, one on a line, as in the logs of many
// machines, one after the other: all of them together may be too much to hold. Lines
// that hold no run are skipped; an error is the end.
func ReadLines(r io.Reader) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		lines := bufio.NewScanner(io.LimitReader(r, maxLines))
		lines.Buffer(nil, maxRunFile)
		for number := 1; lines.Scan(); number++ {
			start := bytes.Index(lines.Bytes(), []byte(lineStart))
			if start < 0 {
				continue
			}
			run, err := Read(bytes.NewReader(lines.Bytes()[start:]))
			if err != nil {
				err = fmt.Errorf("line %d: %w", number, err)
			}
			if !yield(run, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Run{}, fmt.Errorf("read runs: %w", err))
		}
	}
}

// WriteFile writes the file name through a temporary one beside it, so that an
// interrupted write leaves no half file. It holds evidence, which is nobody
// else's: a new file can be read by its owner only, one that was there keeps the
// permissions that somebody gave it.
//
// What is there and is no file, such as /dev/stdout or a pipe, is written to and stays.
func WriteFile(name string, write func(io.Writer) error) error {
	if there, err := os.Stat(name); err == nil && !there.Mode().IsRegular() && !there.IsDir() {
		f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0) // a pipe that nobody reads is an error
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".webchatspec-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	mode := os.FileMode(0o600)
	if before, err := os.Stat(name); err == nil && before.Mode().IsRegular() {
		mode = before.Mode().Perm()
	}
	if err := errors.Join(f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
