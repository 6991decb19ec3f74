package suites

import "github.com/webchatspec/webchatspec/record"

// claimsChecks is the area "claims" of the catalogue.
var claimsChecks = []Check{
	{
		ID: "sub-present", Area: AreaClaims, Level: record.Must,
		Title:    "sub is present",
		Source:   "vendor: enable",
		Faults:   []string{"no-sub"},
		YieldsTo: []string{"token-json", "token-object"},
	},
	{
		ID: "sub-string", Area: AreaClaims, Level: record.Must,
		Title:    "sub is a non-empty string, not only blanks",
		Source:   "RFC 7519 §4.1.2",
		Faults:   []string{"sub-number"},
		YieldsTo: []string{"sub-present"},
	},
	{
		ID: "sub-header-safe", Area: AreaClaims, Level: record.Must,
		Title:  "sub is a legal header field value: VCHAR/SP/HTAB, no CR, LF, NUL, no leading or trailing blank",
		Source: "vendor: authenticate (Billing and privacy); RFC 7230 §3.2",
		Faults: []string{"sub-crlf"},
	},
	{
		ID: "sub-delimiter-free", Area: AreaClaims, Level: record.Should,
		Title:    `sub is visible ASCII without blank , ; = " (customer_id travels inside X-Watson-Metadata)`,
		Source:   "vendor: develop-userid; RFC 7230 §3.2.6",
		Faults:   []string{"sub-base64"},
		YieldsTo: []string{"sub-header-safe"},
	},
	{
		ID: "sub-length", Area: AreaClaims, Level: record.Should,
		Title:  "sub is at most 256 bytes",
		Source: "vendor: user_id practice",
		Faults: []string{"sub-long"},
	},
	{
		ID: "sub-impersonal", Area: AreaClaims, Level: record.Should,
		Title:  "sub is not human-identifiable: no e-mail, phone number or the login name posted",
		Source: "vendor: develop-userid",
		Faults: []string{"sub-email"},
	},
	{
		ID: "exp-present", Area: AreaClaims, Level: record.Must,
		Title:  "exp is present",
		Source: "vendor: enable tip; RFC 8725 §3.10; OWASP",
		Faults: []string{"no-exp"},
	},
	{
		ID: "times-numeric", Area: AreaClaims, Level: record.Must,
		Title:  "exp and nbf, iat where present are JSON numbers",
		Source: `RFC 7519 §4.1.4; jsonwebtoken "invalid exp value"`,
		Faults: []string{"exp-string"},
	},
	{
		ID: "times-integer", Area: AreaClaims, Level: record.Should,
		Title:  "exp, iat, nbf are integers, in seconds",
		Source: "RFC 7519 §2 NumericDate",
		Faults: []string{"exp-float"},
	},
	{
		ID: "exp-in-seconds", Area: AreaClaims, Level: record.Must,
		Title:    "exp is in seconds, not milliseconds (exp - now below 10 years)",
		Source:   "RFC 7519 §2",
		Faults:   []string{"exp-millis"},
		YieldsTo: []string{"times-numeric"},
	},
	{
		ID: "exp-ahead", Area: AreaClaims, Level: record.Must,
		Title:    "On issue exp is later than the server's time by at least a floor (profile, 5 s)",
		Source:   "vendor: simple example 10 s",
		Faults:   []string{"born-expired"},
		YieldsTo: []string{"exp-in-seconds", "times-numeric"},
	},
	{
		ID: "exp-short-lived", Area: AreaClaims, Level: record.Should,
		Title:    "Lifetime (exp - time of issue) is at most 1 h (+60 s)",
		Source:   `vendor: enable "for example 1h"`,
		Faults:   []string{"ttl-2h"},
		YieldsTo: []string{"exp-bounded", "exp-in-seconds"},
	},
	{
		ID: "exp-bounded", Area: AreaClaims, Level: record.Must,
		Title:    "Lifetime is at most 24 h (profile)",
		Source:   `vendor: "short-lived"; OWASP`,
		Faults:   []string{"ttl-30d"},
		YieldsTo: []string{"exp-in-seconds"},
	},
	{
		ID: "nbf-past", Area: AreaClaims, Level: record.Must,
		Title:    "nbf is absent or not later than the server's time",
		Source:   "RFC 7519 §4.1.5; jsonwebtoken NotBeforeError",
		Faults:   []string{"nbf-plus-30"},
		YieldsTo: []string{"times-numeric"},
	},
	{
		ID: "nbf-skew-room", Area: AreaClaims, Level: record.Should,
		Title:    "nbf leaves room for skew: an assistant whose clock is 30 s slow still accepts (the integration has no tolerance)",
		Source:   "jsonwebtoken clockTolerance default 0",
		Faults:   []string{"nbf-equals-now"},
		YieldsTo: []string{"nbf-past"},
	},
	{
		ID: "iat-present", Area: AreaClaims, Level: record.Should,
		Title:  "iat is present",
		Source: "RFC 7519 §4.1.6",
		Faults: []string{"iat-absent"},
	},
	{
		ID: "iat-not-future", Area: AreaClaims, Level: record.Should,
		Title:  "iat is not later than the Date header (+2 s), nor more than 60 s before it on a fresh token",
		Source: "RFC 7519 §4.1.6",
		Faults: []string{"iat-future"},
	},
	{
		ID: "server-clock", Area: AreaClaims, Level: record.Should,
		Title:  "Server clock (Date) is within 60 s of true time",
		Source: "RFC 9110 §6.6.1",
		Faults: []string{"clock-slow"},
	},
	{
		ID: "claims-no-secrets", Area: AreaClaims, Level: record.Must,
		Title:  "No secret in clear text claims other than sub: password, API key, card number, session cookie value, private key",
		Source: "RFC 8725 §2.4; OWASP disclosure",
		Faults: []string{"leaks-session"},
	},
	{
		ID: "claims-no-personal-data", Area: AreaClaims, Level: record.Should,
		Title:  "No personal data in clear claims (email, name, phone, address)",
		Source: "vendor: encrypt; OWASP",
		Faults: []string{"plain-name"},
	},
	{
		ID: "iss-constant", Area: AreaClaims, Level: record.May,
		Title:  "If iss or aud is there, it is the same in all tokens",
		Source: "RFC 8725 §3.8-3.9",
		Faults: []string{"iss-varies"},
	},
	{
		ID: "jti-unique", Area: AreaClaims, Level: record.May,
		Title:  "If jti is there, it is unique",
		Source: "RFC 7519 §4.1.7",
		Faults: []string{"jti-constant"},
	},
}
