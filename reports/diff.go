package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// Absent is the state of a check that a run does not have.
const Absent record.State = "absent"

// Difference is what changed from one run to another.
type Difference struct {
	OldVerdict, NewVerdict record.Verdict
	// Broken failed in the new run and not in the old one, Fixed passed in the
	// new run and failed in the old one, Other changed in another way. Failing
	// failed in both. Each is sorted by level.
	Broken, Fixed, Other, Failing []Change
	// Loads are the load runs of both, paired by name.
	Loads []LoadChange
	// Capacity says how the answers of two searches for the highest rate differ.
	Capacity string

	shared bool // whether any check was judged in both runs
}

// Change is a check with its state in either run.
type Change struct {
	ID, Title string
	Level     record.Level
	Old, New  record.State
	// Fails is set when the check fails the new run, by that run's own terms.
	Fails bool
	// Lost is set when the check was judged in the old run and leaves the new one
	// undecided, or the new run did not come to it.
	Lost bool
	// Reason says why the new state is neither passed nor failed, or what the
	// first finding is; in one line, fit to be shown.
	Reason string
}

// LoadChange is a load run in either run; nil where a run does not have it.
type LoadChange struct {
	Name     string
	Old, New *record.Load
}

// Compare returns what changed from the older run to the newer one.
func Compare(older, newer record.Run) Difference {
	d := Difference{OldVerdict: older.Decide(), NewVerdict: newer.Decide(), Loads: pairedLoads(older.Load, newer.Load), Capacity: capacityChange(older.Capacity, newer.Capacity)}
	before, after := outcomesByID(older.Outcomes), outcomesByID(newer.Outcomes)
	for _, o := range newer.Outcomes {
		change := Change{ID: o.ID, Title: o.Title, Level: o.Level, Old: Absent, New: stateOf(o), Reason: reasonOf(o), Fails: newer.Effect(o) == record.Fails}
		if former, ok := before[o.ID]; ok {
			change.Old = stateOf(former)
			change.Lost = judged(former) && (newer.Effect(o) == record.Undecides || newer.EndedEarly() && o.State == record.NotRun && o.Level == record.Must)
		}
		d.shared = d.shared || judged(o) && judged(before[o.ID])
		if change.New == record.Failed {
			change.Reason = failureMessage(o)
		}
		d.add(change)
	}
	for _, o := range older.Outcomes {
		if _, ok := after[o.ID]; !ok {
			d.add(Change{ID: o.ID, Title: o.Title, Level: o.Level, Old: stateOf(o), New: Absent})
		}
	}
	for _, changes := range [][]Change{d.Broken, d.Fixed, d.Other, d.Failing} {
		slices.SortStableFunc(changes, func(a, b Change) int {
			return cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level))
		})
	}
	return d
}

// Regressed says whether a check that did not fail before fails the new run.
func (d Difference) Regressed() bool {
	return slices.ContainsFunc(d.Broken, func(c Change) bool { return c.Fails })
}

// Undecided says whether the comparison can say nothing: a MUST that was judged
// before could not be decided now, or no check was judged in both runs.
func (d Difference) Undecided() bool {
	return !d.shared || slices.ContainsFunc(d.Other, func(c Change) bool { return c.Lost })
}

// judged says whether a check passed or failed.
func judged(o record.Outcome) bool { return o.State == record.Passed || o.State == record.Failed }

func (d *Difference) add(c Change) {
	switch {
	case c.Old == record.Failed && c.New == record.Failed:
		d.Failing = append(d.Failing, c)
	case c.Old == c.New:
	case c.New == record.Failed:
		d.Broken = append(d.Broken, c)
	case c.Old == record.Failed && c.New == record.Passed:
		d.Fixed = append(d.Fixed, c)
	default:
		d.Other = append(d.Other, c)
	}
}

func outcomesByID(outcomes []record.Outcome) map[string]record.Outcome {
	byID := make(map[string]record.Outcome, len(outcomes))
	for _, o := range outcomes {
		byID[o.ID] = o
	}
	return byID
}

// pairedLoads pairs load runs of the same name, in order. The steps of a search
// are left out: no two searches take the same ones.
func pairedLoads(older, newer []record.Load) []LoadChange {
	var pairs []LoadChange
	for i := range newer {
		if newer[i].Role != record.RoleSearch {
			pairs = append(pairs, LoadChange{Name: newer[i].Name, New: &newer[i]})
		}
	}
	for i := range older {
		if older[i].Role == record.RoleSearch {
			continue
		}
		same := slices.IndexFunc(pairs, func(p LoadChange) bool { return p.Name == older[i].Name && p.Old == nil })
		if same < 0 {
			same = len(pairs)
			pairs = append(pairs, LoadChange{Name: older[i].Name})
		}
		pairs[same].Old = &older[i]
	}
	return pairs
}

// figure is a row of the comparison of two load runs.
type figure struct{ Label, Old, New, Change string }

func (c LoadChange) figures() []figure {
	row := func(label string, value func(record.Load) float64, format func(float64) string) figure {
		f := figure{Label: label, Old: "–", New: "–"}
		if c.Old != nil {
			f.Old = format(value(*c.Old))
		}
		if c.New != nil {
			f.New = format(value(*c.New))
		}
		if c.Old != nil && c.New != nil {
			f.Change = relative(value(*c.Old), value(*c.New))
		}
		return f
	}
	count := func(n float64) string { return record.Count(n) }
	return []figure{
		row("rate asked", func(l record.Load) float64 { return l.Requested }, perSecond),
		row("rate answered", func(l record.Load) float64 { return l.Achieved }, perSecond),
		row("p50", func(l record.Load) float64 { return l.Latency.P50 }, seconds),
		row("p99", func(l record.Load) float64 { return l.Latency.P99 }, seconds),
		row("p99.9", func(l record.Load) float64 { return l.Latency.P999 }, seconds),
		row("longest", func(l record.Load) float64 { return l.Latency.Max }, seconds),
		row("failed requests", record.Load.ErrorShare, percent),
		row("invalid tokens", func(l record.Load) float64 { return float64(l.Tokens.Invalid) }, count),
		row("shared tokens", func(l record.Load) float64 { return float64(l.Tokens.Shared) }, count),
	}
}

// relative returns by how much a figure changed: "+12 %", "" for no change and
// where there is nothing to compare with.
func relative(older, newer float64) string {
	if older == 0 || older == newer {
		return ""
	}
	change := 100 * (newer - older) / older
	if math.IsNaN(change) || math.IsInf(change, 0) {
		return ""
	}
	if change < 0 {
		return fmt.Sprintf("−%.0f %%", -change)
	}
	return fmt.Sprintf("+%.0f %%", change)
}

// stateName is the state in words, that of a check which a run does not have too.
func stateName(state record.State) string {
	return cmp.Or(stateNames[state], string(Absent))
}
