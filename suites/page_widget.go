package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

const (
	expectedScript = "a script element with the address {script}"
	noWidget       = "no widget began on the page"
)

var _ = add(Check{
	ID: "page-loads-widget", Area: AreaPage, Level: record.Must,
	Title:    "The page loads the widget from the documented script address (current or older form) and hands it a configuration with {required}",
	Why:      "Without it there is no chat.",
	Fix:      "Copy the embed script from the integration's settings: it sets window.{options} and adds the script element.",
	Source:   "vendor: enable, embed script",
	Faults:   []string{"page-no-widget"},
	YieldsTo: []string{"page-csp", "page-strict-mode", "page-root-element", "page-token-first"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageLoadsWidget),
})

// pageLoadsWidget looks at the page at which each visitor ends up, perhaps after a login.
func pageLoadsWidget(p pageRun) judgement {
	if len(p.Visits) == 0 {
		return notRun("the page was not loaded")
	}
	var with, without []record.Visit
	for _, visitor := range []string{record.VisitorFirst, record.VisitorSecond} {
		if step, ok := p.step(visitor, record.StepLoad); ok && !step.Done {
			if nothing, ok := judgeable(step); !ok {
				return nothing
			}
		}
		visit, ok := p.landing(visitor)
		switch {
		case ok && visit.Widget != nil && visit.Widget.Created:
			with = append(with, visit)
		case ok:
			without = append(without, visit)
		}
	}
	if len(with) == 0 {
		return p.noWidgetAt(without)
	}
	if len(without) > 0 {
		return inconclusive(fmt.Sprintf("the widget began for the %s visitor and not for the %s one, who had the page with cookies of their own: %s",
			with[0].Visitor, without[0].Visitor, p.missingWidget(without[0]).Actual))
	}
	var findings []record.Finding
	for _, script := range with[0].Scripts {
		if !script.Documented {
			findings = append(findings, *found("", expectedScript, "the page loads the widget from %s", script.URL))
		}
	}
	for _, name := range with[0].Widget.Lacks {
		findings = append(findings, *found("", name+" in the widget's configuration", "the configuration has no %s", name))
	}
	return saw(1, "page visit").with(findings...).judge()
}

// landing is the load in which the widget began for the visitor, or else the last one.
func (p pageRun) landing(visitor string) (landing record.Visit, found bool) {
	for _, v := range p.Visits {
		if v.Visitor != visitor || v.Step != record.StepLoad {
			continue
		}
		landing, found = v, true
		if v.Widget != nil && v.Widget.Created {
			break
		}
	}
	return landing, found
}

// noWidgetAt judges a page on which the widget did not begin for any visitor.
func (p pageRun) noWidgetAt(visits []record.Visit) judgement {
	if len(visits) == 0 {
		return notRun("the page was not loaded")
	}
	visit := visits[0]
	if visit.OtherProduct != "" {
		return inconclusive(p.embedsOther(visit))
	}
	if i := slices.IndexFunc(visit.Scripts, func(s record.WidgetScript) bool { return s.Integrity != "" }); i >= 0 {
		return inconclusive("the page cannot be tested: with the integrity attribute on " + visit.Scripts[i].URL +
			" the browser runs no stand-in for the widget (see page-script-replaceable)")
	}
	return fail(*p.missingWidget(visit))
}

// embedsOther says that the page embeds another product's chat, and names the setting with
// which that can be tested.
func (p pageRun) embedsOther(visit record.Visit) string {
	text := "the page embeds " + visit.OtherProduct + ", and was held to the contract of " + p.profile.Product
	if visit.OtherProfile == "" {
		return text + ": there is no profile for that chat yet ('webchatspec profiles' lists those that there are)"
	}
	return fmt.Sprintf("%s: set profile: %[2]s in the configuration, or --profile %[2]s", text, visit.OtherProfile)
}

