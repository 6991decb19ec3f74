package endpoint

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// TestLoginsAtTheSameTime has a site that keeps who is logging in for its whole process
// between two steps of a login.
func TestLoginsAtTheSameTime(t *testing.T) {
	var mu sync.Mutex
	var pending string
	sessions := map[string]string{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/name" {
			time.Sleep(5 * time.Millisecond) // both are here before either goes on
		}
		mu.Lock()
		defer mu.Unlock()
		switch r.URL.Path {
		case "/name":
			pending = r.PostFormValue("user")
		case "/password":
			id := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"n": len(sessions)})
			text, _ := id.SignedString([]byte("x"))
			sessions[text] = pending
			http.SetCookie(w, &http.Cookie{Name: "session", Value: text, Path: "/"})
		default:
			cookie, err := r.Cookie("session")
			if err != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": sessions[cookie.Value], "exp": time.Now().Add(time.Hour).Unix()}).SignedString(keys.For("issuer"))
			_, _ = w.Write([]byte(text))
		}
	}))
	defer site.Close()
	user := func(name string) User {
		return User{Name: name, Login: []Request{{URL: "/name", Form: map[string]string{"user": name}}, {URL: "/password", Form: map[string]string{"password": "pw"}}}}
	}
	no := false
	client := newClient(t, Config{URL: site.URL + "/token", Users: []User{user("ann"), user("bob")}, Anonymous: &no, Rate: 5000, Consent: true})
	subs := map[string]string{}
	for _, x := range gather(t, client, record.ProbeLogin).exchanges(record.ProbeLogin, record.VariantBesideUser) {
		for _, echo := range x.Echoes {
			if echo.Where == "sub" && echo.User != x.About {
				subs[x.About] = echo.User
			}
		}
	}
	if len(subs) != 1 {
		t.Errorf("whom the tokens of two users who logged in at the same time name: %v", subs)
	}
}
