package reports

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// Measures of a sequence diagram, in the units of its view box.
const (
	sequenceLane   = 190 // between two actors
	sequenceMargin = 95  // from the edge to the first and the last actor
	sequenceRow    = 30
	sequenceTop    = 46 // height of the actors' names
	sequenceLabel  = 27 // characters of a label for each lane that its arrow crosses
	sequenceRows   = 48 // rows of one diagram; the table has the rest
)

// actorNames are the actors in words, in the order in which they stand.
var actorNames = map[string]string{
	record.ActorVisitor: "Visitor", record.ActorPage: "Page", record.ActorWidget: "Widget",
	record.ActorEndpoint: "Token endpoint", record.ActorAssistant: "Assistant",
}

// htmlSequence is the way of one visitor as a sequence diagram, drawn from the
// recorded timeline. The rows are its text, too.
type htmlSequence struct {
	Width, Height, Bottom int
	Actors                []htmlActor
	Rows                  []htmlSequenceRow
	Bands                 []htmlBand
	More                  string
}

type htmlActor struct {
	Name string
	X    int
}

// htmlBand is a stretch of time in which the clocks were moved.
type htmlBand struct{ Y, Height int }

// htmlSequenceRow is an arrow, or a note across the lanes where it has no ends.
type htmlSequenceRow struct {
	At, From, To, Label, Text string
	Class                     string // "", "token", "refused", "answer", "never", "broken", "step" or "clock"
	X1, X2, LabelX, Y         int
	Head                      string // points of the arrow head
	Anchor                    string // text-anchor of the label
	Times                     string // "×8" for a loop that is told once
}

// newHTMLSequence draws the events of one visitor in the steps that tell the
// story; nil where there is nothing to draw.
func newHTMLSequence(page *record.Page, visitor string) *htmlSequence {
	rows := sequenceRowsOf(page, visitor)
	if len(rows) < 2 {
		return nil
	}
	s := &htmlSequence{Width: 2*sequenceMargin + sequenceLane*(len(record.Actors)-1)}
	for i, actor := range record.Actors {
		s.Actors = append(s.Actors, htmlActor{actorNames[actor], sequenceMargin + i*sequenceLane})
	}
	if len(rows) > sequenceRows {
		s.More = fmt.Sprintf("%d more rows in the run file.", len(rows)-sequenceRows)
		rows = rows[:sequenceRows]
	}
	moved := -1
	for i := range rows {
		row := &rows[i]
		row.Y = sequenceTop + (i+1)*sequenceRow
		row.place()
		switch {
		case row.Class == "clock" && moved < 0:
			moved = row.Y
		case row.Class == "clock":
			s.Bands = append(s.Bands, htmlBand{moved - sequenceRow/2, row.Y - moved + sequenceRow/2})
			moved = -1
		}
	}
	s.Bottom = sequenceTop + (len(rows)+1)*sequenceRow - sequenceRow/2
	s.Height = s.Bottom + 8
	if moved >= 0 {
		s.Bands = append(s.Bands, htmlBand{moved - sequenceRow/2, s.Bottom - moved})
	}
	s.Rows = rows
	return s
}

// lane is where an actor stands, -1 for none.
func lane(name string) int {
	return slices.IndexFunc(record.Actors, func(actor string) bool { return actorNames[actor] == name })
}

// place sets where the arrow runs and where its label stands.
func (r *htmlSequenceRow) place() {
	from, to := lane(r.From), lane(r.To)
	if from < 0 || to < 0 {
		r.X1, r.LabelX, r.Anchor = 0, sequenceMargin-80, "start"
		r.Label = shortened(r.Text, sequenceLabel*4)
		return
	}
	r.X1, r.X2 = sequenceMargin+from*sequenceLane, sequenceMargin+to*sequenceLane
	r.LabelX, r.Anchor = (r.X1+r.X2)/2, "middle"
	r.Label = shortened(arrowText(r.Text), sequenceLabel*max(1, abs(to-from)))
	if r.Class == "broken" { // no arrow: the words run to the edge
		r.Label = shortened(r.Text, sequenceLabel*max(1, len(record.Actors)-1-min(from, to)))
	}
	switch {
	case from == to: // alone: a mark on the lane, the words beside it
		r.LabelX, r.Anchor = r.X1+12, "start"
		r.Label = shortened(r.Text, sequenceLabel*max(1, len(record.Actors)-1-from))
	case to > from:
		r.Head = fmt.Sprintf("%d,%d %d,%d %d,%d", r.X2, r.Y, r.X2-9, r.Y-4, r.X2-9, r.Y+4)
	default:
		r.Head = fmt.Sprintf("%d,%d %d,%d %d,%d", r.X2, r.Y, r.X2+9, r.Y-4, r.X2+9, r.Y+4)
	}
}

// Texts of the timeline that are said in fewer words on an arrow.
var (
	settled  = regexp.MustCompile(`^its handler settles after (.+?) with (.+)$`)
	handlers = regexp.MustCompile(`, \d+ handlers?$`)
	origin   = regexp.MustCompile(`https?://[^/ ]+`)
)

func arrowText(text string) string {
	return origin.ReplaceAllString(handlers.ReplaceAllString(settled.ReplaceAllString(text, "$2, after $1"), ""), "")
}

func abs(n int) int { return max(n, -n) }

