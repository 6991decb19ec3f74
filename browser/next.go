package browser

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// tellsPeopleApart says whether the visitors log in as different people.
func (c Config) tellsPeopleApart() bool {
	if len(c.People) < 2 {
		return false
	}
	return c.arrivesLoggedIn() || slices.ContainsFunc(c.loginSteps(), func(s Step) bool { return s.filled(c.People[0]) != s.filled(c.People[1]) })
}

// arrivesLoggedIn says whether a visitor's login is done before the page, by
// requests of its own.
func (c Config) arrivesLoggedIn() bool {
	return c.Arrive != nil && c.Personal && !c.LogsIn() && c.Login == nil
}

// loginSteps are those that may log a visitor in.
func (c Config) loginSteps() []Step {
	if c.Login == nil {
		return c.before()
	}
	return append(slices.Clone(c.before()), c.Login.step())
}

// values are those of the person that the visitor logs in as.
func (v *visitor) values() map[string]string {
	if len(v.config.People) == 0 {
		return nil
	}
	return v.config.People[v.person%len(v.config.People)]
}

// filled is the step with a person's values in the places that name them in braces.
// In a script such a place stands between quotation marks.
func (s Step) filled(values map[string]string) Step {
	for name, value := range values {
		quoted, _ := json.Marshal(value)
		place := "{" + name + "}"
		s.Text = strings.ReplaceAll(s.Text, place, value)
		s.Navigate = strings.ReplaceAll(s.Navigate, place, url.QueryEscape(value))
		s.Evaluate = strings.ReplaceAll(s.Evaluate, place, strings.ReplaceAll(string(quoted[1:len(quoted)-1]), "'", `\'`))
	}
	return s
}

// logOut runs the logout action and sends a message as whoever it is then, and says
// whether the action was done. Where only those who have logged in come to the
// chat, nobody is there to say something.
func (v *visitor) logOut() (acted bool) {
	text := textLogout
	if v.config.Login == nil {
		text = ""
	}
	v.take(record.StepLogout, text, func() result {
		before := v.now()
		if r := v.do(record.PhaseLogout, []Step{v.config.Logout.step()}); !r.done {
			return r
		}
		acted = true
		v.awaitAction(before, record.MethodDestroy) // destroySession alone leaves the chat to the former user
		switch {
		case text == "":
			return done
		case v.hasNoChatAnyMore():
			return notDone(record.CauseNotOwed, "the page has taken its chat away")
		}
		return v.sendAgain(text)
	})
	return acted
}

// hasNoChatAnyMore says whether the page has destroyed its chat, and makes no other
// one nor loads anew.
func (v *visitor) hasNoChatAnyMore() bool {
	var ended bool
	v.seen.look(func() { ended = v.seen.widget.ended })
	return ended && !v.awaitFor(renderGrace, func() bool { return !v.seen.widget.ended })
}

// comeNext has another person log in at the same browser, as the first one did, and
// say something.
func (v *visitor) comeNext() {
	v.take(record.StepNext, textNext, func() result {
		v.person++
		before := v.now()
		if r := v.logNextIn(); !r.done {
			return r
		}
		v.awaitAction(before, v.seen.contract.page().Update)
		defer v.seen.exposures.readKept()
		return v.sendAgain(textNext)
	})
}

func (v *visitor) logNextIn() result {
	switch {
	case v.config.arrivesLoggedIn():
		if err := v.arrive(v.person); err != nil {
			return notDone(record.CauseUnable, "the next person cannot log in: %s", err)
		}
		if err := v.navigate(v.config.Page); err != nil {
			return notDone(record.CauseUnable, "%s", err)
		}
		return done
	case v.config.Login != nil:
		return v.do(record.PhaseLogin, []Step{v.config.Login.step()})
	}
	steps := v.wanted(v.config.before())
	if !v.canBegin(steps) { // the page does not show its login by itself
		if err := v.navigate(v.config.Page); err != nil {
			return notDone(record.CauseUnable, "%s", err)
		}
		steps = v.wanted(v.config.before())
	}
	if !v.canBegin(steps) && v.awaitWidget().done {
		return done // nobody is asked to log in: whose chat it is shows in what is said
	}
	return v.do(record.PhaseBefore, steps)
}

// wanted are the steps but for those at their beginning that the browser has made
// needless, such as a consent that the page remembers.
func (v *visitor) wanted(steps []Step) []Step {
	for len(steps) > 1 && steps[0].Click != "" && !v.present(steps[0].Click, time.Second) {
		steps = steps[1:]
	}
	return steps
}

// canBegin says whether what the first of the steps is about is there.
func (v *visitor) canBegin(steps []Step) bool {
	return len(steps) == 0 || steps[0].needs() == "" || v.present(steps[0].needs(), 2*time.Second)
}
