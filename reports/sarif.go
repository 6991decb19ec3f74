package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// SARIF writes run as SARIF 2.1.0, for code scanning. The rules are the checks of
// the run with what they require, why, and how to mend what fails them; a result
// is a finding, at the address that was tested. A failure that fails the run is
// an error, another a warning or, of a MAY, a note; a waived one is a note, and
// suppressed.
func SARIF(w io.Writer, run record.Run) error {
	tool := sarifDriver{
		Name: cmp.Or(line(run.Tool.Name, nameLimit), "webchatspec"), Version: line(run.Tool.Version, nameLimit),
		Rules: []sarifRule{},
	}
	results := []sarifResult{}
	index := map[string]int{} // of each rule: a run of somebody else may name one twice
	for _, o := range run.Outcomes {
		rule := sarifRuleOf(o)
		if _, known := index[rule.ID]; !known {
			index[rule.ID] = len(tool.Rules)
			tool.Rules = append(tool.Rules, rule)
		}
		results = append(results, sarifResultsOf(run, o, index[rule.ID])...)
	}
	done := sarifInvocation{Successful: len(run.Shortfalls()) == 0}
	for _, shortfall := range run.Shortfalls() {
		done.Notes = append(done.Notes, sarifNote{"error", sarifText{shortfallText(shortfall)}})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	err := encoder.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{Tool: sarifTool{tool}, Invocations: []sarifInvocation{done}, Results: results, ColumnKind: "unicodeCodePoints"}},
	})
	if err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	return nil
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
	ColumnKind  string            `json:"columnKind"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID      string      `json:"id"`
	Short   sarifText   `json:"shortDescription"`
	Full    *sarifText  `json:"fullDescription,omitempty"`
	Help    *sarifText  `json:"help,omitempty"`
	HelpURI string      `json:"helpUri,omitempty"`
	Default sarifConfig `json:"defaultConfiguration"`
	// Properties carry the level as the documentation names it.
	Properties map[string]any `json:"properties"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifInvocation struct {
	Successful bool        `json:"executionSuccessful"`
	Notes      []sarifNote `json:"toolExecutionNotifications,omitempty"`
}

type sarifNote struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifRegion struct {
	Line int `json:"startLine"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

var sarifLevels = map[record.Level]string{record.Must: "error", record.Should: "warning", record.May: "note"}

func sarifRuleOf(o record.Outcome) sarifRule {
	id := cmp.Or(line(o.ID, nameLimit), "unnamed")
	rule := sarifRule{
		ID: id, Short: sarifText{cmp.Or(line(o.Title, valueLimit), id)},
		Default:    sarifConfig{cmp.Or(sarifLevels[o.Level], "warning")},
		Properties: map[string]any{"tags": []string{areaName(o.Area), levelName(o.Level)}},
	}
	if why := line(o.Why, proseLimit); why != "" {
		rule.Full = &sarifText{why}
	}
	var help []string
	for _, part := range []string{o.Why, o.Fix, o.Source} {
		if text := line(part, proseLimit); text != "" {
			help = append(help, text)
		}
	}
	if len(help) > 0 {
		rule.Help = &sarifText{strings.Join(help, "\n")}
	}
	if i := slices.IndexFunc(o.Links, func(l record.Link) bool { return isWebAddress(l.URL) }); i >= 0 {
		rule.HelpURI = o.Links[i].URL
	}
	return rule
}

// sarifResultsOf returns the findings of an outcome whose rule has the number, or
// what it left undecided.
func sarifResultsOf(run record.Run, o record.Outcome, rule int) []sarifResult {
	effect := run.Effect(o)
	result := sarifResult{
		RuleID: cmp.Or(line(o.ID, nameLimit), "unnamed"), RuleIndex: rule, Level: "error",
		Locations: []sarifLocation{sarifLocationOf(run, o)}, Fingerprints: map[string]string{"check/v1": cmp.Or(line(o.ID, nameLimit), "unnamed")},
	}
	switch {
	case effect == record.Undecides:
		result.Message = sarifText{"could not be decided: " + cmp.Or(reasonOf(o), "no reason is known")}
		return []sarifResult{result}
	case effect == record.Tolerated:
		result.Suppressions = []sarifSuppression{{"external", waiverText(o)}}
		result.Level = "note"
	case o.State != record.Failed:
		return nil
	case effect == record.Warns:
		result.Level = map[record.Level]string{record.May: "note"}[o.Level]
		result.Level = cmp.Or(result.Level, "warning")
	}
	if len(o.Findings) == 0 {
		result.Message = sarifText{cmp.Or(failureMessage(o), "failed")}
		return []sarifResult{result}
	}
	var results []sarifResult
	for n, finding := range o.Findings[:min(len(o.Findings), htmlFindings)] {
		one := result
		one.Message = sarifText{line(fmt.Sprintf("expected %s; actual %s", finding.Expected, finding.Actual), valueLimit)}
		if waiver := waiverText(o); waiver != "" && o.State == record.Failed {
			one.Message.Text += ". " + waiver
		}
		one.Fingerprints = map[string]string{"check/v1": fmt.Sprintf("%s/%d", result.RuleID, n)}
		results = append(results, one)
	}
	return results
}

// sarifLocationOf is the line of the configuration that names what an outcome is
// about, or its address where no file does.
func sarifLocationOf(run record.Run, o record.Outcome) sarifLocation {
	address, place := line(cmp.Or(run.Target.Endpoint, run.Target.Page), nameLimit), cmp.Or(run.Target.EndpointAt, run.Target.PageAt)
	if o.Area == "page" {
		address, place = line(cmp.Or(run.Target.Page, run.Target.Endpoint), nameLimit), cmp.Or(run.Target.PageAt, run.Target.EndpointAt)
	}
	location := sarifLocation{Logical: []sarifLogical{{cmp.Or(address, "the site"), "resource"}}}
	parsed, err := url.Parse(address)
	switch {
	case place != nil && place.Line > 0:
		file := url.URL{Path: line(place.File, nameLimit)}
		location.Physical = &sarifPhysical{sarifArtifact{file.String()}, &sarifRegion{place.Line}}
	case err == nil && slices.Contains([]string{"http", "https"}, parsed.Scheme):
		location.Physical = &sarifPhysical{sarifArtifact{parsed.String()}, nil}
	}
	return location
}