// shortened cuts text at a word, with dots, to at most limit characters.
func shortened(text string, limit int) string {
	cut := firstRunes(text, limit)
	if len(cut) == len(text) {
		return text
	}
	cut = firstRunes(text, limit-1)
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:(") + "…"
}

// story are the steps that a diagram shows: all but the loading of the page,
// unless nothing came after it.
func story(page *record.Page, visitor string) []string {
	var steps []string
	for _, step := range page.Steps {
		if step.Visitor == visitor && step.Name != record.StepLoad {
			steps = append(steps, step.Name)
		}
	}
	switch {
	case len(steps) == 0:
		return []string{record.StepLoad}
	case slices.Contains(steps, record.StepExpiry):
		return []string{record.StepExpiry}
	}
	return steps
}

func sequenceRowsOf(page *record.Page, visitor string) []htmlSequenceRow {
	var rows []htmlSequenceRow
	steps := story(page, visitor)
	for _, step := range steps {
		if len(steps) > 1 {
			rows = append(rows, htmlSequenceRow{Class: "step", Text: line(step, nameLimit)})
		}
		var ofStep []htmlSequenceRow
		for _, event := range page.Timeline {
			if event.Visitor == visitor && event.Step == step {
				if row, ok := sequenceRowOf(event, page); ok {
					ofStep = append(ofStep, row)
					ofStep = append(ofStep, neverAsked(event, page)...)
				}
			}
		}
		rows = append(rows, endless(looped(ofStep))...)
		i := slices.IndexFunc(page.Steps, func(s record.PageStep) bool { return s.Visitor == visitor && s.Name == step && !s.Done })
		if i >= 0 {
			rows = append(rows, htmlSequenceRow{
				At: moment(page.Steps[i].At + page.Steps[i].Seconds), Class: "broken",
				Text: cmp.Or(line(page.Steps[i].Ended, valueLimit), "the step did not come about"),
			})
		}
	}
	return rows
}

// sequenceRowOf makes a row of an event; ok is false for what tells nothing of
// the token's way.
func sequenceRowOf(event record.PageEvent, page *record.Page) (row htmlSequenceRow, ok bool) {
	first, _, _ := strings.Cut(event.Text, "\n")
	row = htmlSequenceRow{At: moment(event.At), From: actorNames[event.From], To: actorNames[event.To], Text: line(first, valueLimit)}
	switch event.Kind {
	case record.EventClock:
		row.Class, row.From, row.To = "clock", "", ""
	case record.EventProblem:
		row.Class = "broken"
	case record.EventToken:
		row.Class = "token"
	case record.EventMessage:
		if event.Status >= 400 {
			row.Class = "refused"
		} else if event.Status > 0 {
			row.Class = "answer"
		}
	case record.EventRequest:
		row.Class = "answer"
		return row, (event.From == record.ActorEndpoint || event.To == record.ActorEndpoint) && lane(row.From) >= 0 && lane(row.To) >= 0
	case record.EventWidget:
		return row, lane(row.From) >= 0 && lane(row.To) >= 0 && event.From != event.To
	default:
		return row, false
	}
	return row, row.Class == "clock" || row.Class == "broken" || lane(row.From) >= 0 && lane(row.To) >= 0
}

// neverAsked is the arrow that is missing: the page answered the event with a
// token, and asked the endpoint for none.
func neverAsked(event record.PageEvent, page *record.Page) []htmlSequenceRow {
	if event.Kind != record.EventToken || event.From != record.ActorWidget {
		return nil
	}
	for _, f := range page.Firings {
		if f.Visitor != event.Visitor || f.Step != event.Step || f.Handlers == 0 || f.At-event.At > 0.05 || event.At-f.At > 0.05 {
			continue
		}
		asked := slices.ContainsFunc(page.Requests, func(r record.PageRequest) bool {
			return slices.Contains(f.Requests, r.ID) && (r.Issuer || page.Endpoint == "") && r.Cache == ""
		})
		if asked || f.Value.Token == "" {
			return nil
		}
		return []htmlSequenceRow{{
			At: moment(event.At), From: actorNames[record.ActorPage], To: actorNames[record.ActorEndpoint], Class: "never", Text: "never asked: the page kept its token",
		}}
	}
	return nil
}

// looped tells rows that come again and again once, with how often they came.
func looped(rows []htmlSequenceRow) []htmlSequenceRow {
	same := func(a, b htmlSequenceRow) bool {
		return a.From == b.From && a.To == b.To && a.Class == b.Class && withoutDigits(a.Text) == withoutDigits(b.Text)
	}
	var told []htmlSequenceRow
	for i := 0; i < len(rows); {
		length, times := 1, 1
		for l := 2; l <= 10 && i+2*l <= len(rows); l++ {
			n := 1
			for i+(n+1)*l <= len(rows) && slices.EqualFunc(rows[i:i+l], rows[i+n*l:i+(n+1)*l], same) {
				n++
			}
			if n > 2 && n*l > length*times {
				length, times = l, n
			}
		}
		block := slices.Clone(rows[i : i+length])
		if times > 1 {
			block[0].Times = fmt.Sprintf("×%d", times)
		}
		told = append(told, block...)
		i += length * times
	}
	return told
}

// endlessAfter is how many renewals of one step are drawn before the rest is
// told by its number.
const endlessAfter = 3

// endless cuts a loop that is not the same each time: after a few renewals it
// says how many there were, and goes on with what came after the last one.
func endless(rows []htmlSequenceRow) []htmlSequenceRow {
	var asked []int
	for i, row := range rows {
		if row.Class == "token" && row.From == actorNames[record.ActorWidget] {
			asked = append(asked, i)
		}
	}
	if len(asked) <= endlessAfter {
		return rows
	}
	told := append(slices.Clone(rows[:asked[endlessAfter-1]]), htmlSequenceRow{
		At: rows[asked[endlessAfter-1]].At, Class: "loop", Text: fmt.Sprintf("and so on: ×%d in all", len(asked)),
	})
	for _, row := range rows[asked[endlessAfter-1]:] {
		if row.Class == "clock" {
			told = append(told, row)
		}
	}
	return told
}

func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}
