package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant/keytext"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// publishedKey looks for a public key on the endpoint's own host that fits the
// signature of the token. It returns its PEM and where it was.
func (s *survey) publishedKey(ctx context.Context, token string) (pem, source string) {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return "", ""
	}
	for _, path := range []string{"/.well-known/jwks.json", "/jwks.json", "/.well-known/openid-configuration"} {
		address := target.ResolveReference(&url.URL{Path: path})
		got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: address.String()}}})
		if got.err != nil || got.Status != http.StatusOK {
			continue
		}
		var about struct {
			Keys string `json:"jwks_uri"`
		}
		if json.Unmarshal(got.Body, &about) == nil && about.Keys != "" {
			keys, err := url.Parse(about.Keys)
			if err != nil || keys.Host != target.Host {
				continue
			}
			address = keys
			if got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: about.Keys}}}); got.err != nil {
				continue
			}
		}
		for _, candidate := range keysIn(got.Body) {
			if verifier.ReadKey(candidate).SignatureScheme(token).Fits() {
				return candidate, address.String()
			}
		}
	}
	return "", ""
}

// keysIn returns the PEM of each key of a key set.
func keysIn(body []byte) []string {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		set.Keys = []json.RawMessage{body}
	}
	var all []string
	for _, key := range set.Keys {
		if found := keytext.Recognise(string(key)); found.PEM != "" && !found.Private {
			all = append(all, found.PEM)
		}
	}
	return all
}
