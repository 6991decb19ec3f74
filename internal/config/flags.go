package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec/record"
)

// Flags are the flags of a command that stand for settings.
type Flags struct {
	set   *pflag.FlagSet
	given Settings  // what the flags say
	bound []Setting // those that the command has
	file  string
}

// BindFlags defines the flags of the settings that the parts use, and --config.
func BindFlags(set *pflag.FlagSet, parts ...string) *Flags {
	f := &Flags{set: set}
	f.bind(func(s Setting) bool {
		return slices.ContainsFunc(s.Parts, func(part string) bool { return slices.Contains(parts, part) })
	})
	set.VarP(named{newValue(reflect.ValueOf(&f.file).Elem(), ""), "FILE"}, "config", "", "configuration file, YAML")
	return f
}

// BindKeys defines the flags of the settings with the keys, and --config.
func BindKeys(set *pflag.FlagSet, keys ...string) *Flags {
	f := BindFlags(set)
	f.bind(func(s Setting) bool { return slices.Contains(keys, s.Key) })
	return f
}

// bind defines the flags of those settings that are wanted.
func (f *Flags) bind(wanted func(Setting) bool) {
	for _, s := range All() {
		if s.Flag == "" || !wanted(s) {
			continue
		}
		usage := s.Doc
		if s.Words == "format" {
			usage += ": " + strings.Join(Words(s.Words), ", ")
		}
		if s.Default != "" {
			usage += " (default " + s.Default + ")"
		}
		flag := f.set.VarPF(named{newValue(s.in(&f.given), s.separator()), s.placeholder()}, s.Flag, "", usage)
		flag.Annotations = map[string][]string{topicKey: {s.Topic}}
		if s.typ.Kind() == reflect.Bool || s.typ == reflect.TypeFor[*bool]() {
			flag.NoOptDefVal = "true"
		}
		f.bound = append(f.bound, s)
	}
}

// topicKey is the annotation of a flag with the topic of its setting.
const topicKey = "webchatspec_topic"

// TopicOf returns the topic under which the help lists the flag, or "" for a flag that
// stands for no setting.
func TopicOf(flag *pflag.Flag) string {
	return strings.Join(flag.Annotations[topicKey], "")
}

// Topics are the topics of all flags, in the order of the settings.
func Topics() []string {
	var topics []string
	for _, s := range All() {
		if !slices.Contains(topics, s.Topic) {
			topics = append(topics, s.Topic)
		}
	}
	return topics
}

// Bound returns the settings that have a flag.
func (f *Flags) Bound() []Setting { return f.bound }

// Read returns the settings: those of the file named by --config, overridden by
// those of the environment (as os.Environ returns it), overridden by the flags.
// A list replaces the one before it; what a flag says of a map is added to it.
func (f *Flags) Read(environ []string) (Settings, error) {
	var settings Settings
	var err error
	if f.file != "" {
		if settings, err = ReadFile(f.file); err != nil {
			return settings, err
		}
	}
	err = settings.readEnvironment(environ)
	for _, s := range f.bound {
		if !f.set.Changed(s.Flag) {
			continue
		}
		overlay(s.in(&settings), s.in(&f.given))
		settings.note(s.Key, "--"+s.Flag)
	}
	return settings, errors.Join(err, settings.check())
}

// UsualFile is what a configuration file is called where nobody gives it another name.
const UsualFile = "webchatspec.yaml"

// ReadUsual is [Flags.Read] with [UsualFile] of the working directory for --config,
// where there is one and neither a file nor an address is named: nobody who has a
// configuration at hand means the demo site. With an address of another site it is
// left alone, for the passwords in it are not meant for that. It returns the file
// that it took, or "".
func (f *Flags) ReadUsual(environ []string) (settings Settings, usual string, err error) {
	settings, err = f.Read(environ)
	if f.file != "" || settings.Endpoint != "" || settings.Page.URL != "" || err != nil {
		return settings, "", err
	}
	if _, err := os.Lstat(UsualFile); err != nil {
		return settings, "", nil //nolint:nilerr // there is none
	}
	f.file = UsualFile
	settings, err = f.Read(environ)
	return settings, UsualFile, err
}

