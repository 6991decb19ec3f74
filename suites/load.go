package suites

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// judgeLoads judges each load, a search and a comparison again from their figures.
func judgeLoads(run *record.Run) {
	run.Load = slices.Clone(run.Load)
	for i := range run.Load {
		run.Load[i] = run.Load[i].Judged()
	}
	if run.Capacity != nil {
		capacity := run.Capacity.Judged(run.Load)
		run.Capacity = &capacity
	}
	if run.Comparison != nil {
		comparison := run.Comparison.Judged()
		run.Comparison = &comparison
	}
}

// everyLoad makes a judge of one aspect of each load. Package record decides whether the load
// meets it; tell describes a miss. The check fails if one load misses, and is else
// inconclusive if one load is. A latency that the user has named is a MUST.
func everyLoad(aspect record.LoadAspect, tell func(record.Load) []record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement {
		judged, findings, level := noLoad(e.Run), []record.Finding(nil), record.Level("")
		for _, load := range e.Run.Load {
			if !asked(load, aspect) {
				continue
			}
			answer := load.Ask(aspect)
			switch {
			case answer.Verdict != record.LoadMeets && aspect == record.LoadLatency && load.Objective.Typed:
				level = record.Must
			case answer.Verdict == record.LoadMisses && aspect == record.LoadValid && level != record.Must:
				level = validLevel(load)
			}
			switch answer.Verdict {
			case record.LoadMisses:
				findings = append(findings, tell(load)...)
			case record.LoadInconclusive:
				judged = undecided(load, answer)
			default:
				if judged.State == record.NotRun {
					judged = saw(int(load.Requests), "request").judge()
				}
			}
		}
		if len(findings) > 0 {
			judged = saw(1, "load").with(findings...).judge()
		}
		judged.Level = level
		return judged
	}
}

// noLoad is the judgement when there was no load at which the check looks. None was asked for
// if the run is a search, a comparison or a shard.
func noLoad(run *record.Run) judgement {
	judged := notRun("no load was run")
	switch {
	case run.IsShard():
		judged.Reason, judged.Wanted = "this is one shard of a load: merging judges all of them together", false
	case run.Capacity != nil:
		judged.Reason, judged.Wanted = "no load was run at one rate: a search was asked for", false
	case run.Comparison != nil:
		judged.Reason, judged.Wanted = "no load was run at one rate: a comparison was asked for", false
	}
	return judged
}

// asked says whether the load has to meet the aspect. The tokens in a step of a search must be
// right at any rate, but the step may fail or be slow: that is what the search is for.
func asked(load record.Load, aspect record.LoadAspect) bool {
	if load.Shard != nil {
		return false // merging judges all shards together
	}
	if load.Role == record.RoleCompared {
		return aspect != record.LoadRate && aspect != record.LoadLatency
	}
	switch aspect {
	case record.LoadValid, record.LoadIsolated, record.LoadFresh:
		return load.Role == "" || load.Role == record.RoleSearch && load.Ask(aspect).Verdict == record.LoadMisses ||
			load.Role == record.RoleSearch && load.Requests > load.Failed()+load.Throttled()
	}
	return load.Role == ""
}

// undecided is inconclusive. In a default run, in which nobody has asked for this rate, it is
// only a warning if the generator was the reason.
func undecided(load record.Load, answer record.LoadAnswer) judgement {
	if answer.Ours && load.Default {
		return warn(answer.Reason)
	}
	return inconclusive(answer.Reason)
}

var _ = add(Check{
	ID: "load-tokens-valid", Area: AreaLoad, Level: record.Must,
	Title:    "Every token issued under load is accepted by the verifier at the time it was received, and keeps each MUST of a single token, and each SHOULD of its form that was kept before the load, which is a SHOULD here",
	Why:      "A token that is occasionally wrong under load is an error that nobody can reproduce, and each one is a visitor whose chat does not work.",
	Fix:      "Sign each token from values of its own request; look for buffers, keys or signing contexts that requests share.",
	Source:   "vendor: enable",
	Faults:   []string{"load-corrupts", "load-forgets-exp"},
	YieldsTo: slices.Concat([]string{"token-accepted"}, rulebook.RejectionCauses, rulebook.Musts()),
	Needs:    []string{record.ProbeLoad},
	judge:    everyLoad(record.LoadValid, loadTokensValid),
})

func loadTokensValid(load record.Load) []record.Finding {
	var findings []record.Finding
	if load.Tokens.Invalid > 0 {
		findings = append(findings, loadTokensRefused(load))
	}
	for _, broken := range []map[string]int64{load.Tokens.Broken, load.Tokens.Advised} {
		for _, id := range slices.Sorted(maps.Keys(broken)) {
			rule, _ := Lookup(id)
			findings = append(findings, record.Finding{
				Requirement: rule.Title, Expected: "each token keeps " + id + ", as one by one",
				Actual: fmt.Sprintf("%d of %d tokens break %s%s", broken[id], load.Requests, id, exampleOf(load, id)),
				Hint:   rule.Fix,
			})
		}
	}
	return findings
}

