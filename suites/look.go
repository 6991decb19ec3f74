package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// look is the result of looking at things: how many there were, and what was wrong with
// them. A check can pass only by a look, and a look at nothing does not pass: a check that
// had nothing to look at is "not run".
type look struct {
	seen     int    // things that were looked at
	of       string // what they are, in the singular: "token"
	findings []record.Finding
}

// beside is returned for a thing that does not concern the check. It does not count as
// looked at.
var beside = &record.Finding{}

// collect looks at every item and collects the findings. Findings that expect the same are
// one defect that was seen several times: the first is kept, with the number.
func collect[T any](items []T, see func(T) *record.Finding) look {
	l := look{of: nounOf(items)}
	count := map[string]int{}
	for _, item := range items {
		finding := see(item)
		if finding == beside {
			continue
		}
		l.seen++
		if finding == nil {
			continue
		}
		if count[finding.Expected]++; count[finding.Expected] == 1 {
			l.findings = append(l.findings, *finding)
		}
	}
	for i := range l.findings {
		if n := count[l.findings[i].Expected]; n > 1 {
			l.findings[i].Actual += fmt.Sprintf(" (the first of %s, in %s %ss)", record.Count(n), record.Count(l.seen), l.of)
		}
	}
	return l
}

// saw is a look at things that the check has counted itself.
func saw(seen int, of string, findings ...record.Finding) look {
	return look{seen: seen, of: of, findings: findings}
}

// with adds findings about the same things.
func (l look) with(findings ...record.Finding) look {
	l.findings = slices.Concat(l.findings, findings)
	return l
}

// and adds a look at further things.
func (l look) and(other look) look {
	l.seen += other.seen
	return l.with(other.findings...)
}

// judgeOr is judge, but returns nothing where there was nothing to look at.
func (l look) judgeOr(nothing judgement) judgement {
	if l.seen == 0 && len(l.findings) == 0 {
		return nothing
	}
	return l.judge()
}

// judge fails if there are findings, and passes if there are none and something was looked
// at.
func (l look) judge() judgement {
	switch {
	case len(l.findings) > 0:
		return judgement{State: record.Failed, Findings: l.findings}
	case l.seen == 0:
		return notRun(fmt.Sprintf("there was no %s to look at", l.of))
	}
	return judgement{State: record.Passed}
}

// nounOf names what items are, for a reader.
func nounOf(items any) string {
	switch items.(type) {
	case []Token:
		return "token"
	case []record.Exchange:
		return "answer"
	case []record.Key:
		return "public key"
	case []record.Asset:
		return "page document"
	case []record.Visit:
		return "page visit"
	case []record.PageRequest:
		return "page request"
	case []record.AssistantCall:
		return "message"
	case []record.PageAction:
		return "configured step"
	case []record.Firing:
		return "renewal"
	case []identityCookie:
		return "identity cookie"
	}
	return "answer"
}
