package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

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
	if got := c.Endpoint.Users[0].Login[0].Form["password"]; got != "${SHOP_KEY}$" {
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

// TestRequestsBeforeTheToken reads one request and several alike.
func TestRequestsBeforeTheToken(t *testing.T) {
	settings, err := Parse([]byte(`
endpoint: https://shop.example/token?v={visitor}
headers: {X-CSRF-Token: "{csrf}"}
visit:
  url: /session
  take: {csrf: "meta:csrf-token"}
users:
  - name: ann
    values: {password: secret}
    url: /token/ann
    login:
      - {url: /login, take: {state: "form:state"}}
      - {url: /login, form: {password: "{password}", state: "{state}"}}
    logout: {url: /logout, method: POST}
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := settings.Build()
	if err != nil {
		t.Fatal(err)
	}
	ann := c.Endpoint.Users[0]
	if visit := c.Endpoint.Visit; len(visit) != 1 || visit[0].URL != "/session" || visit[0].Take["csrf"] != "meta:csrf-token" {
		t.Errorf("visit %+v", visit)
	}
	if len(ann.Login) != 2 || ann.Login[1].Form["state"] != "{state}" || len(ann.Logout) != 1 || ann.Values["password"] != "secret" || ann.URL != "/token/ann" {
		t.Errorf("user %+v", ann)
	}
	if _, err := Parse([]byte("visit: {url: /a, takes: {}}")); err == nil || !strings.Contains(err.Error(), `"take"`) {
		t.Errorf("a typing error in the one request: %v", err)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"publicKey: x":    `line 1: unknown key "publicKey" (did you mean "publicKeys"?)`, // payload has that key
		"endpont: x":      `line 1: unknown key "endpont" (did you mean "endpoint"?)`,
		"page:\n  ulr: x": `line 2: unknown key "ulr" (did you mean "url"?)`,
		"endpont: x\npage:\n  ulr: y\nload: {rat: 1}": "line 1: unknown key \"endpont\" (did you mean \"endpoint\"?)\nline 3: unknown key \"ulr\" (did you mean \"url\"?)\nline 4: unknown key \"rat\" (did you mean \"rate\"?)",
		"users:\n- name: a\n  login:\n    ulr: x":     `line 4: unknown key "ulr" (did you mean "url"?)`,
		"rate: often":                           `line 1: "often" is not a number`,
		"timeout: soon":                         `line 1: "soon" is not a duration`,
		"timeout: 10":                           `line 1: "10" is not a duration; give a number with a unit, such as 10s`,
		"timeout: -1s":                          "line 1: -1s is out of range: give more than 0",
		"rate: 0":                               "line 1: 0 is out of range: give more than 0",
		"maxWait: -1s":                          "line 1: -1s is out of range: give at least 0",
		"load:\n  objective: {percentile: 101}": "line 2: 101 is out of range: give more than 0 and at most 100",
		"failOn: may":                           `line 1: unknown level "may"`,
		"only: [exp-presnt]":                    `unknown check, area or level "exp-presnt" (did you mean "exp-present"?)`,
		"formats: [pdf]":                        `unknown format "pdf"; give json, html`,
		"users: x":                              "sequence is expected",
		"headers: {a: '${NOT_SET_ANYWHERE}'}\nbody: ${NOR_THIS}": "line 2: the environment variable NOR_THIS is not set",
		"body: '${OPEN'": "without }",
		"endpoint: [":    "",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
	for name, settings := range map[string]Settings{
		"no such file": {PublicKeys: []string{"/does/not/exist.pub"}},
		"stage":        {Load: Load{Stages: []string{"fast"}}},
		"shard":        {Load: Load{Shard: "3/2"}},
		"start":        {Load: Load{StartAt: "noon"}},
		"certificate":  {TLS: TLS{Cert: "x"}},
	} {
		if _, err := settings.Build(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// read returns the settings of a file, an environment and flags.
func read(t *testing.T, file string, environ []string, args ...string) (Settings, error) {
	t.Helper()
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags := BindFlags(set, ForTokens, ForPage, ForLoad, ForRate, ForJudge, ForReports)
	if file != "" {
		name := filepath.Join(t.TempDir(), "webchatspec.yaml")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", name)
	}
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return flags.Read(environ)
}

func TestFlagsComeBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	s, err := read(t, "rate: 1\nconcurrency: 1\ntimeout: 1s\npublicKeys: [a, b]\nheaders: {A: file, B: file}\nload: {objective: {percentile: 90}}",
		[]string{"WEBCHATSPEC_RATE=2", "WEBCHATSPEC_CONCURRENCY=2", "WEBCHATSPEC_LOAD_OBJECTIVE_LATENCY=2s", "WEBCHATSPEC_TIMEOUT=", "HOME=/"},
		"--rate", "3", "--public-key", "c,d", "--header", "A: flag", "--header", "C: x:y")
	if err != nil {
		t.Fatal(err)
	}
	if s.Rate != 3 || s.Concurrency != 2 || s.Timeout != time.Second {
		t.Errorf("rate %g, concurrency %d, timeout %s", s.Rate, s.Concurrency, s.Timeout)
	}
	if s.Load.Objective.Latency != 2*time.Second || s.Load.Objective.Percentile != 90 {
		t.Errorf("objective %+v", s.Load.Objective)
	}
	if !slices.Equal(s.PublicKeys, []string{"c,d"}) {
		t.Errorf("public keys %q", s.PublicKeys)
	}
	if want := map[string]string{"A": "flag", "B": "file", "C": "x:y"}; !maps.Equal(s.Headers, want) {
		t.Errorf("headers %v", s.Headers)
	}
}

// TestFlagsTakeTheirValueAsItIs keeps brackets, quotes and commas, which a flag
// that went by way of its text lost.
func TestFlagsTakeTheirValueAsItIs(t *testing.T) {
	for _, address := range []string{"http://[::1]:8080/x", "http://shop.example/token?tags[]", "http://shop.example/a,b?q=%22x%22"} {
		if s, err := read(t, "", nil, "--endpoint", address); err != nil || s.Endpoint != address {
			t.Errorf("%q became %q, %v", address, s.Endpoint, err)
		}
		if s, err := read(t, "", []string{"WEBCHATSPEC_ENDPOINT=" + address}); err != nil || s.Endpoint != address {
			t.Errorf("%q became %q, %v", address, s.Endpoint, err)
		}
	}
}

func TestEachKindOfVariable(t *testing.T) {
	s, err := read(t, "", []string{
		"WEBCHATSPEC_PUBLIC_KEYS=a.pub,b.pub", "WEBCHATSPEC_FORMATS=[json]", "WEBCHATSPEC_HEADERS={A: b}", "WEBCHATSPEC_ANONYMOUS=false",
		`WEBCHATSPEC_USERS=[{"name": "ann", "login": {"url": "/login"}}]`, "WEBCHATSPEC_PAGE_BEGIN_CLICK=#ok", "WEBCHATSPEC_LOAD_SHARD=1/2",
		"WEBCHATSPEC_LOAD_CAPACITY=true", "WEBCHATSPEC_CHROMIUM=/usr/bin/chromium",
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.PublicKeys, []string{"a.pub", "b.pub"}) || !slices.Equal(s.Formats, []string{"json"}) || s.Headers["A"] != "b" {
		t.Errorf("lists: %+v", s)
	}
	if s.Anonymous == nil || *s.Anonymous || len(s.Users) != 1 || s.Users[0].Login[0].URL != "/login" {
		t.Errorf("users: %+v", s)
	}
	if s.Page.Begin == nil || s.Page.Begin.Click != "#ok" || s.Load.Shard != "1/2" || !s.Load.Capacity || s.Page.Login != nil {
		t.Errorf("parts: %+v %+v", s.Page, s.Load)
	}
	_, err = read(t, "", []string{"WEBCHATSPEC_LOAD_RAT=1", "WEBCHATSPEC_PUBLIC_KEY=a", "WEBCHATSPEC_RATE=fast", "WEBCHATSPEC_TIMEOUT=-1s"})
	for _, want := range []string{
		"WEBCHATSPEC_LOAD_RAT: no such setting (did you mean \"WEBCHATSPEC_LOAD_RATE\"?)",
		`WEBCHATSPEC_PUBLIC_KEY: no such setting (did you mean "WEBCHATSPEC_PUBLIC_KEYS"?)`,
		`WEBCHATSPEC_RATE="fast": want a number`, "WEBCHATSPEC_TIMEOUT: -1s is out of range",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}

func TestPathsInAFileAreRelativeToIt(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "webchatspec.yaml")
	if err := os.WriteFile(name, []byte("publicKeys: keys/a.pub\nknownKeys: [/b.pub]\ntls: {ca: ca.pem}\nout: reports\npage: {chromium: chromium}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		s.PublicKeys[0]: filepath.Join(folder, "keys/a.pub"), s.KnownKeys[0]: "/b.pub", s.TLS.CA: filepath.Join(folder, "ca.pem"),
		s.Out: filepath.Join(folder, "reports"), s.Page.Chromium: "chromium",
	} {
		if got != want {
			t.Errorf("path %s, want %s", got, want)
		}
	}
	if _, err := s.Build(); err == nil || !strings.Contains(err.Error(), name+", line 1: open "+s.PublicKeys[0]) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("files that are not there: %v", err)
	}
}

func TestNotWaitingIsNotTheDefaultWait(t *testing.T) {
	s, err := read(t, "", nil, "--max-wait", "0s")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Build()
	if err != nil || c.Endpoint.MaxWait >= 0 || c.Page.MaxWait >= 0 {
		t.Errorf("waits %s and %s, %v", c.Endpoint.MaxWait, c.Page.MaxWait, err)
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
		strings.Replace(good, "2027-01-31", "soon", 1):        "not a date",
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

// TestSecretsOfTheEnvironmentAreConfidential: what came in by ${NAME} reaches the
// room that keeps it out of everything written.
func TestSecretsOfTheEnvironmentAreConfidential(t *testing.T) {
	t.Setenv("SHOP_KEY", "swordfish-4711")
	s, err := Parse([]byte("endpoint: http://localhost/\nheaders: {X-Shop: '${SHOP_KEY}'}"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	if masked := c.Confidential.MaskValues("it was swordfish-4711"); strings.Contains(masked, "swordfish") {
		t.Errorf("masked: %q", masked)
	}
}
