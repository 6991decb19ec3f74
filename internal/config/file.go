package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/internal/spelling"
)

// maxFile bounds every file named by the configuration, keys and waivers too.
const maxFile = 4 << 20

// ReadFile reads settings from the YAML file name. Errors show the place, and
// for an unknown key the one that was probably meant.
func ReadFile(name string) (Settings, error) {
	text, err := readBounded(name)
	if err != nil {
		return Settings{}, err
	}
	settings, err := Parse(text)
	if err != nil {
		return Settings{}, fmt.Errorf("%s: %w", name, err)
	}
	return settings, nil
}

// Parse reads settings from YAML text. An empty text gives empty settings.
func Parse(text []byte) (Settings, error) {
	var settings Settings
	if err := decode(text, &settings, keysOf(reflect.TypeFor[Settings]())); err != nil {
		return Settings{}, err
	}
	if err := expand(reflect.ValueOf(&settings).Elem(), os.LookupEnv); err != nil {
		return Settings{}, err
	}
	return settings, nil
}

// decode decodes YAML text strictly into value; known are the keys to suggest.
func decode(text []byte, value any, known []string) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	err := decoder.Decode(value)
	var unknown *yaml.UnknownFieldError
	var wrong *yaml.TypeError
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &unknown) && unknown.Token != nil:
		return fmt.Errorf("line %d: unknown key %q%s", unknown.Token.Position.Line, unknown.Token.Value,
			spelling.DidYouMean(unknown.Token.Value, known))
	case errors.As(err, &wrong) && wrong.Token != nil:
		return fmt.Errorf("line %d: %q is no %s", wrong.Token.Position.Line, wrong.Token.Value, kindName(wrong.DstType))
	}
	return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
}

// kindName says what kind of value a type takes.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	}
	return "number"
}

// keysOf returns all keys of a type of settings and of those inside it.
func keysOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("yaml"))
		keys = append(keys, keysOf(t.Field(i).Type)...)
	}
	return keys
}

// expand replaces ${NAME} in every text of value by the variable's value.
func expand(value reflect.Value, lookup func(string) (string, bool)) error {
	switch value.Kind() {
	case reflect.String:
		text, err := expandText(value.String(), lookup)
		if err == nil {
			value.SetString(text)
		}
		return err
	case reflect.Struct:
		for i := range value.NumField() {
			if err := expand(value.Field(i), lookup); err != nil {
				return err
			}
		}
	case reflect.Pointer:
		if !value.IsNil() {
			return expand(value.Elem(), lookup)
		}
	case reflect.Slice:
		for i := range value.Len() {
			if err := expand(value.Index(i), lookup); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			text, err := expandText(value.MapIndex(key).String(), lookup)
			if err != nil {
				return err
			}
			value.SetMapIndex(key, reflect.ValueOf(text))
		}
	}
	return nil
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
			return "", fmt.Errorf("%q: ${ without }", "$"+after)
		}
		value, set := lookup(name)
		if !set {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		out.WriteString(value)
		text = rest
	}
}

// readBounded reads a file that must not be larger than maxFile.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxFile:
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFile>>20)
	}
	return text, nil
}
