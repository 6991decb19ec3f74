package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant/keytext"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// mostKeys is how many published keys are written at most.
const mostKeys = 6

// publishedKeys looks for public keys on the endpoint's own host of which one fits the
// signature of the token. It returns their PEM, that of the one that fits first, and
// where they were: other instances of the site may sign with the others.
func (s *survey) publishedKeys(ctx context.Context, token string) (pems []string, source string) {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return nil, ""
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
		keys := keysIn(got.Body)
		fits := slices.IndexFunc(keys, func(key string) bool { return verifier.ReadKey(key).SignatureScheme(token).Fits() })
		if fits >= 0 {
			keys[0], keys[fits] = keys[fits], keys[0]
			return keys[:min(len(keys), mostKeys)], address.String()
		}
	}
	return nil, ""
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
