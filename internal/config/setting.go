package config

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
	"github.com/webchatspec/webchatspec/suites"
)

// Parts of the work that settings are for, as the tag "for" names them.
const (
	ForTokens  = "tokens" // asking the endpoint for tokens
	ForPage    = "page"   // driving the embed page
	ForLoad    = "load"   // putting load on the endpoint
	ForRate    = "rate"   // doing that at a rate of ours, and not as fast as it answers
	ForJudge   = "judge"  // deciding from the evidence
	ForReports = "report" // writing reports
)

// Setting is one key of the configuration.
type Setting struct {
	Key   string   // with the keys around it: "load.objective.latency"
	Doc   string   // what it is
	Flag  string   // without dashes; "" where there is none
	Topic string   // under which the help lists the flag
	Parts []string // that use it

	Default string // "" where there is none
	Words   string // list of words that it takes, see [Words]; "" for any value

	tag   reflect.StructTag
	index []int // of the field, for reflect.Value.FieldByIndex
	typ   reflect.Type
}

// All returns every key of the configuration that holds a value, in their order
// in the file. Members of lists, such as users, belong to their list.
var All = sync.OnceValue(func() []Setting { return within(reflect.TypeFor[Settings](), Setting{}) })

func within(t reflect.Type, around Setting) []Setting {
	var all []Setting
	for field := range t.Fields() {
		if !field.IsExported() {
			continue
		}
		s := around
		s.Key = strings.TrimPrefix(around.Key+"."+field.Tag.Get("yaml"), ".")
		s.index = slices.Concat(around.index, field.Index)
		if topic := field.Tag.Get("topic"); topic != "" {
			around.Topic, s.Topic = topic, topic
		}
		if parts := field.Tag.Get("for"); parts != "" {
			s.Parts = strings.Fields(parts)
		}
		if inner := structOf(field.Type); inner != nil {
			all = append(all, within(inner, s)...)
			continue
		}
		s.Doc, s.Flag, s.Default, s.Words = field.Tag.Get("doc"), field.Tag.Get("flag"), field.Tag.Get("default"), field.Tag.Get("values")
		s.tag, s.typ = field.Tag, field.Type
		all = append(all, s)
	}
	return all
}

// structOf returns the struct that t is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// Variable is the environment variable of the setting: WEBCHATSPEC_ and the key
// in capitals, with "_" for a dot and before a capital of the key.
func (s Setting) Variable() string {
	var name strings.Builder
	name.WriteString(prefix)
	for _, r := range s.Key {
		switch {
		case r == '.':
			r = '_'
		case unicode.IsUpper(r):
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToUpper(r))
	}
	return name.String()
}

// in returns the setting's value in settings; what points to it is made.
func (s Setting) in(settings *Settings) reflect.Value {
	value := reflect.ValueOf(settings).Elem()
	for _, i := range s.index {
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				value.Set(reflect.New(value.Type().Elem()))
			}
			value = value.Elem()
		}
		value = value.Field(i)
	}
	return value
}

// isPath says whether the setting names files or folders.
func (s Setting) isPath() bool { return s.tag.Get("arg") == "FILE" || s.tag.Get("arg") == "FOLDER" }

var durationType = reflect.TypeFor[time.Duration]()

// Words returns the words that settings with the tag "values" take: "format"
// those of reports, "level" those of --fail-on, "check" the ids, areas and levels
// of checks, "profile" the ids of profiles.
func Words(list string) []string {
	var words []string
	switch list {
	case "format":
		words = reports.FormatNames()
	case "profile":
		words = profiles.IDs()
	case "level":
		words = []string{"must", "should"}
	case "check":
		words = []string{string(record.Must), string(record.Should), string(record.May)}
		for _, check := range suites.Whole() {
			if !slices.Contains(words, check.Area) {
				words = append(words, check.Area)
			}
			words = append(words, check.ID)
		}
	}
	return words
}
