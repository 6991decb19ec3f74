package endpoint

import (
	"context"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// withoutVariant begins the variants of the probe: the cookie that was left off
// follows.
const withoutVariant = "without cookie "

// maxCookies is how many of a visitor's cookies are looked into.
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
			probe: record.ProbeCookieRoles, variant: withoutVariant + cookie.Name, odd: true,
			visitor: g.newVisitor(), exact: true, cookies: withoutCookie(cookies, cookie.Name),
		})
	}
	return ""
}

// markIdentityCookies notes what the probe has shown at the cookies of all answers.
func (g *gathering) markIdentityCookies() {
	if g.firstAnswer == nil || g.firstAnswer.sub == "" {
		return
	}
	carriers := map[string]bool{}
	for _, token := range g.evidence.Tokens {
		name, isRole := strings.CutPrefix(token.Variant, withoutVariant)
		if isRole && token.Probe == record.ProbeCookieRoles && token.Sub() != g.firstAnswer.sub {
			carriers[name] = true
		}
	}
	for i := range g.evidence.Exchanges {
		response := g.evidence.Exchanges[i].Response
		if response == nil {
			continue
		}
		for j := range response.Cookies {
			response.Cookies[j].Identity = carriers[response.Cookies[j].Name]
		}
	}
}
