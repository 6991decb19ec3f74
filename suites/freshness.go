package suites

import "github.com/webchatspec/webchatspec/record"

// freshnessChecks is the area "freshness" of the catalogue.
var freshnessChecks = []Check{
	{
		ID: "token-not-hardcoded", Area: AreaFreshness, Level: record.Must,
		Title:  "Two fresh visitors, asked two seconds apart, do not get the same token text (a live token kept for one visitor is fine)",
		Source: `vendor: enable "Do not hardcode"`,
		Faults: []string{"static-token"},
	},
	{
		ID: "token-renewed", Area: AreaFreshness, Level: record.Must,
		Title:  "A token asked for after the first has expired is live and later; judged only where the token's life is within --max-wait (else not run, and the page part covers it)",
		Source: "vendor: identityTokenExpired",
		Faults: []string{"cache-until-exp"},
	},
	{
		ID: "users-isolated", Area: AreaFreshness, Level: record.Must,
		Title:    "50 clients in parallel, 20 rounds: each gets its own sub every time, never another's; all verify",
		Source:   "vendor: one user one JWT",
		Faults:   []string{"crosses-users"},
		YieldsTo: []string{"sub-unique-anonymous", "sub-no-collision", "sub-stable"},
	},
	{
		ID: "mint-not-wasted", Area: AreaFreshness, Level: record.May,
		Title:  "Endpoint does not mint a fresh billable sub on HEAD, OPTIONS or prefetch",
		Source: "vendor: MAU billing; OWASP API4",
		Faults: []string{"mints-on-head"},
	},
}
