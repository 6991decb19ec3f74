package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// evidence is a run's evidence, indexed for the checks.
type evidence struct {
	Run       *record.Run
	profile   profiles.Profile
	tokens    []Token
	byProbe   map[string][]Token // the same tokens by probe
	ordinary  []Token            // those of the ordinary probes, in the order in which they came
	tokenAt   map[string]int     // the index of each token, by id
	exchanges map[string]int     // the index of each exchange, by id
	refused   map[string]string  // by visitor, the check that reports a refused step
}

// Token is a token of the evidence with its header and claims decoded.
type Token struct{ rulebook.Token }

func newEvidence(run *record.Run) *evidence {
	profile, _ := profiles.Lookup(run.Target.Profile)
	e := &evidence{Run: run, profile: profile.OrDefault(), byProbe: map[string][]Token{}, tokenAt: map[string]int{}, exchanges: map[string]int{}}
	e.refused = refusedSteps(run.Evidence.Exchanges)
	for i, x := range run.Evidence.Exchanges {
		e.exchanges[x.ID] = i
	}
	for i, t := range run.Evidence.Tokens {
		e.tokenAt[t.ID] = i
		token := Token{rulebook.Open(t, e.profile)}
		e.tokens = append(e.tokens, token)
		e.byProbe[t.Probe] = append(e.byProbe[t.Probe], token)
		if slices.Contains(ordinaryProbes, t.Probe) {
			e.ordinary = append(e.ordinary, token)
		}
	}
	return e
}

// ordinaryProbes ask as honest visitors do, so every token that they get must be right.
// The other probes send hostile or odd requests.
var ordinaryProbes = []string{
	record.ProbeVisitors, record.ProbeNetwork, record.ProbeAnonymous, record.ProbeParallel,
	record.ProbeLogin, record.ProbeBusy,
}

// Tokens returns the tokens of the named probes, or of all ordinary probes when none is
// named. The caller must not change them.
func (e *evidence) Tokens(probes ...string) []Token {
	switch len(probes) {
	case 0:
		return slices.Clip(e.ordinary)
	case 1:
		return slices.Clip(e.byProbe[probes[0]])
	}
	var found []Token
	for _, t := range e.tokens {
		if slices.Contains(probes, t.Probe) {
			found = append(found, t)
		}
	}
	return found
}

