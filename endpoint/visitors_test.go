package endpoint

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestACookieThatGrows has a site collect what it gave a visitor, up to some number of calls,
// in a cookie.
func TestACookieThatGrows(t *testing.T) {
	for name, test := range map[string]struct {
		calls   int // after which the cookie grows no more
		dropped bool
	}{
		"without end": {100, true},
		"three calls": {3, false},
		"not at all":  {0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen := "id"
				if cookie, err := r.Cookie("seen"); err == nil {
					seen = cookie.Value
				}
				if len(seen) < 600*test.calls {
					seen += strings.Repeat("x", 600)
				}
				http.SetCookie(w, &http.Cookie{Name: "seen", Value: seen, Path: "/"})
				_, _ = w.Write([]byte("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"))
			}))
			t.Cleanup(site.Close)
			client := newClient(t, Config{URL: site.URL, Rate: 5000})
			client.apart = 0
			dropped, calls := false, 0
			for _, x := range gather(t, client, record.ProbeVisitors).exchanges(record.ProbeVisitors, "") {
				if calls++; len(x.Response.Cookies) != 1 {
					t.Fatalf("cookies %v", x.Response.Cookies)
				}
				dropped = dropped || x.Response.Cookies[0].Dropped != ""
			}
			if dropped != test.dropped || calls < freshVisitors*(1+laterCalls) || calls > freshVisitors*(1+laterCalls)+10 {
				t.Errorf("dropped %t in %d calls", dropped, calls)
			}
		})
	}
}
