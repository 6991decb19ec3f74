package reports_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/webchatspec/webchatspec/fixtures/runs"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// sarifSchema is the schema that OASIS publishes, its descriptions left out.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSARIFFollowsTheSchema(t *testing.T) {
	schema := sarifSchema(t)
	all := []record.Run{sampleRun(t), hostileRun(t, hostileText()), {}}
	for run := range runs.All(runs.Outcomes()) {
		all = append(all, run)
	}
	for i, run := range all {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, reports.SARIF, run)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("run %d: %v", i, err)
		}
	}
	if err := schema.Validate(map[string]any{"version": "2.1.0"}); err == nil {
		t.Error("the schema takes a document without runs")
	}
}

func TestSARIFTellsErrorsFromWarnings(t *testing.T) {
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID       string `json:"ruleId"`
				Level        string `json:"level"`
				Suppressions []any  `json:"suppressions"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(render(t, reports.SARIF, sampleRun(t))), &log); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range log.Runs[0].Results {
		got[r.RuleID] = r.Level
		if len(r.Suppressions) > 0 {
			got[r.RuleID] += ", suppressed"
		}
	}
	for id, want := range map[string]string{
		"exp-present": "error", "token-trimmed": "warning", "http-head-options": "note", "page-renews": "error",
		"claims-no-personal-data": "note, suppressed", "token-served": "", "login-keeps-sub": "",
	} {
		if got[id] != want {
			t.Errorf("%s reads %q, want %q", id, got[id], want)
		}
	}
}

// TestSARIFPointsIntoTheConfiguration: code scanning shows what stands in a file.
func TestSARIFPointsIntoTheConfiguration(t *testing.T) {
	run := sampleRun(t)
	run.Target.EndpointAt = &record.Place{File: "ci/web chat.yaml", Line: 3}
	told := strings.Join(strings.Fields(render(t, reports.SARIF, run)), "")
	if want := `"artifactLocation":{"uri":"ci/web%20chat.yaml"},"region":{"startLine":3}`; !strings.Contains(told, want) {
		t.Errorf("no result stands at the line of the configuration")
	}
}
