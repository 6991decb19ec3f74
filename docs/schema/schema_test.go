package schema_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/golden"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// TestGoldenSchemas holds the files under docs/schema to the types.
func TestGoldenSchemas(t *testing.T) {
	for file, make := range map[string]func() ([]byte, error){
		"configuration.json": configurationSchema, "run.json": runSchema,
	} {
		text, err := make()
		if err != nil {
			t.Fatal(err)
		}
		golden.CompareFile(t, file, text)
	}
}

func TestSchemaDescribesSettings(t *testing.T) {
	text, err := configurationSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		AdditionalProperties *bool
		Properties           map[string]struct {
			Type        any
			Description string
			Properties  map[string]any
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if schema.AdditionalProperties == nil || *schema.AdditionalProperties {
		t.Error("unknown keys are allowed")
	}
	if p := schema.Properties["endpoint"]; p.Type != "string" || p.Description == "" {
		t.Errorf("endpoint: %+v", p)
	}
	if _, ok := schema.Properties["page"].Properties["url"]; !ok {
		t.Error("page has no url")
	}
}

// TestConfigurationSchema holds configurations to the published schema, with a
// validator that is not ours.
func TestConfigurationSchema(t *testing.T) {
	schema := compile(t, "configuration.json")
	for text, valid := range map[string]bool{
		"endpoint: http://localhost/\nrate: 5\ntimeout: 1m30s":       true,
		"publicKeys: key.pub\nformats: [html, junit]\nonly: claims":  true,
		"relying: [{url: /me}]\nload: {objective: {percentile: 99}}": true,
		"failOn: should\nskip: [MAY, exp-present]\nanonymous: false": true,
		"endpont: http://localhost/":                                 false,
		"failOn: may":                                                false,
		"formats: [pdf]":                                             false,
		"rate: 0":                                                    false,
		"load: {objective: {percentile: 101}}":                       false,
		"timeout: 10":                                                false,
		"relying: [{method: GET}]":                                   false,
		"payload: {publicKey: a}":                                    false,
	} {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(viaJSON(t, value)); (err == nil) != valid {
			t.Errorf("%s: valid is %t, want %t: %v", text, err == nil, valid, err)
		}
		if _, err := config.Parse([]byte(text)); (err == nil) != valid {
			t.Errorf("%s: the file is read with the error %v, the schema says valid is %t", text, err, valid)
		}
	}
}

// TestRunSchema holds a run to the published schema: a whole one, one without
// anything in it, and one with a state that there is not.
func TestRunSchema(t *testing.T) {
	schema := compile(t, "run.json")
	judged := suites.Judge(record.Run{SchemaVersion: record.SchemaVersion, Load: []record.Load{{Name: "load"}}}, suites.Options{})
	wrong := judged
	wrong.Outcomes = []record.Outcome{{ID: "exp-present", State: "green"}}
	for name, test := range map[string]struct {
		run   record.Run
		valid bool
	}{"judged": {judged, true}, "empty": {record.Run{Verdict: record.VerdictPassed}, true}, "wrong": {wrong, false}} {
		if err := schema.Validate(viaJSON(t, test.run)); (err == nil) != test.valid {
			t.Errorf("%s: valid is %t: %v", name, err == nil, err)
		}
	}
}

func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// viaJSON is the value as a reader of its JSON has it.
func viaJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}
