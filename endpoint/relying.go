package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

var relyingProbe = probe{
	name:     record.ProbeRelying,
	requests: func(c *Client) int { return 1 + (mostForgeries+7)*withHops(c.config.Relying) },
	remedy:   "relying in the configuration",
	skip: func(c *Client) string {
		if len(c.config.Relying) == 0 {
			return "no endpoint that takes the token back is configured"
		}
		return ""
	},
	intrusive: true,
	asks:      func(c *Client) []*url.URL { return c.addressesOf(c.config.Relying) },
	gather:    gatherRelying,
}

// listenTime is how long a relying endpoint has to ask our listener after its answer.
const listenTime = 200 * time.Millisecond

// gatherRelying sends each relying endpoint a valid token, no token, and forged ones. The
// answers to the first two show what acceptance and refusal look like.
func gatherRelying(ctx context.Context, g *gathering) string {
	session := g.askFresh(ctx, ask{probe: record.ProbeRelying, variant: record.VariantToken})
	if !session.ok() || strings.Count(session.text, ".") != 2 {
		return noToken
	}
	forger, err := newForger(session.text, g.signingKey)
	if err != nil {
		return err.Error()
	}
	callbacks, err := listenForCallbacks(forger)
	if err != nil {
		return err.Error()
	}
	defer callbacks.close()
	var endpoints []*relyingEndpoint
	for i := range g.config.Relying {
		endpoints = append(endpoints, g.present(ctx, i, session, forger, callbacks))
	}
	g.presentExpired(ctx, session, endpoints)
	return ""
}

// longestLeeway is how long after its expiry verifiers commonly still accept a token, to
// allow for clocks that differ.
const longestLeeway = 65 * time.Second

// presentExpired sends the endpoints the valid token again after its expiry and the longest
// leeway, if the user is willing to wait for that.
func (g *gathering) presentExpired(ctx context.Context, session *answer, endpoints []*relyingEndpoint) {
	exp, ok := session.expiry()
	left := time.Until(time.UnixMilli(int64(exp * 1000))) // saturates for an expiry centuries ahead
	if !ok || left > g.config.MaxWait-g.leeway {
		return
	}
	g.notes.tell("waiting " + record.Span((left + g.leeway).Seconds()) + " until a right token has expired for good (--max-wait)")
	if sleep.For(ctx, left+g.leeway) != nil {
		return
	}
	for _, at := range endpoints {
		at.visitor = session.visitor
		at.give(ctx, record.VariantForged, record.AboutExpired+", for "+record.Span(g.leeway.Seconds()), session.text)
	}
}

// relyingEndpoint is an endpoint of the site to which the token is sent back, while it is
// tested.
type relyingEndpoint struct {
	*gathering
	number  int
	visitor *visitor
	// led are the paths to which the endpoint redirects when the token is valid. A
	// redirect to any other, such as the login, is a refusal.
	led []string
}

// present sends one endpoint all tokens. Where the valid token is refused without the
// visitor's cookies, they are sent with every request.
func (g *gathering) present(ctx context.Context, number int, session *answer, forger *forger, callbacks *callbacks) *relyingEndpoint {
	at := &relyingEndpoint{gathering: g, number: number}
	if valid := at.give(ctx, record.VariantValid, "", session.text); valid.status < 200 || valid.status > 299 {
		at.visitor = session.visitor
		at.give(ctx, record.VariantValidWithCookies, "", session.text)
	}
	at.give(ctx, record.VariantNone, "", "")
	each(g, forger.tokens(g.config.PublicKeys), func(f forged) { at.give(ctx, record.VariantForged, f.how, f.token) })
	each(g, forger.otherAlgorithms(), func(f forged) { at.give(ctx, record.VariantOtherAlgorithm, f.how, f.token) })
	if u, err := g.endpoint.Parse(g.config.Relying[number].URL); err != nil || !g.local(u) {
		return at // nobody elsewhere could reach the listener
	}
	for _, name := range []string{"jku", "x5u", "kid", "iss"} {
		place, hits := callbacks.place(name)
		result := at.give(ctx, record.VariantPointing, name, forger.pointing(name, place))
		if sleep.For(ctx, listenTime) != nil {
			return at
		}
		if seen := hits(); len(seen) > 0 {
			g.notes.amend(result.exchange.ID, func(exchange *record.Exchange) { exchange.Callbacks = seen })
		}
	}
	return at
}

// give sends the request with the token in its place, and follows redirects where the
// configuration says so.
func (at *relyingEndpoint) give(ctx context.Context, variant record.Variant, about, token string) *answer {
	for request := &at.config.Relying[at.number]; ; {
		a := ask{probe: record.ProbeRelying, variant: variant, about: about, visitor: at.visitor, relying: at.number + 1, foreign: true}
		known := at.visitor.valuesOrNone()
		known["token"] = token
		filled := request.fill(known)
		address, err := filled.resolve(at.endpoint)
		if err != nil {
			return at.stopped(&a) // checked before: cannot happen
		}
		body, contentType := filled.body()
		a.method, a.address, a.body, a.header = filled.method(), address, body, http.Header{}
		if contentType != "" {
			a.header.Set("Content-Type", contentType)
		}
		setAll(a.header, filled.Header)
		if !at.config.Relying[at.number].hasPlace("token") && token != "" {
			a.header.Set("Authorization", "Bearer "+token)
		}
		result := at.send(ctx, a)
		if request = at.next(request, variant, result.reply(address)); request == nil {
			return result
		}
	}
}

// next is the request to which a redirect leads, or nil when it is not to be followed.
func (at *relyingEndpoint) next(request *Request, variant record.Variant, reply Reply) *Request {
	if !request.Follow || reply.Status < 300 || reply.Status > 399 || reply.Header.Get("Location") == "" {
		return nil
	}
	next, err := request.redirected(at.Client, reply, nil)
	if err != nil {
		return nil
	}
	to, err := reply.From.Parse(next.URL)
	if err != nil || to.Host != reply.From.Host { // no browser sends the token along
		return nil
	}
	if variant == record.VariantValid || variant == record.VariantValidWithCookies {
		at.led = append(at.led, to.Path)
	}
	if !slices.Contains(at.led, to.Path) {
		return nil
	}
	next.Header = request.Header
	return next
}