// missingWidget says why there is no widget on the page.
func (p pageRun) missingWidget(visit record.Visit) *record.Finding {
	errors := ""
	if len(visit.PageErrors) > 0 {
		errors = "; uncaught in the page: " + visit.PageErrors[0]
	}
	if len(p.BlockedHosts) > 0 {
		errors += "; it also asked for " + strings.Join(p.BlockedHosts, ", ") + ", which must be allowed if the chat needs it (--allow-host)"
	}
	if len(visit.Scripts) == 0 {
		finding := found("", expectedScript, "the page %s asked for no such script%s%s", visit.URL, tried(visit), errors)
		finding.Hint = stepsFor(visit)
		return finding
	}
	script := visit.Scripts[0]
	if visit.Widget != nil && len(visit.Widget.Errors) > 0 {
		return found("", "the widget begins", "the widget reports %s: %s", visit.Widget.Errors[0].Type, visit.Widget.Errors[0].Message)
	}
	return found("", "window.{options} is set before the widget's script runs, or window.{loader} is called",
		"%s was asked for, but the page gave the widget no configuration%s", script.URL, errors)
}

// tried lists what the visitor did in vain.
func tried(visit record.Visit) string {
	if len(visit.Tried) == 0 {
		return ""
	}
	return ", also when its visitor " + strings.Join(visit.Tried, ", ")
}

// stepsFor says what to do about a page without the widget's script, depending on what the
// page shows.
func stepsFor(visit record.Visit) string {
	switch {
	case visit.WantsPassword:
		return "the visitor ended up at a login (" + visit.URL + "): have it log in with page.steps, with page.begin for a single click or script, or with the login requests of users and anonymous: false"
	case strings.HasPrefix(visit.Consent, "#"): // the id of the button
		return fmt.Sprintf("the page asks for consent: have the visitor click the button with page.begin: {click: %q}; where more has to be done, with page.steps", visit.Consent)
	case visit.Consent != "":
		return fmt.Sprintf("the page asks for consent (%s): give page.begin: {click: …} with the selector of that button, or page.steps", visit.Consent)
	}
	return "if the chat comes only after something that the visitor does, give that as page.begin or page.steps; " +
		"if it comes by itself after a while, give page.timeout; else copy the embed script from the integration's settings"
}

var _ = add(Check{
	ID: "page-subscribes", Area: AreaPage, Level: record.Must,
	Title:    "The page subscribes to {event} in onLoad (also when {preset} is preset, unless no token can expire in a session)",
	Why:      "The widget asks for a token by this event only. Without a subscriber nobody answers, and the chat stops.",
	Fix:      "At the beginning of onLoad: {subscription}.",
	Source:   `vendor: enable, "Configuring the web chat"`,
	Faults:   []string{"page-never-subscribes", "page-token-once"},
	YieldsTo: []string{"page-event-name"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageSubscribes),
})

func pageSubscribes(p pageRun) judgement {
	visits := p.visits()
	if len(visits) == 0 {
		return notRun(noWidget)
	}
	if nothing, lacks := p.lackingInOnLoad(); lacks {
		return nothing
	}
	subscribed := collect(visits, func(v record.Visit) *record.Finding {
		if slices.Contains(v.Widget.Subscribed, p.profile.Page.Event) || slices.Contains(v.Widget.Subscribed, record.EveryEvent) {
			return nil
		}
		return found("", "{subscription} in onLoad", "%s", p.withoutSubscription(v))
	})
	if len(subscribed.findings) > 0 && p.neverExpires() {
		return notApplicable("the preset token has no exp: it cannot expire in a session")
	}
	heard := collect(p.firings(), func(f record.Firing) *record.Finding {
		if f.Handlers > 0 || len(subscribed.findings) > 0 {
			return nil
		}
		return found("", "a handler each time the event is fired",
			"the event was fired and no handler was listening any longer (%s): subscribe with on(), not once(), and before render()", at(f.Visitor, f.Step))
	})
	return subscribed.with(heard.findings...).judge()
}

