package endpoint

import (
	"context"

	"github.com/webchatspec/webchatspec/record"
)

// maxCookies is how many of a visitor's cookies are examined.
const maxCookies = 5

var cookieRolesProbe = probe{
	name:     record.ProbeCookieRoles,
	requests: func(*Client) int { return maxCookies },
	gather:   gatherCookieRoles,
}

// gatherCookieRoles finds out which cookies carry the identity: those without
// which the same visitor is given another sub.
func gatherCookieRoles(ctx context.Context, g *gathering) string {
	cookies := g.first.cookies(g.endpoint)
	if len(cookies) == 0 {
		return "the endpoint sets no cookies"
	}
	for _, cookie := range cookies[:min(len(cookies), maxCookies)] {
		g.send(ctx, ask{
			probe: record.ProbeCookieRoles, variant: record.VariantWithoutCookie, about: cookie.Name, odd: true,
			visitor: g.first.copyJar(g.newVisitor().name, g.endpoint), exact: true, cookies: withoutCookie(cookies, cookie.Name),
		})
	}
	return ""
}

// markIdentityCookies marks the cookies that the probe has found to carry the identity, in
// all answers. Sub is the visitor's when all cookies are sent.
func markIdentityCookies(evidence *record.Evidence, sub string) {
	if sub == "" {
		return
	}
	carriers := map[string]bool{}
	for _, token := range evidence.Tokens {
		if token.Probe == record.ProbeCookieRoles && token.Variant == record.VariantWithoutCookie && token.Sub() != sub {
			carriers[token.About] = true
		}
	}
	for _, exchange := range evidence.Exchanges {
		if exchange.Response == nil {
			continue
		}
		for j := range exchange.Response.Cookies {
			cookie := &exchange.Response.Cookies[j]
			cookie.Identity = carriers[cookie.Name]
		}
	}
}
