package mockassistant_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/profiles"
)

func TestAdviceIsBesideTheVerdict(t *testing.T) {
	assistant := newAssistant(t, nil)
	if r := message(ourSite().sign(t, jwt.MapClaims{"exp": nil}), "", "hi").send(t, assistant); r.StatusCode != http.StatusOK {
		t.Errorf("a token without exp got %d: it is to be accepted", r.StatusCode)
	}
	advice := last(t, assistant).Token.Advice
	if !slices.ContainsFunc(advice, func(a mockassistant.Advice) bool { return a.Check == "exp-present" && a.Must && a.Fix != "" }) {
		t.Errorf("the advice is %+v; it lacks exp-present", advice)
	}
}

// TestAdviceOfAProfile holds tokens to the contract that the assistant was given.
func TestAdviceOfAProfile(t *testing.T) {
	for _, profile := range profiles.All() {
		assistant := newAssistant(t, func(c *mockassistant.Config) { c.Profile = profile })
		message(ourSite().sign(t, jwt.MapClaims{"context": "a text"}), "", "hi").send(t, assistant)
		objects := slices.ContainsFunc(last(t, assistant).Token.Advice, func(a mockassistant.Advice) bool { return a.Check == "context-plain" })
		if objects != (profile.Token.ContextPrefix != "") {
			t.Errorf("%s: objects to the context: %t", profile.ID, objects)
		}
		message("", "", "hi").send(t, assistant)
		if hint := last(t, assistant).Hint; !strings.Contains(hint, profile.Page.Event) {
			t.Errorf("%s: the hint speaks of another event: %q", profile.ID, hint)
		}
	}
}

func TestHistoryHoldsNoSecret(t *testing.T) {
	assistant := newAssistant(t, nil)
	inner := otherSite().sign(t, nil)
	secret := strings.Repeat("Zm9v", 20)
	pem := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + secret + "\n-----END RSA " + "PRIVATE KEY-----"
	for name, claims := range map[string]jwt.MapClaims{
		"plain":       {},
		"inner token": {"original": inner},
		"PEM":         {"key": pem},
		"JWK":         {"key": map[string]any{"kty": "RSA", "d": secret}},
	} {
		token := ourSite().sign(t, claims)
		c := message(token, "", "my token is "+token)
		c.path += "&token=" + token
		if r := c.send(t, assistant); r.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %d", name, r.StatusCode)
		}
		m := last(t, assistant)
		told, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for what, hidden := range map[string]string{
			"the token's signature": token[strings.LastIndexByte(token, '.')+1:],
			"the inner signature":   inner[strings.LastIndexByte(inner, '.')+1:],
			"the key":               secret,
		} {
			if strings.Contains(string(told), hidden) {
				t.Errorf("%s: the history tells %s: %s", name, what, told)
			}
		}
		if cut := m.Token.Cut == "…"; cut == (len(claims) == 0) {
			t.Errorf("%s: the token is shown as %s", name, m.Token.Cut)
		}
		if m.User != "user-1" || !strings.Contains(string(m.Token.Claims), `"sub":"user-1"`) {
			t.Errorf("%s: too much was cut: %s", name, told)
		}
	}
}
