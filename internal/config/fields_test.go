package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A header or cookie that cannot be sent is a mistake in the configuration,
// wherever it stands, and not an endpoint that cannot be reached.
func TestHeadersThatCannotBeSentAreMistakes(t *testing.T) {
	t.Setenv("TRAILING", "hush-a-secret\n")
	for text, says := range map[string]string{
		`headers: {"X-Bad Name": x}`:                                                   `line 1: headers: the name "X-Bad Name" cannot be sent: it has ' ' in it`,
		`headers: {"X-Bäd": x}`:                                                        `'ä'`,
		`headers: {"": x}`:                                                             "a name is missing",
		`headers: {X-Key: "${TRAILING}"}`:                                              `headers: the value of "X-Key" cannot be sent: it has '\n' in it`,
		`headers: {X-Key: "a\u0000b"}`:                                                 `'\x00'`,
		`cookies: {"a b": x}`:                                                          `cookies: the name "a b"`,
		`cookies: {a: "b; c"}`:                                                         `';'`,
		`visit: [{url: /}, {url: /, headers: {"X:Y": x}}]`:                             `visit[1].headers: the name "X:Y" cannot be sent: it has ':' in it`,
		`relying: [{url: /me, headers: {"X Y": x}}]`:                                   `relying[0].headers`,
		`users: [{name: ann, headers: {"X Y": x}}]`:                                    `users[0].headers`,
		`users: [{name: ann, cookies: {"X Y": x}}]`:                                    `users[0].cookies`,
		`users: [{name: ann, login: {url: /login, headers: {X: "a\nb"}}}]`:             `users[0].login[0].headers`,
		`users: [{name: ann, logout: [{url: /a}, {url: /b, headers: {"a\tb": "x"}}]}]`: `users[0].logout[1].headers`,
		`page: {headers: {"X Y": x}}`:                                                  `page.headers`,
		`page: {cookies: {"X Y": x}}`:                                                  `page.cookies`,
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", text, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v tells the value", text, err)
		}
	}
	if _, err := Parse([]byte(`{headers: {X-Key: "a\tb ü {visitor}"}, cookies: {a: 'b "c" {name}'}}`)); err != nil {
		t.Errorf("what can be sent: %v", err)
	}
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags := BindFlags(set, ForTokens)
	if err := set.Parse([]string{"--header", "X Y: z"}); err != nil {
		t.Fatal(err)
	}
	if _, err := flags.Read(nil); err == nil || !strings.Contains(err.Error(), `--header: headers: the name "X Y"`) {
		t.Errorf("--header: %v", err)
	}
}

// Each list of headers or cookies of the settings is looked at, one that comes to be
// as well.
func TestAllHeadersAreLookedAt(t *testing.T) {
	var count func(reflect.Type) int
	count = func(at reflect.Type) (found int) {
		switch at.Kind() {
		case reflect.Pointer, reflect.Slice:
			return count(at.Elem())
		case reflect.Struct:
			for field := range at.Fields() {
				if !field.IsExported() {
					continue
				}
				if name := strings.ToLower(field.Name); strings.Contains(name, "header") || strings.Contains(name, "cookie") {
					if key := field.Tag.Get("yaml"); key != "headers" && key != "cookies" {
						t.Errorf("%s.%s has the key %q, which checkFields does not know", at, field.Name, key)
					}
					found++
				}
				found += count(field.Type)
			}
		}
		return found
	}
	if found := count(reflect.TypeFor[Settings]()); found < 10 {
		t.Errorf("%d lists of headers and cookies", found)
	}
}
