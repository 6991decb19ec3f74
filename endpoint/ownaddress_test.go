package endpoint

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// TestUsersWithAnAddressOfTheirOwn has a site that gives tokens to visitors at one address and
// to customers at another: before the login and after the logout a page asks at the first one,
// and the second one may refuse.
func TestUsersWithAnAddressOfTheirOwn(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /guest", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(signedFor("visitor"))) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: r.PostFormValue("user"), Path: "/"})
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	})
	mux.HandleFunc("GET /customer", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(signedFor("visitor")))
	})
	site := httptest.NewServer(mux)
	defer site.Close()
	user := User{
		Name: "ann", URL: "/customer",
		Login:  []Request{{URL: "/login", Form: map[string]string{"user": "ann", "password": "pw"}}},
		Logout: []Request{{URL: "/logout", Method: http.MethodPost}},
	}
	gathered := gather(t, newClient(t, Config{URL: site.URL + "/guest", Users: []User{user}, Rate: 5000}), record.ProbeLogin)
	for variant, want := range map[record.Variant][]string{
		record.VariantBeforeLogin: {"/guest OK"},
		record.VariantAfterLogin:  {"/customer OK"},
		record.VariantAfterLogout: {"/customer Unauthorized", "/guest OK"},
	} {
		var seen []string
		for _, x := range gathered.exchanges(record.ProbeLogin, variant) {
			if line := x.Request.URL[len(site.URL):] + " " + http.StatusText(x.Response.Status); !slices.Contains(seen, line) {
				seen = append(seen, line)
			}
			if x.Failure != nil {
				t.Errorf("%s: %s counts as a failure: %v", variant, x.Request.URL, x.Failure)
			}
		}
		if slices.Sort(seen); !slices.Equal(seen, want) {
			t.Errorf("%s: %q, want %q", variant, seen, want)
		}
	}
}

func signedFor(subject string) string {
	text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": subject, "exp": time.Now().Add(time.Hour).Unix()}).SignedString(keys.For("issuer"))
	return text
}
