package endpoint

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// keptPaths are the places under which keys, settings and sources are served by
// mistake. They are asked below the root and beside the endpoint.
var keptPaths = []string{
	"keys/", "keys/example-jwtRS256.key", "keys/jwtRS256.key", "keys/private.pem", "keys/private.key", "keys/key.pem",
	"example-jwtRS256.key", "jwtRS256.key", "key.pem", "private.pem", "private.key", "private_key.pem", "privatekey.pem",
	"server.key", "id_rsa", "certs/", "certs/private.pem", "certs/server.key", "config/",
	".env", ".env.local", ".env.production", ".git/config", ".git/HEAD", ".npmrc",
	"config.json", "config/default.json", "appsettings.json", "application.yml", "application.properties",
	"server.js", "app.js", "index.js", "routes/createJWT.js", "app.py", "main.go", "package.json", "docker-compose.yml",
	"backup.zip", "backup.tar.gz", "static/", "public/",
}

// rawPaths try to leave the folder that is served, by sequences that a careless
// server decodes after it has checked the path.
var rawPaths = []string{
	"/..%2f.env", "/..%2fkeys%2fexample-jwtRS256.key", "/..%2fserver.js", "/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
	"/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fpackage.json", "/public/..%2f.env", "/..%5c..%5c.env",
}

var pathsProbe = probe{
	name: record.ProbePaths,
	requests: func(c *Client) int {
		return len(c.folders())*len(keptPaths) + len(rawPaths) + 4
	},
	intrusive: true,
	gather:    gatherPaths,
}

// folders are the root, and the endpoint's folder where that is another one.
func (c *Client) folders() []string {
	if beside := path.Dir(strings.TrimSuffix(c.endpoint.Path, "/")); beside != "/" && beside != "." {
		return []string{"/", beside + "/"}
	}
	return []string{"/"}
}

// gatherPaths asks for addresses that do not exist, in the session of a visitor
// who has a token, and for files that nobody should get.
func gatherPaths(ctx context.Context, g *gathering) string {
	session := g.askFresh(ctx, ask{probe: record.ProbePaths, variant: "session", odd: true})
	endpoint := strings.TrimSuffix(g.endpoint.Path, "/")
	for _, unknown := range []string{"/" + mark(), endpoint + "/" + mark(), endpoint + mark() + ".txt"} {
		g.send(ctx, ask{
			probe: record.ProbePaths, variant: unknownVariant, foreign: true, visitor: session.visitor,
			address: g.endpoint.ResolveReference(&url.URL{Path: unknown}),
		})
	}
	for _, folder := range g.folders() {
		for _, file := range keptPaths {
			g.send(ctx, ask{
				probe: record.ProbePaths, variant: folder + file, foreign: true,
				address: g.endpoint.ResolveReference(&url.URL{Path: folder + file}), excerpt: 120,
			})
		}
	}
	for _, raw := range rawPaths {
		address := *g.endpoint
		address.RawQuery, address.Opaque = "", raw
		g.send(ctx, ask{probe: record.ProbePaths, variant: raw, foreign: true, address: &address, excerpt: 120})
	}
	return ""
}

// unknownVariant is an address that cannot exist: what answers it is the site's
// page for errors.
const unknownVariant = "unknown path"

// keySetPaths are the places where a JWKS is looked for.
var keySetPaths = []string{
	"/.well-known/jwks.json", "/.well-known/jwks", "/jwks.json", "/jwks", "/oauth/jwks", "/oauth2/jwks",
	"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
}

var jwksProbe = probe{
	name:     record.ProbeJWKS,
	requests: func(c *Client) int { return len(keySetPaths)*len(c.folders()) + 2 },
	gather:   gatherJWKS,
}

// gatherJWKS looks for a JWKS at its usual places and where discovery points to.
func gatherJWKS(ctx context.Context, g *gathering) string {
	for _, folder := range g.folders() {
		for _, name := range keySetPaths {
			result := g.askKeys(ctx, g.endpoint.ResolveReference(&url.URL{Path: strings.TrimSuffix(folder, "/") + name}))
			var discovery struct {
				JWKS string `json:"jwks_uri"`
			}
			if json.Unmarshal(result.body, &discovery) != nil || discovery.JWKS == "" {
				continue
			}
			if address, err := g.endpoint.Parse(discovery.JWKS); err == nil && address.Host == g.endpoint.Host && address.Scheme == g.endpoint.Scheme {
				g.askKeys(ctx, address)
			}
		}
	}
	return ""
}

func (g *gathering) askKeys(ctx context.Context, address *url.URL) *answer {
	return g.send(ctx, ask{
		probe: record.ProbeJWKS, variant: address.EscapedPath(), foreign: true, address: address,
		header: http.Header{"Accept": {"application/json, application/jwk-set+json"}}, excerpt: 160,
	})
}

// privateMembers are those that only the owner of a key may have (RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// maxServedKeys bounds how many keys of a JWKS are noted.
const maxServedKeys = 50

// servedKeys reads a JWKS, or a single JWK, and returns its keys and the body
// with the private members' values taken out. Nil is for a body that is neither.
func (g *gathering) servedKeys(body []byte) ([]record.ServedKey, []byte) {
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		var single map[string]any
		if json.Unmarshal(body, &single) != nil || single["kty"] == nil {
			return nil, body
		}
		set.Keys = []map[string]any{single}
	}
	var served []record.ServedKey
	for _, jwk := range set.Keys[:min(len(set.Keys), maxServedKeys)] {
		if kind, isText := jwk["kty"].(string); isText {
			served = append(served, g.servedKey(kind, jwk))
		}
	}
	if served == nil {
		return nil, body
	}
	masked, err := json.Marshal(map[string]any{"keys": set.Keys})
	if err != nil {
		return served, nil
	}
	return served, masked
}

// servedKey notes one key and masks its private members.
func (g *gathering) servedKey(kind string, jwk map[string]any) record.ServedKey {
	key := record.ServedKey{Kind: shorten(kind, 40)}
	if id, isText := jwk["kid"].(string); isText {
		key.KeyID = shorten(id, 200)
	}
	for _, name := range privateMembers {
		if value, found := jwk[name]; found && value != "" && value != nil {
			key.Private = append(key.Private, name)
			jwk[name] = "«private»"
		}
	}
	modulus, _ := jwk["n"].(string)
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(modulus, "="))
	if err != nil || len(decoded) == 0 {
		return key
	}
	n := new(big.Int).SetBytes(decoded)
	key.Modulus = shorten(n.Text(16), 4096)
	key.Key = 1 + slices.IndexFunc(g.evidence.Keys, func(known record.Key) bool {
		return !known.Reference && known.Modulus == key.Modulus
	})
	return key
}
