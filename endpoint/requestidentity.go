package endpoint

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/webchatspec/webchatspec/record"
)

// The names under which careless endpoints take an identity from the request.
var (
	identityParameters = []string{"sub", "userId", "user_id", "userID", "user", "username", "uid", "id", "customerId", "customerID", "email", "login", "anonymousId"}
	identityHeaders    = []string{"X-User-Id", "X-User", "X-Username", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "X-Auth-User", "X-Customer-Id", "X-Sub", "X-Anonymous-Id", "X-Session-Id", "From"}
	// Rarer ones are offered all at once.
	rareParameters = []string{"visitor", "visitorId", "visitor_id", "clientId", "client_id", "deviceId", "device_id", "sid", "session", "sessionId", "name", "account", "customer", "anonymous_id", "identity", "subject", "uuid", "key", "nonce"}
	rareHeaders    = []string{"X-Visitor-Id", "X-Client-Id", "X-Device-Id", "X-Request-Id", "X-Correlation-Id", "X-Subject", "X-Identity", "X-Email", "X-Account", "X-Uid", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Client-Cert", "X-Ssl-Client-S-Dn"}
)

// proxyHeaders are those in which identity-aware proxies of clouds and servers
// tell who asks. A site that takes them from anybody believes anybody.
var proxyHeaders = map[string]func(id string) string{
	"X-Goog-Authenticated-User-Id":       func(id string) string { return "accounts.google.com:" + id },
	"X-Goog-Authenticated-User-Email":    func(id string) string { return "accounts.google.com:" + id + "@shop.example" },
	"X-Goog-Iap-Jwt-Assertion":           func(id string) string { return unsigned(map[string]any{"sub": id, "email": id}) },
	"X-Amzn-Oidc-Identity":               plainID,
	"X-Amzn-Oidc-Data":                   func(id string) string { return unsigned(map[string]any{"sub": id, "email": id}) },
	"X-Ms-Client-Principal-Id":           plainID,
	"X-Ms-Client-Principal-Name":         plainID,
	"X-Ms-Client-Principal":              func(id string) string { return base64.StdEncoding.EncodeToString([]byte(identityJSON(id))) },
	"Cf-Access-Authenticated-User-Email": plainID,
	"Cf-Access-Jwt-Assertion":            func(id string) string { return unsigned(map[string]any{"sub": id, "email": id}) },
	"X-Auth-Request-User":                plainID,
	"X-Auth-Request-Email":               plainID,
	"X-Auth-Request-Preferred-Username":  plainID,
	"X-Webauth-User":                     plainID,
	"X-Authentik-Username":               plainID,
	"X-Authentik-Uid":                    plainID,
	"X-Pomerium-Claim-Email":             plainID,
	"X-Pomerium-Claim-User":              plainID,
	"Tailscale-User-Login":               plainID,
	"X-Consumer-Id":                      plainID,
	"X-Consumer-Username":                plainID,
	"X-Consumer-Custom-Id":               plainID,
	"X-Credential-Identifier":            plainID,
	"X-Authenticated-Userid":             plainID,
	"X-Token-Subject":                    plainID,
	"X-Jwt-Sub":                          plainID,
	"X-Iap-User":                         plainID,
	"X-Envoy-User":                       plainID,
	"X-Mashape-User":                     plainID,
	"X-Vouch-User":                       plainID,
	"X-Sso-User":                         plainID,
	"X-User-Email":                       plainID,
	"Http-Remote-User":                   plainID,
	"Ssl-Client-Subject-Dn":              func(id string) string { return "CN=" + id },
}

func plainID(id string) string { return id }

// timesEach is how often each identity is offered: an endpoint that makes sub
// from it by a hash gives the two fresh visitors the same.
const timesEach = 2

var requestIdentityProbe = probe{
	name: record.ProbeRequestIdentity,
	requests: func(c *Client) int {
		return 1 + timesEach*(len(identityParameters)+len(identityHeaders)+len(manyPlaces)+3+len(c.configuredValues())) + 3*(len(manyPlaces)+1) + 2*len(c.config.Users)*len(manyPlaces)
	},
	intrusive: true,
	gather:    gatherRequestIdentity,
}

// gatherRequestIdentity offers an identity wherever a request has room for one:
// first one that nobody has, then such as the site gives, and those of others.
func gatherRequestIdentity(ctx context.Context, g *gathering) string {
	for _, name := range identityParameters {
		g.offer(ctx, record.VariantQuery, name, func(a *ask, value string) { a.query = queryOf(name, value) })
	}
	for _, name := range identityHeaders {
		g.offer(ctx, record.VariantHeader, name, func(a *ask, value string) { a.header = http.Header{name: {value}} })
	}
	for _, place := range manyPlaces {
		g.offer(ctx, place.variant, "", place.put)
	}
	g.offer(ctx, record.VariantBasicUser, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"+value))}}
	})
	g.offer(ctx, record.VariantBearer, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Bearer " + unsigned(map[string]any{"sub": value})}}
	})
	g.offer(ctx, record.VariantJSONBody, g.config.Method, func(a *ask, value string) { putJSON(a, g.config.Method, value) })
	for _, configured := range g.configuredValues() {
		g.offer(ctx, record.VariantConfigured, configured.about, configured.put)
	}
	g.offerOthers(ctx)
	return ""
}

