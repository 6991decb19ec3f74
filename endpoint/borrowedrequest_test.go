package endpoint

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

func TestInventedCredentials(t *testing.T) {
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for value, keeps := range map[string]string{
		"ak_48213_f19c7be2a6d0": "ak_48213_", "sk-live-f19c7be2a6d0": "sk-live-", "Bearer key-ann-77aa": "Bearer ", "9f8e7d6c5b4a": "", "k1": "",
	} {
		got := invented(value, []string{"48213", "ann"})
		if got == value || len(value) > 4 && len(got) != len(value) || !strings.Contains(got, keeps) {
			t.Errorf("%s became %s", value, got)
		}
	}
	got := invented(basic("ann:pw"), nil)
	pair, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got, "Basic "))
	if name, password, _ := strings.Cut(string(pair), ":"); err != nil || name != "ann" || password == "pw" || password == "" {
		t.Errorf("%s, %v", pair, err)
	}
}

func TestWhatIsRemade(t *testing.T) {
	user := User{Name: "ann", Identifiers: []string{"48213"}, Header: http.Header{"X-Api-Key": {"ak_48213_f19c"}, "Accept": {"text/plain"}, "X-Csrf": {"{csrf}"}}}
	made := user.remade()
	if key := made.header.Get("X-Api-Key"); !made.invented || key == "ak_48213_f19c" || !strings.Contains(key, "48213") || made.header.Get("Accept") != "text/plain" || made.header.Get("X-Csrf") != "{csrf}" {
		t.Errorf("%+v", made)
	}
	user = User{Name: "ann", Identifiers: []string{"48213"}, Cookies: []Cookie{{"member", "48213"}}}
	if made = user.remade(); made.invented || len(made.how) != 1 || made.cookies[0].Value != "48213" {
		t.Errorf("%+v", made)
	}
	user.Login = []Request{{URL: "/login"}}
	if made = user.remade(); made.invented || len(made.how) > 0 {
		t.Errorf("beside a login: %+v", made)
	}
}

// TestAnotherUsersAddress has a site that lets in whoever has a session, and goes by the
// address: another user's is asked for in the first one's session.
func TestAnotherUsersAddress(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil && r.URL.Path != "/login" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "5f1e0c7a9b" + r.PostFormValue("user"), Path: "/"})
		if who, found := strings.CutPrefix(r.URL.Path, "/users/"); found {
			text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": who, "exp": time.Now().Add(time.Hour).Unix()}).SignedString(keys.For("issuer"))
			_, _ = w.Write([]byte(text))
		}
	}))
	defer site.Close()
	user := func(name, number string) User {
		return User{Name: name, URL: "/users/" + number, Identifiers: []string{number}, Login: []Request{{URL: "/login", Form: map[string]string{"user": name, "password": "pw"}}}}
	}
	no := false
	client := newClient(t, Config{URL: site.URL + "/token", Users: []User{user("ann", "4711"), user("bob", "4712")}, Anonymous: &no, Rate: 5000, Consent: true})
	got := gather(t, client, record.ProbeRequestIdentity)
	asked := got.exchanges(record.ProbeRequestIdentity, record.VariantOthersRequest)
	if len(asked) != 1 || asked[0].About != "bob" || !strings.HasSuffix(asked[0].Request.URL, "/users/4712") || asked[0].Token == "" || len(asked[0].Echoes) == 0 {
		t.Fatalf("%+v", asked)
	}
}
