package endpoint

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
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

// TestPrivateKeysInOtherMembers: a key set may hold a private key under any name.
func TestPrivateKeysInOtherMembers(t *testing.T) {
	private := keys.PrivatePEM(keys.For("issuer"))
	examine := &examiner{Client: newClient(t, Config{URL: "http://localhost/"})}
	for name, value := range map[string]any{
		"": nil, "pem": private, "privateKey": map[string]any{"text": []string{private}}, "raw": base64.StdEncoding.EncodeToString([]byte(private)),
	} {
		jwk := map[string]any{"kty": "RSA", "n": "vw", "e": "AQAB", "kid": "4711", "x5c": []string{strings.Repeat("TUlJQ", 60)}}
		if name != "" {
			jwk[name] = value
		}
		body, _ := json.Marshal(map[string]any{"keys": []any{jwk}})
		served, masked := examine.servedKeys(body)
		if len(served) != 1 || name != "" && !slices.Equal(served[0].Private, []string{name}) || name == "" && served[0].Private != nil {
			t.Errorf("%q: %+v", name, served)
		}
		if bytes.Contains(masked, []byte("MII")) {
			t.Errorf("%q is not masked", name)
		}
	}
	body, _ := json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "n": "vw", "e": "AQAB"}}, "signing": map[string]any{"key": private}})
	if served, masked := examine.servedKeys(body); len(served) != 1 || !slices.Equal(served[0].Private, []string{"signing"}) || bytes.Contains(masked, []byte("MII")) {
		t.Errorf("beside the keys: %+v", served)
	}
}
