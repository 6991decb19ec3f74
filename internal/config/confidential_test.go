package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// public are the texts of the configuration that are no secrets, and why. Whoever
// adds a setting decides here, or has it masked.
var public = map[string]string{
	"profile": "a word", "failOn": "a word", "formats": "words", "only": "words", "skip": "words",
	"method": "a method", "tokenIn": "a place", "origins": "origins, which others send, too", "resolve": "addresses", "hosts": "hosts",
	"visit[].method": "a method", "users[].login[].method": "a method", "users[].logout[].method": "a method", "relying[].method": "a method",
	"take": "places", "visit[].take": "places", "users[].login[].take": "places", "users[].logout[].take": "places", "relying[].take": "places",
	"users[].name": "what the report calls the user", "users[].sub": "what the checks are about", "users[].identifiers": "what the checks are about",
	"publicKeys": "files", "knownKeys": "files", "otherKeys": "files", "signingKey": "a file", "payload.publicKey": "a file", "payload.privateKey": "a file",
	"tls.ca": "a file", "tls.cert": "a file", "tls.key": "a file", "waivers": "a file", "out": "a folder", "page.trace": "a folder", "load.raw": "a file", "page.chromium": "a program",
	"page.begin.click": "a selector", "page.login.click": "a selector", "page.logout.click": "a selector",
	"page.allowHosts": "hosts", "page.letTokensReachVendor": "hosts", "load.allowHosts": "hosts", "load.metrics": "an address of this machine",
	"load.stages": "rates", "load.shard": "numbers", "load.startAt": "a time", "load.abortOn": "a share",
}

// steps are the members of a step of the page; all but some are no secrets.
func init() {
	for _, phase := range []string{"before", "in", "after"} {
		for _, member := range []string{"click", "type", "press", "select", "waitFor", "waitForRequest"} {
			public["page.steps."+phase+"[]."+member] = "a selector, a key or a part of an address"
		}
	}
}

// Every text of the configuration is masked, or is said to be no secret: the list of
// texts is that of the settings, so that nobody can forget a new one.
func TestEachTextOfTheConfigurationIsMaskedOrPublic(t *testing.T) {
	seen := map[string]bool{}
	for _, setting := range All() {
		for _, text := range textsOf(setting.Key, setting.typ) {
			seen[text.key] = true
			if setting.isPath() || setting.Words != "" {
				if public[text.key] == "" {
					t.Errorf("%s names a file or is a word: say so", text.key)
				}
				continue
			}
			var s Settings
			s.Endpoint = "http://127.0.0.1:9/token"
			text.plant(setting.in(&s))
			s.note(setting.Key, "a test")
			c, err := s.Build()
			if err != nil && public[text.key] == "" {
				t.Errorf("%s: %v", text.key, err)
				continue
			}
			known := c.Composed().Secrets()
			masked := !strings.Contains(known.MaskValues("said "+planted), planted)
			if masked != (public[text.key] == "") {
				t.Errorf("%s: masked %t, public %q", text.key, masked, public[text.key])
			}
			if shown := c.Secrets().MaskValues(s.Shown()); masked && strings.Contains(shown, planted) {
				t.Errorf("%s is shown: %s", text.key, shown)
			}
		}
	}
	for key := range public {
		if !seen[key] {
			t.Errorf("%s is no text of the configuration", key)
		}
	}
}

// planted is the secret that each text gets in turn: as it is, or in an address, a
// body or a script where such stand there.
const planted = "Zq9planted7secret"

// plantedIn are the forms in which some texts want it, by the last part of their key.
var plantedIn = map[string]string{
	"url": "http://127.0.0.1:9/?code=" + planted, "endpoint": "http://127.0.0.1:9/?code=" + planted, "plainEndpoint": "http://127.0.0.1:9/?code=" + planted,
	"navigate": "/next?ticket=" + planted, "remote": "ws://127.0.0.1:9/?token=" + planted,
	"json": `{"user":"ada","password":"` + planted + `"}`, "body": `{"user":"ada","password":"` + planted + `"}`,
	"script": `signIn("ada", "` + planted + `")`, "evaluate": `fetch("/login", {method: "POST", body: "user=ada&password=` + planted + `"})`,
}

// plantable is a text in the settings: the key, and the way to it from the setting's
// value.
type plantable struct {
	key  string
	into func(reflect.Value) reflect.Value
}

func (p plantable) plant(value reflect.Value) {
	text := planted
	for suffix, form := range plantedIn {
		if p.key == suffix || strings.HasSuffix(p.key, "."+suffix) {
			text = form
		}
	}
	switch at := p.into(value); at.Kind() {
	case reflect.String:
		at.SetString(text)
	case reflect.Slice:
		at.Set(reflect.ValueOf([]string{text}))
	case reflect.Map:
		at.Set(reflect.ValueOf(map[string]string{"X-Sample": text}))
	}
}

// textsOf are the texts in a value of the type, also those in lists.
func textsOf(key string, t reflect.Type) []plantable {
	same := func(v reflect.Value) reflect.Value { return v }
	switch {
	case t == reflect.TypeFor[time.Duration]():
	case t.Kind() == reflect.String, t == reflect.TypeFor[[]string](), t.Kind() == reflect.Map:
		return []plantable{{key, same}}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		var all []plantable
		for field := range t.Elem().Fields() {
			for _, inner := range textsOf(key+"[]."+field.Tag.Get("yaml"), field.Type) {
				all = append(all, plantable{inner.key, func(v reflect.Value) reflect.Value {
					if v.Len() == 0 {
						v.Set(reflect.MakeSlice(t, 1, 1))
					}
					if url := v.Index(0).FieldByName("URL"); url.IsValid() && t == reflect.TypeFor[Calls]() {
						url.SetString("/call")
					}
					return inner.into(v.Index(0).FieldByIndex(field.Index))
				}})
			}
		}
		return all
	}
	return nil
}
