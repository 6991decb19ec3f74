package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// wider is what a run tells about a rule of the rulebook beyond its tokens.
type wider struct {
	// judge gets what the tokens break, and adds what else it sees.
	judge func(e *evidence, ofTokens []record.Finding) judgement
	needs []string // probes besides that of the visitors
	uses  []string
	// withoutTokens is set when there is something to say although no token was served.
	withoutTokens bool
}

// addRules puts the rules of an area into the catalogue: each looks at every
// token of the ordinary probes.
func addRules(area string, more map[string]wider) struct{} {
	for _, rule := range rulebook.Rules(area) {
		wide := more[rule.ID]
		add(Check{
			ID: rule.ID, Area: rule.Area, Level: rule.Level, Title: rule.Title,
			Why: rule.Why, Fix: rule.Fix, Source: rule.Source,
			Faults: rule.Faults, YieldsTo: rule.YieldsTo,
			Needs: append([]string{record.ProbeVisitors}, wide.needs...), Uses: wide.uses,
			NeedsKey: rule.NeedsKey, NeedsTokens: !wide.withoutTokens,
			judge: wide.judgeRule(rule),
		})
	}
	return struct{}{}
}

var _ = addRules(AreaHeader, nil)

func (w wider) judgeRule(rule rulebook.Rule) func(*evidence) judgement {
	return func(e *evidence) judgement {
		tokens := e.Tokens()
		if rule.Fresh {
			tokens = e.newTokens()
		}
		findings := collect(tokens, func(t Token) *record.Finding { return rule.Check(t.Token) })
		if w.judge == nil {
			return fail(findings...)
		}
		return w.judge(e, slices.Clip(findings))
	}
}
