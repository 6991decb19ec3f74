package suites

import "github.com/webchatspec/webchatspec/record"

// identityChecks is the area "identity" of the catalogue.
var identityChecks = []Check{
	{
		ID: "sub-unique-anonymous", Area: AreaIdentity, Level: record.Must,
		Title:    "Two clients without cookies get different sub",
		Source:   `vendor: enable "do not reuse the same sub"`,
		Faults:   []string{"sub-constant"},
		YieldsTo: []string{"token-not-hardcoded", "token-not-shared"},
	},
	{
		ID: "token-not-shared", Area: AreaIdentity, Level: record.Must,
		Title:    "Two clients never get the same JWT text",
		Source:   `vendor: enable "do not share JWTs"`,
		Faults:   []string{"token-cache"},
		YieldsTo: []string{"token-not-hardcoded"},
	},
	{
		ID: "sub-stable", Area: AreaIdentity, Level: record.Must,
		Title:  "Same client (cookies kept) gets the same sub on each call of a session",
		Source: "vendor: authenticate note; develop-security",
		Faults: []string{"sub-per-request"},
	},
	{
		ID: "sub-unguessable", Area: AreaIdentity, Level: record.Should,
		Title:    "Generated sub is unguessable: at least 64 bits by estimate over 1,000 ids (no counter, no time stamp, distinct, per-position entropy)",
		Source:   "vendor: develop-security uses uuid; RFC 8725 §3.5 idea; OWASP session id 64 bits",
		Faults:   []string{"sub-short"},
		YieldsTo: []string{"sub-no-collision"},
	},
	{
		ID: "sub-not-from-network", Area: AreaIdentity, Level: record.Must,
		Title:    "A generated sub is not a function of address or User-Agent: the same address and agent with fresh cookies differs, and so do other loopback addresses and agents",
		Source:   "vendor: unique user",
		Faults:   []string{"sub-from-ip"},
		YieldsTo: []string{"sub-unique-anonymous"},
	},
	{
		ID: "sub-no-collision", Area: AreaIdentity, Level: record.Must,
		Title:    "1,000 anonymous ids have no collision",
		Source:   "vendor: unique user",
		Faults:   []string{"sub-wraps"},
		YieldsTo: []string{"sub-unique-anonymous", "sub-not-from-network"},
	},
	{
		ID: "sub-not-from-request", Area: AreaIdentity, Level: record.Must,
		Title:  "Unsigned client input does not choose sub: ?sub=, ?userId=, X-User-Id, JSON body, Basic user name are ignored",
		Source: "RFC 8725 §3.10; OWASP",
		Faults: []string{"sub-from-query"},
	},
	{
		ID: "identity-cookie-forged", Area: AreaIdentity, Level: record.Should,
		Title:  "A forged anonymous-id cookie (value never issued) is not signed as is; another user's sub put in the cookie does not give a token for them",
		Source: "vendor: complex example weakness; session fixation (OWASP)",
		Faults: []string{"cookie-trust"},
	},
	{
		ID: "login-cookie-forged", Area: AreaIdentity, Level: record.Must,
		Title:  `A forged login cookie (SESSION_INFO={"customUserID":"admin"}) does not get into the token`,
		Source: "vendor: complex example comment",
		Faults: []string{"session-info-json"},
	},
	{
		ID: "cookie-hostile", Area: AreaIdentity, Level: record.Must,
		Title:  "Cookie values with percent-encoded CR LF, quotes, non-ASCII or 8 KiB never reach sub",
		Source: "RFC 7230 §3.2",
		Faults: []string{"cookie-raw"},
	},
	{
		ID: "login-keeps-sub", Area: AreaIdentity, Level: record.Must,
		Title:  "After login in the session sub stays, identity goes to user_payload",
		Source: "vendor: develop-security",
		Faults: []string{"sub-switches-on-login"},
	},
	{
		ID: "logout-drops-user", Area: AreaIdentity, Level: record.Must,
		Title:  "After logout the token does not carry the former user (clear claims; with the vendor-side key pair also user_payload)",
		Source: "vendor: authenticate (Logging out)",
		Faults: []string{"logout-keeps-payload"},
	},
	{
		ID: "identity-cookie-lifetime", Area: AreaIdentity, Level: record.Should,
		Title:  "Cookie lives at least 45 days and is renewed on each call",
		Source: "vendor: develop-security",
		Faults: []string{"cookie-session"},
	},
	{
		ID: "identity-cookie-httponly", Area: AreaIdentity, Level: record.Should,
		Title:  "Identity cookie is HttpOnly",
		Source: "vendor: develop-security (httpOnly: true)",
		Faults: []string{"cookie-js"},
	},
	{
		ID: "identity-cookie-secure", Area: AreaIdentity, Level: record.Should,
		Title:  "Cookie is Secure on https, SameSite=Lax/Strict (None only with Secure)",
		Source: "RFC 6265bis; OWASP",
		Faults: []string{"cookie-insecure"},
	},
}