// validLevel is the level of tokens that are not valid: a SHOULD if they break SHOULDs only.
func validLevel(load record.Load) record.Level {
	if load.Tokens.Invalid == 0 && len(load.Tokens.Broken) == 0 {
		return record.Should
	}
	return record.Must
}

// exampleOf describes the first token that breaks the rule.
func exampleOf(load record.Load, rule string) string {
	for _, example := range load.Tokens.Examples {
		if actual, is := strings.CutPrefix(example.Text, rule+": "); is && example.Kind == record.ExampleBroken {
			return fmt.Sprintf(": %s, the first after %s", actual, record.Span(example.Second))
		}
	}
	return ""
}

func loadTokensRefused(load record.Load) record.Finding {
	t := load.Tokens
	all := t.Invalid + t.Verified
	finding := record.Finding{
		Expected: "the verifier accepts every token when it comes",
		Actual:   fmt.Sprintf("%d of %d tokens were refused: %s", t.Invalid, all, byCount(t.Reasons)) + when(load, record.ExampleInvalid),
	}
	switch wrong := t.Reasons[rulebook.InvalidSignature]; {
	case wrong == all:
		finding.Hint = rulebook.OtherKeyFix
	case isOtherKey(wrong, all):
		finding.Actual += "; another key signs these tokens"
		finding.Hint = otherInstance(wrong, all)
	case wrong == 0:
		finding.Hint = rulebook.RefusalFix(mostFrequent(t.Reasons))
	}
	return finding
}

// cached adds to a finding that a cache has kept answers, if one says so: then that is the
// cause.
func cached(load record.Load, finding record.Finding) record.Finding {
	if load.Tokens.Cached > 0 {
		finding.Actual += fmt.Sprintf("; a cache on the way had kept %d answers%s", load.Tokens.Cached, examples(load, record.ExampleCached))
		finding.Hint = cacheFix
	}
	return finding
}

var _ = add(Check{
	ID: "load-users-isolated", Area: AreaLoad, Level: record.Must,
	Title:    "Under load no user ever receives another user's sub or token, and anonymous users never share one",
	Why:      "Whoever holds another user's token reads and writes that user's conversation.",
	Fix:      "Keep the identity in variables of the request, never in a module, a field or a cache without the user in its key.",
	Source:   "vendor: enable",
	Faults:   []string{"load-crosses-users", "load-crosses-claims"},
	YieldsTo: []string{"users-isolated", "sub-unique-anonymous", "sub-stable", "token-not-hardcoded", "token-not-shared", "sub-not-from-network", "sub-no-collision", "sub-present"},
	Needs:    []string{record.ProbeLoad}, judge: everyLoad(record.LoadIsolated, loadUsersIsolated),
})

func loadUsersIsolated(load record.Load) []record.Finding {
	var findings []record.Finding
	if n := load.Tokens.Shared; n > 0 {
		findings = append(findings, cached(load, record.Finding{
			Expected: fmt.Sprintf("each of %d users gets a sub and tokens of its own", load.Users),
			Actual:   fmt.Sprintf("%d times a user got what belongs to another%s", n, examples(load, record.ExampleShared)),
		}))
	}
	if n := load.Tokens.Changed; n > 0 {
		findings = append(findings, cached(load, record.Finding{
			Expected: "a user keeps the sub of the session",
			Actual:   fmt.Sprintf("%d times a user got another sub than before%s", n, examples(load, record.ExampleChanged)),
		}))
	}
	return findings
}

var _ = add(Check{
	ID: "load-tokens-fresh", Area: AreaLoad, Level: record.Must,
	Title:    "Under load tokens are newly issued: iat within the allowed age, exp in the future",
	Why:      "An old token expires in the middle of the chat, and a cache that hands it out hands it to whoever asks.",
	Fix:      "Sign a token for each request, or keep a live one for its user alone; send Cache-Control: no-store.",
	Source:   "vendor: enable",
	Faults:   []string{"load-serves-stale", "load-falls-behind", "load-clock-stands"},
	YieldsTo: []string{"exp-ahead", "times-numeric", "token-not-hardcoded", "token-renewed", "http-not-cacheable"},
	Needs:    []string{record.ProbeLoad}, judge: everyLoad(record.LoadFresh, loadTokensFresh),
})

func loadTokensFresh(load record.Load) []record.Finding {
	allowed := "tokens issued within the session of the user who asks, live, and with times that keep up with the requests"
	if age := load.Tokens.AllowedAge; age > 0 {
		allowed = fmt.Sprintf("tokens issued within the last %s, and live", record.Span(age))
	}
	return []record.Finding{cached(load, record.Finding{
		Expected: allowed,
		Actual:   fmt.Sprintf("%d of %d were not%s", load.Tokens.Stale, load.Requests, examples(load, record.ExampleStale)),
	})}
}

var _ = add(Check{
	ID: "load-errors", Area: AreaLoad, Level: record.Must,
	Title:    "The share of failed requests is within the objective (0 unless configured); redirects, HTML and empty bodies are failures",
	Why:      "Each failed request is a visitor without a chat; a login page with status 200 looks like success to everything but the widget.",
	Fix:      "Look at the first failure of each class and at the server's log of that second; answer errors with a status of 4xx or 5xx.",
	Source:   "service objective",
	Faults:   []string{"load-login-page"},
	YieldsTo: []string{"token-served", "token-bare", "token-compact", "token-size", "http-encoding"},
	Needs:    []string{record.ProbeLoad}, judge: everyLoad(record.LoadErrors, loadErrors),
})

func loadErrors(load record.Load) []record.Finding {
	failures := maps.Clone(load.Failures)
	delete(failures, record.FailureThrottled)
	return []record.Finding{{
		Expected: fmt.Sprintf("at most %.3g %% of the requests fail", 100*load.Objective.ErrorShare),
		Actual: fmt.Sprintf("%d of %d failed, %.3g %%: %s%s", load.Failed(), load.Requests, 100*load.ErrorShare(),
			byCount(failures), examples(load, record.ExampleFailure)),
	}}
}

var _ = add(Check{
	ID: "load-latency", Area: AreaLoad, Level: record.Should,
	Title:    "Latency, from the time each request was due, meets the objective at the chosen percentile",
	Why:      "The visitor waits for the token before the first message, and again at each renewal.",
	Fix:      "Read the private key once and not for each token, sign with a 2048-bit key, and look for locks and pauses; signing limits the rate of each core.",
	Source:   "service objective",
	Faults:   []string{"load-stalls"},
	YieldsTo: []string{"load-errors", "load-rate-held"},
	Needs:    []string{record.ProbeLoad}, judge: everyLoad(record.LoadLatency, loadLatency),
})

func loadLatency(load record.Load) []record.Finding {
	return []record.Finding{{
		Expected: fmt.Sprintf("%s at the %gth percentile, at %.4g requests a second", record.Span(load.Objective.Latency), load.Objective.Percentile, load.Requested),
		Actual: fmt.Sprintf("%s (half of the answers within %s, the slowest %s)",
			record.Span(load.AtObjective), record.Span(load.Latency.P50), record.Span(load.Latency.Max)),
	}}
}

var _ = add(Check{
	ID: "load-rate-held", Area: AreaLoad, Level: record.Must,
	Title:    "The endpoint keeps up with the requested rate",
	Why:      "An endpoint that cannot sign as fast as visitors come leaves them in a queue that only grows.",
	Fix:      "Read the private key once and not for each token; then add cores or instances. Where requests are refused, raise that limit, also in the proxy in front. A site that need not carry this rate sets load.rate to the one that it has to.",
	Source:   "honest measurement",
	Faults:   []string{"load-throttles"},
	YieldsTo: []string{"load-errors"},
	Needs:    []string{record.ProbeLoad}, judge: everyLoad(record.LoadRate, loadRateHeld),
})

func loadRateHeld(load record.Load) []record.Finding {
	finding := record.Finding{Expected: fmt.Sprintf("%.4g requests a second are answered", load.Requested)}
	if load.Refuses() {
		finding.Actual = fmt.Sprintf("%.4g were: %d of %d requests were rate-limited, refused as too many", load.Achieved, load.Throttled(), load.Requests)
		finding.Hint = "raise the limit that refuses requests, in the application or in the proxy in front, or lower load.rate to what the site has to carry"
	} else {
		finding.Actual = fmt.Sprintf("%.4g were: %d requests still waited for their answer when the last was sent", load.Achieved, load.Outstanding)
		finding.Hint = "read the private key once and not for each token, then add cores or instances; or lower load.rate to what the site has to carry"
	}
	return []record.Finding{finding}
}

// boundGenerator is the judgement when the generator has limited the load: it is undecided.
func boundGenerator(load record.Load) judgement {
	return undecided(load, record.LoadAnswer{Ours: true, Reason: "the load generator was the bottleneck: " + load.Bottleneck()})
}

var _ = add(Check{
	ID: "load-capacity", Area: AreaLoad, Level: record.Must,
	Title:    "The capacity search finds a rate that meets the objective",
	Why:      "An endpoint that misses the objective at every rate keeps each visitor waiting; a search without a result says nothing about its capacity.",
	Fix:      "Look at how long a single answer takes, then at what limits the rate. If the search had no result, run it on a machine of its own.",
	Source:   "service objective",
	Faults:   []string{"load-crawls"},
	YieldsTo: []string{"load-tokens-valid", "load-users-isolated", "load-tokens-fresh"},
	Needs:    []string{record.ProbeCapacity}, judge: loadCapacity,
})

func loadCapacity(e *evidence) judgement {
	capacity := e.Run.Capacity
	if capacity == nil {
		return notRun("no search for the highest rate was run")
	}
	switch capacity.Verdict {
	case record.CapacityInconclusive:
		return inconclusive(capacity.Sentence())
	case record.CapacityNone:
		return fail(record.Finding{
			Expected: fmt.Sprintf("a rate at which the answers come within %s at the %gth percentile", record.Span(capacity.Objective.Latency), capacity.Objective.Percentile),
			Actual:   "it " + capacity.Sentence(),
		})
	}
	return saw(1, "search").judge()
}

var _ = add(Check{
	ID: "load-recovers", Area: AreaLoad, Level: record.Should,
	Title:  "After an overload the endpoint returns to its former latency within the allowed time",
	Why:    "A short peak should not require a restart: queues, pools and threads that never drain keep the chat slow for everybody.",
	Fix:    "Limit queues and pools, drop requests whose client has gone, and release what a peak has allocated.",
	Source: "service objective",
	Faults: []string{"load-never-recovers"},
	Needs:  []string{record.ProbeRecovery}, judge: loadRecovers,
})

// loadRecovers compares the load before an overload with the one after it. A busy machine may
// take twice as long, or a tenth of a second longer.
func loadRecovers(e *evidence) judgement {
	before, after := byRole(e.Run.Load, record.RoleBaseline), byRole(e.Run.Load, record.RoleRecovery)
	if before == nil || after == nil {
		return notRun("the load before or after the overload is not there")
	}
	former := before.Latency.P90
	allowed := max(2*former, former+0.1)
	switch {
	case before.Failed() > 0:
		return inconclusive(fmt.Sprintf("%d requests failed before the overload", before.Failed()))
	case before.Bottleneck() != "":
		return boundGenerator(*before)
	case after.Bottleneck() != "":
		return boundGenerator(*after)
	case after.Requests == 0 || after.Interrupted:
		return inconclusive("the load after the overload was interrupted")
	case after.ErrorShare() > 0:
		return fail(record.Finding{
			Expected: "no failures after the overload, as before it",
			Actual:   fmt.Sprintf("%d of %d requests failed: %s", after.Failed(), after.Requests, byCount(after.Failures)),
		})
	case after.Latency.P90 > allowed:
		return fail(record.Finding{
			Expected: fmt.Sprintf("%s or less at the 90th percentile: it was %s before the overload", record.Span(allowed), record.Span(former)),
			Actual:   fmt.Sprintf("%s; %s", record.Span(after.Latency.P90), recovery(e.Run)),
		})
	}
	return saw(int(after.Requests), "request after the overload").judge()
}

// recovery describes how the endpoint recovered from the overload.
func recovery(run *record.Run) string {
	back, ok := run.Recovery()
	if !ok {
		return "how it got there was not watched"
	}
	return "it " + back.Sentence()
}

// byRole returns the last load with the role, nil when there is none.
func byRole(loads []record.Load, role string) *record.Load {
	for i := len(loads) - 1; i >= 0; i-- {
		if loads[i].Role == role {
			return &loads[i]
		}
	}
	return nil
}

// examples lists the examples of a kind that the load has kept.
func examples(load record.Load, kind string) string {
	var told []string
	for _, example := range load.Tokens.Examples {
		if example.Kind == kind {
			told = append(told, fmt.Sprintf("%s (after %s)", example.Text, record.Span(example.Second)))
		}
	}
	if len(told) == 0 {
		return ""
	}
	return ", for example " + strings.Join(told, "; ")
}

// when says when the first example of a kind came.
func when(load record.Load, kind string) string {
	for _, example := range load.Tokens.Examples {
		if example.Kind == kind {
			return ", the first after " + record.Span(example.Second)
		}
	}
	return ""
}

// frequent returns counted names, the most frequent first.
func frequent(counts map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return int(counts[b] - counts[a])
		}
		return strings.Compare(a, b)
	})
}

// mostFrequent returns the name with the highest count, or "".
func mostFrequent(counts map[string]int64) string {
	return strings.Join(frequent(counts)[:min(1, len(counts))], "")
}

// byCount lists counted names, the most frequent first.
func byCount(counts map[string]int64) string {
	names := frequent(counts)
	told := make([]string, len(names))
	for i, name := range names {
		told[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return strings.Join(told, ", ")
}
