package endpoint

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"

	"github.com/webchatspec/webchatspec/record"
)

// oldVersions are those that BCP 195 (RFC 9325 §3.1.1) forbids.
var oldVersions = []uint16{tls.VersionTLS10, tls.VersionTLS11}

var tlsProbe = probe{
	name:     record.ProbeTLS,
	requests: func(*Client) int { return len(oldVersions) + 1 },
	remedy:   "a deployment with https",
	skip: func(c *Client) string {
		if c.endpoint.Scheme != "https" {
			return "the endpoint is not https"
		}
		return ""
	},
	tellsWithoutTokens: true,
	asks:               func(c *Client) []*url.URL { return []*url.URL{c.endpoint, c.plainEndpoint()} },
	gather:             gatherTLS,
}

// gatherTLS tries versions of TLS that should be refused, and the endpoint without TLS. No
// secrets of the configuration are sent over either.
func gatherTLS(ctx context.Context, g *gathering) string {
	for _, version := range oldVersions {
		transport := g.oldTransport(version)
		g.send(ctx, ask{
			probe: record.ProbeTLS, variant: record.VariantOldTLS, about: tls.VersionName(version), foreign: true,
			address: g.endpoint.ResolveReference(&url.URL{Path: "/"}), method: http.MethodHead, client: transport,
		})
		transport.CloseIdleConnections()
	}
	plain := g.plainEndpoint()
	g.send(ctx, ask{probe: record.ProbeTLS, variant: record.VariantPlainHTTP, odd: true, address: plain, intrudes: plain.Hostname() != g.endpoint.Hostname()})
	return ""
}

// plainEndpoint is the address at which the endpoint would answer without TLS.
func (c *Client) plainEndpoint() *url.URL {
	if c.config.PlainEndpoint != "" {
		if plain, err := url.Parse(c.config.PlainEndpoint); err == nil {
			return plain
		}
	}
	plain := *c.endpoint
	plain.Scheme, plain.Host = "http", c.endpoint.Hostname()
	return &plain
}

// oldTransport speaks one old version of TLS only, with all of its cipher suites.
func (g *gathering) oldTransport(version uint16) *http.Transport {
	transport := g.Transport(1)
	transport.ForceAttemptHTTP2 = false
	transport.TLSClientConfig.MinVersion, transport.TLSClientConfig.MaxVersion = version, version
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		transport.TLSClientConfig.CipherSuites = append(transport.TLSClientConfig.CipherSuites, suite.ID)
	}
	return transport
}
