package secrets

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// pemLabel assembles the line of a PEM label, so that no file holds a real one.
func pemLabel(kind string) string { return "-----" + kind + "-----" }

// signed puts a token with this header together, with a signature of 256 bytes.
func signed(header string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(`{"sub":"a-1"}`)) + "." + strings.Repeat("Sig_", 85) + "AA"
}

func TestMask(t *testing.T) {
	body := strings.Repeat("q83vEjRWeJCrze8S", 4)
	key := pemLabel("BEGIN PRIVATE KEY") + "\n" + body + "\n" + pemLabel("END PRIVATE KEY")
	token := signed(`{"alg":"RS256"}`)
	for name, test := range map[string]struct {
		text  string
		kinds []string
		gone  string
		stays string
	}{
		"private key":   {"before " + key + " after", []string{PrivateKey}, body, "after"},
		"RSA key":       {strings.ReplaceAll(key, "PRIVATE", "RSA PRIVATE"), []string{PrivateKey}, body, ""},
		"cut off key":   {pemLabel("BEGIN PRIVATE KEY") + "\n" + body, []string{PrivateKey}, body, ""},
		"PuTTY":         {"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 4\n" + body, []string{PrivateKey}, body, ""},
		"JWK":           {`{"kty":"RSA","d": "` + body + `"}`, []string{PrivateJWK}, body, `"kty"`},
		"access key":    {"id AKIAABCDEFGHIJKLMNOP", []string{"access key"}, "AKIAABCD", "id"},
		"API key":       {"sk_live_abcdefghijklmnop1234", []string{"API key"}, "abcdefgh", ""},
		"AI key":        {"with sk-" + strings.Repeat("aB3", 14) + "?", []string{"API key"}, "aB3aB3", "with"},
		"no AI key":     {"xY-sk-" + strings.Repeat("aB3", 14), nil, "", "aB3aB3"}, // base64url of random bytes has this now and then
		"database":      {"postgres://shop:Tr0ub4dor@db/shop", []string{"password in an address"}, "Tr0ub", "db/shop"},
		"token":         {"f('" + token + "')", []string{Token}, "Sig_", "f('eyJ"},
		"two tokens":    {token + " " + token, []string{Token}, "Sig_", ""},
		"public key":    {pemLabel("BEGIN PUBLIC KEY") + body + pemLabel("END PUBLIC KEY"), nil, "", body},
		"ordinary text": {"nothing here", nil, "", "nothing here"},
	} {
		t.Run(name, func(t *testing.T) {
			masked, kinds := Mask(test.text)
			if !slices.Equal(kinds, test.kinds) {
				t.Errorf("found %q, want %q", kinds, test.kinds)
			}
			if test.gone != "" && strings.Contains(masked, test.gone) || !strings.Contains(masked, test.stays) {
				t.Errorf("left is %s", masked)
			}
			if again, _ := Mask(masked); again != masked {
				t.Errorf("masking twice gives %s", again)
			}
		})
	}
}

func TestCutToken(t *testing.T) {
	for text, want := range map[string]string{"a.b.c": "a.b.«signature cut»", "a.b.": "a.b.«signature cut»", "abc": "abc"} {
		if got := CutToken(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add(signed(`{"alg":"RS256"}`))
	f.Add(`{"d":"` + strings.Repeat("a", 50) + `"}`)
	f.Add(`{\"dq\":\"` + strings.Repeat("a", 50) + `\"} postgres://shop:Tr0ub4dor@db/shop $2b$12$` + strings.Repeat("a", 53))
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range forms {
			if form.pattern.MatchString(text) && !form.possible(text) {
				t.Errorf("the quick look misses a %s in %q", form.kind, text)
			}
		}
		masked, _ := Mask(text)
		for _, token := range Tokens(masked) {
			if !strings.HasSuffix(token, ".") {
				t.Errorf("%q is left of %q", token, text)
			}
		}
	})
}
