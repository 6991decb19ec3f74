package suites

import "github.com/webchatspec/webchatspec/record"

// headerChecks is the area "header" of the catalogue.
var headerChecks = []Check{
	{
		ID: "alg-rs256", Area: AreaHeader, Level: record.Must,
		Title:    `alg is exactly "RS256"`,
		Source:   "vendor: enable; RFC 8725 §3.1-3.2",
		Faults:   []string{"rs512"},
		YieldsTo: []string{"alg-not-none", "alg-not-hmac"},
	},
	{
		ID: "alg-not-none", Area: AreaHeader, Level: record.Must,
		Title:  "alg is never none in any case form, signature never empty",
		Source: "RFC 8725 §3.2; CVE-2015-2951 (jwt_tool -X a)",
		Faults: []string{"alg-none"},
	},
	{
		ID: "alg-not-hmac", Area: AreaHeader, Level: record.Must,
		Title:  "alg is not HS*; and the token does not verify as HMAC under the public key text or under common secrets",
		Source: "CVE-2016-10555; RFC 8725 §2.1",
		Faults: []string{"hmac-pem"},
	},
	{
		ID: "typ-jwt", Area: AreaHeader, Level: record.Should,
		Title:  `typ is absent or "JWT" (other values switch jsonwebtoken's strict payload parse off)`,
		Source: "RFC 7519 §5.1; RFC 8725 §3.11",
		Faults: []string{"typ-odd"},
	},
	{
		ID: "header-no-private-key", Area: AreaHeader, Level: record.Must,
		Title:  "No private or secret member in the header: jwk has no d,p,q,dp,dq,qi,k",
		Source: "RFC 7517 §9",
		Faults: []string{"jwk-private"},
	},
	{
		ID: "header-no-embedded-key", Area: AreaHeader, Level: record.Should,
		Title:  "No jwk, jku, x5u, x5c in the header (never used here, they invite trust)",
		Source: "RFC 8725 §3.10; CVE-2018-0114",
		Faults: []string{"embeds-jwk"},
	},
	{
		ID: "header-no-extensions", Area: AreaHeader, Level: record.Should,
		Title:  "No crit, no b64:false, no zip/enc (jsonwebtoken ignores them, others refuse)",
		Source: "RFC 7515 §4.1.11; RFC 7797",
		Faults: []string{"crit-b64"},
	},
	{
		ID: "kid-opaque", Area: AreaHeader, Level: record.May,
		Title:  "kid, if any, is opaque: no path, no URL, no SQL characters",
		Source: "OWASP JWT; jwt_tool kid tests",
		Faults: []string{"kid-path"},
	},
}
