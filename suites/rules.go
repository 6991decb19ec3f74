package suites

import (
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// wider is what a run tells about a rule of the rulebook beyond its tokens.
type wider struct {
	// judge gets the look at the tokens, and adds what else it sees.
	judge func(e *evidence, ofTokens look) judgement
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
			ID: rule.ID, Area: rule.Area, Level: rule.Level, Profile: rule.Profile, Title: rule.Title,
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
		ofTokens := collect(tokens, func(t Token) *record.Finding {
			finding := rule.Check(t.Token)
			if finding == nil && !rule.Concerns(t.Token) {
				return beside
			}
			return finding
		})
		if w.judge == nil {
			return ofTokens.judge()
		}
		return w.judge(e, ofTokens)
	}
}
