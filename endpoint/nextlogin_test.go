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

// oneBrowserSite is a site with a login page and what it does with a login where somebody is
// logged in.
type oneBrowserSite struct {
	mu       sync.Mutex
	sessions map[string]string // name by session id
	inside   func(w http.ResponseWriter, r *http.Request, there string) (handled bool)
}

func (s *oneBrowserSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, name := "", ""
	if cookie, err := r.Cookie("session"); err == nil {
		id, name = cookie.Value, s.sessions[cookie.Value]
	}
	switch r.URL.Path {
	case "/login":
		if name != "" && s.inside(w, r, name) {
			return
		}
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`<form method="post"><input type="hidden" name="state" value="s-81"><input type="password" name="password"></form>`))
			return
		}
		user := r.PostFormValue("user")
		if r.PostFormValue("password") != "secret of "+user || r.PostFormValue("state") != "s-81" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		delete(s.sessions, id)
		s.start(w, user)
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	case "/logout":
		delete(s.sessions, id)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		if name == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": name, "exp": time.Now().Add(time.Hour).Unix()}).SignedString(keys.For("issuer"))
		_, _ = w.Write([]byte(text))
	}
}

func (s *oneBrowserSite) start(w http.ResponseWriter, user string) {
	id, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"t": time.Now().UnixNano()}).SignedString([]byte("x"))
	s.sessions[id] = user
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true})
}

// TestLoginWhereSomebodyIsLoggedIn has sites that ask for the logout of one user before the
// login of another: their logins are no failures, and nobody is mixed up. One that takes the
// login and keeps the first user still shows it.
func TestLoginWhereSomebodyIsLoggedIn(t *testing.T) {
	leadOn := func(w http.ResponseWriter, r *http.Request, _ string) bool {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return true
	}
	for name, c := range map[string]struct {
		inside func(w http.ResponseWriter, r *http.Request, there string) bool
		mixed  bool
	}{
		"takes it": {inside: func(http.ResponseWriter, *http.Request, string) bool { return false }},
		"refuses it": {inside: func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		}},
		"shows no form": {inside: leadOn},
		"leads on whatever is sent": {inside: func(w http.ResponseWriter, r *http.Request, there string) bool {
			return r.Method == http.MethodPost && leadOn(w, r, there)
		}},
		"takes it and keeps the first user": {mixed: true, inside: func(w http.ResponseWriter, r *http.Request, there string) bool {
			return r.Method == http.MethodPost && r.PostFormValue("password") == "secret of "+r.PostFormValue("user") && leadOn(w, r, there)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			site := httptest.NewServer(&oneBrowserSite{sessions: map[string]string{}, inside: c.inside})
			defer site.Close()
			user := func(name string) User {
				return User{Name: name, Login: []Request{
					{URL: "/login", Take: map[string]string{"state": "form:state"}},
					{URL: "/login", Form: map[string]string{"user": name, "password": "secret of " + name, "state": "{state}"}},
				}, Logout: []Request{{URL: "/logout", Method: http.MethodPost}}}
			}
			no := false
			client := newClient(t, Config{URL: site.URL + "/token", Users: []User{user("ann"), user("bob")}, Anonymous: &no, Rate: 5000, Consent: true})
			gathered := gather(t, client, record.ProbeLogin)
			for _, x := range gathered.exchanges(record.ProbeSession, record.VariantLogin) {
				if x.Refused != "" {
					t.Errorf("a login of %s was refused: %s", x.About, x.Refused)
				}
			}
			next, mixed := gathered.exchanges(record.ProbeLogin, record.VariantNextUser), false
			for _, x := range next {
				for _, echo := range x.Echoes {
					mixed = mixed || echo.Where == "sub" && echo.User != x.About
				}
			}
			if len(next) != 2 || mixed != c.mixed {
				t.Errorf("%d answers to the next user, mixed up: %t", len(next), mixed)
			}
		})
	}
}
