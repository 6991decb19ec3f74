package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// expand replaces ${NAME} in every text of the settings by the variable's value,
// and notes those values as secrets. All mistakes are told at once, each with its
// place.
func (s *Settings) expand(lookup func(string) (string, bool)) error {
	s.told = &secrets.Known{}
	var errs []error
	for _, setting := range All() {
		if s.given(setting.Key) {
			e := expansion{lookup: lookup, told: s.told, arg: setting.tag.Get("arg")}
			errs = append(errs, s.at(setting.Key, e.expand(setting.in(s))))
		}
	}
	return errors.Join(errs...)
}

// expansion is that of one setting.
type expansion struct {
	lookup func(string) (string, bool)
	told   *secrets.Known
	arg    string // what the setting is, as its tag says: "URL", "FILE" …
}

func (e expansion) expand(value reflect.Value) error {
	var errs []error
	switch value.Kind() {
	case reflect.String:
		text, err := expandText(value.String(), e.variable)
		value.SetString(text)
		return err
	case reflect.Struct:
		for field, value := range value.Fields() {
			within := e
			if field.Tag.Get("yaml") == "url" || field.Tag.Get("yaml") == "navigate" {
				within.arg = "URL"
			}
			errs = append(errs, within.expand(value))
		}
	case reflect.Pointer:
		if !value.IsNil() {
			return e.expand(value.Elem())
		}
	case reflect.Slice:
		for i := range value.Len() {
			errs = append(errs, e.expand(value.Index(i)))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			text, err := expandText(value.MapIndex(key).String(), e.variable)
			errs = append(errs, err)
			value.SetMapIndex(key, reflect.ValueOf(text))
		}
	}
	return errors.Join(errs...)
}

// variable looks a variable up whose value goes into a text of the setting. What
// comes from the environment is a secret, except where the setting says where
// something is: the address of a site or the name of a file is none, unless the
// variable's name says that it lets someone in.
func (e expansion) variable(name string) (value string, set bool) {
	value, set = e.lookup(name)
	if !isPlace(e.arg) || secrets.IsParameter(name) {
		e.told.Add("${"+name+"}", value)
	}
	return value, set
}

// isPlace says whether a setting with this tag "arg" says where something is.
func isPlace(arg string) bool {
	switch arg {
	case "URL", "FILE", "FOLDER", "PATH", "HOST", "HOST[:PORT]=ADDRESS", "PLACE", "METHOD", "WORDS", "LEVEL":
		return true
	}
	return false
}

// expandText replaces ${NAME}; a dollar sign before anything else stays, except
// that $$ becomes one.
func expandText(text string, lookup func(string) (string, bool)) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		switch {
		case !found:
			return out.String(), nil
		case strings.HasPrefix(after, "$"):
			out.WriteByte('$')
			text = after[1:]
			continue
		case !strings.HasPrefix(after, "{"):
			out.WriteByte('$')
			text = after
			continue
		}
		name, rest, closed := strings.Cut(after[1:], "}")
		if !closed {
			return "", fmt.Errorf("%q: ${ without }; write $$ for a dollar sign", "$"+after)
		}
		value, set := lookup(name)
		if !set {
			return "", fmt.Errorf("the environment variable %s is not set; write $${ where no variable is meant", name)
		}
		out.WriteString(value)
		text = rest
	}
}
