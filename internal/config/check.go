package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/secrets"
)

// check holds what was given to the limits and words of each setting, and to what
// HTTP can carry.
func (s *Settings) check() error {
	var errs []error
	for _, setting := range All() {
		if s.given(setting.Key) {
			value := setting.in(s)
			errs = append(errs, s.at(setting.Key, setting.check(value)), s.at(setting.Key, checkFields(value, setting.Key)))
		}
	}
	return errors.Join(errs...)
}

func (s Setting) check(value reflect.Value) error {
	switch value := value.Interface().(type) {
	case int:
		return s.checkNumber(float64(value), strconv.Itoa(value))
	case float64:
		return s.checkNumber(value, strconv.FormatFloat(value, 'g', -1, 64))
	case time.Duration:
		return s.checkNumber(value.Seconds(), value.String())
	case string:
		if s.tag.Get("arg") == "URL" {
			return checkAddress(value)
		}
		return s.checkWords([]string{value})
	case []string:
		return s.checkWords(value)
	}
	return nil
}

func (s Setting) checkNumber(number float64, text string) error {
	limit := "at least 0"
	bad := !(number >= 0) // NaN, too
	if s.tag.Get("above") != "" {
		limit, bad = "more than 0", !(number > 0)
	}
	if most, err := strconv.ParseFloat(s.tag.Get("upTo"), 64); err == nil {
		limit, bad = limit+" and at most "+s.tag.Get("upTo"), bad || number > most
	}
	if !bad {
		return nil
	}
	return fmt.Errorf("%s is out of range: give %s", text, limit)
}

// Limits are those of a number as a JSON Schema has them; "" is no limit.
func (s Setting) Limits() (minimum, exclusiveMinimum, maximum json.Number) {
	if above := s.tag.Get("above"); above != "" {
		return "", json.Number(above), json.Number(s.tag.Get("upTo"))
	}
	return "0", "", json.Number(s.tag.Get("upTo"))
}

// checkAddress wants an address with scheme and host.
func checkAddress(text string) error {
	address, err := url.Parse(text)
	if err == nil && (address.Scheme == "http" || address.Scheme == "https") && address.Hostname() != "" {
		return nil
	}
	shown := secrets.Address(text)
	switch {
	case !strings.Contains(text, "://"):
		scheme := "https://"
		if host, _, _ := strings.Cut(text, ":"); host == "localhost" || strings.HasPrefix(text, "127.") || strings.HasPrefix(text, "[") {
			scheme = "http://"
		}
		return fmt.Errorf("%q has no scheme: put %s in front, as in %s%s", shown, scheme, scheme, shown)
	}
	return fmt.Errorf("%q is not an http or https address, such as https://shop.example/token", shown)
}

// longList is from how many words on they are not all told in an error.
const longList = 20

func (s Setting) checkWords(given []string) error {
	if s.Words == "" {
		return nil
	}
	known := Words(s.Words)
	for _, word := range given {
		if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, word) }) {
			continue
		}
		there := "give " + strings.Join(known, ", ")
		if len(known) > longList {
			there = "see 'webchatspec list'"
		}
		return fmt.Errorf("unknown %s %q%s; %s", cmp.Or(wordNames[s.Words], s.Words), word, spelling.DidYouMean(word, known), there)
	}
	return nil
}

// wordNames say what a word of a list is, where the list's name does not.
var wordNames = map[string]string{"check": "check, area or level"}
