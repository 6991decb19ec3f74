package reports_test

import (
	"encoding/xml"
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

// junitRules are the rules of Ant's JUnit schema, the strictest in use: for each
// element the attributes it must have, those it may have, and its children in order.
var junitRules = map[string]struct{ must, may, children []string }{
	"testsuites": {children: []string{"testsuite"}},
	"testsuite": {
		must:     []string{"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "package", "id"},
		may:      []string{"skipped"},
		children: []string{"properties", "testcase", "system-out", "system-err"},
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

func checkSchema(t *testing.T, e element) {
	t.Helper()
	rules, known := junitRules[e.XMLName.Local]
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
	}
	last := 0
	for _, child := range e.Children {
		place := slices.Index(rules.children, child.XMLName.Local)
		if place < last {
			t.Errorf("<%s> may not stand there in <%s>", child.XMLName.Local, e.XMLName.Local)
		}
		last = place
		checkSchema(t, child)
	}
	if e.XMLName.Local == "testcase" && len(e.Children) > 1 {
		t.Errorf("the test case %s has %d results", e.attr("name"), len(e.Children))
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
		checkSchema(t, parsedJUnit(t, run))
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
			got[c.attr("name")] = "passed"
			for _, result := range c.Children {
				got[c.attr("name")] = result.XMLName.Local
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
