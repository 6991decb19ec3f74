package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// Limits of what is shown of a page; the run file has it all.
const (
	htmlEvents = 60 // events of one step
)

// htmlPage is the embed page's part of the report.
type htmlPage struct {
	Facts    []fact
	Clock    string
	Visitors []htmlVisitor
	Pictures []htmlPicture
	Dropped  string // pictures that are left out
	Firings  []htmlFiring
	Errors   []string
	Omitted  string
}

// htmlVisitor is one visitor's way through the page. The first one's is told in
// full, the others' are folded unless something went wrong.
type htmlVisitor struct {
	Name, Summary string
	Class         string
	Open          bool
	Sequence      *htmlSequence
	Pictures      []htmlPicture
	Steps         []htmlStep
}

// htmlStep is one step of one visitor: what happened, and the pictures of it.
type htmlStep struct {
	Name, At, Took string
	Class, Ended   string
	Events         []htmlEvent
	More           string
}

type htmlEvent struct{ At, Kind, Class, Text string }

// htmlFiring is one event by which the widget asks for a token, and what the page made of it.
type htmlFiring struct{ At, Where, Handlers, Took, Value, Class string }

// eventKinds are those that the style sheet knows.
var eventKinds = []string{"step", "clock", "widget", "token", "message", "request", "problem"}

// moment is a time since the start of a part of the run.
func moment(s float64) string { return fmt.Sprintf("%.2f s", s) }

func newHTMLPage(page *record.Page) *htmlPage {
	if page == nil {
		return nil
	}
	view := &htmlPage{Clock: clockText(page)}
	for _, f := range []fact{
		{Label: "Address", Text: line(page.URL, valueLimit), Code: true},
		{Label: "Browser", Text: line(page.Browser, nameLimit)},
		{Label: "Token endpoint", Text: line(page.Endpoint, valueLimit), Code: true},
	} {
		if f.Text != "" {
			view.Facts = append(view.Facts, f)
		}
	}
	var left int
	if view.Pictures, left = htmlPictures(page); left > 0 {
		view.Dropped = counted(left, "picture") + " more in the run file."
	}
	view.Visitors = htmlVisitors(page, view.Pictures)
	for _, firing := range page.Firings {
		view.Firings = append(view.Firings, newHTMLFiring(firing))
	}
	for _, visit := range page.Visits {
		view.addErrors(visit)
	}
	dropped := 0
	for _, n := range page.Dropped {
		dropped += n
	}
	if dropped > 0 {
		view.Omitted = counted(dropped, "entry") + " left out of the run because there were too many."
	}
	return view
}

// clockText tells in plain words how the token came to expire.
func clockText(page *record.Page) string {
	switch page.ClockMode {
	case "pulse":
		text := "The token was made to expire in moments: the clock of the page and that of the mock assistant were moved past the token's expiry"
		if page.SkewSeconds > 0 {
			text += ", by " + seconds(page.SkewSeconds) + ","
		}
		return text + " for one message, and then back. The token endpoint, its clock and its tokens were left alone."
	case "real":
		return "The token lives so short a time that its expiry was waited for. No clock was moved."
	}
	return "The run did not get as far as the expiry of a token."
}

type visitorName struct{ id, name string }

// visitorNames are the visitors in words, in the order in which they are told.
var visitorNames = []visitorName{
	{record.VisitorFirst, "First visitor, through the expiry of the token"},
	{record.VisitorSecond, "Second visitor, who comes back, closes the lid for a while, and is then rejected"},
	{record.VisitorUser, "A user who logs in and out, and who may come next at the same browser"},
}

