package endpoint

import (
	"context"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// freshVisitors is how many visitors ask at first.
	freshVisitors = 3
	// secondsApart is the pause after which a token must have a later iat.
	secondsApart = 2100 * time.Millisecond
	// laterCalls is how often each visitor asks after the pause.
	laterCalls = 3
	// mostGrowing is how many calls more the first visitor makes where cookies grow with
	// each one, such as one that collects what the visitor was given: they may become
	// longer than browsers keep.
	mostGrowing = 40
)

// agents are the User-Agents of the first visitors, as common browsers have them.
var agents = []string{
	"",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
}

var visitorsProbe = probe{
	name: record.ProbeVisitors,
	requests: func(c *Client) int {
		return freshVisitors + freshVisitors*laterCalls + 1 + mostGrowing
	},
	tellsWithoutTokens: true,
	gather:             gatherVisitors,
}

// setApart gives the visitor an address and an agent of its own, so that two visitors have
// nothing in common. Only on loopback there are several addresses to send from.
func (v *visitor) setApart(number int, loopback bool) *visitor {
	v.agent = agents[number%len(agents)]
	if loopback && number > 0 {
		v.local = loopbackAddress(number)
	}
	return v
}

// loopbackAddress returns 127.0.0.2 for 1 and so on.
func loopbackAddress(number int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + number)})
}

// gatherVisitors asks for a few visitors at once, and again after a pause.
func gatherVisitors(ctx context.Context, g *gathering) string {
	for i, v := range g.starters[1:] {
		if v.asked() { // already, because the first one got no token
			continue
		}
		g.begin(ctx, v, i+1)
		g.send(ctx, ask{probe: record.ProbeVisitors, visitor: v})
	}
	if g.tokenless || sleep.For(ctx, g.apart) != nil {
		return ""
	}
	var asking sync.WaitGroup
	for _, v := range g.starters {
		asking.Go(func() {
			defer panics.Tell()
			grows := v == g.first
			for range laterCalls {
				grows = g.callAgain(ctx, v) && grows
			}
			for n := 0; grows && n < mostGrowing; n++ {
				grows = g.callAgain(ctx, v)
			}
		})
	}
	asking.Wait()
	late := g.newVisitor().setApart(freshVisitors, g.loopback)
	g.begin(ctx, late, freshVisitors)
	g.send(ctx, ask{probe: record.ProbeVisitors, variant: record.VariantLate, visitor: late})
	return ""
}

// callAgain asks as the visitor, and says whether the visitor's cookies are longer now.
func (g *gathering) callAgain(ctx context.Context, v *visitor) (grown bool) {
	before := v.cookieBytes(g.endpoint)
	g.send(ctx, ask{probe: record.ProbeVisitors, visitor: v})
	return v.cookieBytes(g.endpoint) > before
}

// cookieBytes is how long the values of the cookies are that the visitor sends to the address.
func (v *visitor) cookieBytes(address *url.URL) (sum int) {
	for _, cookie := range v.cookies(address) {
		sum += len(cookie.Value)
	}
	return sum
}
