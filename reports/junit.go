package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// JUnit writes run as JUnit XML: a test suite for each area, a test case for
// each check. A failed check of any level is a failure, whose type is the
// level. A check that was asked for and could not be judged is an error. All
// else that is not passed is skipped, with the reason. The document is valid
// against the schemas of both Ant and Jenkins.
func JUnit(w io.Writer, run record.Run) error {
	document := junitSuites{}
	for i, a := range areasOf(run.Outcomes) {
		document.Suites = append(document.Suites, junitSuiteOf(i, a, run))
	}
	if stages := failedStages(run); len(stages) > 0 {
		document.Suites = append(document.Suites, junitStageSuite(len(document.Suites), stages, run))
	}
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
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func junitSuiteOf(id int, a area, run record.Run) junitSuite {
	suite := newJUnitSuite(id, a.Name, cmp.Or(line(a.ID, nameLimit), "other"), run)
	for _, o := range a.Outcomes {
		suite.add(junitCaseOf(o))
	}
	return suite
}

func newJUnitSuite(id int, name, pkg string, run record.Run) junitSuite {
	return junitSuite{
		Name: name, Package: pkg, ID: id, Hostname: "localhost", Time: "0",
		Timestamp: run.StartedAt.UTC().Format("2006-01-02T15:04:05"), // the schema allows no zone
		Properties: []junitProperty{
			{"endpoint", line(run.Target.Endpoint, valueLimit)},
			{"page", line(run.Target.Page, valueLimit)},
			{"verdict", line(string(run.Verdict), nameLimit)},
			{"version", line(run.Tool.Version, nameLimit)},
		},
	}
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

func junitCaseOf(o record.Outcome) junitCase {
	id := cmp.Or(line(o.ID, nameLimit), "unnamed")
	// Checks judge what was gathered for all of them, so none has a time of its own.
	c := junitCase{Name: id, ClassName: "webchatspec." + cmp.Or(line(o.Area, nameLimit), "other"), Time: "0"}
	switch state := stateOf(o); {
	case state == record.Passed:
	case state == record.Failed:
		c.Failure = &junitResult{Type: levelName(o.Level), Message: failureMessage(o), Text: failureText(o)}
	case concerns(o):
		c.Error = &junitResult{Type: stateNames[state], Message: cmp.Or(reasonOf(o), stateNames[state])}
	default:
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
	field("reproduce", line(o.Reproduce, proseLimit))
	return b.String()
}

// failedStages are the parts of the run that could not be done.
func failedStages(run record.Run) []record.Stage {
	var failed []record.Stage
	for _, stage := range run.Stages {
		if stage.Failure != nil {
			failed = append(failed, stage)
		}
	}
	return failed
}

func junitStageSuite(id int, stages []record.Stage, run record.Run) junitSuite {
	suite := newJUnitSuite(id, "Stages of the run", "stages", run)
	var spent time.Duration
	for _, stage := range stages {
		took := time.Duration(stage.Seconds * float64(time.Second))
		spent += took
		suite.add(junitCase{
			Name: line(stage.Name, nameLimit), ClassName: "webchatspec.stages", Time: fmt.Sprintf("%.3f", took.Seconds()),
			Error: &junitResult{Type: line(stage.Failure.Class, nameLimit), Message: line(stage.Failure.Message, valueLimit)},
		})
	}
	suite.Time = fmt.Sprintf("%.3f", spent.Seconds())
	return suite
}