func htmlVisitors(page *record.Page, pictures []htmlPicture) []htmlVisitor {
	names := slices.Clone(visitorNames)
	for _, step := range page.Steps {
		if id := step.Visitor; !slices.ContainsFunc(names, func(n visitorName) bool { return n.id == id }) {
			names = append(names, visitorName{id, cmp.Or(line(id, nameLimit), "visitor")})
		}
	}
	var visitors []htmlVisitor
	for _, visitor := range names {
		view := htmlVisitor{Name: visitor.name, Class: "passed", Open: visitor.id == record.VisitorFirst, Sequence: newHTMLSequence(page, visitor.id)}
		for _, picture := range pictures {
			if picture.Visitor == visitor.id {
				view.Pictures = append(view.Pictures, picture)
			}
		}
		done := 0
		for _, step := range page.Steps {
			if step.Visitor != visitor.id {
				continue
			}
			view.Steps = append(view.Steps, newHTMLStep(step, page))
			if step.Done {
				done++
			}
		}
		if done < len(view.Steps) {
			view.Open, view.Class = true, "failed"
		}
		view.Summary = fmt.Sprintf("%d of %s done", done, counted(len(view.Steps), "step"))
		if len(view.Steps) > 0 {
			visitors = append(visitors, view)
		}
	}
	return visitors
}

func newHTMLStep(step record.PageStep, page *record.Page) htmlStep {
	view := htmlStep{
		Name: line(step.Name, nameLimit), At: moment(step.At), Took: seconds(step.Seconds), Class: "passed", Ended: "done",
	}
	if !step.Done {
		view.Class, view.Ended = "failed", cmp.Or(line(step.Ended, valueLimit), "did not come about")
	}
	for _, event := range page.Timeline {
		if event.Visitor != step.Visitor || event.Step != step.Name || event.Text == step.Name {
			continue // another step's, or only this one's name again
		}
		if len(view.Events) == htmlEvents {
			view.More = "More in the run file."
			break
		}
		shown := htmlEvent{At: moment(event.At), Kind: line(event.Kind, nameLimit), Text: block(event.Text, valueLimit)}
		if slices.Contains(eventKinds, event.Kind) {
			shown.Class = "event-" + event.Kind
		}
		view.Events = append(view.Events, shown)
	}
	return view
}

func newHTMLFiring(firing record.Firing) htmlFiring {
	view := htmlFiring{
		At: moment(firing.At), Where: line(firing.Visitor, nameLimit) + " visitor, " + line(firing.Step, nameLimit),
		Handlers: fmt.Sprint(firing.Handlers), Took: seconds(firing.Seconds), Class: "failed",
	}
	value := firing.Value
	switch {
	case firing.Handlers == 0:
		view.Value = "nobody was listening"
	case firing.Error != "":
		view.Value = "the handler threw: " + line(firing.Error, valueLimit)
	case !firing.Settled:
		view.Value = "the handler did not settle"
	case value.JWT:
		view.Value, view.Class = "a token", "passed"
	case value.Type == "undefined" && firing.Late != nil:
		view.Value = "nothing; a value came after the handler had settled"
	case value.Type == "undefined":
		view.Value = "nothing"
	default:
		view.Value = "no token but " + cmp.Or(line(value.Looks, nameLimit), "a "+line(value.Type, nameLimit))
		if value.Excerpt != "" {
			view.Value += ": " + line(value.Excerpt, nameLimit)
		}
	}
	if firing.Step == record.StepRejection && view.Class == "failed" {
		view.Class = "" // the assistant refuses every token there, so a page may well give up
	}
	return view
}

// addErrors notes the errors of a visit, each once.
func (p *htmlPage) addErrors(visit record.Visit) {
	var texts []string
	for _, text := range visit.PageErrors {
		texts = append(texts, "uncaught in the page: "+line(text, valueLimit))
	}
	if visit.Widget != nil {
		for _, e := range visit.Widget.Errors {
			texts = append(texts, fmt.Sprintf("onError %s in the step “%s”: %s", line(e.Type, nameLimit), line(e.Step, nameLimit), line(e.Message, valueLimit)))
		}
	}
	for _, text := range texts {
		if len(p.Errors) < htmlFindings && !slices.Contains(p.Errors, text) {
			p.Errors = append(p.Errors, text)
		}
	}
}
