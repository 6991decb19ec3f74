package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

// seenLimit is how long the line that says what was seen may be.
const seenLimit = 70

// htmlFix is one row of "What to fix": what was seen, and all that helps.
type htmlFix struct {
	htmlOutcome
	Seen    string
	Fails   bool // the run fails by it; else it is a warning
	Token   []htmlMember
	Open    bool
	Expired string // what the waiver has to do with it
}

// htmlMember is one member of a decoded header or payload.
type htmlMember struct {
	Segment, Name, Value string
	Marked               bool
}

// repeats is what a finding adds about how often it was seen.
var repeats = regexp.MustCompile(` \(the first of [^)]*\)$`)

// seenIn says in at most seenLimit characters what a failed check saw.
func seenIn(o record.Outcome) string {
	if len(o.Findings) == 0 {
		return shortened(line(cmp.Or(o.Reason, o.Title), valueLimit), seenLimit)
	}
	actual := repeats.ReplaceAllString(line(o.Findings[0].Actual, valueLimit), "")
	if whole := "expected " + line(o.Findings[0].Expected, valueLimit) + "; found " + actual; utf8.RuneCountInString(whole) <= seenLimit {
		return whole
	}
	return shortened(actual, seenLimit)
}

// htmlFixes are the failed checks, those that fail the run first.
func htmlFixes(run record.Run) []htmlFix {
	var fixes []htmlFix
	for i, o := range slices.Concat(failing(run), warnings(run)) {
		fix := htmlFix{
			htmlOutcome: newHTMLOutcome(o, fmt.Sprintf("fix-%d", i+1)), Seen: seenIn(o),
			Fails: run.Effect(o) == record.Fails, Open: i == 0, Token: markedToken(run, o),
		}
		if o.Waiver != nil {
			fix.Expired = waiverText(o)
		}
		fixes = append(fixes, fix)
	}
	return fixes
}

// waiverText tells a waiver wherever its check is: who, why, until when, and what
// has become of it.
func waiverText(o record.Outcome) string {
	if o.Waiver == nil {
		return ""
	}
	text := fmt.Sprintf("%s: %s (until %s)", cmp.Or(line(o.Waiver.Owner, nameLimit), "no owner"), line(o.Waiver.Reason, valueLimit), cmp.Or(line(o.Waiver.Expires, nameLimit), "no date"))
	switch o.State {
	case record.Waived:
		return "Waived by " + text
	case record.Failed:
		if o.Waiver.Standing == record.WaiverUnneeded {
			return "No longer needed: remove the entry " + line(o.ID, nameLimit) + " from the waivers file. It was waived by " + text
		}
		return "Expired waiver of " + text
	}
	return "Has a waiver of " + text
}

// markedToken returns the header and the claims of the token that a finding is
// about, the member of which it speaks marked. The signature is not in the run.
func markedToken(run record.Run, o record.Outcome) []htmlMember {
	exchange := ""
	for _, f := range o.Findings {
		exchange = cmp.Or(exchange, f.Exchange)
	}
	if exchange == "" || o.Area == "page" || o.Area == "load" {
		return nil
	}
	i := slices.IndexFunc(run.Evidence.Tokens, func(t record.Token) bool { return t.Exchange == exchange })
	if i < 0 {
		return nil
	}
	about, _, _ := strings.Cut(o.ID, "-")
	var members []htmlMember
	for _, of := range []struct {
		name    string
		segment record.Segment
	}{{"header", run.Evidence.Tokens[i].Header}, {"claims", run.Evidence.Tokens[i].Payload}} {
		const most = 12
		for _, name := range memberNames(of.segment) {
			if len(members) == 2*most {
				return members
			}
			members = append(members, htmlMember{
				Segment: of.name, Name: line(name, 60), Value: shortened(line(string(of.segment.Members()[name]), valueLimit), 160), Marked: name == about,
			})
		}
	}
	return members
}

// memberNames returns the names of an object's members in the order of the text.
func memberNames(segment record.Segment) []string {
	decoder := json.NewDecoder(strings.NewReader(segment.JSON))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	var names []string
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return names
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return names
		}
		names = append(names, fmt.Sprint(key))
	}
	return names
}

// htmlUnjudged is one reason why checks were not judged.
type htmlUnjudged struct {
	Reason string
	IDs    []string
	Count  int
	Wanted bool
	Remedy string // what would have them judged
}

// htmlUnjudgedOf groups what was not judged by its reason, what was asked for first.
func htmlUnjudgedOf(run record.Run) []htmlUnjudged {
	var rows []htmlUnjudged
	rest := selected(run.Outcomes, func(o record.Outcome) bool {
		state := stateOf(o)
		return state != record.Passed && state != record.Failed && state != record.Waived
	})
	for _, wanted := range []bool{true, false} {
		for _, group := range byReason(slices.DeleteFunc(slices.Clone(rest), func(o record.Outcome) bool { return concerns(o) != wanted })) {
			rows = append(rows, htmlUnjudged{Reason: group.Reason, IDs: group.IDs, Count: len(group.IDs), Wanted: wanted, Remedy: group.Remedy})
		}
	}
	return rows
}
