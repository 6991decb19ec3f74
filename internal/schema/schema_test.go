package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the published schemas anew")

// TestPublishedSchemasAreCurrent holds the files under docs/schema to the types.
func TestPublishedSchemasAreCurrent(t *testing.T) {
	for file, make := range map[string]func() ([]byte, error){
		"../../docs/schema/configuration.json": Configuration, "../../docs/schema/run.json": Run,
	} {
		text, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		published, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, published) {
			t.Errorf("%s is not current: run 'go test ./internal/schema -update' and look at the difference", file)
		}
	}
}

func TestSchemaDescribesSettings(t *testing.T) {
	text, err := Configuration()
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
