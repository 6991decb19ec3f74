// Package schema derives the JSON Schemas that are published from the Go types
// that are really read and written, so that they cannot drift apart.
package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
)

// dialect is the JSON Schema version of what this package makes.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// Configuration returns the schema of webchatspec.yaml, which allows no key
// beside its own.
func Configuration() ([]byte, error) {
	return render("webchatspec configuration", maker{tag: "yaml", strict: true}, reflect.TypeFor[config.Settings]())
}

// Run returns the schema of the run file. Further keys are allowed: a later
// version may add some.
func Run() ([]byte, error) {
	return render("webchatspec run", maker{tag: "json"}, reflect.TypeFor[record.Run]())
}

func render(title string, m maker, t reflect.Type) ([]byte, error) {
	root := m.object(t)
	root["$schema"], root["title"] = dialect, title
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// maker makes schemas of types whose fields are named by a tag.
type maker struct {
	tag    string
	strict bool // no member beside the fields
}

func (m maker) of(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.of(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return map[string]any{"type": "string", "contentEncoding": "base64"}
		}
		return map[string]any{"type": []string{"array", "null"}, "items": m.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": m.of(t.Elem())}
	case reflect.Struct:
		return m.object(t)
	case reflect.Interface:
		return map[string]any{}
	}
	return map[string]any{"type": "integer"}
}

func (m maker) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	m.addFields(t, properties)
	object := map[string]any{"type": "object", "properties": properties}
	if m.strict {
		object["additionalProperties"] = false
	}
	return object
}

// addFields adds the fields of a struct; those of embedded structs are its own.
func (m maker) addFields(t reflect.Type, properties map[string]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get(m.tag), ",")
		switch {
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			m.addFields(field.Type, properties)
			continue
		case name == "" || name == "-" || !field.IsExported():
			continue
		}
		property := m.of(field.Type)
		if doc := field.Tag.Get("doc"); doc != "" {
			property["description"] = doc
		}
		properties[name] = property
	}
}
