package endpoint

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// TestVisitorsFromOtherAddressesVisitFirst has a site that serves nobody who has
// not opened its page, wherever they come from.
func TestVisitorsFromOtherAddressesVisitFirst(t *testing.T) {
	behind, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	address, err := url.Parse(behind.Setup().Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: address.Scheme, Host: address.Host})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "begun", Path: "/"})
		} else if _, err := r.Cookie("session"); err != nil {
			http.Error(w, "open the page first", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer site.Close()
	client := newClient(t, Config{URL: site.URL + address.Path, Visit: []Request{{URL: "/"}}, Rate: 5000})
	got := gather(t, client, record.ProbeNetwork)
	asked := got.exchanges(record.ProbeNetwork, record.VariantOtherAddress)
	if len(asked) == 0 {
		t.Fatal("nobody asked from another address")
	}
	for _, x := range asked {
		if x.Response.Status != http.StatusOK {
			t.Errorf("%s from another address got %d: it asked without the visit", x.Visitor, x.Response.Status)
		}
	}
}
