package endpoint

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestKeySetsOfSeveralInstances finds the key set of one instance of two that has a
// private member.
func TestKeySetsOfSeveralInstances(t *testing.T) {
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch private := ""; r.URL.Path {
		case "/token":
			fmt.Fprint(w, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl")
		case "/.well-known/jwks.json":
			if asked.Add(1)%2 == 0 {
				private = `, "d": "AQAB"`
			}
			fmt.Fprintf(w, `{"keys": [{"kty": "RSA", "n": "vw", "e": "AQAB"%s}]}`, private)
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	client := newClient(t, Config{URL: site.URL + "/token", Rate: 5000})
	client.apart = 0
	private := 0
	for _, x := range gather(t, client, record.ProbeJWKS).exchanges(record.ProbeJWKS, record.VariantPath) {
		for _, key := range x.JWKS {
			private += len(key.Private)
		}
	}
	if private == 0 {
		t.Errorf("the private member was not seen in %d answers", asked.Load())
	}
}
