package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// levels in the order of their weight.
var levels = []record.Level{record.Must, record.Should, record.May}

// levelName returns the level, "unknown" for one that is none.
func levelName(level record.Level) string {
	if !slices.Contains(levels, level) {
		return "unknown"
	}
	return string(level)
}

// states in the order of how much they concern the reader.
var states = []record.State{
	record.Failed, record.Inconclusive, record.NotRun, record.Blocked, record.Waived,
	record.Passed, record.NotApplicable,
}

// stateNames are the states in words.
var stateNames = map[record.State]string{
	record.Passed: "passed", record.Failed: "failed", record.Inconclusive: "inconclusive",
	record.NotRun: "not run", record.Blocked: "blocked", record.Waived: "waived",
	record.NotApplicable: "not applicable",
}

// areaNames are the catalogue's areas in words.
var areaNames = map[string]string{
	"token": "Token", "header": "Token header", "claims": "Claims", "key": "Keys and signatures",
	"identity": "Identity", "freshness": "Freshness and isolation", "http": "HTTP answer",
	"payload": "User payload", "relying": "Relying endpoints", "page": "Embed page", "load": "Load",
}

// stateOf returns the state of o as it is shown. An unknown one, of a run file
// that somebody else wrote, is shown as inconclusive: never green.
func stateOf(o record.Outcome) record.State {
	if stateNames[o.State] == "" {
		return record.Inconclusive
	}
	return o.State
}

// concerns says whether o was asked for and could not be judged.
func concerns(o record.Outcome) bool {
	state := stateOf(o)
	return state == record.Inconclusive || state == record.NotRun && o.Wanted
}

// tally counts outcomes by state.
type tally map[record.State]int

func tallyOf(outcomes []record.Outcome) tally {
	counts := tally{}
	for _, o := range outcomes {
		counts[stateOf(o)]++
	}
	return counts
}

// String lists the counts that are not zero: "8 passed, 1 failed".
func (t tally) String() string {
	order := slices.Concat([]record.State{record.Passed}, states)
	var parts []string
	for i, state := range order {
		if n := t[state]; n > 0 && slices.Index(order, state) == i {
			parts = append(parts, fmt.Sprintf("%d %s", n, stateNames[state]))
		}
	}
	return strings.Join(parts, ", ")
}

// area is the outcomes of one area of the catalogue, what concerns the reader first.
type area struct {
	ID       string
	Name     string
	Outcomes []record.Outcome
}

// areasOf groups outcomes by area, in the order of the catalogue.
func areasOf(outcomes []record.Outcome) []area {
	var areas []area
	for _, o := range outcomes {
		i := slices.IndexFunc(areas, func(a area) bool { return a.ID == o.Area })
		if i < 0 {
			i = len(areas)
			areas = append(areas, area{ID: o.Area, Name: areaName(o.Area)})
		}
		areas[i].Outcomes = append(areas[i].Outcomes, o)
	}
	for _, a := range areas {
		byConcern(a.Outcomes)
	}
	return areas
}

func areaName(id string) string {
	return cmp.Or(areaNames[id], line(id, nameLimit), "Other")
}

// byConcern sorts outcomes by state, then level, else as they were.
func byConcern(outcomes []record.Outcome) {
	slices.SortStableFunc(outcomes, func(a, b record.Outcome) int {
		return cmp.Or(
			cmp.Compare(slices.Index(states, stateOf(a)), slices.Index(states, stateOf(b))),
			cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)),
		)
	})
}

// failing are the failed checks that fail the run, the weightiest first.
func failing(run record.Run) []record.Outcome {
	return sortedByConcern(run.With(record.Fails))
}

// undecided are the checks that leave the run undecided.
func undecided(run record.Run) []record.Outcome {
	return sortedByConcern(run.With(record.Undecides))
}

// warnings are the failed checks with which the run stands.
func warnings(run record.Run) []record.Outcome {
	return selected(run.With(record.Warns), func(o record.Outcome) bool { return stateOf(o) == record.Failed })
}

func sortedByConcern(outcomes []record.Outcome) []record.Outcome {
	byConcern(outcomes)
	return outcomes
}

// withState returns the outcomes in the given state, by level.
func withState(outcomes []record.Outcome, state record.State) []record.Outcome {
	return selected(outcomes, func(o record.Outcome) bool { return stateOf(o) == state })
}

// selected returns the outcomes that keep wants, what concerns the reader first.
func selected(outcomes []record.Outcome, keep func(record.Outcome) bool) []record.Outcome {
	var kept []record.Outcome
	for _, o := range outcomes {
		if keep(o) {
			kept = append(kept, o)
		}
	}
	byConcern(kept)
	return kept
}

