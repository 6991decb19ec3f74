package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// diffLimit is how many changes of one kind a comparison lists.
const diffLimit = 60

// section is one kind of changes and what it is called.
type section struct {
	Title   string
	Colour  string
	Changes []Change
	Heading string // of Markdown; "" is "###"
}

// below is the section with another heading.
func (s section) below(heading string) section {
	s.Heading = heading
	return s
}

func (d Difference) sections() []section {
	return []section{
		{Title: "Newly failed", Colour: ansiBad, Changes: d.Broken},
		{Title: "Fixed", Colour: ansiGood, Changes: d.Fixed},
		{Title: "Failed in both", Colour: ansiWarn, Changes: d.Failing},
		{Title: "Changed otherwise", Colour: ansiStrong, Changes: d.Other},
	}
}

// verdictChange says how the verdict changed.
func (d Difference) verdictChange() string {
	older, newer := verdictName(d.OldVerdict), verdictName(d.NewVerdict)
	counts := fmt.Sprintf("%d newly failed, %d fixed, %d failed in both, %d changed otherwise", len(d.Broken), len(d.Fixed), len(d.Failing), len(d.Other))
	if older == newer {
		return fmt.Sprintf("%s as before: %s.", newer, counts)
	}
	return fmt.Sprintf("%s, before: %s: %s.", newer, older, counts)
}

// Diff writes what changed from the older run to the newer one, as Markdown.
func Diff(w io.Writer, older, newer record.Run) error {
	var b bytes.Buffer
	d := Compare(older, newer)
	fmt.Fprintf(&b, "## webchatspec: two runs compared\n\n%s\n\n", d.verdictChange())
	fmt.Fprintf(&b, "| | Older | Newer |\n| --- | --- | --- |\n| Tested | %s | %s |\n", instant(older.StartedAt), instant(newer.StartedAt))
	fmt.Fprintf(&b, "| Endpoint | %s | %s |\n", md(older.Target.Endpoint, nameLimit), md(newer.Target.Endpoint, nameLimit))
	fmt.Fprintf(&b, "| Version | %s | %s |\n\n", md(older.Tool.Version, nameLimit), md(newer.Tool.Version, nameLimit))
	for _, part := range d.sections() {
		markdownChanges(&b, part)
	}
	markdownLoadChanges(&b, d)
	_, err := b.WriteTo(w)
	return err
}

func markdownLoadChanges(b *bytes.Buffer, d Difference) {
	for i, load := range d.Loads {
		if !addWithin(b, markdownLoadChange(load), markdownLoadEnd) {
			fmt.Fprintf(b, "%s more.\n", counted(len(d.Loads)-i, "load run"))
			break
		}
	}
	if d.Capacity != "" {
		fmt.Fprintf(b, "%s\n", md(d.Capacity, markdownText))
	}
}

// markdownSince tells what changed since the baseline, where there is one.
func markdownSince(b *bytes.Buffer, run record.Run) {
	if run.Baseline == nil {
		return
	}
	d := sinceBaseline(run)
	fmt.Fprintf(b, "### %s\n\n%s\n\n", md(sinceTitle(*run.Baseline), nameLimit), d.verdictChange())
	for _, part := range d.sections() {
		markdownChanges(b, part.below("####"))
	}
	markdownLoadChanges(b, d)
}

func markdownLoadChange(load LoadChange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Load: %s\n\n| | Older | Newer | Change |\n| --- | ---: | ---: | ---: |\n", md(cmp.Or(load.Name, "load"), nameLimit))
	for _, f := range load.figures() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Label, f.Old, f.New, f.Change)
	}
	b.WriteString("\n")
	if noise := load.noiseText(); noise != "" {
		fmt.Fprintf(&b, "%s.\n\n", md(noise, markdownText))
	}
	return b.String()
}

func markdownChanges(b *bytes.Buffer, part section) {
	if len(part.Changes) == 0 {
		return
	}
	fmt.Fprintf(b, "%s %s\n\n", cmp.Or(part.Heading, "###"), part.Title)
	groups := changeGroups(part.Changes)
	for i, c := range groups {
		row := fmt.Sprintf("- %s (%s): %s → %s", cmp.Or(mdCode(idList(c.IDs, 12)), "unnamed"), levelName(c.Level), stateName(c.Old), stateName(c.New))
		if c.Reason != "" {
			row += ": " + md(c.Reason, markdownText)
		}
		if i == diffLimit || !addWithin(b, row+"\n", markdownFailedEnd) {
			fmt.Fprintf(b, "- and %d more\n", len(groups)-i)
			break
		}
	}
	b.WriteString("\n")
}

