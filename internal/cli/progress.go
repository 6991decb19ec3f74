package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
)

// progress shows what a run is doing on standard error: one line that changes
// on a terminal, a plain line for each new step and every few seconds elsewhere.
type progress struct {
	out      io.Writer
	live     bool
	began    time.Time
	shown    string    // what stands on the live line
	printed  string    // stage of the last plain line
	lastLine time.Time // when it was printed
}

// plainPause is the least time between two plain lines of one stage.
const plainPause = 5 * time.Second

func newProgress(cmd *cobra.Command) *progress {
	p := &progress{out: cmd.ErrOrStderr(), began: time.Now()}
	p.live = isTerminal(p.out)
	if quiet, _ := cmd.Flags().GetBool("quiet"); quiet {
		p.out = io.Discard
	}
	return p
}

// step shows one step of the run.
func (p *progress) step(s webchatspec.Progress) {
	line := fmt.Sprintf("%5.1f s  %-5s  %s", time.Since(p.began).Seconds(), s.Stage, s.Text)
	if s.Total > 0 {
		line += fmt.Sprintf(" (%d of %d)", s.Done, s.Total)
	}
	if p.live {
		fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, len(p.shown)-len(line))))
		p.shown = line
		return
	}
	if s.Stage != p.printed || time.Since(p.lastLine) >= plainPause {
		fmt.Fprintln(p.out, line)
		p.printed, p.lastLine = s.Stage, time.Now()
	}
}

// done clears the live line.
func (p *progress) done() {
	if p.live && p.shown != "" {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", len(p.shown)))
	}
}
