package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/internal/spelling"
)

// prefix is what the names of our environment variables begin with.
const prefix = "WEBCHATSPEC_"

// others are variables with the prefix that stand for no setting.
var others = []string{browser.EnvChromium}

// readEnvironment takes settings from the variables of an environment. A text
// or a number is written as it is, a list of texts with commas in between, and
// everything else as in the file, where YAML takes JSON as well. Empty is not
// given. All mistakes are told at once.
func (s *Settings) readEnvironment(environ []string) error {
	var errs []error
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefix) || text == "" || slices.Contains(others, name) {
			continue
		}
		i := slices.IndexFunc(All(), func(s Setting) bool { return s.Variable() == name })
		if i < 0 {
			errs = append(errs, unknownVariable(name))
			continue
		}
		setting := All()[i]
		if err := setting.parse(s, text); err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", name, shown(setting, text), err))
			continue
		}
		s.note(setting.Key, name)
	}
	return errors.Join(errs...)
}

// shown is the text of a variable in an error, where it can be no secret.
func shown(setting Setting, text string) string {
	switch setting.typ.Kind() {
	case reflect.Int, reflect.Float64, reflect.Bool, reflect.Int64:
		return fmt.Sprintf("=%q", text)
	}
	return ""
}

// parse sets the setting from the text of a variable.
func (s Setting) parse(settings *Settings, text string) error {
	to := s.in(settings)
	switch to.Interface().(type) {
	case []string:
		if separator := s.separator(); !strings.HasPrefix(text, "[") {
			return (&value{to: to, separator: orComma(separator)}).Set(text)
		}
	case map[string]string, []User, []Request:
	default:
		return (&value{to: to}).Set(text)
	}
	return decode([]byte(text), to.Addr().Interface(), keysOf(s.typ))
}

func orComma(separator string) string {
	if separator == "" {
		return ","
	}
	return separator
}

// unknownVariable is the error for a variable that stands for no setting. It may
// be named like a flag.
func unknownVariable(name string) error {
	var known []string
	for _, s := range All() {
		known = append(known, s.Variable())
		if s.Flag != "" && name == prefix+strings.ToUpper(strings.ReplaceAll(s.Flag, "-", "_")) {
			return fmt.Errorf("%s: no such setting (did you mean %q?)", name, s.Variable())
		}
	}
	return fmt.Errorf("%s: no such setting%s; 'webchatspec help environment' lists them", name, spelling.DidYouMean(name, known))
}
