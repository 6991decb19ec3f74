package endpoint

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// oneSession is a right site in front of another: it serves users only, and each
// login of a user ends the session that the user had.
func oneSession(t *testing.T, behind string) *httptest.Server {
	t.Helper()
	address, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: address.Scheme, Host: address.Host})
	var mu sync.Mutex
	current := map[string]string{} // session by user
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		cookie, err := r.Cookie("session")
		owner := ""
		for user, session := range current {
			if err == nil && session == cookie.Value {
				owner = user
			}
		}
		switch {
		case r.URL.Path == "/login" && r.Method == http.MethodPost:
			user := r.PostFormValue("user")
			current[user] = rand.Text()
			http.SetCookie(w, &http.Cookie{Name: "session", Value: current[user], Path: "/", HttpOnly: true})
		case r.URL.Path == "/logout":
			delete(current, owner)
		case owner == "":
			http.Error(w, "log in", http.StatusUnauthorized)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(site.Close)
	return site
}

// TestASecondLoginMayEndTheFirstSession has a site that promised nobody two
// sessions: whoever asks gets a token, and no login is refused.
func TestASecondLoginMayEndTheFirstSession(t *testing.T) {
	behind, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	site := oneSession(t, behind.Setup().Endpoint)
	address, _ := url.Parse(behind.Setup().Endpoint)
	user := func(name string) User {
		return User{
			Name: name, Login: []Request{{URL: "/login", Form: map[string]string{"user": name, "password": "pw-" + name}}},
			Logout: []Request{{URL: "/logout", Method: http.MethodPost}},
		}
	}
	no := false
	for _, users := range [][]User{{user("ann")}, {user("ann"), user("bob")}} {
		client := newClient(t, Config{URL: site.URL + address.Path, Users: users, Anonymous: &no, Rate: 5000, Consent: true})
		got := gather(t, client, record.ProbeVisitors, record.ProbeParallel, record.ProbeLogin, record.ProbeMethods)
		for _, x := range got.Exchanges {
			owed := x.Probe == record.ProbeVisitors || x.Probe == record.ProbeParallel ||
				x.Variant == record.VariantAfterLogin || x.Variant == record.VariantSecondSession || x.Variant == record.VariantBesideUser || x.Variant == record.VariantNextUser
			if owed && x.Token == "" {
				t.Errorf("%d users: %s %s of %s: status %d", len(users), x.Probe, x.Variant, x.Visitor, x.Response.Status)
			}
		}
	}
}
