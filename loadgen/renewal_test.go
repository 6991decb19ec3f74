package loadgen

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// TestValuesThatEachAnswerRenews puts load on a site whose page is behind a redirect
// and whose tokens against forgery are good once: each answer gives the next one.
func TestValuesThatEachAnswerRenews(t *testing.T) {
	pair := keys.For("renewal")
	for name, where := range map[string]string{"header": "header:X-Csrf-Token", "JSON": "json:csrf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			good := map[string]bool{}
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				given := r.Header.Get("X-Csrf-Token")
				switch {
				case r.URL.Path == "/":
					http.Redirect(w, r, "/start", http.StatusFound)
					return
				case r.URL.Path == "/token" && !good[given]:
					http.Error(w, "csrf", http.StatusForbidden)
					return
				}
				delete(good, given)
				next, now := rand.Text(), time.Now().Unix()
				good[next] = true
				w.Header().Set("X-Csrf-Token", next)
				text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": rand.Text(), "iat": now, "exp": now + 600}).SignedString(pair)
				fmt.Fprintf(w, `{"csrf": %q, "token": %q}`, next, text)
			}))
			defer site.Close()
			client, err := endpoint.New(endpoint.Config{
				URL: site.URL + "/token", TokenIn: "json:token", Header: http.Header{"X-Csrf-Token": {"{csrf}"}}, PublicKeys: []endpoint.KeyText{{Text: keys.PublicPEM(&pair.PublicKey)}},
				Visit: []endpoint.Request{{URL: "/", Follow: true, Take: map[string]string{"csrf": where}}}, Take: map[string]string{"csrf": where},
			})
			if err != nil {
				t.Fatal(err)
			}
			load, err := Run(t.Context(), client, Config{Rate: 40, Duration: 500 * time.Millisecond, Users: 4}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if load.Failures["status 403"] > 0 || load.Tokens.Verified == 0 {
				t.Errorf("%d of %d requests failed: %v", load.Failed(), load.Requests, load.Failures)
			}
		})
	}
}
