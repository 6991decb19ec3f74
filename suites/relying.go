package suites

import "github.com/webchatspec/webchatspec/record"

// relyingChecks is the area "relying" of the catalogue.
var relyingChecks = []Check{
	{
		ID: "verify-rejects-forged", Area: AreaRelying, Level: record.Must,
		Title:  "If an endpoint of the site takes the token back, it refuses: a flipped bit, alg none, HS256 under the public key text, an embedded jwk, a token signed with another key",
		Source: "RFC 8725 §3.1",
		Faults: []string{"decode-not-verify"},
	},
	{
		ID: "verify-pins-algorithm", Area: AreaRelying, Level: record.Must,
		Title:    "And it does not follow jku or x5u (a loopback listener sees no call) nor take an algorithm from the token",
		Source:   "RFC 8725 §3.1, §3.10",
		Faults:   []string{"jku-fetch"},
		YieldsTo: []string{"verify-rejects-forged"},
	},
}
