package record

import (
	"slices"
	"strings"
	"testing"
)

// label assembles the line of a PEM label, so that no file holds a real one.
func label(kind string) string { return "-----" + kind + "-----" }

func TestMask(t *testing.T) {
	body := strings.Repeat("MIIEvQIBADANBgkq", 4)
	key := label("BEGIN PRIVATE KEY") + "\n" + body + "\n" + label("END PRIVATE KEY")
	token := compactToken(plainHeader, plainPayload)
	for name, test := range map[string]struct {
		text  string
		kinds []string
		gone  string
		stays string
	}{
		"private key":   {"before " + key + " after", []string{LeakPrivateKey}, body, "after"},
		"RSA key":       {strings.ReplaceAll(key, "PRIVATE", "RSA PRIVATE"), []string{LeakPrivateKey}, body, ""},
		"cut off key":   {label("BEGIN PRIVATE KEY") + "\n" + body, []string{LeakPrivateKey}, body, ""},
		"PuTTY":         {"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 4\n" + body, []string{LeakPrivateKey}, body, ""},
		"JWK":           {`{"kty":"RSA","d": "` + body + `"}`, []string{LeakPrivateJWK}, body, `"kty"`},
		"access key":    {"id AKIAABCDEFGHIJKLMNOP", []string{"access key"}, "AKIAABCD", "id"},
		"API key":       {"sk_live_abcdefghijklmnop1234", []string{"API key"}, "abcdefgh", ""},
		"database":      {"postgres://shop:Tr0ub4dor@db/shop", []string{"password in an address"}, "Tr0ub", "db/shop"},
		"token":         {"f('" + token + "')", []string{LeakToken}, "Sig_", "f('eyJ"},
		"two tokens":    {token + " " + token, []string{LeakToken}, "Sig_", ""},
		"public key":    {label("BEGIN PUBLIC KEY") + body + label("END PUBLIC KEY"), nil, "", body},
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
	f.Add(compactToken(plainHeader, plainPayload))
	f.Add(`{"d":"` + strings.Repeat("a", 50) + `"}`)
	f.Fuzz(func(t *testing.T, text string) {
		masked, _ := Mask(text)
		for _, token := range FindTokens(masked) {
			if !strings.HasSuffix(token, ".") {
				t.Errorf("%q is left of %q", token, text)
			}
		}
	})
}
