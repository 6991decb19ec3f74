package cli

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/endpoint"
)

// calls are requests as the configuration has them. The values of passwords are
// variables already; what a site has said names none.
func (t *configurationText) calls(requests []endpoint.Request) []yaml.MapSlice {
	var all []yaml.MapSlice
	for _, request := range requests {
		call := yaml.MapSlice{{Key: "url", Value: t.escapedBut(request.URL)}}
		if request.Method != "" {
			call = append(call, yaml.MapItem{Key: "method", Value: request.Method})
		}
		if len(request.Header) > 0 {
			lines := map[string]string{}
			for name, values := range request.Header {
				lines[name] = values[0]
			}
			call = append(call, yaml.MapItem{Key: "headers", Value: t.escapedForm(lines)})
		}
		if len(request.Form) > 0 {
			call = append(call, yaml.MapItem{Key: "form", Value: t.escapedForm(request.Form)})
		}
		if request.JSON != "" {
			call = append(call, yaml.MapItem{Key: "json", Value: t.escapedBut(request.JSON)})
		}
		if len(request.Take) > 0 {
			call = append(call, yaml.MapItem{Key: "take", Value: request.Take})
		}
		if request.Follow {
			call = append(call, yaml.MapItem{Key: "follow", Value: true})
		}
		all = append(all, call)
	}
	return all
}

func (t *configurationText) escapedForm(form map[string]string) map[string]string {
	written := map[string]string{}
	for name, value := range form {
		written[name] = t.escapedBut(value)
	}
	return written
}

// escapedBut is a text as webchatspec.yaml has it, with the variables that are known.
func (t *configurationText) escapedBut(text string) string {
	return keptVariable.ReplaceAllStringFunc(escaped(text), func(place string) string {
		if _, told := t.variables[place[3:len(place)-1]]; told {
			return place[1:]
		}
		return place
	})
}

var keptVariable = regexp.MustCompile(`\$\$\{\w+\}`)

// exact is a text that is written in quotation marks where its lines end as those of
// HTTP do: other forms of YAML do not keep that.
type exact string

// MarshalYAML writes the text.
func (e exact) MarshalYAML() (any, error) {
	if !strings.Contains(string(e), "\r") {
		return string(e), nil
	}
	return quoted(e), nil
}

// quoted is a text in quotation marks, as JSON has it.
type quoted string

// MarshalYAML writes the text.
func (q quoted) MarshalYAML() ([]byte, error) { return json.Marshal(string(q)) }
