package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// The checks of contracts in which a loader begins the chat when the page calls
// its init().

var _ = add(Check{
	ID: "page-strict-mode", Area: AreaPage, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:  "The page is in strict mode: it begins with <!DOCTYPE html>",
	Why:    "The chat does not start on a page in quirks mode.",
	Fix:    "Begin the page with <!DOCTYPE html>, before anything else.",
	Source: "vendor: embed overview",
	Faults: []string{"page-quirks-mode"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageStrictMode),
})

func pageStrictMode(p pageRun) judgement {
	return p.refusal(record.RefusedQuirks, "a page in strict mode", "the page has no doctype, so that the browser shows it in quirks mode")
}

var _ = add(Check{
	ID: "page-root-element", Area: AreaPage, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:  "The element that the chat goes into is on the page when init() is called",
	Why:    "Without it the chat has nowhere to appear, and does not start.",
	Fix:    "Put an element with the id of rootElementID into the page, above the script that calls init().",
	Source: "vendor: embed overview",
	Faults: []string{"page-no-root"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageRootElement),
})

func pageRootElement(p pageRun) judgement {
	return p.refusal(record.RefusedRoot, "an element with the id of rootElementID", "there was none when the page called init()")
}

var _ = add(Check{
	ID: "page-token-first", Area: AreaPage, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:  "The configuration has a token before init() is called",
	Why:    "The chat looks for the token once, when it starts; without one it does not start.",
	Fix:    "Wait for the token before init(): window.{options}.{preset} = await freshToken(); then {loader}.init().",
	Source: "vendor: secure embed",
	Faults: []string{"page-token-after-init"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageTokenFirst),
})

func pageTokenFirst(p pageRun) judgement {
	return p.refusal(record.RefusedToken, "{preset} in the configuration before init() is called", "the page called init() without one")
}

// refusal fails where the chat did not begin for the reason. A page on which it did
// not begin for another one shows nothing.
func (p pageRun) refusal(reason, expected, actual string) judgement {
	return collect(p.Visits, func(v record.Visit) *record.Finding {
		switch {
		case v.Widget != nil && v.Widget.Refused == reason:
			return found("", expected, "%s", actual)
		case v.Widget == nil || !v.Widget.Created:
			return beside
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "page-event-name", Area: AreaPage, Level: record.Must, Profile: profiles.WatsonxOrchestrate.ID,
	Title:  "The page subscribes to the event that this chat fires, not only to another chat's",
	Why:    "This chat never fires another chat's event: nobody answers when the token expires, and the chat stops.",
	Fix:    "Subscribe to {event}: {subscription}.",
	Source: "vendor: events, {event}",
	Faults: []string{"page-old-event"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageEventName),
})

func pageEventName(p pageRun) judgement {
	visits := p.visits()
	if len(visits) == 0 {
		return notRun(noWidget)
	}
	return collect(visits, func(v record.Visit) *record.Finding {
		for _, other := range profiles.All() {
			if other.ID != p.profile.ID && slices.Contains(v.Widget.Subscribed, other.Page.Event) && !slices.Contains(v.Widget.Subscribed, p.profile.Page.Event) {
				return found("", "{subscription}", "the page subscribed to %s, which %s fires and this chat does not", other.Page.Event, other.Product)
			}
		}
		return nil
	}).judge()
}