// DiffTerminal writes what changed from the older run to the newer one, for a
// terminal. The screen is as in [Terminal].
func DiffTerminal(w io.Writer, older, newer record.Run, screen Screen) error {
	t := newTerminal(w, screen)
	d := Compare(older, newer)
	t.field("older", instant(older.StartedAt)+"  "+older.Target.Endpoint, "")
	t.field("newer", instant(newer.StartedAt)+"  "+newer.Target.Endpoint, "")
	t.difference(d)
	t.printf("\n%s\n", t.paint(verdictColour(newer.Decide()), d.verdictChange()))
	return t.out.Flush()
}

// difference tells what changed: checks, loads and capacity.
func (t *terminal) difference(d Difference) {
	for _, part := range d.sections() {
		t.changes(part)
	}
	for _, load := range d.Loads {
		t.printf("\n%s  %s\n", t.paint(ansiStrong, "Load"), defused(line(cmp.Or(load.Name, "load"), nameLimit)))
		t.printf("  %-16s %14s %14s %9s\n", "", "older", "newer", "change")
		for _, f := range load.figures() {
			t.printf("  %-16s %14s %14s %9s\n", f.Label, f.Old, f.New, f.Change)
		}
		for _, row := range wrapped(load.noiseText(), t.width-2) {
			t.printf("  %s\n", row)
		}
	}
	if d.Capacity != "" {
		t.printf("\n%s\n", d.Capacity)
	}
}

// since tells what changed since the baseline, where there is one.
func (t *terminal) since(run record.Run) {
	if run.Baseline == nil {
		return
	}
	d := sinceBaseline(run)
	t.printf("\n")
	for _, row := range wrapped(sinceTitle(*run.Baseline), t.width) {
		t.printf("%s\n", t.paint(ansiStrong, defused(row)))
	}
	t.difference(d)
	t.printf("\n%s\n", d.verdictChange())
}

// sinceBaseline is what changed since the run's baseline. What only one of them
// looked at is no change: a part that was not asked for says nothing.
func sinceBaseline(run record.Run) Difference {
	d := Compare(run.Baseline.Run(), run)
	d.Other = slices.DeleteFunc(d.Other, func(c Change) bool {
		return !c.Lost && (c.Old == Absent || c.New == Absent || c.Old == record.NotRun || c.New == record.NotRun)
	})
	d.Loads = slices.DeleteFunc(d.Loads, func(l LoadChange) bool { return l.Old == nil || l.New == nil })
	return d
}

// sinceTitle names the baseline: its file and when it was made.
func sinceTitle(b record.Baseline) string {
	return fmt.Sprintf("Since %s, %s", line(b.File, nameLimit), instant(b.StartedAt))
}

func (t *terminal) changes(part section) {
	if len(part.Changes) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint(part.Colour, part.Title))
	for i, group := range changeGroups(part.Changes) {
		if i == diffLimit {
			t.printf("  and more\n")
			return
		}
		for j, row := range wrapped(fmt.Sprintf("%-7s %s: %s → %s", levelName(group.Level), idList(group.IDs, 6), stateName(group.Old), stateName(group.New)), t.width-4) {
			t.printf("  %s%s\n", strings.Repeat("  ", min(j, 1)), defused(row))
		}
		for _, row := range wrapped(group.Reason, t.width-10) {
			t.printf("          %s\n", defused(row))
		}
	}
}

// changeGroup is checks that changed in the same way for the same reason.
type changeGroup struct {
	Change
	IDs []string
}

func changeGroups(changes []Change) []changeGroup {
	var groups []changeGroup
	for _, c := range changes {
		i := slices.IndexFunc(groups, func(g changeGroup) bool {
			return g.Level == c.Level && g.Old == c.Old && g.New == c.New && g.Reason == c.Reason
		})
		if i < 0 || c.New == record.Failed {
			i = len(groups)
			groups = append(groups, changeGroup{Change: c})
		}
		groups[i].IDs = append(groups[i].IDs, line(c.ID, nameLimit))
	}
	return groups
}
