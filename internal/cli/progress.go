package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// progress shows what a run is doing on standard error: one line that changes
// on a terminal, a plain line for each new step and every few seconds elsewhere.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	live     bool
	began    time.Time
	shown    string    // what stands on the live line
	printed  string    // stage of the last plain line
	lastLine time.Time // when it was printed
	asked    []sample  // how many requests were done when, in the time of recently
}

// sample is how many requests were done at a moment.
type sample struct {
	at   time.Time
	done int
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

// parts are the parts of a run in words.
var parts = map[string]string{suites.PartToken: "tokens", suites.PartPage: "page", suites.PartLoad: "load"}

// doing says in words what the probes of the token part do.
var doing = map[string]string{
	record.ProbeVisitors:        "asking as fresh visitors, several times each",
	record.ProbeCookieRoles:     "leaving out one cookie after the other",
	record.ProbeHosts:           "asking under another host name",
	record.ProbeNetwork:         "asking from other addresses and browsers",
	record.ProbeAnonymous:       "asking as very many fresh visitors",
	record.ProbeParallel:        "asking as many visitors at once",
	record.ProbeRequestIdentity: "putting identities into requests",
	record.ProbeForgedCookies:   "forging visitors' cookies",
	record.ProbeForgedLogins:    "forging login cookies",
	record.ProbeHostileCookies:  "sending hostile cookies",
	record.ProbeLogin:           "logging users in and out",
	record.ProbeSession:         "visiting and logging in",
	record.ProbeCrossSiteLogin:  "logging in from another site",
	record.ProbeRenewal:         "waiting for a token to expire",
	record.ProbeMethods:         "trying other methods",
	record.ProbeOrigins:         "asking from other origins",
	record.ProbeValidators:      "asking whether anything has changed",
	record.ProbeScripts:         "asking for a script",
	record.ProbeBadInput:        "sending bad input",
	record.ProbeReflection:      "looking for what is sent back",
	record.ProbePaths:           "looking for keys and sources that are served",
	record.ProbeTLS:             "looking at the transport",
	record.ProbeJWKS:            "looking for published keys",
	record.ProbeBusy:            "measuring the latency of busy moments",
	record.ProbeRelying:         "handing forged tokens back",
}

// step shows one step of the run.
func (p *progress) step(s webchatspec.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what := cmp.Or(doing[s.Text], s.Text)
	line := fmt.Sprintf("%5.1f s  %-6s  %s", time.Since(p.began).Seconds(), cmp.Or(parts[s.Part], s.Part), what)
	if s.Total > 0 {
		line += fmt.Sprintf(" (%s of %s requests%s)", record.Count(s.Done), record.Count(s.Total), p.left(s, time.Now()))
	}
	if p.live {
		fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, len(p.shown)-len(line))))
		p.shown = line
		return
	}
	if s.Part != p.printed || time.Since(p.lastLine) >= plainPause {
		fmt.Fprintln(p.out, line)
		p.printed, p.lastLine = s.Part, time.Now()
	}
}

// recently is the time whose requests tell how long the rest takes.
const recently = 20 * time.Second

// left says how long the rest takes at most, on a run that takes long: the plan has the most
// that there can be.
func (p *progress) left(s webchatspec.Progress, now time.Time) string {
	if n := len(p.asked); n > 0 && s.Done < p.asked[n-1].done {
		p.asked = nil // another part has begun
	}
	p.asked = append(p.asked, sample{now, s.Done})
	for now.Sub(p.asked[0].at) > recently {
		p.asked = p.asked[1:]
	}
	done, took := s.Done-p.asked[0].done, now.Sub(p.asked[0].at)
	if done < 1 || took < recently/2 || s.Total <= s.Done {
		return ""
	}
	left := took.Seconds() / float64(done) * float64(s.Total-s.Done)
	const minute, some = 60, 10 // seconds
	switch {
	case left < some:
		return ", some seconds left"
	case left < minute:
		return fmt.Sprintf(", at most %.0f s left", math.Ceil(left/some)*some)
	}
	return fmt.Sprintf(", at most %.0f min left", math.Ceil(left/minute))
}

// stopping says that the interrupt was heard, and how to insist.
func (p *progress) stopping() {
	p.done()
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.out, "stopping, and writing what there is; press Ctrl-C again to end at once")
}

// done clears the live line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live && p.shown != "" {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", len(p.shown)))
		p.shown = ""
	}
}
