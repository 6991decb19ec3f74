package endpoint

import (
	"context"
	"maps"
	"regexp"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// oneBrowser has two users share a browser. The second logs in while the first is still
// logged in, and logs out, which must not bring the first one back. Then the first logs
// in again.
func (g *gathering) oneBrowser(ctx context.Context, first, second *User) {
	shared := g.visiting(ctx)
	if !g.logIn(ctx, shared, first) {
		return
	}
	g.askAs(ctx, shared, first, record.VariantBesideUser)
	if !g.logInOver(ctx, shared, first, second) {
		// A new browser, because the refused login may have left anything in that one.
		shared = g.visiting(ctx)
		if !g.logIn(ctx, shared, first) || !g.logOut(ctx, shared, first) || !g.logIn(ctx, shared, second) {
			return
		}
	}
	g.askAs(ctx, shared, second, record.VariantNextUser)
	if g.logOut(ctx, shared, second) {
		g.askAs(ctx, shared, second, record.VariantAfterLogout)
		if g.logIn(ctx, shared, first) {
			g.askAs(ctx, shared, first, record.VariantNextUser)
		}
	}
}

// logInOver has the second user log in where the first one still is, and says whether that
// was a login. A site may ask for the logout first: it refuses, or an identity provider knows
// who is there and shows no form, or the page of the login leads on to the account of the
// first one.
func (g *gathering) logInOver(ctx context.Context, shared *visitor, first, second *User) bool {
	return !g.leadsOn(ctx, first, second) && g.tryLogin(ctx, shared, second, record.VariantLoginOver, second.Login)
}

// leadsOn says whether the site does not look at a login while somebody is logged in, and
// answers as if it had taken it: then it takes one with a wrong password there, which it
// refuses elsewhere.
func (g *gathering) leadsOn(ctx context.Context, first, second *User) bool {
	mistyped := second.mistypedLogin()
	if mistyped == nil {
		return false
	}
	inside, outside := g.visiting(ctx), g.visiting(ctx)
	return g.logIn(ctx, inside, first) &&
		g.tryLogin(ctx, inside, second, record.VariantLoginOver, mistyped) &&
		!g.tryLogin(ctx, outside, second, record.VariantLoginOver, mistyped)
}

// tryLogin sends the steps of a login that the site may well refuse, and says whether it
// takes them.
func (g *gathering) tryLogin(ctx context.Context, v *visitor, user *User, variant record.Variant, steps []Request) bool {
	v.become(user)
	defer g.turn(user)()
	return g.steps(ctx, v, variant, steps)
}

// lastName matches the last name in the name of a field, such as password in user[password].
var lastName = regexp.MustCompile(`\w+\W*$`)

// mistypedLogin is the login with another password; nil where no field has one.
func (u *User) mistypedLogin() []Request {
	return u.loginWith(func(field, value string) string {
		if !secrets.IsPassword(lastName.FindString(field)) {
			return value
		}
		return value + "-mistyped"
	})
}

// loginWith is the login with the values of its fields changed; nil where none changes.
func (u *User) loginWith(change func(field, value string) string) (steps []Request) {
	changed := false
	for _, step := range u.Login {
		step.Form = maps.Clone(step.Form)
		for field, value := range step.fill(u.Values).fields() {
			other := change(field, value)
			if other == value || valuePlace.MatchString(value) {
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
