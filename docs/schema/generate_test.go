package schema_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
)

// configurationSchema derives the schema of webchatspec.yaml, which allows no key
// beside its own, from the settings that are really read.
func configurationSchema() ([]byte, error) {
	var reflector jsonschema.Reflector
	reflector = jsonschema.Reflector{
		FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true,
		Anonymous: true, ExpandedStruct: true, DoNotReference: true,
		LookupComment: func(t reflect.Type, field string) string {
			if field == "" { // about the type itself
				return ""
			}
			f, _ := t.FieldByName(field)
			return f.Tag.Get("doc")
		},
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[time.Duration]():
				return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
			case reflect.TypeFor[config.Calls](): // one in the place of a list of one
				call := func() *jsonschema.Schema {
					one := reflector.Reflect(config.Request{})
					one.Version = ""
					return one
				}
				return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{call(), {Type: "array", Items: call()}}}
			case reflect.TypeFor[[]string]():
				text := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }
				return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text(), {Type: "array", Items: text()}}}
			}
			return nil
		},
	}
	root := reflector.Reflect(config.Settings{})
	for _, setting := range config.All() {
		property, err := find(root, setting.Key)
		if err != nil {
			return nil, err
		}
		describe(property, setting)
	}
	return render("webchatspec configuration", root)
}

// find returns the schema of the key, such as "load.rate".
func find(root *jsonschema.Schema, key string) (*jsonschema.Schema, error) {
	at := root
	for name := range strings.SplitSeq(key, ".") {
		below, ok := at.Properties.Get(name)
		if !ok {
			return nil, fmt.Errorf("the schema has no %s", key)
		}
		at = below
	}
	return at, nil
}

// describe adds what the tags of the setting say: words, limits, default.
func describe(property *jsonschema.Schema, setting config.Setting) {
	if setting.Default != "" {
		property.Description += " (default " + setting.Default + ")"
	}
	if property.Type == "number" || property.Type == "integer" {
		property.Minimum, property.ExclusiveMinimum, property.Maximum = setting.Limits()
	}
	var words []any
	for _, word := range config.Words(setting.Words) {
		words = append(words, word)
	}
	texts := []*jsonschema.Schema{property}
	if property.AnyOf != nil {
		texts = []*jsonschema.Schema{property.AnyOf[0], property.AnyOf[1].Items}
	}
	for _, text := range texts {
		text.Enum = words
	}
}

// runSchema derives the schema of the run file from the type that is really written.
// Further keys are allowed: a later version may add some.
func runSchema() ([]byte, error) {
	reflector := jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if words := words[t]; words != nil {
				return &jsonschema.Schema{Type: "string", Enum: words}
			}
			return nil
		},
	}
	root := reflector.Reflect(record.Run{})
	allowNull(root)
	for _, definition := range root.Definitions {
		allowNull(definition)
	}
	return render("webchatspec run", root)
}

// words are the values of the record's types of words.
var words = map[reflect.Type][]any{
	reflect.TypeFor[record.Level](): {record.Must, record.Should, record.May},
	reflect.TypeFor[record.State](): {
		record.Passed, record.Failed, record.NotApplicable, record.Blocked, record.NotRun, record.Inconclusive, record.Waived,
	},
	reflect.TypeFor[record.Verdict](): {
		record.VerdictPassed, record.VerdictFailed, record.VerdictInconclusive, record.VerdictInterrupted,
	},
}

// allowNull lets lists and maps be null, as Go writes empty ones.
func allowNull(object *jsonschema.Schema) {
	for pair := object.Properties.Oldest(); pair != nil; pair = pair.Next() {
		if s := pair.Value; s.Type == "array" || s.Type == "object" {
			null := &jsonschema.Schema{Type: "null"}
			pair.Value = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, null}, Description: s.Description}
		}
	}
}

func render(title string, root *jsonschema.Schema) ([]byte, error) {
	root.Title = title
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}
