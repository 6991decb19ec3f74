package suites

import "github.com/webchatspec/webchatspec/record"

// tokenChecks is the area "token" of the catalogue.
var tokenChecks = []Check{
	{
		ID: "token-served", Area: AreaToken, Level: record.Must,
		Title:  "The token endpoint, asked as configured, answers 200 and a non-empty body",
		Source: "vendor: enable (fetch createJWT)",
		Faults: []string{"empty-200"},
	},
	{
		ID: "token-bare", Area: AreaToken, Level: record.Must,
		Title:  `The token stands where the configuration says (bare body, a body that is one JSON string, a JSON member, a header) with nothing of another kind round it: no quotes in a text body, no BOM, no "Bearer ", no markup`,
		Source: "jsonwebtoken's token pattern; vendor: tutorial `await result.text()`",
		Faults: []string{"quoted-body"},
	},
	{
		ID: "token-trimmed", Area: AreaToken, Level: record.Should,
		Title:  "No blank or newline round the token (browsers trim a header value, other clients do not)",
		Source: "jsonwebtoken's token pattern",
		Faults: []string{"trailing-newline"},
	},
	{
		ID: "token-compact", Area: AreaToken, Level: record.Must,
		Title:    "Exactly three non-empty base64url segments, no padding, alphabet A-Za-z0-9-_",
		Source:   "RFC 7515 §3.1, §2",
		Faults:   []string{"padded"},
		YieldsTo: []string{"token-bare"},
	},
	{
		ID: "token-canonical", Area: AreaToken, Level: record.Should,
		Title:  "Segments are canonical base64url (re-encoding gives the same text, length is not 1 mod 4)",
		Source: "RFC 4648 §3.5",
		Faults: []string{"loose-bits"},
	},
	{
		ID: "token-accepted", Area: AreaToken, Level: record.Must,
		Title:    "The integration accepts the token at the time of receipt: the residual check, told when no more specific one explains a rejection",
		Source:   "vendor: enable",
		Faults:   []string{"other-key"},
		YieldsTo: rejectionCauses,
	},
	{
		ID: "token-size", Area: AreaToken, Level: record.Should,
		Title:  "Token is at most 4 KiB (it rides on each message)",
		Source: "RFC 9110 §5.4 practice; OWASP",
		Faults: []string{"fat-token"},
	},
	{
		ID: "token-json", Area: AreaToken, Level: record.Must,
		Title:  "The header is a JSON object, the payload is JSON, both UTF-8, no member stands twice",
		Source: "RFC 7519 §4, §7.1; RFC 8725 §3.7; RFC 7515 §4",
		Faults: []string{"dup-sub"},
	},
	{
		ID: "token-object", Area: AreaToken, Level: record.Should,
		Title:  "Payload is a JSON object, not a string with JSON inside (jsonwebtoken decodes twice)",
		Source: "RFC 7519 §7.1",
		Faults: []string{"double-encoded"},
	},
}