// withoutSubscription says what the page did instead of subscribing.
func (p pageRun) withoutSubscription(v record.Visit) string {
	switch {
	case !v.Widget.OnLoad:
		return "the widget's configuration has no onLoad"
	case v.Widget.OnLoadError != "":
		return "onLoad threw before it came to subscribe: " + v.Widget.OnLoadError
	case len(v.Widget.Subscribed) > 0:
		return "the page subscribed to " + strings.Join(v.Widget.Subscribed, ", ") + " only"
	}
	return "the page subscribed to no event"
}

// neverExpires says whether the widget works with a preset token without exp.
func (p pageRun) neverExpires() bool {
	return slices.ContainsFunc(p.visits(), func(v record.Visit) bool {
		t, ok := p.token(v.Widget.Preset)
		_, hasExp := t.Claims["exp"]
		return ok && !hasExp
	})
}

var _ = add(Check{
	ID: "page-renders", Area: AreaPage, Level: record.Must,
	Title:  "onLoad calls render()",
	Why:    "Nothing of the chat is shown before render() is called.",
	Fix:    "Call await instance.render() at the end of onLoad.",
	Source: "vendor: embed contract",
	Faults: []string{"page-no-render"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageRenders),
})

func pageRenders(p pageRun) judgement {
	visits := p.visits()
	if len(visits) == 0 {
		return notRun(noWidget)
	}
	if nothing, lacks := p.lackingInOnLoad(); lacks {
		return nothing
	}
	return collect(visits, func(v record.Visit) *record.Finding {
		switch {
		case v.Widget.Rendered:
			return nil
		case v.Widget.OnLoadError != "":
			return found("", "instance.render() is called", "onLoad threw before it came to render(): %s", v.Widget.OnLoadError)
		case !v.Widget.OnLoad:
			return found("", "instance.render() is called", "the widget's configuration has no onLoad, and nobody else called render()")
		}
		return found("", "instance.render() is called", "render() was not called within two seconds after the widget began")
	}).judge()
}

var _ = add(Check{
	ID: "page-script-replaceable", Area: AreaPage, Level: record.Should,
	Title:  "The widget script has no integrity attribute (the vendor's script changes)",
	Why:    "With the vendor's next release the hash is wrong, and browsers refuse to run the script.",
	Fix:    "Remove the integrity attribute from the widget's script element.",
	Source: "embed contract",
	Faults: []string{"page-integrity"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageScriptReplaceable),
})

func pageScriptReplaceable(p pageRun) judgement {
	return collect(p.Visits, func(v record.Visit) *record.Finding {
		for _, script := range v.Scripts {
			if script.Integrity != "" {
				return found("", "no integrity attribute", `integrity="%s" on the script element with %s`, script.Integrity, script.URL)
			}
		}
		if len(v.Scripts) == 0 {
			return beside
		}
		return nil
	}).judgeOr(notRun("the page asked for no script of the widget"))
}

var _ = add(Check{
	ID: "page-no-update-user-id", Area: AreaPage, Level: record.Must,
	Title:  "updateUserID() is not called while security is on",
	Why:    "With security on the user's id is the token's sub; the call throws, and what comes after it in onLoad does not run.",
	Fix:    "Remove the call.",
	Source: "vendor: authenticate",
	Faults: []string{"page-updates-user-id"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageNoUpdateUserID),
})

func pageNoUpdateUserID(p pageRun) judgement {
	if len(p.visits()) == 0 {
		return notRun(noWidget)
	}
	called := collect(p.Calls, func(c record.InstanceCall) *record.Finding {
		if c.Method != record.MethodUpdateUser {
			return nil
		}
		actual := fmt.Sprintf("the page called updateUserID() (%s)", at(c.Visitor, c.Step))
		if c.Error != "" {
			actual += ", which threw: " + c.Error
		}
		return found("", "the user's id comes from the token's sub", "%s", actual)
	})
	return saw(len(p.visits()), "page visit").with(called.findings...).judge()
}
