package docs

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/golden"
)

// example has a value for every key of the configuration.
const example = "webchatspec.example.yaml"

// TestGoldenConfiguration holds configuration.md to the settings; 'make docs' writes
// it anew.
func TestGoldenConfiguration(t *testing.T) {
	golden.CompareFile(t, "configuration.md", configurationPage(t))
}

func TestTheExampleIsAConfiguration(t *testing.T) {
	for _, name := range secretsOfExamples {
		t.Setenv(name, "of no matter")
	}
	if _, err := config.ReadFile(example); err != nil {
		t.Error(err)
	}
}

const configurationIntroduction = `# Configuration

<!-- Written by 'make docs' from the settings in internal/config and webchatspec.example.yaml. -->

` + "`--config webchatspec.yaml`" + ` gives the command a file. A file of this name in the working
directory is taken without that, unless an address is given. What the command does not know is an error
that names the line and the key that was probably meant. Every setting can also be given
by an environment variable, and most by a flag: a flag beats the variable, which beats
the file. A list replaces the one before it.

- **Secrets**: in every text, ` + "`${NAME}`" + ` stands for the environment variable NAME; ` + "`$$`" + ` is a
  dollar sign.
- **Paths** in a file are relative to that file, others to the working directory.
- **Durations** are written as 500ms, 10s, 5m.
- **Lists in a variable** are separated as in the flag.

One file with every key: [webchatspec.example.yaml](webchatspec.example.yaml). For
editors there is a [JSON Schema](schema/configuration.json), also printed by
` + "`webchatspec schema config`" + `.
`

func configurationPage(t *testing.T) []byte {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var values yaml.MapSlice
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.UseOrderedMap()).Decode(&values); err != nil {
		t.Fatal(err)
	}
	for _, name := range secretsOfExamples {
		t.Setenv(name, "of no matter")
	}
	page := settingsPage{t: t, examples: values, all: map[string]config.Setting{}}
	for _, setting := range config.All() {
		page.all[setting.Key] = setting
	}
	page.out.WriteString(configurationIntroduction)
	page.members(reflect.TypeFor[config.Settings](), "")
	return page.out.Bytes()
}

// settingsPage is the configuration's page while it is written.
type settingsPage struct {
	t        *testing.T
	out      bytes.Buffer
	examples yaml.MapSlice
	all      map[string]config.Setting // by key
}

// members writes the settings of a struct; those of structs in it follow as
// sections of their own.
func (p *settingsPage) members(t reflect.Type, around string) {
	for field := range t.Fields() {
		key := strings.TrimPrefix(around+"."+field.Tag.Get("yaml"), ".")
		setting, plain := p.all[key]
		if !field.IsExported() {
			continue
		}
		if plain {
			p.setting(setting, field)
			continue
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		fmt.Fprintf(&p.out, "\n## %s\n\n%s.\n", key, capital(field.Tag.Get("doc")))
		p.members(inner, key)
	}
}

func (p *settingsPage) setting(setting config.Setting, field reflect.StructField) {
	fmt.Fprintf(&p.out, "\n### %s\n\n%s.\n\n", setting.Key, capital(escape(setting.Doc)))
	fmt.Fprintf(&p.out, "```yaml\n%s```\n\n", p.example(setting.Key))
	var facts []string
	if setting.Default != "" {
		facts = append(facts, "Default: "+setting.Default)
	}
	if words := config.Words(setting.Words); len(words) > 0 && setting.Words != "check" {
		facts = append(facts, "Words: "+strings.Join(words, ", "))
	}
	if setting.Flag != "" {
		facts = append(facts, strings.TrimSpace("Flag: `--"+setting.Flag+" "+field.Tag.Get("arg"))+"`")
	}
	facts = append(facts, "Variable: `"+setting.Variable()+"`")
	fmt.Fprintf(&p.out, "%s\n", strings.Join(facts, " · "))
	if members := memberRows(field.Type, ""); members != "" {
		fmt.Fprintf(&p.out, "\n| member | meaning |\n| --- | --- |\n%s", members)
	}
}

// memberRows are the members of a list's entries, those of structs in them too.
func memberRows(t reflect.Type, around string) string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	var rows strings.Builder
	for field := range t.Fields() {
		name := around + field.Tag.Get("yaml")
		if !field.IsExported() {
			continue
		}
		fmt.Fprintf(&rows, "| `%s` | %s |\n", name, cmp.Or(escape(field.Tag.Get("doc")), "see above"))
		if strings.Count(name, ".") < 2 {
			rows.WriteString(memberRows(field.Type, name+"."))
		}
	}
	return rows.String()
}

// example is the part of the example file with the key, alone where it can stand
// alone, else with its siblings.
func (p *settingsPage) example(key string) string {
	steps := strings.Split(key, ".")
	text := p.exampleAt(key, steps)
	if _, err := config.Parse([]byte(text)); err != nil && len(steps) > 1 {
		text = p.exampleAt(key, steps[:len(steps)-1])
	}
	return text
}

func (p *settingsPage) exampleAt(key string, steps []string) string {
	value, found := find(p.examples, steps)
	if !found {
		value, found = p.ofSibling(steps)
	}
	if !found {
		value, found = p.anyValue(key, steps)
	}
	if !found {
		p.t.Errorf("%s has no example: add one to docs/%s", key, example)
	}
	return p.nested(steps, value)
}

// anyValue is the default of a setting without an example, or else the first of
// some usual values that the setting takes.
func (p *settingsPage) anyValue(key string, steps []string) (any, bool) {
	for _, value := range []any{p.all[key].Default, 10, "30s", true, "name", []string{"name"}} {
		if _, err := config.Parse([]byte(p.nested(steps, value))); err == nil && value != "" {
			return value, true
		}
	}
	return nil, false
}

// nested writes the value below its keys.
func (p *settingsPage) nested(steps []string, value any) string {
	for _, step := range slices.Backward(steps) {
		value = yaml.MapSlice{{Key: step, Value: value}}
	}
	text, err := yaml.MarshalWithOptions(value, yaml.IndentSequence(true), yaml.UseSingleQuote(true))
	if err != nil {
		p.t.Error(err)
	}
	return string(text)
}

// ofSibling is the example of a member of the same name beside the one that is
// wanted: page.login.script may be shown by page.logout.script, since nobody gives
// both of the ways to log in.
func (p *settingsPage) ofSibling(steps []string) (any, bool) {
	if len(steps) < 3 {
		return nil, false
	}
	beside, _ := find(p.examples, steps[:len(steps)-2])
	members, _ := beside.(yaml.MapSlice)
	for _, member := range members {
		if value, found := find(member.Value, steps[len(steps)-1:]); found {
			return value, true
		}
	}
	return nil, false
}

// find follows the steps into a value of ordered maps.
func find(value any, steps []string) (any, bool) {
	for _, step := range steps {
		members, _ := value.(yaml.MapSlice)
		i := slices.IndexFunc(members, func(member yaml.MapItem) bool { return member.Key == step })
		if i < 0 {
			return nil, false
		}
		value = members[i].Value
	}
	return value, true
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
