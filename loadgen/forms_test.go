package loadgen

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// TestTokensUnderLoadKeepTheRules: what the verifier accepts may still break a rule,
// in tokens that come only later.
func TestTokensUnderLoadKeepTheRules(t *testing.T) {
	now := time.Now()
	i := newInspector(client(t, endpoint.Config{
		URL: "http://localhost/", PublicKeys: []endpoint.KeyText{{Text: keys.PublicPEM(&keys.For("site").PublicKey)}},
	}), Config{})
	hour := now.Add(time.Hour).Unix()
	for name, c := range map[string]struct {
		claims jwt.MapClaims
		broken []string
	}{
		"right":                {jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": hour}, nil},
		"rounded exp":          {jwt.MapClaims{"sub": "someone", "exp": hour / 600 * 600}, []string{"iat-present"}},
		"with more members":    {jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": hour, "plan": "gold"}, nil},
		"no exp":               {jwt.MapClaims{"sub": "someone", "iat": now.Unix()}, []string{"exp-present"}},
		"no sub":               {jwt.MapClaims{"iat": now.Unix(), "exp": hour}, []string{"sub-present"}},
		"a number for sub":     {jwt.MapClaims{"sub": 7, "iat": now.Unix(), "exp": hour}, []string{"sub-string"}},
		"from the future":      {jwt.MapClaims{"sub": "someone", "iat": now.Add(300 * time.Second).Unix(), "exp": hour}, []string{"iat-not-future"}},
		"kept for long":        {jwt.MapClaims{"sub": "someone", "iat": now.Add(-600 * time.Second).Unix(), "exp": hour}, nil},
		"an encrypted payload": {jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": hour, "user_payload": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xd5, 7, 0x9e, 0x41}, 64))}, nil},
		"a clear payload":      {jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": hour, "user_payload": `{"plan": "gold"}`}, []string{"payload-encrypted"}},
		"for over a year":      {jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": now.Add(400 * 24 * time.Hour).Unix()}, []string{"exp-bounded"}},
	} {
		for range 2 { // the second one is judged by the first
			found := i.inspect(signed(t, "site", c.claims), http.Header{}, now, now)
			var broken []string
			for _, breach := range found.broken {
				broken = append(broken, breach.ID)
			}
			if slices.Sort(broken); !slices.Equal(broken, c.broken) {
				t.Errorf("%s: broken %q, want %q", name, broken, c.broken)
			}
		}
	}
}

// TestFormsAreBounded: a site with a member of its own in each token fills nothing.
func TestFormsAreBounded(t *testing.T) {
	now := time.Now()
	i := newInspector(client(t, endpoint.Config{URL: "http://localhost/"}), Config{})
	for n := range 2 * mostForms {
		claims := jwt.MapClaims{"sub": "someone", "exp": now.Add(time.Hour).Unix()}
		claims["member"+string(rune('a'+n))] = 1
		i.inspect(signed(t, "site", claims), http.Header{}, now, now)
	}
	if n := len(i.forms.broken); n != mostForms {
		t.Errorf("%d forms are kept, want %d", n, mostForms)
	}
}