// manyPlaces offer one identity in all places of a kind at once.
var manyPlaces = []struct {
	variant record.Variant
	put     func(a *ask, value string)
}{
	{record.VariantManyQueries, func(a *ask, value string) {
		query := url.Values{}
		for _, name := range slices.Concat(identityParameters, rareParameters) {
			query.Set(name, value)
		}
		a.query = query.Encode()
	}},
	{record.VariantManyHeaders, func(a *ask, value string) {
		a.header = http.Header{}
		for _, name := range slices.Concat(identityHeaders, rareHeaders) {
			a.header.Set(name, value)
		}
	}},
	{record.VariantProxyHeaders, func(a *ask, value string) {
		a.header = http.Header{}
		for name, form := range proxyHeaders {
			a.header.Set(name, form(value))
		}
	}},
	{record.VariantJSONBody, func(a *ask, value string) { putJSON(a, http.MethodPost, value) }},
	{record.VariantFormBody, func(a *ask, value string) {
		a.method, a.body, a.header = http.MethodPost, identityForm(value), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	}},
	{record.VariantBelow, func(a *ask, value string) { a.below = "/" + url.PathEscape(value) }},
	{record.VariantJSONWanted, func(a *ask, value string) {
		a.header, a.query = http.Header{"Accept": {"application/json"}}, queryOf("sub", value)+"&"+queryOf("userId", value)
	}},
}

func putJSON(a *ask, method, value string) {
	a.method, a.body, a.header = method, identityJSON(value), http.Header{"Content-Type": {"application/json"}}
}

// offerOthers offers what only somebody who knows the site would: an id of the
// form that it gives, the id of another visitor, and what points to a user; as a
// newcomer and as a visitor whom the site knows.
func (g *gathering) offerOthers(ctx context.Context) {
	victim := g.askFresh(ctx, ask{probe: record.ProbeRequestIdentity, variant: record.VariantVictim})
	if len(victim.sub) < 4 || victim.sub == g.firstAnswer.sub {
		return // nothing of one's own to be taken
	}
	alike, _ := sameShape(victim.sub)
	for _, place := range manyPlaces {
		if alike, err := url.PathUnescape(alike); err == nil && alike != "" {
			g.offerAs(ctx, place.variant, "id of the site's form", "", alike, place.put)
		}
		g.offerAs(ctx, place.variant, "id of another visitor", "", victim.sub, place.put)
		g.offerAs(ctx, place.variant, "id of another visitor", "from a known visitor", victim.sub, place.put)
		for i := range g.config.Users {
			ids := g.config.Users[i].identifiers()
			for _, id := range ids[:min(len(ids), 2)] {
				g.offerAs(ctx, place.variant, "identifier of "+g.config.Users[i].Name, "", id, place.put)
			}
		}
	}
}

