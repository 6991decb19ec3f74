package endpoint

import (
	"context"
	"regexp"
	"slices"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// codeFields matches the fields of a login that hold a code which only the user gets.
var codeFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:otp|totp|mfa|pin|(?:\w*_)?code|one_?time\w*|second_?factor)$`)

// halfway are the numbers of the steps before which the login has given a name and no
// password, or a password and not the code that belongs to it.
func (u *User) halfway() (numbers []int) {
	named, proved := false, false
	for i := range u.Login {
		names, proves := false, false
		coded := false
		for field, value := range u.Login[i].fields() {
			literal := value != "" && !valuePlace.MatchString(value)
			names = names || literal && whoFields.MatchString(field)
			proves = proves || secrets.IsPassword(field)
			coded = coded || literal && codeFields.MatchString(field)
		}
		if named && !proved && proves || proved && coded && !proves {
			numbers = append(numbers, i)
		}
		named, proved = named || names, proved || proves
	}
	return numbers
}

// halfLogins asks for tokens in the middle of the user's login: until it is complete, nobody
// is logged in.
func (g *gathering) halfLogins(ctx context.Context, user *User) {
	if g.held != nil {
		return
	}
	for _, number := range user.halfway() {
		v := g.visiting(ctx)
		v.become(user)
		done := g.turn(user)
		taken := g.advance(ctx, newSequence(v, record.VariantHalfLogin, slices.Clone(user.Login)), number)
		done()
		if v.become(nil); taken {
			g.askAs(ctx, v, user, record.VariantLoginIncomplete)
		}
	}
}