// overlay sets one value to another; entries of a map are added.
func overlay(to, from reflect.Value) {
	if to.Kind() != reflect.Map || to.IsNil() {
		to.Set(from)
		return
	}
	for name, value := range from.Seq2() {
		to.SetMapIndex(name, value)
	}
}

// note remembers where a key was given.
func (s *Settings) note(key, place string) {
	if s.places == nil {
		s.places = map[string]string{}
	}
	s.places[key] = place
}

// given says whether the key was given anywhere.
func (s Settings) given(key string) bool { return s.places[key] != "" }

// PlaceOf returns the line of the file in which the key was given; nil where it was
// given elsewhere or not at all.
func (s Settings) PlaceOf(key string) *record.Place {
	file, line, found := strings.Cut(s.places[key], ", line ")
	number, err := strconv.Atoi(line)
	if !found || err != nil {
		return nil
	}
	return &record.Place{File: filepath.ToSlash(file), Line: number}
}

// at puts the place of a key before an error about it.
func (s Settings) at(key string, err error) error {
	if err == nil {
		return nil
	}
	if place := s.places[key]; place != "" {
		return fmt.Errorf("%s: %w", place, err)
	}
	return fmt.Errorf("%s: %w", key, err)
}

// placeholder is what the help calls the flag's value; "" for a switch.
func (s Setting) placeholder() string {
	if arg := s.tag.Get("arg"); arg != "" {
		return arg
	}
	switch {
	case s.typ == durationType:
		return "DURATION"
	case s.typ.Kind() == reflect.Float64 || s.typ.Kind() == reflect.Int:
		return "NUMBER"
	}
	return "bool" // which the help leaves out
}

// separator is what stands between name and value, or between the values of a list.
func (s Setting) separator() string {
	if s.Words != "" {
		return ","
	}
	return s.tag.Get("pair") + s.tag.Get("split")
}

// named is a flag's value with a name of our own in the help.
type named struct {
	pflag.Value
	name string
}

func (n named) Type() string { return n.name }

// value is the value of a setting that a flag gives, by its type.
type value struct {
	to        reflect.Value
	separator string
	changed   bool   // by an earlier use of the flag
	text      string // as it was given
}

func newValue(to reflect.Value, separator string) *value {
	return &value{to: to, separator: separator}
}

func (v *value) Type() string { return "" }

// String is the text that was given; before that it is empty, as the help tells
// the default in words.
func (v *value) String() string { return v.text }

// Set takes the value as the flag says it, without any interpretation beside
// that of its type.
func (v *value) Set(text string) error {
	v.text = text
	switch to := v.to.Addr().Interface().(type) {
	case *string:
		*to = text
	case *bool:
		return parse(to, text, strconv.ParseBool, "true or false")
	case **bool:
		*to = new(bool)
		return parse(*to, text, strconv.ParseBool, "true or false")
	case *int:
		return parse(to, text, strconv.Atoi, "a whole number")
	case *float64:
		return parse(to, text, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }, "a number")
	case *time.Duration:
		return parse(to, text, time.ParseDuration, "a duration such as 10s")
	case *[]string:
		if !v.changed {
			*to, v.changed = nil, true
		}
		*to = append(*to, splitList(text, v.separator)...)
	case *map[string]string:
		name, content, found := strings.Cut(text, v.separator)
		if name = strings.TrimSpace(name); !found || name == "" {
			return fmt.Errorf("write it as NAME%sVALUE", v.separator)
		}
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[name] = strings.TrimSpace(content)
	default:
		return fmt.Errorf("a flag cannot hold a %s", v.to.Type())
	}
	return nil
}

// splitList splits a text at the separator, if there is one.
func splitList(text, separator string) []string {
	if separator == "" {
		return []string{text}
	}
	var parts []string
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// parse parses text into to; kind says what it should have been.
func parse[T any](to *T, text string, parser func(string) (T, error), kind string) error {
	parsed, err := parser(text)
	if err != nil {
		return fmt.Errorf("want %s", kind)
	}
	*to = parsed
	return nil
}
