package suites

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// runWith is a run whose evidence has the tokens with these payloads, from one
// visitor each, and the probe of visitors.
func runWith(payloads ...string) record.Run {
	run := record.Run{SchemaVersion: record.SchemaVersion, StartedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	run.Target.Loopback = true
	run.Evidence.Probes = []record.Probe{{Name: record.ProbeVisitors}}
	for i, payload := range payloads {
		id := string(rune('a' + i))
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "e" + id, Probe: record.ProbeVisitors, Visitor: "v" + id, Call: 1, Token: "t" + id,
			Request:  record.Request{Method: "GET", URL: "http://localhost:3001/createJWT"},
			Response: &record.Response{Status: 200, Bytes: 300},
		})
		run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
			ID: "t" + id, Exchange: "e" + id, Probe: record.ProbeVisitors, Visitor: "v" + id, Call: 1, Bytes: 300,
			ReceivedAt: run.StartedAt, Fingerprint: "sha256:" + id, Text: record.Text{Segments: 3},
			Header: record.SegmentOf(`{"alg":"RS256","typ":"JWT"}`, nil), Payload: record.SegmentOf(payload, nil),
			Signature: record.Signature{Bytes: 256},
		})
	}
	return run
}

func outcome(t *testing.T, run record.Run, id string) record.Outcome {
	t.Helper()
	i := slices.IndexFunc(run.Outcomes, func(o record.Outcome) bool { return o.ID == id })
	if i < 0 {
		t.Fatalf("no outcome for %s", id)
	}
	return run.Outcomes[i]
}

func TestJudgeHasAnOutcomeForEveryEntry(t *testing.T) {
	run := Judge(record.Run{}, Options{})
	if len(run.Outcomes) != len(Catalogue()) {
		t.Fatalf("%d outcomes for %d checks", len(run.Outcomes), len(Catalogue()))
	}
	for _, o := range run.Outcomes {
		if o.State == record.Passed || o.State == record.Failed {
			t.Errorf("%s %s without any evidence", o.ID, o.State)
		}
		if o.Reason == "" {
			t.Errorf("%s: no reason for %s", o.ID, o.State)
		}
	}
	if run.Verdict != record.VerdictInconclusive {
		t.Errorf("verdict %s of a run that asserted nothing", run.Verdict)
	}
}

func TestJudgeFindsWhatIsWrong(t *testing.T) {
	run := Judge(runWith(`{"sub":"a","exp":1777640400,"iat":1777636800}`, `{"sub":"b","iat":1777636800}`), Options{})
	exp := outcome(t, run, "exp-present")
	if exp.State != record.Failed || len(exp.Findings) != 1 {
		t.Fatalf("exp-present: %s with %d findings", exp.State, len(exp.Findings))
	}
	finding := exp.Findings[0]
	if finding.Requirement != exp.Title || finding.Hint != exp.Fix || finding.Exchange != "eb" {
		t.Errorf("finding %+v", finding)
	}
	if !strings.Contains(exp.Reproduce, "curl") || !strings.Contains(exp.Reproduce, "http://localhost:3001/createJWT") {
		t.Errorf("reproduce %q", exp.Reproduce)
	}
	if state := outcome(t, run, "sub-present").State; state != record.Passed {
		t.Errorf("sub-present %s", state)
	}
	if run.Verdict != record.VerdictFailed {
		t.Errorf("verdict %s", run.Verdict)
	}
}

func TestChecksWithoutTokensAreBlocked(t *testing.T) {
	run := runWith()
	run.Evidence.Exchanges = []record.Exchange{{
		ID: "e1", Probe: record.ProbeVisitors, Response: &record.Response{Status: 500},
	}}
	run = Judge(run, Options{})
	if o := outcome(t, run, "exp-present"); o.State != record.Blocked || o.BlockedBy != "token-served" {
		t.Errorf("exp-present %s by %q", o.State, o.BlockedBy)
	}
	if o := outcome(t, run, "token-served"); o.State != record.Failed {
		t.Errorf("token-served %s", o.State)
	}
	run.Evidence.Exchanges[0].Response = &record.Response{Status: 200, Bytes: 20, Excerpt: "<html>"}
	run = Judge(run, Options{})
	if o := outcome(t, run, "exp-present"); o.BlockedBy != "token-bare" {
		t.Errorf("with an HTML answer exp-present is blocked by %q", o.BlockedBy)
	}
}

// TestWhatIsLeftOutExplainsNothing: a check that has nothing to look at does not pass over
// it where the one that tells why is not selected.
func TestWhatIsLeftOutExplainsNothing(t *testing.T) {
	run := runWith()
	run.Evidence.Exchanges = []record.Exchange{{
		ID: "e1", Probe: record.ProbeVisitors, Response: &record.Response{Status: 200, Bytes: 20, Excerpt: `{"error":"no"}`},
	}}
	for _, test := range []struct {
		only    []string
		verdict record.Verdict
	}{
		{[]string{"token-served", "exp-present"}, record.VerdictInconclusive},
		{[]string{"token-served", "exp-present", "token-bare"}, record.VerdictFailed},
		{[]string{"token-served"}, record.VerdictPassed},
	} {
		if judged := Judge(run, Options{Selection: Selection{Only: test.only}}); judged.Verdict != test.verdict {
			t.Errorf("%v: %s, want %s", test.only, judged.Verdict, test.verdict)
		}
	}
}

