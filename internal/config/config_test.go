package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

const example = `
endpoint: https://shop.example/token
tokenIn: json:data.token
headers: {X-Api-Key: "${SHOP_KEY}"}
users:
  - name: ann
    login:
      url: /login
      form: {user: ann, password: "${ANN_PASSWORD}$$"}
publicKeys: [KEY]
maxWait: 20s
page:
  url: https://shop.example/
  login: {click: "#login"}
load:
  rate: 50
  objective: {percentile: 95, latency: 300ms}
failOn: should
`

func TestSettings(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP_KEY", "k-1")
	t.Setenv("ANN_PASSWORD", "${SHOP_KEY}") // not expanded again
	settings, err := Parse([]byte(strings.ReplaceAll(example, "KEY]", key+"]")))
	if err != nil {
		t.Fatal(err)
	}
	c, err := settings.Build()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Endpoint.Header.Get("X-Api-Key"); got != "k-1" {
		t.Errorf("header %q", got)
	}
	if got := c.Endpoint.Users[0].Login.Form["password"]; got != "${SHOP_KEY}$" {
		t.Errorf("password %q", got)
	}
	if len(c.Endpoint.PublicKeys) != 1 || c.Endpoint.PublicKeys[0].Text != "a key" {
		t.Errorf("keys %+v", c.Endpoint.PublicKeys)
	}
	if c.Endpoint.MaxWait != 20*time.Second || c.Page.Login.Click != "#login" || c.FailOn != record.Should {
		t.Errorf("configuration %+v", c)
	}
	if want := (record.Objective{Percentile: 95, Latency: 0.3}); c.Load.Objective != want {
		t.Errorf("objective %+v", c.Load.Objective)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"endpont: x":                          `line 1: unknown key "endpont" (did you mean "endpoint"?)`,
		"page:\n  ulr: x":                     `line 2: unknown key "ulr" (did you mean "url"?)`,
		"rate: often":                         `line 1: "often" is no number`,
		"timeout: soon":                       `invalid duration "soon"`,
		"users: x":                            "sequence is expected",
		"headers: {a: '${NOT_SET_ANYWHERE}'}": "NOT_SET_ANYWHERE is not set",
		"body: '${OPEN'":                      "without }",
		"endpoint: [":                         "",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
	for name, settings := range map[string]Settings{
		"no such file": {PublicKeys: []string{"/does/not/exist.pub"}},
		"fail-on":      {FailOn: "may"},
		"certificate":  {TLS: TLS{Cert: "x"}},
	} {
		if _, err := settings.Build(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWaiversFile(t *testing.T) {
	good := "- {id: exp-present, reason: ticket 7, owner: ann, expires: 2027-01-31}\n"
	waivers, err := parseWaivers([]byte(good))
	if err != nil || waivers["exp-present"].Owner != "ann" {
		t.Fatalf("%+v, %v", waivers, err)
	}
	for text, want := range map[string]string{
		strings.Replace(good, "exp-present", "exp-presnt", 1): `did you mean "exp-present"`,
		strings.Replace(good, "ann", `""`, 1):                 "owner",
		strings.Replace(good, "2027-01-31", "soon", 1):        "no date",
		strings.Replace(good, "owner", "owned", 1):            `unknown key "owned"`,
		good + good: "waived twice",
	} {
		if _, err := parseWaivers([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestWrittenWaiversWantAnOwner(t *testing.T) {
	run := record.Run{StartedAt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Outcomes: []record.Outcome{
		{ID: "exp-present", State: record.Failed}, {ID: "sub-present", State: record.Passed},
	}}
	var text strings.Builder
	if err := WriteWaivers(&text, run); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "exp-present") || strings.Contains(text.String(), "sub-present") {
		t.Errorf("waivers\n%s", text.String())
	}
	if _, err := parseWaivers([]byte(text.String())); err == nil || !strings.Contains(err.Error(), "reason and an owner") {
		t.Errorf("reading them: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("endpoint: &a [*a]"))
	f.Add([]byte("a: ${x}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		settings, err := Parse(text)
		if err == nil {
			settings.PublicKeys, settings.KnownKeys, settings.OtherKeys, settings.Waivers = nil, nil, nil, ""
			settings.TLS, settings.Payload = TLS{}, Payload{}
			_, _ = settings.Build()
		}
	})
}