// offerAs offers an identity once, as a newcomer or as a visitor whom the site knows.
func (g *gathering) offerAs(ctx context.Context, variant record.Variant, what, known, value string, put func(a *ask, value string)) {
	a := ask{
		probe: record.ProbeRequestIdentity, variant: variant, about: strings.TrimSpace(what + " " + known), odd: true,
		inputs: map[string]string{what: value},
	}
	put(&a, value)
	if !sendable(a.header) {
		return
	}
	send := g.askFresh
	if known != "" {
		send = func(ctx context.Context, a ask) *answer {
			a.visitor = g.first.copyJar(g.newVisitor().name, g.endpoint)
			return g.send(ctx, a)
		}
	}
	inSub := func(result *answer) bool {
		return slices.ContainsFunc(result.exchange.Echoes, func(echo record.Echo) bool { return echo.Where == "sub" })
	}
	// An id from a small range may be given by chance, but not twice.
	if first := send(ctx, a); inSub(first) && !inSub(send(ctx, a)) {
		g.notes.amend(first.exchange.ID, func(x *record.Exchange) { x.Echoes = nil })
	}
}

// sendable says whether HTTP can carry the headers: an id of the site may have a
// line break in it, which is another check's finding.
func sendable(header http.Header) bool {
	for _, values := range header {
		if slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return false
		}
	}
	return true
}

// configuredValue is a text in the configured query or body, which a visitor's
// page sends and anybody may change.
type configuredValue struct {
	about string
	put   func(a *ask, value string)
}

// configuredValues are the texts in the configured query and body that may say
// who asks. Each is replaced by itself, as the others may be what makes the
// request a right one.
func (c *Client) configuredValues() []configuredValue {
	var found []configuredValue
	query := c.endpoint.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		found = append(found, configuredValue{"query " + name, func(a *ask, value string) {
			address, changed := *c.endpoint, maps.Clone(query)
			changed[name] = []string{value}
			address.RawQuery = changed.Encode()
			a.address = &address
		}})
	}
	var body any
	if json.Unmarshal([]byte(c.config.Body), &body) == nil {
		eachString(body, "", func(path, text string) {
			if len(text) > 200 { // a query, not an id
				return
			}
			found = append(found, configuredValue{"body " + path, func(a *ask, value string) { a.body = withString(c.config.Body, path, value) }})
		})
	} else if isForm(c.config.Body) {
		form, _ := url.ParseQuery(c.config.Body)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			found = append(found, configuredValue{"body " + name, func(a *ask, value string) {
				changed := maps.Clone(form)
				changed[name] = []string{value}
				a.body = changed.Encode()
			}})
		}
	}
	return found[:min(len(found), maxConfigured)]
}

// maxConfigured is how many values of the configuration are replaced.
const maxConfigured = 12

// withString returns JSON text with the string at path replaced.
func withString(text, path, with string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	changed, _ := json.Marshal(replaceAt(value, "", path, with)) // was decoded from JSON
	return string(changed)
}

func replaceAt(value any, at, path, with string) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = replaceAt(inner, strings.TrimPrefix(at+"."+name, "."), path, with)
		}
	case []any:
		for i, inner := range v {
			v[i] = replaceAt(inner, at, path, with)
		}
	default:
		if at == path {
			return with
		}
	}
	return value
}

// offer asks for fresh visitors that all offer the same marked identity.
func (g *gathering) offer(ctx context.Context, variant record.Variant, about string, put func(a *ask, value string)) {
	value := mark()
	for range timesEach {
		a := ask{probe: record.ProbeRequestIdentity, variant: variant, about: about, odd: true, inputs: map[string]string{offered(variant, about): value}}
		put(&a, value)
		g.askFresh(ctx, a)
	}
}

// offered names the input in words.
func offered(variant record.Variant, about string) string {
	return strings.TrimSpace(string(variant) + " " + about)
}

// queryOf is one parameter of a query.
func queryOf(name, value string) string { return url.QueryEscape(name) + "=" + url.QueryEscape(value) }

func identityJSON(value string) string {
	members := map[string]string{}
	for _, name := range identityParameters {
		members[name] = value
	}
	text, _ := json.Marshal(members)
	return string(text)
}

func identityForm(value string) string {
	form := url.Values{}
	for _, name := range identityParameters {
		form.Set(name, value)
	}
	return form.Encode()
}

// unsigned returns a token with alg none, which nobody should believe.
func unsigned(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	return strings.Join([]string{
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)),
		base64.RawURLEncoding.EncodeToString(payload), "",
	}, ".")
}
