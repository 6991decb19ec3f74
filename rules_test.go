package webchatspec_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/internal/cli"
	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
	"github.com/webchatspec/webchatspec/suites"
)

// TestEverySurfaceSaysTheSameOfAToken takes the token of each fault, and tokens
// with variants of the faults, to the judge, the mock assistant and the command:
// all name the same rules.
func TestEverySurfaceSaysTheSameOfAToken(t *testing.T) {
	for _, fault := range issuers.Faults() {
		if fault.Part == issuers.PartToken && !fault.UsersOnly {
			t.Run(fault.ID, func(t *testing.T) {
				t.Parallel()
				text, date, key := tokenOf(t, fault.ID)
				rule := ruleOf(fault.Check)
				if strings.HasPrefix(rule, "payload-") || strings.HasPrefix(fault.ID, "instance-") || fault.ID == "leaks-session" || fault.Profile != "" {
					rule = "" // seen with a login, in one token of several, by the cookie, or under another contract, which only the run knows
				}
				sameRules(t, text, date, key, rule)
			})
		}
	}
	pair := keys.For("variants")
	for name, variant := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := jwt.NewWithClaims(jwt.SigningMethodRS256, variant.claims)
			for member, value := range variant.header {
				token.Header[member] = value
			}
			text, err := token.SignedString(pair)
			if err != nil {
				t.Fatal(err)
			}
			sameRules(t, text, time.Now(), keys.PublicPEM(&pair.PublicKey), variant.breaks)
		})
	}
}

// TestTheStandardAlphabetIsNoMissingSignature writes a token with + and / in the
// place of - and _: every surface says that, and none that it has no signature.
func TestTheStandardAlphabetIsNoMissingSignature(t *testing.T) {
	pair := keys.For("variants")
	now := time.Now()
	text, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "8f14e45f-ceea-4d67", "iat": now.Unix(), "exp": now.Unix() + 600}).SignedString(pair)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.LastIndexByte(text, '.')
	for _, signature := range []string{"+/" + text[cut+3:], strings.NewReplacer("-", "+", "_", "/").Replace(text[cut+1:]) + "=="} {
		odd := text[:cut+1] + signature
		sameRules(t, odd, now, keys.PublicPEM(&pair.PublicKey), "token-compact")
		if judged := judgedRules(odd, now, keys.PublicPEM(&pair.PublicKey)); slices.Contains(judged, "alg-not-none") {
			t.Errorf("a signature that could not be read is taken for none: %v", judged)
		}
	}
}

// ruleOf returns the id if a rule of the book has it that holds under every
// profile, else "".
func ruleOf(id string) string {
	if slices.ContainsFunc(rulebook.Rules(""), func(r rulebook.Rule) bool { return r.ID == id && r.Profile == "" }) {
		return id
	}
	return ""
}

