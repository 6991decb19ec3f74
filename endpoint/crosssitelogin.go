package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var crossSiteLoginProbe = probe{
	name:     record.ProbeCrossSiteLogin,
	requests: func(*Client) int { return 3 * (3 + mostForms*(1+mostPretended)) },
	remedy:   "users in the configuration",
	skip: func(c *Client) string {
		if !slices.ContainsFunc(c.config.Users, hasLogin) {
			return "no user with a login request is configured"
		}
		return ""
	},
	intrusive: true,
	asks: func(c *Client) []*url.URL {
		asked := []*url.URL{c.endpoint}
		if i := slices.IndexFunc(c.config.Users, hasLogin); i >= 0 {
			asked = append(asked, c.addressesOf(c.config.Users[i].Login)...)
		}
		return asked
	},
	gather: gatherCrossSiteLogin,
}

// foreignSite is the origin of the page that forges requests.
const foreignSite = "https://" + foreignName

// mostForms is how many forms are forged at most.
const mostForms = 3

// gatherCrossSiteLogin sends the login as a link or a form on another site would. The
// forger has visited the site before and knows what its login page contains.
func gatherCrossSiteLogin(ctx context.Context, g *gathering) string {
	defer g.alone()()
	user := &g.config.Users[slices.IndexFunc(g.config.Users, hasLogin)]
	forger, last := g.visiting(ctx), len(user.Login)-1
	forger.become(user)
	steps := newSequence(forger, record.VariantLogin, user.Login)
	if !g.advance(ctx, steps, last) {
		return ""
	}
	login := user.Login[last].fill(forger.valuesOrNone())
	address, err := login.resolve(g.endpoint)
	if err != nil {
		return err.Error() // checked before: cannot happen
	}
	if len(login.fields()) > 0 || len(address.Query()) > 0 {
		link := login.asQuery(address)
		way := record.ForgedByLink
		if login.method() == http.MethodGet && valuePlace.MatchString(user.Login[last].URL) {
			way = record.ForgedBySentLink
		}
		g.forgeLogin(ctx, way, ask{method: http.MethodGet, address: link})
		if login.method() != http.MethodGet { // many frameworks take the method from a parameter
			telling := *link
			telling.RawQuery += "&" + queryOf("_method", login.method())
			g.forgeLogin(ctx, record.ForgedByLink+" that tells a method", ask{method: http.MethodGet, address: &telling})
		}
	}
	for _, form := range forgedForms(login, &user.Login[last]) {
		form.method, form.address = http.MethodPost, address
		if status := g.forgeLogin(ctx, form.about, form); slices.Contains(bodyRefused, status) {
			continue
		}
		for _, origin := range pretendedOrigins(address) {
			pretending := form
			pretending.header = form.header.Clone()
			setAll(pretending.header, origin.header)
			g.forgeLogin(ctx, form.about+" "+origin.how, pretending)
		}
	}
	steps.variant = record.VariantLoginForging
	if callback := g.callback(ctx, steps); callback != nil {
		g.forgeLogin(ctx, record.ForgedByLink+" with what a single sign-on has given to somebody else", ask{method: http.MethodGet, address: callback})
	}
	return ""
}

// forgedForms are the bodies with which another site can forge the login: a form with all
// of its fields, one without those whose values the site gives, and its JSON under a
// type that forms can send.
func forgedForms(login, configured *Request) []ask {
	all, own := url.Values{}, url.Values{}
	for name, value := range login.fields() {
		all.Set(name, value)
		if !valuePlace.MatchString(configured.fields()[name]) {
			own.Set(name, value)
		}
	}
	forms := []ask{{about: record.ForgedByForm, body: all.Encode(), header: http.Header{"Content-Type": {formType}}}}
	if len(own) < len(all) && len(own) > 0 {
		forms = append(forms, ask{about: record.ForgedByOwnForm, body: own.Encode(), header: http.Header{"Content-Type": {formType}}})
	}
	if login.JSON != "" {
		forms = append(forms, ask{about: record.ForgedByTextForm, body: login.JSON, header: http.Header{"Content-Type": {"text/plain"}}})
	}
	return forms
}

// callback follows the last step of a login to the address at which a single sign-on hands
// the user back to the site. Whoever opens it is logged in. It is nil where there is none.
func (g *gathering) callback(ctx context.Context, login *sequence) *url.URL {
	last := &login.steps[login.number]
	for !login.done() {
		to, err := g.endpoint.Parse(login.request.URL)
		if err == nil && login.request.hops > 0 && slices.ContainsFunc(signOnParameters, to.Query().Has) {
			return to
		}
		if !g.step(ctx, g.send, login) || !last.Follow {
			return nil
		}
	}
	return nil
}

// signOnParameters are the parameters with which a single sign-on tells the site who has
// logged in.
var signOnParameters = []string{"code", "ticket", "SAMLResponse", "id_token", "token", "assertion"}

// bodyRefused are the statuses of a login that refuses the form of a body, whichever site
// has sent it.
var bodyRefused = []int{http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}

// pretended is an origin that a forging page can make the browser send.
type pretended struct {
	how    string
	header http.Header
}

// mostPretended is how many such origins are tried.
const mostPretended = 4

// pretendedOrigins are those that a careless comparison takes for the site's own: that of
// a sandboxed frame, those of hosts whose names begin or end like the site's, and none
// at all, as old browsers send it.
func pretendedOrigins(login *url.URL) []pretended {
	from := func(origin string) http.Header { return http.Header{"Origin": {origin}, "Referer": {origin + "/"}} }
	return []pretended{
		{"with a null origin", http.Header{"Origin": {"null"}, "Referer": nil}},
		{"from an origin that begins like the site's", from(login.Scheme + "://" + login.Host + "." + foreignName)},
		{"from an origin that ends like the site's", from(login.Scheme + "://" + strings.TrimSuffix(foreignName, ".example") + login.Host)},
		{"without an origin", http.Header{"Origin": nil, "Referer": nil}},
	}
}

// forgeLogin asks for a token, sends the forged request from the same browser, and asks
// again. It returns the status of the forged request.
func (g *gathering) forgeLogin(ctx context.Context, way string, forged ask) (status int) {
	v := g.visiting(ctx)
	token := ask{probe: record.ProbeCrossSiteLogin, variant: record.VariantBeforeForgery, about: way, visitor: v, odd: !g.anonymous}
	token.inputs, token.users = g.marks()
	g.send(ctx, token)
	header := http.Header{
		"Referer": {foreignSite + "/"}, "Sec-Fetch-Site": {"cross-site"},
		"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"},
	}
	if forged.method != http.MethodGet {
		header.Set("Origin", foreignSite)
	}
	setAll(header, forged.header)
	forged.probe, forged.variant, forged.about = token.probe, record.VariantForgery, way
	forged.visitor, forged.foreign, forged.header = v, true, header
	forged.exact, forged.cookies = true, v.crossSiteCookies(forged.address, forged.method)
	answer := g.send(ctx, forged)
	token.variant = record.VariantAfterForgery
	g.send(ctx, token)
	return answer.status
}
