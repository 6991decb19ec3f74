package endpoint

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// keptPaths are those under which sites serve keys, settings and sources by mistake. They
// are asked for below the root and in the endpoint's folder.
var keptPaths = []string{
	"keys/", "keys/example-jwtRS256.key", "keys/jwtRS256.key", "keys/private.pem", "keys/private.key", "keys/key.pem",
	"example-jwtRS256.key", "jwtRS256.key", "key.pem", "private.pem", "private.key", "private_key.pem", "privatekey.pem",
	"server.key", "id_rsa", "certs/", "certs/private.pem", "certs/server.key", "config/",
	".env", ".env.local", ".env.production", ".git/config", ".git/HEAD", ".npmrc",
	"config.json", "config/default.json", "appsettings.json", "application.yml", "application.properties",
	"server.js", "app.js", "index.js", "routes/createJWT.js", "app.py", "main.go", "package.json", "docker-compose.yml",
	"backup.zip", "backup.tar.gz", "static/", "public/",
}

// rawPaths try to escape from the folder that is served, with sequences that a careless
// server decodes only after it has checked the path.
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

// folders are the root and, unless that is the same, the endpoint's folder.
func (c *Client) folders() []string {
	if beside := path.Dir(strings.TrimSuffix(c.endpoint.Path, "/")); beside != "/" && beside != "." {
		return []string{"/", beside + "/"}
	}
	return []string{"/"}
}

// gatherPaths asks for addresses that do not exist, in the session of a visitor
// who has a token, and for files that nobody should get.
func gatherPaths(ctx context.Context, g *gathering) string {
	session := g.askFresh(ctx, ask{probe: record.ProbePaths, variant: record.VariantInSession, odd: true})
	endpoint := strings.TrimSuffix(g.endpoint.Path, "/")
	for _, unknown := range []string{"/" + mark(), endpoint + "/" + mark(), endpoint + mark() + ".txt"} {
		g.send(ctx, ask{
			probe: record.ProbePaths, variant: record.VariantUnknownPath, foreign: true, visitor: session.visitor,
			address: g.endpoint.ResolveReference(&url.URL{Path: unknown}),
		})
	}
	var files []ask
	for _, folder := range g.folders() {
		for _, file := range keptPaths {
			files = append(files, ask{about: folder + file, address: g.endpoint.ResolveReference(&url.URL{Path: folder + file})})
		}
	}
	for _, raw := range rawPaths {
		address := *g.endpoint
		address.RawQuery, address.Opaque = "", raw
		files = append(files, ask{about: raw, address: &address})
	}
	each(g, files, func(a ask) {
		a.probe, a.variant, a.foreign, a.excerpt = record.ProbePaths, record.VariantPath, true, 120
		g.send(ctx, a)
	})
	return ""
}

// keySetPaths are the places where a JWKS is looked for.
var keySetPaths = []string{
	"/.well-known/jwks.json", "/.well-known/jwks", "/jwks.json", "/jwks", "/oauth/jwks", "/oauth2/jwks",
	"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
}

var jwksProbe = probe{
	name:     record.ProbeJWKS,
	requests: func(c *Client) int { return len(keySetPaths)*len(c.folders()) + 2 + 2*moreInstances },
	gather:   gatherJWKS,
}

// gatherJWKS looks for a JWKS in the usual places, and where the discovery document points.
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

// moreInstances is how often a key set is asked for again: behind a load balancer each
// instance may serve its own.
const moreInstances = 3

func (g *gathering) askKeys(ctx context.Context, address *url.URL) *answer {
	question := ask{
		probe: record.ProbeJWKS, variant: record.VariantPath, about: address.EscapedPath(), foreign: true, address: address,
		header: http.Header{"Accept": {"application/json, application/jwk-set+json"}}, excerpt: 160,
	}
	first := g.send(ctx, question)
	if len(first.exchange.JWKS) > 0 {
		for range moreInstances {
			g.send(ctx, question)
		}
	}
	return first
}
