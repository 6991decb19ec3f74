package verifier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAdvise gives each objection its occasion, and none to an ordinary token.
func TestAdvise(t *testing.T) {
	now := time.Unix(1_760_000_000, 0)
	const header = `{"alg":"RS256","typ":"JWT"}`
	good := fmt.Sprintf(`{"sub":"anon-1","iat":%d,"exp":%d}`, now.Unix(), now.Unix()+3600)
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	token := func(header, payload string) string { return b64([]byte(header)) + "." + b64([]byte(payload)) + ".AAAA" }
	for _, test := range []struct {
		token string
		want  string // ids of the checks, sorted
	}{
		{token(header, good), ""},
		{token(header, good) + "\n", "token-trimmed"},
		{"a.b", "token-compact"},
		{token(header, good) + "=", "token-compact"},
		{b64([]byte(header)) + "." + b64([]byte(good+strings.Repeat(" ", (3-len(good)%3)%3))) + "A.AAAA", "token-canonical"},
		{token(header, `{"fat":"`+strings.Repeat("x", 5000)+`",`+good[1:]), "token-size"},
		{token("x", good), "token-json"},
		{token(header, `{"sub":"other",`+good[1:]), "token-json"},
		{token(header, strings.Replace(good, "anon", "\xff", 1)), "sub-header-safe token-json"},
		{token(header, fmt.Sprintf("%q", good)), "token-object"},
		{token(header, "[]"), "token-object"},
		{token(`{"alg":"none"}`, good), "alg-not-none"},
		{token(`{"alg":"HS256"}`, good), "alg-not-hmac"},
		{token(`{"alg":"RS512"}`, good), "alg-rs256"},
		{token(`{}`, good), "alg-rs256"},
		{token(`{"alg":"RS256","typ":"x"}`, good), "typ-jwt"},
		{token(`{"alg":"RS256","jwk":{"d":"x"}}`, good), "header-no-embedded-key header-no-private-key"},
		{token(`{"alg":"RS256","crit":["b64"]}`, good), "header-no-extensions"},
		{token(header, with(`"sub":"anon-1",`, "")), "sub-present"},
		{token(header, with(`"anon-1"`, "1")), "sub-string"},
		{token(header, with("anon-1", "  ")), "sub-string"},
		{token(header, with("anon-1", `a\r\nb`)), "sub-header-safe"},
		{token(header, with("anon-1", "YQ==")), "sub-delimiter-free"},
		{token(header, with("anon-1", strings.Repeat("a", 300))), "sub-length"},
		{token(header, with("anon-1", "zoe@shop.example")), "sub-impersonal"},
		{token(header, with(`,"exp":1760003600`, "")), "exp-present"},
		{token(header, with("1760003600", `"1760003600"`)), "times-numeric"},
		{token(header, with("1760003600", "1760003600.5")), "times-integer"},
		{token(header, with("1760003600", "1760003600000")), "exp-in-seconds"},
		{token(header, with("1760003600", "1760000000")), "exp-ahead"},
		{token(header, with("1760003600", "1760007200")), "exp-short-lived"},
		{token(header, with("1760003600", "1762592000")), "exp-bounded"},
		{token(header, with("{", `{"nbf":1760000030,`)), "nbf-past"},
		{token(header, with("{", `{"nbf":1760000000,`)), "nbf-skew-room"},
		{token(header, with("{", `{"nbf":1759999900,`)), ""},
		{token(header, with(`"iat":1760000000,`, "")), "iat-present"},
		{token(header, with(`"iat":1760000000`, `"iat":1760000300`)), "iat-not-future"},
		{token(header, with("{", `{"email":"x",`)), "claims-no-personal-data"},
		{token(header, with("{", `{"password":"x",`)), "claims-no-secrets"},
		{token(header, with("{", `{"user_payload":{"a":1},`)), "payload-encrypted"},
	} {
		var got []string
		for _, a := range Advise(test.token, now) {
			got = append(got, a.Check)
			if a.What == "" || a.Fix == "" {
				t.Errorf("%s says nothing", a.Check)
			}
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%s: %q, want %q", shorten(test.token), text, test.want)
		}
	}
}