// tokensWhere returns those tokens of the probes for which keep returns true.
func (e *evidence) tokensWhere(keep func(Token) bool, probes ...string) []Token {
	var kept []Token
	for _, t := range e.Tokens(probes...) {
		if keep(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// Token returns the token with the id, as an exchange names it.
func (e *evidence) Token(id string) (Token, bool) {
	i, ok := e.tokenAt[id]
	if !ok {
		return Token{}, false
	}
	return e.tokens[i], true
}

// Exchanges returns the exchanges of the named probes, or of all ordinary probes when none
// is named. It leaves out requests that this machine could not send, because they say
// nothing about the site.
func (e *evidence) Exchanges(probes ...string) []record.Exchange {
	if len(probes) == 0 {
		probes = ordinaryProbes
	}
	var found []record.Exchange
	for _, x := range e.Run.Evidence.Exchanges {
		ours := x.Failure != nil && x.Failure.Class == record.FailureGenerator
		if slices.Contains(probes, x.Probe) && !ours {
			found = append(found, x)
		}
	}
	return found
}

// Exchange returns the exchange with the id.
func (e *evidence) Exchange(id string) (record.Exchange, bool) {
	i, ok := e.exchanges[id]
	if !ok {
		return record.Exchange{}, false
	}
	return e.Run.Evidence.Exchanges[i], true
}

func (e *evidence) probe(name string) (record.Probe, bool) {
	i := slices.IndexFunc(e.Run.Evidence.Probes, func(p record.Probe) bool { return p.Name == name })
	if i < 0 {
		return record.Probe{}, false
	}
	return e.Run.Evidence.Probes[i], true
}

// partFailure returns why the part of the run that gathers the probe failed, or nil.
func (e *evidence) partFailure(probe string) *record.Failure {
	for _, part := range e.Run.Parts {
		if part.Name == PartOf(probe) && part.Failure != nil {
			return part.Failure
		}
	}
	return nil
}

// notGathered explains why a probe is not in the evidence: its part of the run
// was not asked for, was interrupted, or does not have it by default.
func (e *evidence) notGathered(probe string) obstacle {
	part := PartOf(probe)
	reason, remedy := "the "+part+" part was not asked for", partCommands[part]
	switch {
	case e.Run.Interrupted:
		reason, remedy = "interrupted", "run it to its end"
	case e.Run.TimeUp:
		reason, remedy = "the time was up", "--max-time"
	case e.Run.RequestsUp:
		reason, remedy = "the limit of requests was reached", "--max-requests"
	case slices.ContainsFunc(e.Run.Parts, func(s record.Part) bool { return s.Name == part }):
		reason, remedy = "the probe "+probe+" is not part of this run", probeCommands[probe]
	}
	return obstacle{state: record.NotRun, reason: reason, remedy: remedy}
}

// cutShort says whether the run was ended before all that the check needs was gathered.
func (e *evidence) cutShort(check Check) (obstacle, bool) {
	cut := slices.ContainsFunc(check.Needs, func(need string) bool {
		probe, _ := e.probe(need)
		return probe.Cut
	})
	return e.notGathered(check.Needs[0]), cut && e.Run.EndedEarly()
}

// partCommands are the commands for each part of a run. probeCommands are those for probes
// that a part includes only on request.
var (
	partCommands = map[string]string{
		PartToken: "webchatspec check --endpoint URL --public-key FILE",
		PartPage:  "webchatspec page --page URL --public-key FILE",
		PartLoad:  "webchatspec load --endpoint URL --public-key FILE",
	}
	probeCommands = map[string]string{
		record.ProbeCapacity: "webchatspec load --capacity --endpoint URL --public-key FILE",
		record.ProbeRecovery: "webchatspec load --overload --endpoint URL --public-key FILE",
	}
)

// Names of the parts of a run.
const (
	PartToken = "token"
	PartPage  = "page"
	PartLoad  = "load"
)

// PartOf returns the part of a run that gathers the evidence of a probe.
func PartOf(probe string) string {
	switch probe {
	case record.ProbePage:
		return PartPage
	case record.ProbeLoad, record.ProbeCapacity, record.ProbeRecovery:
		return PartLoad
	}
	return PartToken
}

// refusedStep returns the check that reports that a step before the visitor's first token
// was refused, or "".
func (e *evidence) refusedStep(visitor string) string {
	return e.refused[visitor]
}

// refusedSteps returns the checks that report refused steps, by visitor.
func refusedSteps(exchanges []record.Exchange) map[string]string {
	checks := map[record.Variant]string{record.VariantVisit: "visit-works", record.VariantLogin: "login-works"}
	refused := map[string]string{}
	for _, x := range exchanges {
		if x.Probe == record.ProbeSession && x.Refused != "" && checks[x.Variant] != "" {
			refused[x.Visitor] = checks[x.Variant]
		}
	}
	return refused
}

// noTokens says which check reports why no token was seen.
func (e *evidence) noTokens() obstacle {
	by := "token-served"
	answers := e.answers()
	if i := slices.IndexFunc(answers, func(x record.Exchange) bool { return e.refusedStep(x.Visitor) != "" }); i >= 0 {
		return obstacle{state: record.Blocked, reason: "no token was served", blockedBy: e.refusedStep(answers[i].Visitor)}
	}
	if slices.ContainsFunc(answers, func(x record.Exchange) bool { return x.Response.Status == 200 && x.Response.Bytes > 0 }) {
		by = "token-bare"
	}
	return obstacle{state: record.Blocked, reason: "no token was served", blockedBy: by}
}

// littleSeen says why the answers to most requests of the probes are missing: the endpoint
// refused them as too many, or this machine could not send them. It is "" otherwise.
func (e *evidence) littleSeen(probes []string) string {
	throttled, ours, of := 0, 0, 0
	for _, x := range e.Run.Evidence.Exchanges {
		if !slices.Contains(probes, x.Probe) {
			continue
		}
		of++
		switch {
		case x.Failure == nil:
		case x.Failure.Class == record.FailureThrottled:
			throttled++
		case x.Failure.Class == record.FailureGenerator:
			ours++
		}
	}
	switch {
	case throttled+ours == 0 || 2*(throttled+ours) < of:
		return ""
	case throttled >= ours:
		return fmt.Sprintf("the endpoint refused %d of %d requests as too many; lower --rate", throttled, of)
	}
	return fmt.Sprintf("this machine could not send %d of %d requests: it had no files, ports or memory left, or found no name server", ours, of)
}
