package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// JUnit writes run as JUnit XML: a test suite for each area, a test case for
// each check. It is red exactly where the run fails: a failed check that fails
// the run is a failure, whose type is the level; a check that leaves the run
// undecided, and what the run as a whole fell short of, is an error. A failed
// check with which the run stands is passed, with a warning in the suite's
// output. All else that is not passed is skipped, with the reason. The document
// is valid against the schemas of both Ant and Jenkins.
func JUnit(w io.Writer, run record.Run) error { return JUnitWith(nil)(w, run) }

// JUnitWith returns [JUnit] with files that belong to failed checks, told in the
// way that GitLab and Jenkins read: [[ATTACHMENT|path]] in the output of the test
// case. Ant's schema has no place for that, Jenkins' has.
func JUnitWith(attachments []Attachment) func(io.Writer, record.Run) error {
	return func(w io.Writer, run record.Run) error { return junit(w, run, attachments) }
}

// Attachment is a file that shows what was wrong.
type Attachment struct {
	// Area is the area of the checks to which it belongs; "" is all.
	Area string
	Path string // absolute, or below the project's folder in continuous integration
}

func junit(w io.Writer, run record.Run, attachments []Attachment) error {
	document := junitSuites{}
	for i, a := range areasOf(run.Outcomes) {
		suite := junitSuiteOf(i, a, run)
		for c := range suite.Cases {
			suite.Cases[c].attach(a.ID, attachments)
		}
		document.Suites = append(document.Suites, suite)
	}
	document.Suites = append(document.Suites, junitRunSuite(len(document.Suites), run))
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// The element order and the attributes are those that Ant's schema demands;
// Jenkins' asks for fewer.
type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	SystemOut  string          `xml:"system-out"`
	SystemErr  string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string       `xml:"name,attr"`
	ClassName string       `xml:"classname,attr"`
	Time      string       `xml:"time,attr"`
	Failure   *junitResult `xml:"failure"`
	Error     *junitResult `xml:"error"`
	Skipped   *junitResult `xml:"skipped"`
	SystemOut string       `xml:"system-out,omitempty"`
}

// attach notes the files that belong to a failed case.
func (c *junitCase) attach(area string, attachments []Attachment) {
	if c.Failure == nil {
		return
	}
	for _, a := range attachments {
		if a.Area == "" || a.Area == area {
			c.SystemOut += "[[ATTACHMENT|" + line(a.Path, valueLimit) + "]]\n"
		}
	}
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func junitSuiteOf(id int, a area, run record.Run) junitSuite {
	suite := newJUnitSuite(id, a.Name, cmp.Or(line(a.ID, nameLimit), "other"), run)
	if a.ID == "load" {
		for _, answer := range loadAnswers(run) {
			suite.SystemOut += answer.title + ": " + line(answer.subject+answer.sentence, valueLimit) + "\n"
		}
	}
	for _, o := range a.Outcomes {
		effect := run.Effect(o)
		suite.add(junitCaseOf(o, effect))
		if effect == record.Warns && o.State == record.Failed {
			suite.SystemOut += "WARNING " + line(o.ID, nameLimit) + "\n" + failureText(o) + "\n"
		}
	}
	return suite
}

func newJUnitSuite(id int, name, pkg string, run record.Run) junitSuite {
	suite := junitSuite{
		Name: name, Package: pkg, ID: id, Hostname: "localhost", Time: "0",
		Timestamp: run.StartedAt.UTC().Format("2006-01-02T15:04:05"), // the schema allows no zone
		Properties: []junitProperty{
			{"endpoint", line(run.Target.Endpoint, valueLimit)},
			{"page", line(run.Target.Page, valueLimit)},
			{"verdict", line(string(run.Decide()), nameLimit)},
			{"version", line(run.Tool.Version, nameLimit)},
		},
	}
	if profile := run.Target.Profile; profile != "" {
		suite.Properties = append(suite.Properties, junitProperty{"profile", line(profile, nameLimit)})
	}
	return suite
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitCaseOf(o record.Outcome, effect record.Effect) junitCase {
	name := cmp.Or(line(o.ID, nameLimit), "unnamed")
	if title := line(o.Title, nameLimit); title != "" {
		name += ": " + title
	}
	// Checks judge what was gathered for all of them, so none has a time of its own.
	c := junitCase{Name: name, ClassName: "webchatspec." + cmp.Or(line(o.Area, nameLimit), "other"), Time: "0"}
	switch state := stateOf(o); {
	case effect == record.Fails:
		c.Failure = &junitResult{Type: levelName(o.Level), Message: failureMessage(o), Text: failureText(o)}
	case effect == record.Undecides:
		c.Error = &junitResult{Type: stateNames[state], Message: cmp.Or(reasonOf(o), stateNames[state])}
	case state != record.Passed && state != record.Failed:
		c.Skipped = &junitResult{Message: strings.TrimSuffix(stateNames[state]+": "+reasonOf(o), ": ")}
	}
	return c
}

// failureMessage says in a line what is wrong: the first finding.
func failureMessage(o record.Outcome) string {
	if len(o.Findings) == 0 {
		return cmp.Or(line(o.Reason, valueLimit), line(o.Title, valueLimit), "failed")
	}
	first := o.Findings[0]
	return line(fmt.Sprintf("expected %s; actual %s", first.Expected, first.Actual), valueLimit)
}

// failureText tells a failed check in full, as plain text.
func failureText(o record.Outcome) string {
	const shown = 25
	var b strings.Builder
	field := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s %s\n", label, text)
		}
	}
	field("level", levelName(o.Level))
	field("check", line(o.Title, valueLimit))
	field("waiver", waiverText(o))
	for i, finding := range o.Findings {
		if i == shown {
			field("", fmt.Sprintf("and %s more", counted(len(o.Findings)-i, "finding")))
			break
		}
		field("requirement", line(finding.Requirement, valueLimit))
		field("expected", line(finding.Expected, valueLimit))
		field("actual", line(finding.Actual, valueLimit))
		field("hint", line(hintOf(finding, o), valueLimit))
	}
	field("why", line(o.Why, proseLimit))
	field("fix", line(o.Fix, proseLimit))
	field("source", line(o.Source, valueLimit))
	field("reproduce", block(o.Reproduce, proseLimit))
	return b.String()
}

// junitRunSuite tells the parts of the run with their times, and what the run as
// a whole fell short of.
func junitRunSuite(id int, run record.Run) junitSuite {
	suite := newJUnitSuite(id, "The run", "run", run)
	var spent float64
	for _, part := range run.Parts {
		spent += part.Seconds
		if part.Failure == nil {
			suite.add(junitCase{Name: line(part.Name, nameLimit) + " part", ClassName: "webchatspec.run", Time: fmt.Sprintf("%.3f", part.Seconds)})
		}
	}
	for _, shortfall := range run.Shortfalls() {
		suite.add(junitCase{
			Name: line(shortfall.Name, nameLimit), ClassName: "webchatspec.run", Time: "0",
			Error: &junitResult{Type: line(shortfall.Class, nameLimit), Message: line(shortfall.Message, valueLimit)},
		})
	}
	suite.Time = fmt.Sprintf("%.3f", spent)
	return suite
}
