package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

var relyingProbe = probe{
	name:     record.ProbeRelying,
	requests: func(c *Client) int { return 1 + len(c.config.Relying)*(mostForgeries+7) },
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

// gatherRelying gives each relying endpoint a right token, none, and forged
// ones. The variants "valid" and "none" say what its answers mean.
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
	for i := range g.config.Relying {
		g.present(ctx, i, session, forger, callbacks)
	}
	g.presentExpired(ctx, session)
	return ""
}

// longestLeeway is for how long after the expiry verifiers commonly take a token
// for clocks that differ.
const longestLeeway = 65 * time.Second

// presentExpired gives the endpoints the right token once it has expired for good,
// where the user waits for that.
func (g *gathering) presentExpired(ctx context.Context, session *answer) {
	exp, ok := claimsOf(session.text)["exp"].(float64)
	left := time.Until(time.UnixMilli(int64(exp * 1000))) // the longest duration for an expiry in centuries
	if !ok || left > g.config.MaxWait-g.leeway {
		return
	}
	g.notes.tell("waiting " + record.Span((left + g.leeway).Seconds()) + " until a right token has expired for good (--max-wait)")
	if sleep(ctx, left+g.leeway) != nil {
		return
	}
	for i := range g.config.Relying {
		g.giveToken(ctx, i, session.text, ask{
			probe: record.ProbeRelying, variant: record.VariantForged, visitor: session.visitor,
			about: record.AboutExpired + ", for " + record.Span(g.leeway.Seconds()),
		})
	}
}

// present gives one endpoint the tokens. Where the right token is not enough
// without the visitor's cookies, they go with every request.
func (g *gathering) present(ctx context.Context, number int, session *answer, forger *forger, callbacks *callbacks) {
	var v *visitor
	give := func(variant record.Variant, about, token string) *answer {
		return g.giveToken(ctx, number, token, ask{probe: record.ProbeRelying, variant: variant, about: about, visitor: v})
	}
	if valid := give(record.VariantValid, "", session.text); valid.status < 200 || valid.status > 299 {
		v = session.visitor
		give(record.VariantValidWithCookies, "", session.text)
	}
	give(record.VariantNone, "", "")
	for _, forged := range forger.tokens(g.config.PublicKeys) {
		give(record.VariantForged, forged.how, forged.token)
	}
	for _, other := range forger.otherAlgorithms() {
		give(record.VariantOtherAlgorithm, other.how, other.token)
	}
	if u, err := g.endpoint.Parse(g.config.Relying[number].URL); err != nil || !g.local(u) {
		return // nobody elsewhere could reach the listener
	}
	for _, name := range []string{"jku", "x5u", "kid", "iss"} {
		place, hits := callbacks.place(name)
		result := give(record.VariantPointing, name, forger.pointing(name, place))
		if sleep(ctx, listenTime) != nil {
			return
		}
		if seen := hits(); len(seen) > 0 {
			g.notes.amend(result.exchange.ID, func(exchange *record.Exchange) { exchange.Callbacks = seen })
		}
	}
}

// giveToken sends the request to a relying endpoint with the token where it belongs.
func (g *gathering) giveToken(ctx context.Context, number int, token string, a ask) *answer {
	request := &g.config.Relying[number]
	known := a.visitor.valuesOrNone()
	known["token"] = token
	filled := request.fill(known)
	address, err := filled.resolve(g.endpoint)
	if err != nil {
		return g.stopped(&a) // checked before: cannot happen
	}
	body, contentType := filled.body()
	a.header = http.Header{}
	if contentType != "" {
		a.header.Set("Content-Type", contentType)
	}
	setAll(a.header, filled.Header)
	if !request.hasPlace("token") && token != "" {
		a.header.Set("Authorization", "Bearer "+token)
	}
	a.relying, a.foreign, a.method, a.address, a.body = number+1, true, filled.method(), address, body
	return g.send(ctx, a)
}
