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
	v       *visitor
	user    *User
	number  int      // of the step under way
	request *Request // to be sent next; nil when there is none
	refused bool
}

// logInAtOnce lets users log in at the same time, each in a browser of their own, with
// each request at the same instant: what a site keeps of a login under way must be kept
// for each. It says whether all were let in.
func (g *gathering) logInAtOnce(ctx context.Context, logins ...*loginUnderWay) bool {
	for _, l := range logins {
		l.v.become(l.user)
		if len(l.user.Login) > 0 {
			l.request = &l.user.Login[0]
		}
	}
	for {
		under := slices.DeleteFunc(slices.Clone(logins), func(l *loginUnderWay) bool { return l.request == nil })
		if len(under) == 0 || g.pace.wait(ctx, len(under)) != nil {
			break
		}
		var sending sync.WaitGroup
		for _, l := range under {
			sending.Go(func() {
				defer panics.Tell()
				g.advance(ctx, l)
			})
		}
		sending.Wait()
	}
	all := true
	for _, l := range logins {
		if l.refused || l.request != nil {
			all = false
			l.v.become(nil)
		}
	}
	return all
}

// advance sends the next request of the login.
func (g *gathering) advance(ctx context.Context, l *loginUnderWay) {
	last := l.number == len(l.user.Login)-1
	next, ok := g.step(ctx, g.sendNow, l.v, record.VariantLogin, l.user.Login, l.number, l.request, false)
	l.refused = !ok
	if next == nil && ok && !last {
		l.number++
		next = &l.user.Login[l.number]
	}
	l.request = next
}
