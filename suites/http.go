package suites

import "github.com/webchatspec/webchatspec/record"

// httpChecks is the area "http" of the catalogue.
var httpChecks = []Check{
	{
		ID: "http-content-type", Area: AreaHTTP, Level: record.Should,
		Title:  "Content-Type is text/plain or application/jwt (application/json where the body is JSON), with charset where text",
		Source: "RFC 7519 §10.3.1; RFC 9110 §8.3",
		Faults: []string{"html-type"},
	},
	{
		ID: "http-nosniff", Area: AreaHTTP, Level: record.Should,
		Title:  "X-Content-Type-Options: nosniff",
		Source: "OWASP headers",
		Faults: []string{"no-nosniff"},
	},
	{
		ID: "http-not-cacheable", Area: AreaHTTP, Level: record.Must,
		Title:  "The answer is not cacheable: no public, no max-age or s-maxage above 0, no Expires ahead",
		Source: "RFC 9111 §5.2.2.5; OWASP",
		Faults: []string{"cacheable"},
	},
	{
		ID: "http-no-store", Area: AreaHTTP, Level: record.Should,
		Title:    "Cache-Control: no-store",
		Source:   "RFC 9111 §5.2.2.5; OWASP",
		Faults:   []string{"no-cache-control"},
		YieldsTo: []string{"http-not-cacheable"},
	},
	{
		ID: "http-no-stale-validator", Area: AreaHTTP, Level: record.Should,
		Title:  "No validator that makes a stale token live: If-None-Match with the former ETag does not give 304",
		Source: "RFC 9110 §13",
		Faults: []string{"etag-304"},
	},
	{
		ID: "cors-restricted", Area: AreaHTTP, Level: record.Must,
		Title:  "CORS: no echo of a foreign Origin, none with Allow-Credentials, Origin null refused",
		Source: "Fetch standard; vendor: server.js comment; OWASP",
		Faults: []string{"cors-echo"},
	},
	{
		ID: "cors-not-open", Area: AreaHTTP, Level: record.Should,
		Title:  `CORS: not Access-Control-Allow-Origin "*" (any web site could then fetch anonymous tokens, which undoes the protection against copied embed scripts)`,
		Source: "Fetch standard; vendor's sample server comment",
		Faults: []string{"cors-star"},
	},
	{
		ID: "cors-vary", Area: AreaHTTP, Level: record.Should,
		Title:  "Vary: Origin where the CORS answer varies",
		Source: "Fetch standard",
		Faults: []string{"no-vary"},
	},
	{
		ID: "http-no-jsonp", Area: AreaHTTP, Level: record.Must,
		Title:  "Not JSONP / script-readable: ?callback=f does not wrap the token",
		Source: "OWASP XSSI",
		Faults: []string{"jsonp"},
	},
	{
		ID: "tls-required", Area: AreaHTTP, Level: record.Must,
		Title:  "TLS: outside loopback the endpoint is https, TLS 1.2+, name and chain right; plain http does not answer with a token",
		Source: "vendor: security overview; RFC 8725 §2; BCP 195",
		Faults: []string{"http-open"},
	},
	{
		ID: "tls-hsts", Area: AreaHTTP, Level: record.Should,
		Title:  "Strict-Transport-Security on https",
		Source: "RFC 6797",
		Faults: []string{"no-hsts"},
	},
	{
		ID: "token-not-in-url", Area: AreaHTTP, Level: record.Must,
		Title:    "Token never in a URL: no redirect with it in Location, Refresh, Link",
		Source:   "RFC 6750 §5.3; OWASP",
		Faults:   []string{"redirect-token"},
		YieldsTo: []string{"token-served"},
	},
	{
		ID: "token-not-in-cookie", Area: AreaHTTP, Level: record.Should,
		Title:  "Token not in a cookie that scripts can read, nor in other response headers",
		Source: "OWASP storage",
		Faults: []string{"token-cookie"},
	},
	{
		ID: "http-methods", Area: AreaHTTP, Level: record.Should,
		Title:  "PUT, DELETE, TRACE, PATCH give 405 (with Allow) or 404, no token; TRACE does not echo",
		Source: "RFC 9110 §15.5.6, §9.3.8",
		Faults: []string{"any-method"},
	},
	{
		ID: "http-head-options", Area: AreaHTTP, Level: record.May,
		Title:  "HEAD answers without a body, with the status and media type of GET or with 405; OPTIONS carries no token",
		Source: "RFC 9110 §9.3.2",
		Faults: []string{"options-token"},
	},
	{
		ID: "http-no-csrf-login", Area: AreaHTTP, Level: record.Should,
		Title:  "A login request of another site's form (no CSRF token, or a plain GET) does not change the identity",
		Source: "OWASP CSRF",
		Faults: []string{"login-get"},
	},
	{
		ID: "http-bad-input", Area: AreaHTTP, Level: record.Must,
		Title:  "Wrong input (cookie that is not the JSON expected, bad percent sequence, odd Accept) gives 4xx or a sound token, never 5xx; a large header may also end in a closed connection",
		Source: "RFC 9110 §15",
		Faults: []string{"cookie-json-500"},
	},
	{
		ID: "errors-no-leak", Area: AreaHTTP, Level: record.Must,
		Title:  "Error bodies hold no key and no token",
		Source: "OWASP errors",
		Faults: []string{"error-echoes-token"},
	},
	{
		ID: "errors-no-detail", Area: AreaHTTP, Level: record.Should,
		Title:    "Error bodies hold no stack trace and no path of the server",
		Source:   "OWASP errors",
		Faults:   []string{"stack-trace"},
		YieldsTo: []string{"errors-no-leak"},
	},
	{
		ID: "files-no-key", Area: AreaHTTP, Level: record.Must,
		Title:  "No key or secret in what is served at common paths (judged by content, never by status): /keys/, /keys/example-jwtRS256.key, /key.pem, /private.pem, /jwtRS256.key, /.env, /.git/config, /config.json, /server.js, /routes/createJWT.js, /package.json, /backup.zip, /..%2f…, and no directory list",
		Source: `vendor: enable "only by your server code"; OWASP`,
		Faults: []string{"static-root"},
	},
	{
		ID: "jwks-public-only", Area: AreaHTTP, Level: record.Must,
		Title:  "JWKS (if any) is public only: no d,p,q,k; and matches the published key",
		Source: "RFC 7517 §9.3",
		Faults: []string{"jwks-private"},
	},
	{
		ID: "http-no-version", Area: AreaHTTP, Level: record.May,
		Title:  "No X-Powered-By / version in Server",
		Source: "OWASP",
		Faults: []string{"powered-by"},
	},
	{
		ID: "http-no-reflection", Area: AreaHTTP, Level: record.Should,
		Title:  "Request text (query, User-Agent, Referer) does not appear in body or claims",
		Source: "OWASP XSS",
		Faults: []string{"reflect-ua"},
	},
}
