package suites

import "github.com/webchatspec/webchatspec/record"

// pageChecks is the area "page" of the catalogue.
var pageChecks = []Check{
	{
		ID: "page-no-private-key", Area: AreaPage, Level: record.Must,
		Title:  `Page and scripts hold no "PRIVATE KEY", no JWK with d, no HMAC secret`,
		Source: "vendor: enable",
		Faults: []string{"key-in-bundle"},
	},
	{
		ID: "page-no-literal-jwt", Area: AreaPage, Level: record.Must,
		Title:  "Page and scripts do not hold one token of this issuer for everybody (the same token in two fresh visitors' pages; a token rendered by the server for one visitor is fine)",
		Source: `vendor: enable "Do not hardcode a JWT in your website code"`,
		Faults: []string{"jwt-in-html"},
	},
	{
		ID: "sourcemap-no-key", Area: AreaPage, Level: record.Must,
		Title:  "Source maps, comments and error pages hold none either",
		Source: "OWASP",
		Faults: []string{"key-in-sourcemap"},
	},
	{
		ID: "page-loads-widget", Area: AreaPage, Level: record.Must,
		Title:  "The page loads the widget from the documented script address (current or older form) and hands it a configuration with integrationID, region and serviceInstanceID",
		Source: "vendor: enable, embed script",
		Faults: []string{"page-no-widget"},
	},
	{
		ID: "page-subscribes", Area: AreaPage, Level: record.Must,
		Title:  "The page subscribes to identityTokenExpired in onLoad (also when identityToken is preset, unless no token can expire in a session)",
		Source: `vendor: enable, "Configuring the web chat"`,
		Faults: []string{"page-never-subscribes"},
	},
	{
		ID: "page-renders", Area: AreaPage, Level: record.Must,
		Title:  "onLoad calls render()",
		Source: "vendor: embed contract",
		Faults: []string{"page-no-render"},
	},
	{
		ID: "page-token-string", Area: AreaPage, Level: record.Must,
		Title:  "What the handler sets is a string holding a JWT: not a fetch Response, Promise, object, quoted JSON or HTML",
		Source: "vendor: enable; the documentation's own sample sets a Response",
		Faults: []string{"page-sets-response"},
	},
	{
		ID: "page-token-assigned", Area: AreaPage, Level: record.Must,
		Title:  "The handler assigns event.identityToken (returning the token, or assigning after it settled, does not count)",
		Source: "vendor: enable",
		Faults: []string{"page-returns-token"},
	},
	{
		ID: "page-handler-settles", Area: AreaPage, Level: record.Must,
		Title:  "The handler settles within 30 s, without throwing",
		Source: "widget time-out of 30 s",
		Faults: []string{"page-handler-hangs", "page-handler-throws"},
	},
	{
		ID: "page-first-message", Area: AreaPage, Level: record.Must,
		Title:    "The first message carries a token that the assistant accepts",
		Source:   "vendor: enable",
		Faults:   []string{"page-wrong-key"},
		YieldsTo: []string{"page-subscribes", "page-token-string", "page-token-assigned", "page-handler-settles", "page-cors", "page-csp"},
	},
	{
		ID: "page-renews", Area: AreaPage, Level: record.Must,
		Title:    "After expiry the next message is accepted with a fresh token and no message is lost: the residual check of the renewal",
		Source:   "vendor: enable, identityTokenExpired",
		Faults:   []string{"page-other-key-on-renewal"},
		YieldsTo: []string{"page-renewal-fresh", "page-sub-stable", "page-handler-settles", "page-token-string", "page-cors"},
	},
	{
		ID: "page-renewal-fresh", Area: AreaPage, Level: record.Must,
		Title:  "The token set on renewal is not the expired one; the finding names who kept it: page, HTTP cache, service worker or issuer",
		Source: "vendor: enable",
		Faults: []string{"page-caches-token", "page-http-cache", "page-service-worker-cache"},
	},
	{
		ID: "page-sub-stable", Area: AreaPage, Level: record.Must,
		Title:  "sub is the same across renewals in one session (cookies reach the issuer; a cross-site issuer without credentials fails here)",
		Source: "vendor: authenticate",
		Faults: []string{"page-cross-site-issuer"},
	},
	{
		ID: "page-visitors-differ", Area: AreaPage, Level: record.Must,
		Title:  "Two separate visitors get different tokens and different sub",
		Source: "vendor: enable",
		Faults: []string{"page-shared-token"},
	},
	{
		ID: "page-reload", Area: AreaPage, Level: record.Should,
		Title:  "After a reload the chat works again with a live token and the same anonymous sub",
		Source: "vendor: authenticate, billing",
		Faults: []string{"page-new-user-on-reload"},
	},
	{
		ID: "page-issuer-calls", Area: AreaPage, Level: record.Should,
		Title:  "The page asks the issuer once for each token it needs: no refresh loop, no timer that spins near expiry",
		Source: "refresh storm",
		Faults: []string{"page-refresh-loop"},
	},
	{
		ID: "page-token-minted-by-server", Area: AreaPage, Level: record.Must,
		Title:  "Every token that reaches the assistant was seen in a response of the site's server (else it was minted in the browser)",
		Source: "vendor: enable, keys only on the server",
		Faults: []string{"page-mints-token"},
	},
	{
		ID: "page-token-not-in-url", Area: AreaPage, Level: record.Must,
		Title:  "No token in a request URL, location or Referer",
		Source: "RFC 6750 5.3",
		Faults: []string{"page-token-in-url"},
	},
	{
		ID: "page-token-not-stored", Area: AreaPage, Level: record.Should,
		Title:  "No token in localStorage, sessionStorage or a cookie that scripts can read",
		Source: "OWASP storage",
		Faults: []string{"page-token-in-storage"},
	},
	{
		ID: "page-token-not-logged", Area: AreaPage, Level: record.Should,
		Title:  "No token in the console",
		Source: "OWASP logging",
		Faults: []string{"page-token-in-console"},
	},
	{
		ID: "page-no-update-user-id", Area: AreaPage, Level: record.Must,
		Title:  "updateUserID() is not called while security is on",
		Source: "vendor: authenticate",
		Faults: []string{"page-updates-user-id"},
	},
	{
		ID: "page-csp", Area: AreaPage, Level: record.Must,
		Title:  "The page's Content-Security-Policy blocks nothing that the chat or the token fetch needs",
		Source: "vendor: web chat architecture",
		Faults: []string{"page-csp-blocks-issuer"},
	},
	{
		ID: "page-cors", Area: AreaPage, Level: record.Must,
		Title:  "The token fetch is not refused by CORS, mixed content or cookie policy",
		Source: "Fetch standard",
		Faults: []string{"page-cors-refused"},
	},
	{
		ID: "page-login", Area: AreaPage, Level: record.Must,
		Title:  "When the configured login action runs, updateIdentityToken is called, sub stays, the payload changes",
		Source: "vendor: develop-security",
		Faults: []string{"page-login-changes-sub"},
	},
	{
		ID: "page-logout", Area: AreaPage, Level: record.Must,
		Title:  "When the configured logout action runs, destroySession is called (with a reload, or with destroy) and the next token does not carry the former user",
		Source: "vendor: authenticate, logging out",
		Faults: []string{"page-logout-keeps-session"},
	},
	{
		ID: "page-script-replaceable", Area: AreaPage, Level: record.Should,
		Title:  "No integrity attribute on the widget script (the vendor's script changes; and it cannot be tested)",
		Source: "embed contract",
		Faults: []string{"page-integrity"},
	},
	{
		ID: "page-rejection-bounded", Area: AreaPage, Level: record.May,
		Title:  "When the assistant keeps rejecting, the page stays usable and the issuer is asked a bounded number of times",
		Source: "refresh storm",
		Faults: []string{"page-storms"},
	},
}