func TestThrottledEndpointIsInconclusive(t *testing.T) {
	run := runWith(`{"sub":"a"}`)
	run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
		ID: "e9", Probe: record.ProbeVisitors, Failure: &record.Failure{Class: record.FailureThrottled},
		Response: &record.Response{Status: 429},
	})
	run = Judge(run, Options{})
	if o := outcome(t, run, "exp-present"); o.State != record.Inconclusive || !strings.Contains(o.Reason, "1 of 2") {
		t.Errorf("exp-present %s: %s", o.State, o.Reason)
	}
	if o := outcome(t, run, "sub-present"); o.State != record.Inconclusive {
		t.Errorf("sub-present %s, though half of the requests were refused", o.State)
	}
	run.Evidence.Exchanges = append(run.Evidence.Exchanges, run.Evidence.Exchanges[0], run.Evidence.Exchanges[0])
	run = Judge(run, Options{})
	if o := outcome(t, run, "exp-present"); o.State != record.Failed {
		t.Errorf("exp-present %s, though a single request was refused", o.State)
	}
}

func TestNoKeyIsToldAndWanted(t *testing.T) {
	run := Judge(runWith(`{"sub":"a","exp":1777640400,"iat":1777636800}`), Options{})
	o := outcome(t, run, "token-accepted")
	if o.State != record.NotRun || !o.Wanted || !strings.Contains(o.Reason, "--public-key") {
		t.Errorf("token-accepted %s (wanted %t): %s", o.State, o.Wanted, o.Reason)
	}
	if run.Verdict != record.VerdictInconclusive {
		t.Errorf("verdict %s", run.Verdict)
	}
}

// Of checks that yield to each other in a circle each would be explained by the
// next, and a failed run would pass.
func TestNoChecksYieldInACircle(t *testing.T) {
	var follow func(id string, way []string)
	clear := map[string]bool{}
	follow = func(id string, way []string) {
		if slices.Contains(way, id) {
			t.Fatalf("%s yields in a circle: %s", id, strings.Join(append(way, id), " → "))
		}
		if clear[id] {
			return
		}
		check, _ := Lookup(id)
		for _, cause := range check.YieldsTo {
			follow(cause, append(slices.Clone(way), id))
		}
		clear[id] = true
	}
	for _, check := range Whole() {
		follow(check.ID, nil)
	}
}

func TestYieldNeverHidesAMustBehindALesserCheck(t *testing.T) {
	for _, check := range Catalogue() {
		for _, id := range check.YieldsTo {
			if _, known := Lookup(id); !known {
				t.Errorf("%s yields to %q, which is no check", check.ID, id)
			}
		}
	}
	outcomes := []record.Outcome{
		{ID: "sub-present", Level: record.Must, State: record.Failed},
		{ID: "token-object", Level: record.Should, State: record.Failed}, // sub-present yields to it
	}
	yield(outcomes)
	if outcomes[0].State != record.Failed {
		t.Error("a failed MUST reads blocked by a SHOULD")
	}
	outcomes = []record.Outcome{
		{ID: "sub-string", Level: record.Must, State: record.Failed},
		{ID: "sub-present", Level: record.Must, State: record.Failed},
	}
	yield(outcomes)
	if outcomes[0].State != record.Blocked || outcomes[0].BlockedBy != "sub-present" {
		t.Errorf("sub-string %s by %q", outcomes[0].State, outcomes[0].BlockedBy)
	}
}

func TestWaivers(t *testing.T) {
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	failed := runWith(`{"sub":"a","iat":1777636800}`)
	waive := func(expires string) Waivers {
		return Waivers{"exp-present": {Reason: "ticket 7", Owner: "ann", Expires: expires}}
	}
	for name, test := range map[string]struct {
		run     record.Run
		expires string
		want    record.State
	}{
		"holds to its last day": {failed, "2026-05-01", record.Waived},
		"expired":               {failed, "2026-04-30", record.Failed},
		"no longer needed":      {runWith(`{"sub":"a","exp":1777640400,"iat":1777636800}`), "2026-12-31", record.Failed},
	} {
		run := Judge(test.run, Options{Waivers: waive(test.expires), Today: day})
		if o := outcome(t, run, "exp-present"); o.State != test.want {
			t.Errorf("%s: %s (%s)", name, o.State, o.Reason)
		}
	}
}

// TestOneSubForAllIsToldOnce: the page shows what the token part has told.
func TestOneSubForAllIsToldOnce(t *testing.T) {
	outcomes := []record.Outcome{
		{ID: "sub-unique-anonymous", Level: record.Must, State: record.Failed},
		{ID: "page-visitors-differ", Level: record.Must, State: record.Failed},
	}
	if yield(outcomes); outcomes[1].State != record.Blocked || outcomes[1].BlockedBy != "sub-unique-anonymous" {
		t.Errorf("%+v", outcomes[1])
	}
}
