package reports

import (
	"github.com/webchatspec/webchatspec/record"
)

// htmlSince is what changed since the baseline.
type htmlSince struct {
	Title, Sentence string
	Sections        []htmlChanges
	Loads           []htmlLoadChange
	Capacity        string
}

// htmlChanges are the changes of one kind.
type htmlChanges struct {
	Title, Class string
	Rows         []htmlChange
	More         int
}

type htmlChange struct{ IDs, Level, Change, Reason string }

type htmlLoadChange struct {
	Name, Noise string
	Figures     []figure
}

func newHTMLSince(run record.Run) *htmlSince {
	if run.Baseline == nil {
		return nil
	}
	d := sinceBaseline(run)
	view := &htmlSince{Title: sinceTitle(*run.Baseline), Sentence: d.verdictChange(), Capacity: d.Capacity}
	for _, part := range d.sections() {
		if len(part.Changes) == 0 {
			continue
		}
		shown := htmlChanges{Title: part.Title, Class: map[string]string{ansiBad: "failed", ansiGood: "passed"}[part.Colour]}
		groups := changeGroups(part.Changes)
		shown.More = max(0, len(groups)-diffLimit)
		for _, group := range groups[:len(groups)-shown.More] {
			shown.Rows = append(shown.Rows, htmlChange{
				IDs: idList(group.IDs, 12), Level: levelName(group.Level), Change: stateName(group.Old) + " → " + stateName(group.New), Reason: group.Reason,
			})
		}
		view.Sections = append(view.Sections, shown)
	}
	for _, load := range d.Loads {
		view.Loads = append(view.Loads, htmlLoadChange{Name: line(load.Name, nameLimit), Noise: load.noiseText(), Figures: load.figures()})
	}
	return view
}
