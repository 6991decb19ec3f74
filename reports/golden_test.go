package reports_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/webchatspec/webchatspec/internal/golden"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// writers are all reports, by the name of their golden file.
func writers() map[string]func(io.Writer, record.Run) error {
	all := map[string]func(io.Writer, record.Run) error{
		"terminal-80.txt":  func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{Width: 80}) },
		"terminal-120.txt": func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{Width: 120}) },
		"verbose.txt": func(w io.Writer, run record.Run) error {
			return reports.Terminal(w, run, reports.Screen{Width: 100, Verbose: true})
		},
		"brief.txt":    func(w io.Writer, run record.Run) error { return reports.TerminalBrief(w, run, reports.Screen{}) },
		"coloured.txt": func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{Colour: true}) },
		"annotations":  reports.Annotations,
		"diff.md":      func(w io.Writer, run record.Run) error { return reports.Diff(w, run, run) },
		"diff.txt":     func(w io.Writer, run record.Run) error { return reports.DiffTerminal(w, run, run, reports.Screen{}) },
	}
	for _, format := range reports.Formats() {
		if format.Name != "bundle" { // it holds others, and is made of whole runs only
			all[format.File] = format.Write
		}
	}
	return all
}

func render(t testing.TB, write func(io.Writer, record.Run) error, run record.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"terminal-80.txt", "terminal-120.txt", "verbose.txt", "brief.txt", "annotations", "junit.xml", "report.md", "report.sarif", "load.csv", "load.ndjson", "badge.svg", "badge.json"} {
		t.Run(name, func(t *testing.T) {
			golden.Compare(t, name, []byte(render(t, writers()[name], sampleRun(t))))
		})
	}
}

// TestGoldenHTML keeps the pages without what has bytes of Go's encoder, or is
// style.
func TestGoldenHTML(t *testing.T) {
	golden.Compare(t, "report.html", bare(render(t, reports.HTML, sampleRun(t))))
	var history bytes.Buffer
	if err := sampleHistory(t).HTML(&history); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "history.html", bare(history.String()))
	var short bytes.Buffer
	if err := sampleHistory(t).Terminal(&short, reports.Screen{Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "history-80.txt", short.Bytes())
}

// bare is a page without its style sheet, its pictures and what its charts draw.
func bare(page string) []byte {
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "<style>…</style>")
	page = regexp.MustCompile(`data:image/jpeg;base64,[A-Za-z0-9+/=]+`).ReplaceAllString(page, "data:…")
	page = regexp.MustCompile(`(?s)(<figure class="chart">.*?<svg [^>]*>).*?</svg>`).ReplaceAllString(page, "$1…</svg>")
	return []byte(page)
}

// TestAnEndpointThatIsDownIsToldInThreeLines does not tell one cause once for
// each check.
func TestAnEndpointThatIsDownIsToldInThreeLines(t *testing.T) {
	run := sampleRun(t)
	run.Parts = []record.Part{{Name: "token", Failure: &record.Failure{Class: record.FailureRefused, Message: "nothing listens there"}}}
	run.Evidence, run.Load, run.Target = record.Evidence{}, nil, record.Target{Endpoint: "http://127.0.0.1:9/"}
	for i := range run.Outcomes {
		o := &run.Outcomes[i]
		*o = record.Outcome{ID: o.ID, Area: o.Area, Level: o.Level, Title: o.Title, State: record.NotRun, Wanted: true, Reason: "nothing listens there"}
	}
	told := render(t, func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{Width: 80}) }, run)
	if n := strings.Count(told, "nothing listens there"); n != 1 {
		t.Errorf("the cause is told %d times:\n%s", n, told)
	}
	if rows := strings.Count(told, "\n"); rows > 8 || !strings.HasSuffix(told, "INCONCLUSIVE  Nothing could be tested.\n") {
		t.Errorf("%d rows:\n%s", rows, told)
	}
}

func TestTheTerminalKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{80, 120} {
		told := render(t, func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{Width: width}) }, sampleRun(t))
		for row := range strings.Lines(told) {
			if n := utf8.RuneCountInString(strings.TrimRight(row, "\n")); n > width {
				t.Errorf("a row has %d characters, the screen %d: %q", n, width, row)
			}
		}
	}
}

func TestGoldenDiff(t *testing.T) {
	older, newer := passedRun(t), sampleRun(t)
	newer.Load[0].Latency.P99 *= 1.5
	for name, write := range map[string]func(io.Writer, record.Run, record.Run) error{
		"diff.md": reports.Diff,
		"diff.txt": func(w io.Writer, older, newer record.Run) error {
			return reports.DiffTerminal(w, older, newer, reports.Screen{})
		},
	} {
		var b bytes.Buffer
		if err := write(&b, older, newer); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, name, b.Bytes())
	}
}

func TestAnEmptyRunIsReported(t *testing.T) {
	for name, write := range writers() {
		for _, run := range []record.Run{{}, {Outcomes: []record.Outcome{{}}, Load: []record.Load{{}}, Evidence: record.Evidence{
			Keys: []record.Key{{}}, Tokens: []record.Token{{}}, Page: &record.Page{Steps: []record.PageStep{{}}, Firings: []record.Firing{{}}, Screenshots: []record.Screenshot{{}}},
		}}} {
			if render(t, write, run) == "" && name != "annotations" && name != "load.ndjson" {
				t.Errorf("%s says nothing about an empty run", name)
			}
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestAWriteErrorIsReturned(t *testing.T) {
	for name, write := range writers() {
		if err := write(brokenWriter{}, sampleRun(t)); !errors.Is(err, errBroken) {
			t.Errorf("%s: got error %v, want %v", name, err, errBroken)
		}
	}
}

func TestFormatNamed(t *testing.T) {
	for _, format := range reports.Formats() {
		if got, ok := reports.FormatNamed(format.Name); !ok || got.File != format.File {
			t.Errorf("format %q is not found by its name", format.Name)
		}
	}
	if _, ok := reports.FormatNamed("pdf"); ok {
		t.Error("a format that does not exist was found")
	}
}

func TestJSONIsTheRunFile(t *testing.T) {
	run := sampleRun(t)
	again, err := record.Read(bytes.NewBufferString(render(t, record.Write, run)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, again); diff != "" {
		t.Errorf("the run changed on the way (-written +read):\n%s", diff)
	}
}
