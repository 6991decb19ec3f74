package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// expand replaces ${NAME} in every text of the settings by the variable's value.
// All mistakes are told at once, each with its place.
func (s *Settings) expand(lookup func(string) (string, bool)) error {
	var errs []error
	for _, setting := range All() {
		if s.given(setting.Key) {
			errs = append(errs, s.at(setting.Key, expand(setting.in(s), lookup)))
		}
	}
	return errors.Join(errs...)
}

func expand(value reflect.Value, lookup func(string) (string, bool)) error {
	var errs []error
	switch value.Kind() {
	case reflect.String:
		text, err := expandText(value.String(), lookup)
		value.SetString(text)
		return err
	case reflect.Struct:
		for _, field := range value.Fields() {
			errs = append(errs, expand(field, lookup))
		}
	case reflect.Pointer:
		if !value.IsNil() {
			return expand(value.Elem(), lookup)
		}
	case reflect.Slice:
		for i := range value.Len() {
			errs = append(errs, expand(value.Index(i), lookup))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			text, err := expandText(value.MapIndex(key).String(), lookup)
			errs = append(errs, err)
			value.SetMapIndex(key, reflect.ValueOf(text))
		}
	}
	return errors.Join(errs...)
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
