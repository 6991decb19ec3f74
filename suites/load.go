package suites

import "github.com/webchatspec/webchatspec/record"

// loadChecks is the area "load" of the catalogue.
var loadChecks = []Check{
	{
		ID: "http-latency", Area: AreaLoad, Level: record.Should,
		Title:  "Answers in under 2 s at p95 with 20 in flight",
		Source: "vendor: 10 s example",
		Faults: []string{"slow-busy"},
	},
	{
		ID: "load-tokens-valid", Area: AreaLoad, Level: record.Must,
		Title:  "Every token issued under load is accepted by the verifier at the time it was received",
		Source: "vendor: enable",
		Faults: []string{"load-corrupts"},
	},
	{
		ID: "load-users-isolated", Area: AreaLoad, Level: record.Must,
		Title:  "Under load no user ever receives another user's sub or token, and anonymous users never share one",
		Source: "vendor: enable",
		Faults: []string{"load-crosses-users"},
	},
	{
		ID: "load-tokens-fresh", Area: AreaLoad, Level: record.Must,
		Title:  "Under load tokens are newly issued: iat within the allowed age, exp ahead",
		Source: "vendor: enable",
		Faults: []string{"load-serves-stale"},
	},
	{
		ID: "load-errors", Area: AreaLoad, Level: record.Must,
		Title:  "The share of failed requests is within the objective (default 0): 3xx, HTML and empty bodies count as failures",
		Source: "service objective",
		Faults: []string{"load-login-page"},
	},
	{
		ID: "load-latency", Area: AreaLoad, Level: record.Should,
		Title:  "Latency from the intended send time meets the objective at the stated percentile",
		Source: "service objective",
		Faults: []string{"load-stalls"},
	},
	{
		ID: "load-rate-held", Area: AreaLoad, Level: record.Must,
		Title:  "The requested rate was really sent and answered; where the generator was the bottleneck the outcome is inconclusive, never passed (in a default verify: a warning)",
		Source: "honest measurement",
		Faults: []string{"load-throttles"},
	},
	{
		ID: "load-recovers", Area: AreaLoad, Level: record.Should,
		Title:  "After an overload the endpoint returns to its former latency within the stated time (not in default runs)",
		Source: "service objective",
		Faults: []string{"load-never-recovers"},
	},
}