// tokenOf starts a site with the fault and asks it for one token; date is the
// time on the answer.
func tokenOf(t *testing.T, fault string) (text string, date time.Time, publicKey string) {
	t.Helper()
	site, err := issuers.Start(issuers.Options{Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // its own authority is of no matter here
		DisableCompression: true,                                  // nor is what an answer says of its body
	}}
	defer client.CloseIdleConnections()
	response, err := client.Get(site.Setup().Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	date, _ = http.ParseTime(response.Header.Get("Date"))
	return string(body), date, site.Setup().PublicKeys[0]
}

// sameRules compares what the three say of a token, and that the rule is among it.
func sameRules(t *testing.T, text string, date time.Time, publicKey, rule string) {
	t.Helper()
	judged := judgedRules(text, date, publicKey)
	if rule != "" && !slices.Contains(judged, rule) {
		t.Errorf("the judge says %v, which lacks %s", judged, rule)
	}
	if strings.TrimSpace(text) != "" {
		if shown := shownRules(t, text, publicKey); !slices.Equal(judged, shown) {
			t.Errorf("the judge says %v, the mock assistant %v", judged, shown)
		}
	}
	explained := explainedRules(t, text, publicKey)
	// The command finds the token in what was pasted and tells apart what is round it.
	judged = slices.DeleteFunc(judged, func(id string) bool { return id == "token-bare" || id == "token-trimmed" })
	if !slices.Equal(judged, explained) {
		t.Errorf("the judge says %v, the command %v", judged, explained)
	}
}

// judgedRules judges a run in which the text is the answer to the one request.
func judgedRules(text string, date time.Time, publicKey string) []string {
	examiner := verifier.Examiner{Keys: []*verifier.Key{verifier.ReadKey(publicKey)}, KeyTexts: []string{publicKey}}
	run := record.Run{StartedAt: time.Now()}
	token := examiner.Examine(text, time.Now(), nil)
	token.ServerDate = date
	token.ID, token.Exchange, token.Probe, token.Visitor, token.Call = "t1", "e1", record.ProbeVisitors, "v1", 1
	run.Evidence.Tokens = []record.Token{token}
	run.Evidence.Keys = []record.Key{{Source: "the test", Kind: "rsa", Form: "spki"}}
	run.Evidence.Probes = []record.Probe{{Name: record.ProbeVisitors}, {Name: record.ProbeLogin}}
	run.Evidence.Exchanges = []record.Exchange{{
		ID: "e1", Probe: record.ProbeVisitors, Visitor: "v1", Call: 1, Token: "t1",
		Response: &record.Response{Status: 200, Bytes: int64(len(text))},
	}}
	var failed []string
	for _, outcome := range failedChecks(suites.Judge(run, suites.Options{})) {
		if ruleOf(outcome.ID) != "" {
			failed = append(failed, outcome.ID)
		}
	}
	slices.Sort(failed)
	return failed
}

// shownRules sends a message with the token and reads the live page's advice.
func shownRules(t *testing.T, text, publicKey string) []string {
	t.Helper()
	assistant, err := mockassistant.New(mockassistant.Config{PublicKeys: []string{publicKey}, SecurityOff: true})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"value":{"id":"m1","input":{"message_type":"text","text":"hi"}}}`
	request := httptest.NewRequest(http.MethodPost, "/public/chat/shop/message?version=2023-09-15", strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+text)
	assistant.ServeHTTP(httptest.NewRecorder(), request)
	var shown []string
	for _, advice := range assistant.History()[0].Token.Advice {
		shown = append(shown, advice.Check)
	}
	slices.Sort(shown)
	return shown
}

var namedRule = regexp.MustCompile(`\(([a-z0-9-]+)\)\n {9}→`)

// explainedRules reads what "token explain" says.
func explainedRules(t *testing.T, text, publicKey string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(file, []byte(publicKey), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	if code := cli.Run(t.Context(), []string{"token", "explain", "--public-key", file, "-"}, strings.NewReader(text), &out, &problems); code != 0 {
		t.Fatalf("exit code %d: %s", code, problems.String())
	}
	var explained []string
	for _, found := range namedRule.FindAllStringSubmatch(out.String(), -1) {
		explained = append(explained, found[1])
	}
	slices.Sort(explained)
	return explained
}

// variant is a token with one thing wrong, and the rule that it breaks.
type variant struct {
	header map[string]any
	claims jwt.MapClaims
	breaks string
}

func variants() map[string]variant {
	now := time.Now().Unix()
	changed := func(rule, name string, value any) variant {
		claims := jwt.MapClaims{"sub": "a-4711-b", "iat": now, "exp": now + 3600}
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		return variant{claims: claims, breaks: rule}
	}
	headed := func(rule, name string, value any) variant {
		v := changed(rule, "sub", "a-4711-b")
		v.header = map[string]any{name: value}
		return v
	}
	return map[string]variant{
		"right":                   changed("", "sub", "a-4711-b"),
		"no exp":                  changed("exp-present", "exp", nil),
		"exp in milliseconds":     changed("exp-in-seconds", "exp", (now+3600)*1000),
		"exp beyond numbers":      changed("exp-in-seconds", "exp", jsonNumber("1e400")),
		"exp as text":             changed("times-numeric", "exp", fmt.Sprint(now+3600)),
		"exp null":                changed("times-numeric", "exp", jsonNumber("null")),
		"exp of the third second": changed("exp-ahead", "exp", now+2),
		"a week":                  changed("exp-bounded", "exp", now+7*24*3600),
		"three hours":             changed("exp-short-lived", "exp", now+3*3600),
		"nbf ahead":               changed("nbf-past", "nbf", now+60),
		"nbf now":                 changed("nbf-skew-room", "nbf", now),
		"iat ahead":               changed("iat-not-future", "iat", now+300),
		"iat as text":             changed("times-numeric", "iat", fmt.Sprint(now)),
		"no iat":                  changed("iat-present", "iat", nil),
		"no sub":                  changed("sub-present", "sub", nil),
		"sub is a number":         changed("sub-string", "sub", 17),
		"blank sub":               changed("sub-string", "sub", "  "),
		"sub with a break":        changed("sub-header-safe", "sub", "a\nb"),
		"sub beyond ASCII":        changed("sub-header-safe", "sub", "zoë-4711"),
		"sub with semicolon":      changed("sub-delimiter-free", "sub", "a;b"),
		"long sub":                changed("sub-length", "sub", strings.Repeat("a", 300)),
		"sub is a phone":          changed("sub-impersonal", "sub", "+49 30 123456"),
		"sub is an address":       changed("sub-impersonal", "sub", "zoe@shop.example"),
		"Password":                changed("claims-no-secrets", "Password", "swordfish-17"),
		"api key":                 changed("claims-no-secrets", "apiKey", "k-4711-4711"),
		"nested secret":           changed("claims-no-secrets", "profile", map[string]any{"client_secret": "swordfish-17"}),
		"password hash":           changed("claims-no-secrets", "pass_hash", "$2b$10$abcdefghijklmnopqrstuv"),
		"pwd":                     changed("claims-no-secrets", "userPwd", "swordfish-17"),
		"basic credentials":       changed("claims-no-secrets", "ctx", "eyJwYXNzd29yZCI6InN3b3JkZmlzaC0xNyJ9"), // {"password":"swordfish-17"}
		"in hexadecimal":          changed("claims-no-secrets", "ctx", fmt.Sprintf("%x", `{"apiKey":"k-4711-4711"}`)),
		"JSON in a string":        changed("claims-no-secrets", "ctx", `{"db":{"password":"swordfish-17"}}`),
		"percent signs":           changed("claims-no-secrets", "ctx", "%7B%22client_secret%22%3A%22swordfish-17%22%7D"),
		"address in base64":       changed("claims-no-personal-data", "ctx", "em9lQHNob3AuZXhhbXBsZQ=="),
		"phone by value":          changed("claims-no-personal-data", "ctx", "+49 30 1234567"),
		"user's mail":             changed("claims-no-personal-data", "customerEmail", "hidden"),
		"birthday":                changed("claims-no-personal-data", "profile", map[string]any{"birthday": "1999-01-02"}),
		"encoded address":         changed("sub-impersonal", "sub", "em9lQHNob3AuZXhhbXBsZQ"),
		"plan":                    changed("", "plan", "gold member"),
		"roles":                   changed("", "roles", []string{"reader", "writer"}),
		"base64 of nothing":       changed("", "ctx", "c29tZSBwbGFpbiB3b3Jkcw=="),
		"hex id":                  changed("", "tenant", "9f86d081884c7d659a2feaa0c55ad015"),
		"first name":              changed("claims-no-personal-data", "firstName", "Zoe"),
		"nested mail":             changed("claims-no-personal-data", "profile", map[string]any{"contact": "zoe@shop.example"}),
		"fat":                     changed("token-size", "profile", strings.Repeat("x", 5000)),
		"payload in clear":        changed("payload-encrypted", "user_payload", map[string]any{"plan": "gold"}),
		"payload is text":         changed("payload-encrypted", "user_payload", "gold plan"),
		"payload is cut":          changed("payload-encrypted", "user_payload", "Z29sZA=="),
		"payload is null":         changed("claims-not-null", "user_payload", jsonNumber("null")),
		"kid is a path":           headed("kid-opaque", "kid", "../../etc/passwd"),
		"kid is a person":         headed("kid-opaque", "kid", "ann@shop.example"),
		"kid is an address":       headed("kid-opaque", "kid", "https://shop.example/key"),
		"typ":                     headed("typ-jwt", "typ", "jwt"),
		"jku":                     headed("header-no-embedded-key", "jku", "https://shop.example/keys"),
		"private jwk":             headed("header-no-private-key", "jwk", keys.PrivateJWK(keys.For("leaked"))),
		"crit":                    headed("header-no-extensions", "crit", []string{"exp"}),
		"PS256 in the header":     headed("alg-rs256", "alg", "PS256"),
		"none in the header":      headed("alg-not-none", "alg", "nOnE"),
		"HS512 in the header":     headed("alg-not-hmac", "alg", "HS512"),
	}
}

// jsonNumber is a JSON text as it is, as a value of a claim.
type jsonNumber string

func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }
