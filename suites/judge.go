package suites

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Options of judging. The run keeps the selection, the waivers and the level with which it
// was judged before, and they apply where the options leave them open.
type Options struct {
	// Selection chooses the checks; the zero one is the run's.
	Selection Selection
	// Waivers are accepted failures; nil stands for those of the run.
	Waivers Waivers
	// FailOn is the lowest level whose failures fail the run: Must or Should; ""
	// is the run's, and Must where it has none.
	FailOn record.Level
	// Today is the day on which waivers are judged; zero is the day of the run.
	Today time.Time
}

// Judge returns the run with an outcome for every check of the catalogue, and the verdict.
// Both are made from the evidence alone.
func Judge(run record.Run, options Options) record.Run {
	options.keep(&run)
	judgeLoads(&run)
	evidence := newEvidence(&run)
	var outcomes []record.Outcome
	for _, check := range CatalogueOf(evidence.profile) {
		outcomes = append(outcomes, judgeOne(check, evidence, options.Selection))
	}
	yield(outcomes)
	evidence.tellCaches(outcomes)
	options.Waivers.apply(outcomes, options.today(run))
	run.Outcomes = outcomes
	run.Verdict = run.Decide()
	return run
}

// keep notes in the run how it is judged, and takes from the run what the options leave
// open.
func (o *Options) keep(run *record.Run) {
	if o.Waivers == nil {
		o.Waivers = waiversOf(*run)
	}
	if len(o.Selection.Only)+len(o.Selection.Skip) == 0 {
		o.Selection = Selection{Only: run.Only, Skip: run.Skip}
	}
	run.Only, run.Skip = o.Selection.Only, o.Selection.Skip
	run.FailOn = cmp.Or(o.FailOn, run.FailOn, record.Must)
}

func (o Options) today(run record.Run) time.Time {
	if o.Today.IsZero() {
		return run.StartedAt
	}
	return o.Today
}

func judgeOne(check Check, evidence *evidence, selection Selection) record.Outcome {
	outcome := record.Outcome{
		ID: check.ID, Area: check.Area, Level: check.Level, Title: check.Title,
		Why: check.Why, Fix: check.Fix, Source: check.Source, State: record.NotRun,
	}
	for _, link := range evidence.profile.Links(check.Source) {
		outcome.Links = append(outcome.Links, record.Link(link))
	}
	if !selection.Includes(check) {
		outcome.Reason, outcome.Remedy = "not selected", "run without --only and --skip"
		return outcome
	}
	cut, isCut := evidence.cutShort(check)
	if blocked, ok := unmet(check, evidence); ok {
		if isCut && blocked.state == record.Blocked { // the cause itself may be that the run was ended early
			blocked = cut
		}
		selection.unexplained(blocked).fill(&outcome)
		return outcome
	}
	judgement := check.judge(evidence)
	if isCut && judgement.State != record.Failed { // a failure that was seen stands; anything else might still have been seen
		cut.fill(&outcome)
		return outcome
	}
	if judgement.State == record.Failed || judgement.State == record.Passed {
		// A few refused requests do not matter. When most were refused, too little was seen.
		if why := evidence.littleSeen(check.Needs); why != "" {
			judgement = inconclusive(why)
		}
	}
	outcome.State, outcome.Reason = judgement.State, judgement.Reason
	outcome.Warning, outcome.Wanted = judgement.Warning, judgement.Wanted
	outcome.Level = cmp.Or(judgement.Level, check.Level)
	for _, finding := range judgement.Findings {
		finding.Requirement = cmp.Or(finding.Requirement, check.Title)
		finding.Expected = evidence.profile.Say(finding.Expected)
		finding.Hint = evidence.profile.Say(cmp.Or(finding.Hint, check.Fix))
		outcome.Findings = append(outcome.Findings, finding)
	}
	if outcome.State == record.Failed {
		outcome.Reproduce = evidence.reproduce(judgement)
	}
	return outcome
}

// obstacle is why a check cannot be judged at all.
type obstacle struct {
	state     record.State
	reason    string
	blockedBy string
	wanted    bool
	remedy    string
}

func (o obstacle) fill(outcome *record.Outcome) {
	outcome.State, outcome.Reason, outcome.BlockedBy = o.state, o.reason, o.blockedBy
	outcome.Wanted, outcome.Remedy = o.wanted, o.remedy
}

// unexplained returns the obstacle unchanged if the check that reports its cause is selected.
// If that is left out, no selected check has failed although nothing was seen: that must
// not pass, so the check counts as wanted and not run.
func (s Selection) unexplained(o obstacle) obstacle {
	cause, known := Lookup(o.blockedBy)
	if o.state != record.Blocked || !known || s.Includes(cause) {
		return o
	}
	return obstacle{
		state: record.NotRun, wanted: true, remedy: "select " + o.blockedBy + ", too",
		reason: fmt.Sprintf("%s; %s, which is not selected, tells why", o.reason, o.blockedBy),
	}
}

// unmet returns the obstacle to judging the check, if there is one.
func unmet(check Check, evidence *evidence) (obstacle, bool) {
	if why := evidence.profile.Absent(check.ID); why != "" {
		return obstacle{state: record.NotApplicable, reason: why}, true
	}
	for _, need := range check.Needs {
		probe, planned := evidence.probe(need)
		failure := evidence.partFailure(need)
		switch {
		case failure != nil && (failure.Class != record.FailureTLS || check.ID != "tls-required"):
			return obstacle{state: record.NotRun, reason: failure.Message, wanted: true}, true
		case !planned:
			return evidence.notGathered(need), true
		case probe.Skipped != "" && probe.NotApplicable:
			return obstacle{state: record.NotApplicable, reason: probe.Skipped, remedy: probe.Remedy}, true
		case probe.Skipped != "":
			return obstacle{state: record.NotRun, reason: probe.Skipped, wanted: probe.Wanted, remedy: probe.Remedy}, true
		}
	}
	if check.NeedsKey && len(evidence.Run.Evidence.Keys) == 0 {
		return obstacle{state: record.NotRun, reason: "no public key was given: name its file with --public-key", wanted: true, remedy: "--public-key FILE"}, true
	}
	if check.NeedsTokens && len(evidence.Tokens()) == 0 {
		return evidence.noTokens(), true
	}
	return obstacle{}, false
}

// gates are the checks, by the part of the run, that leave the others nothing to look at
// when they fail.
var gates = map[string][]string{
	PartToken: {
		"visit-works", "token-served", "token-bare", "token-compact", "token-json", "token-object", "key-format", "key-kind", "login-works",
		"alg-not-none", "alg-not-hmac", "alg-rs256", "token-accepted",
	},
	PartPage: {
		"page-loads-widget", "page-renders", "page-subscribes", "page-token-string", "page-token-assigned",
		"page-handler-settles", "page-first-message", "page-renews",
	},
	PartLoad: {"load-errors"},
}

// partOf returns the part of a run whose evidence the check judges.
func partOf(check Check) string { return PartOf(check.Needs[0]) }

// yield turns the failure of a general check into "blocked by" when a more specific one, to
// which it yields, has failed. The same goes for a check that had nothing to look at
// because a gate has failed. A MUST yields to MUSTs only: otherwise a lesser failure could
// hide that the run has failed.
func yield(outcomes []record.Outcome) {
	failed := map[string]record.Level{}
	for _, o := range outcomes {
		if o.State == record.Failed {
			failed[o.ID] = o.Level
		}
	}
	for i := range outcomes {
		o := &outcomes[i]
		check, _ := Lookup(o.ID)
		causes := check.YieldsTo
		switch {
		case o.State == record.NotRun && o.Wanted:
			causes = slices.Concat(causes, gates[partOf(check)])
		case o.State != record.Failed:
			continue
		}
		cause := slices.IndexFunc(causes, func(id string) bool {
			level, ok := failed[id]
			return ok && (o.Level != record.Must || level == record.Must)
		})
		if cause >= 0 {
			o.State, o.BlockedBy, o.Wanted = record.Blocked, causes[cause], false
			o.Reason = "explained by " + causes[cause]
		}
	}
}
