package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestACacheIsNamedAsTheCause shows two visitors who got one token out of a cache:
// the cache is what is told, once, with its header and with what to do about it.
func TestACacheIsNamedAsTheCause(t *testing.T) {
	for _, header := range []string{"Age: 7", "X-Cache: HIT", "CF-Cache-Status: HIT", "x-nextjs-cache: STALE", "x-vercel-cache: PRERENDER", "Cache-Status: a; hit"} {
		name, value, _ := strings.Cut(header, ": ")
		run := runWith(`{"sub":"a","iat":1777636800,"exp":1777640400}`, `{"sub":"a","iat":1777636800,"exp":1777640400}`)
		for i := range run.Evidence.Tokens {
			run.Evidence.Tokens[i].Fingerprint = "sha256:same"
			run.Evidence.Exchanges[i].Response.Header = map[string][]string{name: {value}}
		}
		judged := Judge(run, Options{})
		told := outcome(t, judged, notCacheable)
		if told.State != record.Failed || !strings.Contains(told.Findings[0].Actual, value) || told.Findings[0].Hint != cacheFix {
			t.Errorf("%s: %s %+v", header, told.State, told.Findings)
		}
		for _, o := range judged.Outcomes {
			if o.State == record.Failed && (o.Area == AreaIdentity || o.Area == AreaFreshness) {
				t.Errorf("%s: %s is told, too: %+v", header, o.ID, o.Findings)
			}
		}
		if o := outcome(t, judged, "sub-unique-anonymous"); o.State != record.Blocked {
			t.Errorf("%s: %s is %s", header, o.ID, o.State)
		}
	}
}

// TestACacheUnderLoadIsNamed tells of what was shared under load that a cache had kept it.
func TestACacheUnderLoadIsNamed(t *testing.T) {
	run := record.Run{Evidence: record.Evidence{Probes: []record.Probe{{Name: record.ProbeLoad}}}}
	run.Load = []record.Load{{Requests: 100, Tokens: record.LoadTokens{
		Shared: 90, Stale: 5, Verified: 100, Cached: 99,
		Examples: []record.LoadExample{{Kind: record.ExampleCached, Text: "X-Cache: HIT"}},
	}}}
	judged := Judge(run, Options{})
	for _, id := range []string{"load-users-isolated", "load-tokens-fresh"} {
		o := outcome(t, judged, id)
		if o.State != record.Failed || !strings.Contains(o.Findings[0].Actual, "X-Cache: HIT") || o.Findings[0].Hint != cacheFix {
			t.Errorf("%s: %s %+v", id, o.State, o.Findings)
		}
	}
}

// TestACacheBeforeThePageIsNamed tells it of tokens that two visitors of the page share.
func TestACacheBeforeThePageIsNamed(t *testing.T) {
	p := pageRun{Page: &record.Page{Requests: []record.PageRequest{{Issuer: true, Method: "GET", URL: "/t", CacheHeaders: map[string]string{"Age": "9"}}}}}
	if f := p.sharedByCache(&record.Finding{Actual: "the same token"}); !strings.Contains(f.Actual, "Age: 9") || f.Hint != cacheFix {
		t.Errorf("%+v", f)
	}
}

// TestTheOtherKeyIsNamedUnderLoad pairs what was refused under load with the fix, as
// the checks of the token part do.
func TestTheOtherKeyIsNamedUnderLoad(t *testing.T) {
	for name, test := range map[string]struct {
		verified int64
		reasons  map[string]int64
		fix      string
	}{
		"one in two":    {50, map[string]int64{"invalid signature": 50}, "one token in 2"},
		"all of them":   {0, map[string]int64{"invalid signature": 100}, "private key that belongs"},
		"a single one":  {99, map[string]int64{"invalid signature": 1}, "buffers"},
		"clock":         {0, map[string]int64{"jwt not active": 100}, "NTP"},
		"another alg":   {0, map[string]int64{"invalid algorithm": 100}, "RS256 alone"},
		"no such token": {0, map[string]int64{"jwt malformed": 100}, "JWT library returns"},
	} {
		run := record.Run{Evidence: record.Evidence{Probes: []record.Probe{{Name: record.ProbeLoad}}}}
		invalid := int64(0)
		for _, n := range test.reasons {
			invalid += n
		}
		run.Load = []record.Load{{Requests: 100, Tokens: record.LoadTokens{Verified: test.verified, Invalid: invalid, Reasons: test.reasons}}}
		o := outcome(t, Judge(run, Options{}), "load-tokens-valid")
		if o.State != record.Failed || !strings.Contains(o.Findings[0].Hint, test.fix) {
			t.Errorf("%s: %s %+v", name, o.State, o.Findings)
		}
	}
}
