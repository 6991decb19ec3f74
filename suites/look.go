package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// look is what came of looking at things: at how many, and what was wrong with
// them. Nothing but a look can pass, and a look at nothing does not: a check that
// had nothing to look at reads "not run".
type look struct {
	seen     int    // things that were looked at
	of       string // what they are, in the singular: "token"
	findings []record.Finding
}

// beside is what a look at a single thing returns when the thing does not
// concern the check: it was not looked at.
var beside = &record.Finding{}

// collect looks at every item and gathers its findings. Findings that expect the
// same are one defect seen several times: the first is kept, with the count.
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

// saw is a look at things of which the check itself keeps count.
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

// judgeOr is judge, and says nothing's judgement where nothing was looked at.
func (l look) judgeOr(nothing judgement) judgement {
	if l.seen == 0 && len(l.findings) == 0 {
		return nothing
	}
	return l.judge()
}

// judge fails with the findings and passes where there are none, if anything was
// looked at.
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
