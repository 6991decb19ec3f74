package reports_test

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// hostileRun is the sample with text in place of each of its texts but for
// those that steer what is shown.
func hostileRun(t testing.TB, text string) record.Run {
	t.Helper()
	run := sampleRun(t)
	failure := &record.Failure{Class: text, Message: text}
	run.Parts = append(run.Parts, record.Part{Name: text, Failure: failure})
	run.Load[0].Tokens.Examples = []record.LoadExample{{Kind: text, Text: text}}
	run.Load[0].Generator = record.Generator{Bound: true, Reason: text}
	run.Baseline = record.NewBaseline(text, sampleRun(t))
	run.Outcomes[0].Links = []record.Link{{Text: text, URL: text}}
	run.Evidence.Page.Dropped = map[string]int{text: 3}
	steer := map[reflect.Type]bool{reflect.TypeFor[record.State](): true, reflect.TypeFor[record.Level](): true, reflect.TypeFor[time.Time](): true}
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch {
		case steer[v.Type()]:
		case v.Kind() == reflect.String && v.String() != "":
			v.SetString(text)
		case v.Kind() == reflect.Pointer && !v.IsNil():
			fill(v.Elem())
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Int64:
			v.Set(reflect.ValueOf(map[string]int64{text: 3}))
		}
	}
	shown := run.Evidence.Page.Steps
	fill(reflect.ValueOf(&run).Elem())
	for i := range shown { // a step is told from another by its name
		run.Evidence.Page.Timeline[i].Text = text
	}
	return run
}

var colours = regexp.MustCompile(`\x1b\[(0|1|2|1;3[123])m`)

// checkTamed fails when text, standing everywhere in a run, gets anything into
// a report that acts on whoever reads it.
func checkTamed(t testing.TB, hostile string, plain map[string]string) {
	t.Helper()
	run := hostileRun(t, hostile)
	for name, write := range writers() {
		if name == "run.json" {
			continue // data, escaped as JSON is
		}
		report := render(t, write, run)
		checkVisible(t, name, colours.ReplaceAllString(report, ""))
		switch name {
		case "coloured.txt", "terminal.txt", "diff.txt":
			checkNoBuildCommand(t, name, report)
		case "annotations":
			checkAnnotations(t, report, plain[name])
		case "junit.xml":
			checkXML(t, report)
		case "report.html":
			checkSameElements(t, report, plain[name])
		}
	}
}

// plainReports are the reports with a harmless text in place of the hostile one.
func plainReports(t testing.TB) map[string]string {
	t.Helper()
	plain, run := map[string]string{}, hostileRun(t, "plain")
	for name, write := range writers() {
		plain[name] = render(t, write, run)
	}
	return plain
}

// checkVisible wants valid UTF-8 without control, invisible or reordering characters.
func checkVisible(t testing.TB, name, report string) {
	t.Helper()
	if !utf8.ValidString(report) {
		t.Errorf("%s is not UTF-8", name)
	}
	for _, r := range report {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) {
			if name != "report.html" || r != '\t' { // the chart library indents with tabs
				t.Errorf("%s has the character %U", name, r)
				return
			}
		}
	}
}

// checkNoBuildCommand wants no line that a build system would obey.
func checkNoBuildCommand(t testing.TB, name, report string) {
	t.Helper()
	for row := range strings.Lines(colours.ReplaceAllString(report, "")) {
		if strings.HasPrefix(strings.TrimSpace(row), "::") || strings.Contains(row, "##") {
			t.Errorf("%s has the line %q", name, row)
		}
	}
}

var annotationForm = regexp.MustCompile(`^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*$`)

func checkAnnotations(t testing.TB, report, plain string) {
	t.Helper()
	rows := strings.Split(strings.TrimSuffix(report, "\n"), "\n")
	if want := strings.Count(plain, "\n"); len(rows) != want {
		t.Errorf("%d annotations, want %d", len(rows), want)
	}
	for _, row := range rows {
		if !annotationForm.MatchString(row) {
			t.Errorf("not one annotation: %q", row)
		}
	}
}

func checkXML(t testing.TB, report string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(report))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("the JUnit report is not well formed: %v", err)
			return
		}
	}
}

// checkSameElements wants the page to have the elements that it has without
// hostile texts, and no other.
func checkSameElements(t testing.TB, report, plain string) {
	t.Helper()
	document, err := html.Parse(strings.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	checkInert(t, document)
	want, err := html.Parse(strings.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	expected, found := elements(want, ""), elements(document, "")
	if len(found) != len(expected) {
		t.Errorf("the page has %d elements, want %d", len(found), len(expected))
		return
	}
	for i, node := range found {
		if node.Data != expected[i].Data || len(node.Attr) != len(expected[i].Attr) {
			t.Errorf("element %d is <%s> with %d attributes, want <%s> with %d", i, node.Data, len(node.Attr), expected[i].Data, len(expected[i].Attr))
		}
	}
}

func TestHostileTextsAreTamed(t *testing.T) {
	plain := plainReports(t)
	checkTamed(t, hostileText(), plain)
	checkTamed(t, "::error::owned", plain)
	checkTamed(t, strings.Repeat("aaaaaaa ", 11)+"::stop-commands::x ##vso[task.setvariable]x", plain)
	checkTamed(t, "\x85\u0085\u009b31m", plain)
}

func TestNoCompleteTokenIsReported(t *testing.T) {
	signature := strings.Repeat("A", 342)
	for name, write := range writers() {
		if name == "run.json" {
			continue // what gathers evidence cuts tokens before they come here
		}
		if strings.Contains(render(t, write, hostileRun(t, hostileText())), signature) {
			t.Errorf("%s has a token with its signature", name)
		}
	}
}

func TestMarkdownTextsMakeNoMarkup(t *testing.T) {
	run := hostileRun(t, "<b>x</b> [a](b) @team #1 http://evil.example www.evil.example | *y* `z` &lt;")
	report := regexp.MustCompile("`+[^`].*?`+").ReplaceAllString(render(t, reports.Markdown, run), "")
	for _, markup := range []string{"<b>", "[a](", "@team", "#1", "http://", "www.", " | *y", " &lt; "} {
		for row := range strings.Lines(report) {
			if strings.Contains(row, markup) && !strings.Contains(row, `\`+markup) {
				t.Errorf("the line %q has %q as markup", row, markup)
			}
		}
	}
}

// TestMegabytesAreCut wants reports of a size that can be opened and posted.
func TestMegabytesAreCut(t *testing.T) {
	run := hostileRun(t, strings.Repeat("long text \x00 <b> ", 100_000))
	for range 100 {
		run.Outcomes[4].Findings = append(run.Outcomes[4].Findings, run.Outcomes[4].Findings[0])
	}
	for range 30 {
		run.Outcomes = append(run.Outcomes, run.Outcomes[4])
	}
	limits := map[string]int{"annotations": 100 << 10, "report.md": 64 << 10, "diff.md": 64 << 10}
	for name, write := range writers() {
		if name == "run.json" {
			continue
		}
		limit := limits[name]
		if limit == 0 {
			limit = 64 << 20
		}
		if size := len(render(t, write, run)); size > limit {
			t.Errorf("%s has %d bytes, more than %d", name, size, limit)
		}
	}
}

func FuzzReports(f *testing.F) {
	f.Add(hostileText())
	f.Add("::error::x")
	f.Add("\u202e\u2028\x7f\t")
	f.Add("`` ` ```")
	plain := plainReports(f)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "" {
			return // leaves fields out
		}
		checkTamed(t, text, plain)
	})
}