// reasonOf says why o has the state it has, when that is no plain pass or failure.
func reasonOf(o record.Outcome) string {
	state := stateOf(o)
	switch {
	case state == record.Blocked && !strings.Contains(o.Reason, o.BlockedBy):
		return strings.TrimSuffix("explained by "+line(o.BlockedBy, nameLimit)+": "+line(o.Reason, valueLimit), ": ")
	case state == record.Waived && o.Waiver != nil:
		return waiverText(o)
	}
	return line(o.Reason, valueLimit)
}

// hintOf returns the hint of a finding where it says more than the check's fix.
func hintOf(finding record.Finding, o record.Outcome) string {
	if finding.Hint == o.Fix {
		return ""
	}
	return finding.Hint
}

// reasonGroup is the ids that have one reason in common.
type reasonGroup struct {
	Reason string
	Remedy string // what would have them judged; "" where nothing is known to
	IDs    []string
}

// byReason groups outcomes by the reason for their state, in order.
func byReason(outcomes []record.Outcome) []reasonGroup {
	var groups []reasonGroup
	for _, o := range outcomes {
		reason := cmp.Or(reasonOf(o), stateNames[stateOf(o)])
		i := slices.IndexFunc(groups, func(g reasonGroup) bool { return g.Reason == reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, reasonGroup{Reason: reason, Remedy: line(o.Remedy, nameLimit)})
		}
		groups[i].IDs = append(groups[i].IDs, line(o.ID, nameLimit))
	}
	return groups
}

// verdictName returns the verdict in a word that starts a sentence.
func verdictName(verdict record.Verdict) string {
	switch verdict {
	case record.VerdictPassed:
		return "Passed"
	case record.VerdictFailed:
		return "Failed"
	case record.VerdictInterrupted:
		return "Interrupted"
	}
	return "Inconclusive"
}

// verdictTitle is the verdict with what it rests on in a few words: "Passed with 2
// warnings · 1 waived".
func verdictTitle(run record.Run) string {
	title := verdictName(run.Decide())
	waived := len(run.With(record.Tolerated))
	switch doubts := len(warnings(run)); {
	case run.Decide() == record.VerdictFailed:
		title += ": " + counted(len(failing(run)), "check")
		if doubts > 0 {
			title += " · " + counted(doubts, "warning")
		}
	case doubts > 0:
		title += " with " + counted(doubts, "warning")
	case waived > 0 && run.Decide() == record.VerdictPassed:
		title += ", all that failed is waived"
	}
	if waived > 0 {
		title += fmt.Sprintf(" · %d waived", waived)
	}
	return title
}

// headline says in a sentence what the verdict rests on.
func headline(run record.Run) string {
	var parts []string
	failed, passed := failing(run), len(run.With(record.Holds))
	for _, level := range levels {
		n := len(selected(failed, func(o record.Outcome) bool { return o.Level == level }))
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, level))
		}
	}
	doubts := len(warnings(run))
	sentence := fmt.Sprintf("%s passed, none failed", counted(passed, "check"))
	switch {
	case len(parts) > 0:
		sentence = fmt.Sprintf("%s of %s failed", joined(parts), counted(passed+len(failed)+doubts, "judged check"))
	case doubts > 0:
		sentence = counted(passed, "check") + " passed"
	case len(run.With(record.Tolerated)) > 0:
		sentence = counted(passed, "check") + " passed, all that failed is waived"
	}
	for _, tail := range []struct {
		n    int
		text string
	}{
		{doubts, counted(doubts, "warning")},
		{len(run.With(record.Tolerated)), fmt.Sprintf("%d waived", len(run.With(record.Tolerated)))},
		{len(selected(run.Outcomes, concerns)), fmt.Sprintf("%d could not be judged", len(selected(run.Outcomes, concerns)))},
	} {
		if tail.n > 0 {
			sentence += "; " + tail.text
		}
	}
	for _, shortfall := range run.Shortfalls() {
		sentence += "; " + shortfallText(shortfall)
	}
	if t := run.Target; t.ProfileBy == record.ProfileByPage {
		sentence += "; the page embeds " + line(t.Product, nameLimit) + ", whose contract the site was held to"
	}
	if awaited := awaitedGesture(run.Evidence.Page); awaited != "" {
		sentence += "; the chat came late, after its visitor " + line(awaited, nameLimit) + " (if it waits for that, page.begin saves the search)"
	}
	return sentence + "."
}

// awaitedGesture is the last that a visitor did before the chat of the page began, ""
// where it began at once.
func awaitedGesture(page *record.Page) string {
	if page == nil {
		return ""
	}
	for _, visit := range page.Visits {
		if visit.Widget != nil && visit.Widget.Created && len(visit.Tried) > 0 {
			return visit.Tried[len(visit.Tried)-1]
		}
	}
	return ""
}

// shortfallText tells what the run as a whole fell short of.
func shortfallText(s record.Shortfall) string {
	message := line(s.Message, valueLimit)
	if s.Class == record.FailureInterrupted || s.Class == record.FailureNothingAsserted {
		return message
	}
	return line(s.Name, nameLimit) + ": " + message
}

// joined lists parts as prose does: "a, b and c".
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
