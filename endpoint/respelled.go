package endpoint

import (
	"context"
	"strings"
	"unicode"

	"github.com/webchatspec/webchatspec/record"
)

// respelled logs the user in with the name in upper case instead of lower case and the other
// way round, where only users are served. The site may refuse that login. If it does not,
// the token must be that of the same user.
func (g *gathering) respelled(ctx context.Context, user *User) {
	steps := user.respelledLogin()
	if g.anonymous || g.held != nil || steps == nil || !g.notes.sends(record.ProbeForgedLogins) {
		return
	}
	v := g.visiting(ctx)
	if !g.tryLogin(ctx, v, user, record.VariantLoginRespelled, steps) {
		return
	}
	g.send(ctx, ask{probe: record.ProbeForgedLogins, variant: record.VariantRespelledName, about: user.Name, visitor: v, odd: true})
	g.logOut(ctx, v, user)
}

// respelledLogin is the login with the case of the user's name changed; nil where the login
// sends no name with letters.
func (u *User) respelledLogin() []Request {
	return u.loginWith(func(field, name string) string {
		if !nameFields.MatchString(field) {
			return name
		}
		return strings.Map(otherCase, name)
	})
}

// otherCase turns a capital into a small letter, and any other letter into a capital.
func otherCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}
