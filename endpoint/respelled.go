package endpoint

import (
	"context"
	"maps"
	"strings"
	"unicode"

	"github.com/webchatspec/webchatspec/record"
)

// respelled logs the user in under the name in other capitals, where only users are served.
// The site may refuse that. Whoever it lets in is the same person.
func (g *gathering) respelled(ctx context.Context, user *User) {
	steps := user.respelledLogin()
	if g.anonymous || g.held != nil || steps == nil || !g.notes.sends(record.ProbeForgedLogins) {
		return
	}
	v := g.visiting(ctx)
	v.become(user)
	done := g.turn(user)
	taken := g.steps(ctx, v, record.VariantLoginRespelled, steps)
	if done(); !taken {
		return
	}
	g.send(ctx, ask{probe: record.ProbeForgedLogins, variant: record.VariantRespelledName, about: user.Name, visitor: v, odd: true})
	g.logOut(ctx, v, user)
}

// respelledLogin is the login with the user's name in other capitals; nil where it has none.
func (u *User) respelledLogin() (steps []Request) {
	changed := false
	for _, step := range u.Login {
		step.Form = maps.Clone(step.Form)
		for field, name := range step.fill(u.Values).fields() {
			other := strings.Map(otherCase, name)
			if other == name || valuePlace.MatchString(name) || !nameFields.MatchString(field) {
				continue
			}
			if changed = true; step.Form[field] != "" {
				step.Form[field] = other
			} else {
				step.JSON = withString(step.JSON, field, other)
			}
		}
		steps = append(steps, step)
	}
	if !changed {
		return nil
	}
	return steps
}

// otherCase is the letter as a capital or, where it is one, as none.
func otherCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}
