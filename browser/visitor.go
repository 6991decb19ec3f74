package browser

import (
	"fmt"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
)

// visitor is one person at the page: it drives a tab through the steps of a
// journey, and goes by what its observer sees.
type visitor struct {
	name      string
	config    Config
	tell      func(progress string)
	tab       *tab
	seen      *observer
	assistant *assistant
	trace     *trace
	taken     int     // steps
	person    int     // of Config.People that it logs in as, counted on beyond their number
	began     float64 // when the configured steps under way did, as the timeline has it
}

// addVisitor opens a tab for a visitor.
func (g *gathering) addVisitor(name string) (*visitor, error) {
	v := &visitor{name: name, config: g.config, tell: g.tell, trace: g.trace, seen: newObserver(g.notes, name, g.config.Endpoint, g.owners)}
	var err error
	if v.assistant, err = newAssistant(g.usable, v.seen.messages.observe); err != nil {
		return nil, err
	}
	v.tab = newTab(g.chromium.ctx)
	v.seen.watch(v.tab)
	g.visitors = append(g.visitors, v)
	if err := v.tab.open(v.seen.onEvent); err != nil {
		return nil, err
	}
	g.owners.set(v.tab.frameID(), name)
	return v, v.tab.bring(g.config.Cookies, g.config.Page)
}

// arrive has the visitor, as the person with the number, do what comes before the
// page, and brings along what the site gave it.
func (v *visitor) arrive(number int) error {
	v.person = number
	if v.config.Arrive == nil {
		return nil
	}
	v.tell("page, " + v.name + " visitor: what comes before the page")
	cookies, err := v.config.Arrive(v.tab.ctx, number)
	if err == nil {
		err = v.tab.bring(cookies, v.config.Page)
	}
	if err == nil {
		return nil
	}
	why := "what comes before the page did not succeed: " + err.Error()
	v.seen.note(func() { v.seen.problemLocked(record.ActorVisitor, "%s", why) })
	return &Failure{record.Failure{Class: record.FailureOther, Message: why}, err}
}

// result is how a step ended.
type result struct {
	done  bool
	cause record.Cause // why it is not done
	why   string
}

var done = result{done: true}

// notDone is the result of a step that ended otherwise than it should.
func notDone(cause record.Cause, format string, arguments ...any) result {
	return result{cause: cause, why: fmt.Sprintf(format, arguments...)}
}

// take takes a step: it notes when it began and how it ended, with a picture.
func (v *visitor) take(step, text string, do func() result) bool {
	at := v.seen.since()
	v.seen.note(func() {
		v.seen.step = step
		v.seen.tellLocked(record.EventStep, "", "", "%s", step)
	})
	v.tell("page, " + v.name + " visitor: " + step)
	r := v.blame(do())
	seconds := v.seen.since() - at
	usable := v.tab.answers()
	if r.cause == record.CauseSite && !usable {
		r.why += "; the page answers no more: a script in it does not end"
	}
	hasWorkers, watched := v.tab.hasWorkers()
	v.seen.exposures.readCookies()
	v.seen.note(func() {
		watched = watched && v.config.Remote == "" && (v.seen.page.WorkersWatched || !v.seen.page.Workers)
		v.seen.page.Workers = v.seen.page.Workers || hasWorkers
		v.seen.page.WorkersWatched = v.seen.page.Workers && watched
		v.seen.page.Steps = append(v.seen.page.Steps, record.PageStep{
			Visitor: v.name, Name: step, At: at, Seconds: seconds, Done: r.done, Ended: r.why, Cause: r.cause, Text: text, Usable: usable,
		})
		if !r.done {
			v.seen.problemLocked(record.ActorVisitor, "%s: %s", step, r.why)
		}
	})
	v.picture(step, r)
	v.taken++
	v.trace.snapshot(v.name, v.taken, step, v.tab)
	return r.done
}

// blame sees to it that what the end of the run or of the tab cut off is not
// laid to the site.
func (v *visitor) blame(r result) result {
	switch {
	case r.done:
		r.cause, r.why = "", ""
	case v.tab.ctx.Err() != nil:
		r.cause, r.why = record.CauseCut, "the run ended"
	case v.seen.isGone():
		r.cause, r.why = record.CauseUnable, "the tab is gone: "+r.why
	}
	return r
}

// picture takes a picture of how a step ended. Failing to is no reason to stop.
func (v *visitor) picture(step string, r result) {
	caption := "after the " + step
	if !r.done {
		caption = "not done: " + r.why
	}
	v.shoot(caption)
}

// maxPictures bounds the pictures of one run.
const maxPictures = 40

func (v *visitor) shoot(caption string) {
	png := v.tab.picture()
	if png == nil {
		return
	}
	v.seen.note(func() {
		if len(v.seen.page.Screenshots) >= maxPictures {
			v.seen.dropLocked("pictures")
			return
		}
		v.seen.page.Screenshots = append(v.seen.page.Screenshots, record.Screenshot{
			Visitor: v.name, Step: v.seen.step, At: v.seen.since(), Caption: shorten(mask(caption), 200), PNG: png,
		})
	})
}

// rejecting is the fault with which the assistant takes no token.
var rejecting = mockassistant.Fault{Name: "token-expired", On: []mockassistant.Call{mockassistant.CallMessage}}
