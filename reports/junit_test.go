package reports_test

import (
	"encoding/xml"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// element is an XML element with all that is in it.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// elementRule is what a schema says of an element: the attributes it must have,
// those it may have, and its children. Ordered is set where they must stand in
// that order.
type elementRule struct {
	must, may, children []string
	ordered             bool
}

// The schemas of JUnit in use, as data: Ant's, the strictest, and that of Jenkins,
// which allows output in a test case.
var (
	antSchema = map[string]elementRule{
		"testsuites": {children: []string{"testsuite"}},
		"testsuite": {
			must: []string{"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "package", "id"}, may: []string{"skipped"},
			children: []string{"properties", "testcase", "system-out", "system-err"}, ordered: true,
		},
		"properties": {children: []string{"property"}},
		"property":   {must: []string{"name", "value"}},
		"testcase":   {must: []string{"name", "classname", "time"}, children: []string{"skipped", "error", "failure"}},
		"skipped":    {may: []string{"message"}},
		"error":      {must: []string{"type"}, may: []string{"message"}},
		"failure":    {must: []string{"type"}, may: []string{"message"}},
		"system-out": {},
		"system-err": {},
	}
	jenkinsSchema = map[string]elementRule{
		"testsuites": {may: []string{"name", "time", "tests", "failures", "disabled", "errors"}, children: []string{"testsuite"}},
		"testsuite": {
			must:     []string{"name", "tests", "failures", "errors"},
			may:      []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"},
			children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
		},
		"properties": {children: []string{"property"}},
		"property":   {must: []string{"name", "value"}},
		"testcase": {
			must: []string{"name"}, may: []string{"classname", "time", "group"},
			children: []string{"skipped", "error", "failure", "system-out", "system-err", "properties"},
		},
		"skipped":    {may: []string{"message", "type"}},
		"error":      {may: []string{"type", "message"}},
		"failure":    {may: []string{"type", "message"}},
		"system-out": {},
		"system-err": {},
	}
)

// formats of the attributes that both schemas give a type.
var attributeFormats = map[string]*regexp.Regexp{
	"time":      regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`),
	"timestamp": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`),
	"tests":     regexp.MustCompile(`^\d+$`), "failures": regexp.MustCompile(`^\d+$`), "errors": regexp.MustCompile(`^\d+$`), "id": regexp.MustCompile(`^\d+$`),
}

func checkSchema(t *testing.T, schema map[string]elementRule, e element) {
	t.Helper()
	rules, known := schema[e.XMLName.Local]
	if !known {
		t.Fatalf("the schema has no element <%s>", e.XMLName.Local)
	}
	for _, name := range rules.must {
		if !slices.ContainsFunc(e.Attrs, func(a xml.Attr) bool { return a.Name.Local == name }) {
			t.Errorf("<%s> has no attribute %s", e.XMLName.Local, name)
		}
	}
	for _, a := range e.Attrs {
		if !slices.Contains(rules.must, a.Name.Local) && !slices.Contains(rules.may, a.Name.Local) {
			t.Errorf("<%s> may not have the attribute %s", e.XMLName.Local, a.Name.Local)
		}
		if format := attributeFormats[a.Name.Local]; format != nil && !format.MatchString(a.Value) {
			t.Errorf("<%s> has %s=%q", e.XMLName.Local, a.Name.Local, a.Value)
		}
	}
	last, results := 0, 0
	for _, child := range e.Children {
		place := slices.Index(rules.children, child.XMLName.Local)
		if place < 0 || rules.ordered && place < last {
			t.Errorf("<%s> may not stand there in <%s>", child.XMLName.Local, e.XMLName.Local)
		}
		if slices.Contains([]string{"skipped", "error", "failure"}, child.XMLName.Local) {
			results++
		}
		last = place
		checkSchema(t, schema, child)
	}
	if results > 1 {
		t.Errorf("the test case %s has %d results", e.attr("name"), results)
	}
}

func parsedJUnit(t *testing.T, run record.Run) element {
	t.Helper()
	var root element
	if err := xml.Unmarshal([]byte(render(t, reports.JUnit, run)), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestJUnitFollowsTheSchema(t *testing.T) {
	for _, run := range []record.Run{sampleRun(t), hostileRun(t, hostileText()), {}} {
		for _, schema := range []map[string]elementRule{antSchema, jenkinsSchema} {
			checkSchema(t, schema, parsedJUnit(t, run))
		}
	}
}

// TestJUnitNamesFiles: GitLab and Jenkins show what stands in the output of a
// failed test case in their way.
func TestJUnitNamesFiles(t *testing.T) {
	write := reports.JUnitWith([]reports.Attachment{{Path: "/out/report.html"}, {Area: "page", Path: "/out/page-03.png"}})
	run := sampleRun(t)
	for i := range run.Outcomes {
		if run.Outcomes[i].ID == "page-renews" {
			run.Outcomes[i].State = record.Failed
		}
	}
	var root element
	if err := xml.Unmarshal([]byte(render(t, write, run)), &root); err != nil {
		t.Fatal(err)
	}
	checkSchema(t, jenkinsSchema, root)
	told := map[string]string{}
	for _, suite := range root.Children {
		for _, c := range suite.Children {
			for _, inner := range c.Children {
				if inner.XMLName.Local == "system-out" {
					id, _, _ := strings.Cut(c.attr("name"), ":")
					told[id] = inner.Text
				}
			}
		}
	}
	const page = "[[ATTACHMENT|/out/report.html]]\n"
	want := map[string]string{"exp-present": page, "page-renews": page + "[[ATTACHMENT|/out/page-03.png]]\n"}
	if !maps.Equal(told, want) {
		t.Errorf("attached are %q, want %q", told, want)
	}
}

func TestJUnitTellsFailuresFromErrors(t *testing.T) {
	run := sampleRun(t)
	run.Parts[1].Failure = &record.Failure{Class: record.FailureNoBrowser, Message: "no Chromium was found"}
	got := map[string]string{}
	for _, suite := range parsedJUnit(t, run).Children {
		counts := map[string]int{}
		for _, c := range suite.Children {
			if c.XMLName.Local != "testcase" {
				continue
			}
			counts["tests"]++
			id, _, _ := strings.Cut(c.attr("name"), ":")
			got[id] = "passed"
			for _, result := range c.Children {
				got[id] = result.XMLName.Local
				counts[result.XMLName.Local]++
			}
		}
		for attr, kind := range map[string]string{"tests": "tests", "failures": "failure", "errors": "error", "skipped": "skipped"} {
			if n, err := strconv.Atoi(suite.attr(attr)); err != nil || n != counts[kind] {
				t.Errorf("suite %s counts %s %q, has %d", suite.attr("name"), attr, suite.attr(attr), counts[kind])
			}
		}
	}
	for name, want := range map[string]string{
		"token-served": "passed", "exp-present": "failure", "token-trimmed": "passed", "exp-ahead": "skipped",
		"claims-no-personal-data": "skipped", "login-keeps-sub": "skipped", "tls-hsts": "skipped", "relying-alg-none": "skipped",
		"cors-not-open": "skipped", "page-renews": "error", "page part": "error", "token part": "passed",
	} {
		if got[name] != want {
			t.Errorf("%s reads %q, want %q", name, got[name], want)
		}
	}
	if text := render(t, reports.JUnit, run); strings.Contains(text, `timestamp="2026-11-22T08:35:07Z"`) {
		t.Error("the time stamp has a zone, which the schema does not allow")
	}
}
