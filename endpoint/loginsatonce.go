package endpoint

import (
	"context"
	"slices"
	"sync"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

// loginUnderWay is a login between two of its requests.
type loginUnderWay struct {
	*sequence
	refused bool
}

// loginOf begins a login of the visitor as the user, and sends nothing yet.
func loginOf(v *visitor, user *User) *loginUnderWay {
	v.become(user)
	return &loginUnderWay{sequence: newSequence(v, record.VariantLogin, user.Login)}
}

// logInAtOnce has users log in at the same time, each in a browser of their own. The
// requests of each step are sent at the same instant: a site must not mix up what it
// keeps of logins under way. It says whether all logins were accepted.
func (g *gathering) logInAtOnce(ctx context.Context, logins ...*loginUnderWay) bool {
	for _, l := range logins {
		defer g.turn(l.visitor.user)()
	}
	for {
		under := slices.DeleteFunc(slices.Clone(logins), func(l *loginUnderWay) bool { return l.refused || l.done() })
		if len(under) == 0 || g.pace.wait(ctx, len(under)) != nil {
			break
		}
		var sending sync.WaitGroup
		for _, l := range under {
			sending.Go(func() {
				defer panics.Tell()
				l.refused = !g.step(ctx, g.sendNow, l.sequence)
			})
		}
		sending.Wait()
	}
	all := true
	for _, l := range logins {
		if l.refused || !l.done() {
			all = false
			l.visitor.become(nil)
		}
	}
	return all
}
