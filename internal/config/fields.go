package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// checkFields says which headers and cookies of a value, whatever stands around
// them, no request can carry: sending would fail, as if the site were to blame. Key
// is where the value stands. A header's value may be a secret and is not shown.
func checkFields(value reflect.Value, key string) error {
	var errs []error
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			return checkFields(value.Elem(), key)
		}
	case reflect.Slice:
		for i := range value.Len() {
			errs = append(errs, checkFields(value.Index(i), fmt.Sprintf("%s[%d]", key, i)))
		}
	case reflect.Struct:
		for field, inner := range value.Fields() {
			errs = append(errs, checkFields(inner, key+"."+field.Tag.Get("yaml")))
		}
	case reflect.Map:
		separators := map[string]string{"headers": "", "cookies": ";"} // that a value cannot have
		separator, found := separators[key[strings.LastIndexByte(key, '.')+1:]]
		fields, texts := value.Interface().(map[string]string)
		if !found || !texts {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if err := checkField(name, fields[name], separator); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", key, err))
			}
		}
	}
	return errors.Join(errs...)
}

// checkField checks one header or cookie (RFC 9110 §5.5 and §5.6.2, RFC 6265 §5.4).
func checkField(name, value, separator string) error {
	if name == "" {
		return errors.New("a name is missing")
	}
	for _, r := range name {
		if !httpguts.IsTokenRune(r) {
			return fmt.Errorf("the name %q cannot be sent: it has %q in it", name, r)
		}
	}
	for _, r := range value {
		if r < ' ' && r != '\t' || r == 0x7f || strings.ContainsRune(separator, r) {
			return fmt.Errorf("the value of %q cannot be sent: it has %q in it", name, r)
		}
	}
	return nil
}
