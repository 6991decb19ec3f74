package loadgen

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// TestASecondLoginMayEndTheFirstSession puts load on a site on which each login of
// a user ends the session before: all users go on in the one that is left.
func TestASecondLoginMayEndTheFirstSession(t *testing.T) {
	pair := keys.For("one session")
	var mu sync.Mutex
	session := ""
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/login" {
			session = rand.Text()
			http.SetCookie(w, &http.Cookie{Name: "session", Value: session, Path: "/"})
			return
		}
		if cookie, err := r.Cookie("session"); err != nil || cookie.Value != session {
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		now := time.Now().Unix()
		text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann", "iat": now, "exp": now + 600}).SignedString(pair)
		_, _ = w.Write([]byte(text))
	}))
	defer site.Close()
	no := false
	users := []endpoint.User{{Name: "ann", Login: []endpoint.Request{{URL: "/login", Form: map[string]string{"user": "ann"}}}}}
	client, err := endpoint.New(endpoint.Config{
		URL: site.URL + "/token", Anonymous: &no, Users: users, PublicKeys: []endpoint.KeyText{{Text: keys.PublicPEM(&pair.PublicKey)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	load, err := Run(t.Context(), client, Config{Rate: 50, Duration: time.Second, Users: 5, Accounts: users}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Failed() > 0 || load.Tokens.Verified == 0 {
		t.Errorf("%d of %d requests failed: %v", load.Failed(), load.Requests, load.Failures)
	}
}
