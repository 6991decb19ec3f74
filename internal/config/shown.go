package config

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/secrets"
)

// confidentialKeys are the settings whose values may be secrets, or hold some: all
// of them are masked, since nobody can tell which do.
var confidentialKeys = []string{
	"headers", "cookies", "body", "form", "json", "values", "text", "script", "evaluate", "identifiers",
}

// Shown returns the settings that were given as YAML, without secrets, for people
// who want to know how a run was made.
func (s Settings) Shown() string {
	text, err := yaml.MarshalWithOptions(s, yaml.OmitZero())
	if err != nil {
		return ""
	}
	var given yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &given, yaml.UseOrderedMap()); err != nil {
		return ""
	}
	masked, err := yaml.Marshal(withoutSecrets(given))
	if err != nil {
		return ""
	}
	return secrets.Masked(s.Confidential().MaskValues(string(masked)))
}

// withoutSecrets returns a value of YAML with what may be secret masked, and
// without what is empty.
func withoutSecrets(value any) any {
	switch value := value.(type) {
	case yaml.MapSlice:
		kept := yaml.MapSlice{}
		for _, item := range value {
			if isEmpty(item.Value) {
				continue
			}
			if slices.Contains(confidentialKeys, fmt.Sprint(item.Key)) {
				item.Value = hidden(item.Value)
			} else {
				item.Value = withoutSecrets(item.Value)
			}
			if !isEmpty(item.Value) {
				kept = append(kept, item)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i, element := range value {
			kept[i] = withoutSecrets(element)
		}
		return kept
	}
	return value
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case yaml.MapSlice:
		return len(value) == 0
	}
	return false
}

// hidden keeps the names of a map, and nothing else.
func hidden(value any) any {
	if named, ok := value.(yaml.MapSlice); ok {
		kept := yaml.MapSlice{}
		for _, item := range named {
			kept = append(kept, yaml.MapItem{Key: item.Key, Value: secrets.Mark("value")})
		}
		return kept
	}
	return secrets.Mark("value")
}
