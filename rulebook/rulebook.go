// Package rulebook has the rules of a single token: what the documentation and
// the standards ask of it that one token alone can show, with its text, its
// times and what is known of its signature.
//
// A rule is asked by everybody who has a token to say something about: the
// catalogue of checks makes entries of the rules, the mock assistant shows them
// beside each message, and "token explain" lists them. So all of them say the
// same of the same token. What needs a second token, the server or the page is no
// rule but a check of the catalogue.
//
// A rule stands in one place, its entry above the function that looks:
//
//	var _ = add(Rule{ID: "exp-present", …, look: expPresent})
package rulebook

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// Areas of the catalogue that have rules.
const (
	AreaToken   = "token"
	AreaHeader  = "header"
	AreaClaims  = "claims"
	AreaKey     = "key"
	AreaPayload = "payload"
)

// Rule is one requirement that a single token can break.
type Rule struct {
	ID    string // the id of its check in the catalogue
	Area  string // one of the Area constants
	Level record.Level
	// Profile is the id of the one profile whose contract has the rule; "" where
	// every contract has it.
	Profile string
	Title   string // the requirement, as a sentence that holds for a right token

	Why    string // what goes wrong otherwise
	Fix    string // what to do about it, where the finding names no cause of its own
	Source string // where the requirement is written

	// Faults are the ids of the fixtures' faults that break exactly this rule.
	Faults []string
	// YieldsTo are more specific rules and checks: when one of them is broken too,
	// this one is explained by it.
	YieldsTo []string
	// Fresh is set for what is said of a token's age when it is handed out: it
	// must not be said of a copy that somebody has kept.
	Fresh bool
	// NeedsKey is set when nothing can be said without a public key.
	NeedsKey bool

	// about says whether a token has what the rule is about; nil for what the rules
	// of its area are about.
	about func(Token) bool
	look  func(Token) *record.Finding
}

// Concerns says whether the token has what the rule is about: of a text that is no
// token nothing can be said of its claims.
func (r Rule) Concerns(t Token) bool {
	switch {
	case r.about != nil:
		return r.about(t)
	case r.Area == AreaHeader:
		return t.HeaderMembers != nil
	case r.Area == AreaClaims:
		return t.Claims != nil
	case r.Area == AreaPayload:
		return t.UserPayload != nil
	}
	return true
}

// Check returns what the token does against the rule, or nil. The finding has the
// rule's title and fix where it has none of its own.
func (r Rule) Check(t Token) *record.Finding {
	finding := r.look(t)
	if finding == nil {
		return nil
	}
	finding.Exchange, finding.Requirement = t.Exchange, t.Profile.Say(r.Title)
	if finding.Hint == "" {
		finding.Hint = r.Fix
	}
	finding.Expected, finding.Hint = t.Profile.Say(finding.Expected), t.Profile.Say(finding.Hint)
	return finding
}

// Breach is a rule that a token breaks.
type Breach struct {
	Rule
	record.Finding
}

// Text says what is there against what was expected, for those who have the
// rule's title beside it.
func (b Breach) Text() string { return "expected " + b.Expected + "; found " + b.Actual }

// Breaches returns the rules that the token breaks, in the order of the book.
// Those that a more specific breach explains are left out; a MUST is explained by
// MUSTs only.
func Breaches(t Token) []Breach {
	var all []Breach
	for _, rule := range rules {
		if !t.Profile.Has(rule.Profile) {
			continue
		}
		if finding := rule.Check(t); finding != nil {
			all = append(all, Breach{rule, *finding})
		}
	}
	explained := func(b Breach) bool {
		return slices.ContainsFunc(all, func(cause Breach) bool {
			return slices.Contains(b.YieldsTo, cause.ID) && (b.Level != record.Must || cause.Level == record.Must)
		})
	}
	return slices.DeleteFunc(slices.Clone(all), explained)
}

// Rules returns the rules of an area, all with "". The slice is the caller's.
func Rules(area string) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return area != "" && r.Area != area })
}

// Musts returns the ids of the rules that are a MUST.
func Musts() []string {
	var ids []string
	for _, r := range rules {
		if r.Level == record.Must {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// rules are in the order in which their files add them.
var rules []Rule

// add puts a rule into the book. Each entry stands above the function that looks:
// var _ = add(Rule{…}).
func add(rule Rule) struct{} {
	rules = append(rules, rule)
	return struct{}{}
}

// breaks makes a finding of what is expected and what is there.
func breaks(expected, actual string, args ...any) *record.Finding {
	return &record.Finding{Expected: expected, Actual: fmt.Sprintf(actual, args...)}
}
