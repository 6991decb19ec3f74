package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// htmlCard is one of the three answers on the first screen.
type htmlCard struct {
	Title, Class, Mark string
	Link               string // where on the page it is told
	Text, Detail       string
	Command            string // for a part that was not asked for: what would do it
	Bar                []htmlShare
	Pictures           []htmlPicture
	Chart              template.HTML
}

// htmlShare is a piece of a bar of states.
type htmlShare struct {
	State   record.State
	Name    string
	Count   int
	Percent float64
}

func htmlBar(outcomes []record.Outcome) []htmlShare {
	counts := tallyOf(outcomes)
	var bar []htmlShare
	for _, state := range []record.State{record.Passed, record.Failed, record.Inconclusive, record.Waived, record.NotRun, record.Blocked, record.NotApplicable} {
		if n := counts[state]; n > 0 {
			bar = append(bar, htmlShare{state, stateNames[state], n, 100 * float64(n) / float64(len(outcomes))})
		}
	}
	return bar
}

// partOf is the part of the run that an area belongs to. Where no load was run,
// what the token part saw of the endpoint's speed is its own.
func partOf(run record.Run, area string) string {
	loaded := len(run.Load) > 0 || slices.ContainsFunc(run.Parts, func(s record.Part) bool { return s.Name == "load" })
	if area == "page" || area == "load" && loaded {
		return area
	}
	return "token"
}

func htmlCards(run record.Run, page *htmlPage) []htmlCard {
	cards := []htmlCard{
		newHTMLCard(run, "token", "Tokens", "webchatspec check --endpoint URL --public-key FILE"),
		newHTMLCard(run, "page", "Page at expiry", "webchatspec page --page URL --public-key FILE"),
		newHTMLCard(run, "load", "Load", "webchatspec load --endpoint URL --public-key FILE"),
	}
	if page != nil && cards[1].Command == "" {
		cards[1].Link = "#page"
		cards[1].Detail = cmp.Or(cards[1].Detail, renewalText(run.Evidence.Page))
		for _, picture := range page.Pictures {
			if picture.Visitor == record.VisitorFirst && picture.Step != record.StepLoad && len(cards[1].Pictures) < 3 {
				cards[1].Pictures = append(cards[1].Pictures, picture)
			}
		}
	}
	if cards[2].Command == "" {
		describeLoad(&cards[2], run)
	}
	return cards
}

func newHTMLCard(run record.Run, part, title, command string) htmlCard {
	card := htmlCard{Title: title, Class: "passed", Mark: "✓", Link: "#checks"}
	outcomes := selected(run.Outcomes, func(o record.Outcome) bool {
		return partOf(run, o.Area) == part && (o.State != record.NotRun || o.Wanted) && o.State != record.NotApplicable
	})
	judged := 0
	for _, o := range outcomes {
		if o.State == record.Passed || o.State == record.Failed || o.State == record.Waived {
			judged++
		}
	}
	down := slices.ContainsFunc(run.Parts, func(s record.Part) bool { return s.Name == part && s.Failure != nil })
	if judged == 0 && len(selected(outcomes, concerns)) == 0 && !down {
		return htmlCard{Title: title, Class: "grey", Mark: "–", Text: "Not part of this run.", Command: command, Link: "#not-judged"}
	}
	card.Bar = htmlBar(outcomes)
	passed := len(withState(outcomes, record.Passed))
	card.Text = fmt.Sprintf("%d of %s passed", passed, counted(len(outcomes), "check"))
	if judged == 0 {
		card.Text, card.Bar = "Could not be judged.", nil
	}
	worst := func(effects ...record.Effect) (record.Outcome, bool) {
		i := slices.IndexFunc(outcomes, func(o record.Outcome) bool { return slices.Contains(effects, run.Effect(o)) })
		if i < 0 {
			return record.Outcome{}, false
		}
		return outcomes[i], true
	}
	if o, ok := worst(record.Fails); ok {
		card.Class, card.Mark, card.Link, card.Detail = "failed", "✕", "#fix", seenIn(o)
	} else if o, ok := worst(record.Undecides); ok || down {
		card.Class, card.Mark, card.Link = "open", "?", "#not-judged"
		if ok {
			card.Detail = shortened(reasonOf(o), 110)
		}
	} else if o, ok := worst(record.Warns); ok && o.State == record.Inconclusive {
		card.Class, card.Mark, card.Link, card.Detail = "open", "?", "#not-judged", shortened(reasonOf(o), 110)
	} else if ok && o.State == record.Failed {
		card.Detail, card.Link = "Warning: "+seenIn(o), "#fix"
	}
	return card
}

// renewalText says how fast the first visitor's token was renewed.
func renewalText(page *record.Page) string {
	if took := renewalSeconds(page); took > 0 {
		return "Renewed in " + seconds(took) + "."
	}
	return ""
}

// describeLoad tells the load, the search for the highest rate or the comparison
// on its card.
func describeLoad(card *htmlCard, run record.Run) {
	if run.Capacity != nil && (run.Capacity.Holds > 0 || len(run.Capacity.Points) > 0) {
		card.Link, card.Detail = "#load", shortened(line("The endpoint "+run.Capacity.Sentence()+".", valueLimit), 150)
		return
	}
	if run.Comparison != nil && len(run.Comparison.Ratios) > 0 {
		card.Link, card.Detail = "#load", shortened(line(run.Comparison.Sentence(), valueLimit)+".", 150)
		return
	}
	i := slices.IndexFunc(run.Load, func(l record.Load) bool { return l.Role == "" })
	if i < 0 {
		return
	}
	card.Link = "#load"
	card.Detail = loadSentence(run.Load[i])
	if svg, err := sparkline(run.Load[i]); err == nil {
		card.Chart = template.HTML(svg) // drawn from numbers
	}
}
