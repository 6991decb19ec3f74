package endpoint

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// alike is how many fresh visitors ask in every respect like each other.
	alike = 3
	// apart is how many fresh visitors differ from them in one respect.
	apart = 3
)

var networkProbe = probe{
	name: record.ProbeNetwork,
	requests: func(c *Client) int {
		if c.loopback {
			return alike + 3*apart
		}
		return alike + apart
	},
	skip:   onlyAnonymous,
	gather: gatherNetwork,
}

// gatherNetwork asks for fresh visitors that have address and agent in common,
// and for some that differ in one of them.
func gatherNetwork(ctx context.Context, g *gathering) string {
	for i := range alike {
		// In another second, so that a token kept for an address shows as such.
		if i == alike-1 && sleep(ctx, g.apart) != nil {
			return ""
		}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantSameNetwork})
	}
	for i := range apart {
		agent := http.Header{"User-Agent": {agents[1+i%(len(agents)-1)]}}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantOtherAgent, header: agent})
	}
	if !g.loopback {
		return ""
	}
	for i := range apart {
		v := g.newVisitor()
		v.local = loopbackAddress(10 + i)
		g.begin(ctx, v, v.number, false)
		g.send(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantOtherAddress, visitor: v})
	}
	for i := range apart { // the first two from one address
		address := fmt.Sprintf("203.0.113.%d", 10+i/2) // RFC 5737: for documentation
		forwarded := http.Header{"X-Forwarded-For": {address}, "X-Real-Ip": {address}, "Forwarded": {"for=" + address}}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantForwardedAddress, about: address, header: forwarded})
	}
	return ""
}

var hostsProbe = probe{
	name:      record.ProbeHosts,
	requests:  func(*Client) int { return 2 },
	intrusive: true,
	gather:    gatherHosts,
}

// gatherHosts asks under another name that leads to the same endpoint. An
// endpoint that refuses names it does not know does well.
func gatherHosts(ctx context.Context, g *gathering) string {
	other := "localhost"
	if g.endpoint.Hostname() == other {
		other = "127.0.0.1"
	}
	if port := g.endpoint.Port(); port != "" {
		other = net.JoinHostPort(other, port)
	}
	g.askFresh(ctx, ask{probe: record.ProbeHosts, variant: record.VariantOtherHost, odd: true, header: http.Header{"Host": {other}}})
	g.askFresh(ctx, ask{probe: record.ProbeHosts, variant: record.VariantForwardedHost, odd: true, header: http.Header{"X-Forwarded-Host": {"other.example"}}})
	return ""
}

// The names under which careless endpoints take an identity from the request.
var (
	identityParameters = []string{"sub", "userId", "user_id", "userID", "user", "username", "uid", "id", "customerId", "customerID", "email", "login", "anonymousId"}
	identityHeaders    = []string{"X-User-Id", "X-User", "X-Username", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "X-Auth-User", "X-Customer-Id", "X-Sub", "X-Anonymous-Id", "X-Session-Id", "From"}
	// Rarer ones are offered all at once.
	rareParameters = []string{"visitor", "visitorId", "visitor_id", "clientId", "client_id", "deviceId", "device_id", "sid", "session", "sessionId", "name", "account", "customer", "anonymous_id", "identity", "subject", "uuid", "key", "nonce"}
	rareHeaders    = []string{"X-Visitor-Id", "X-Client-Id", "X-Device-Id", "X-Request-Id", "X-Correlation-Id", "X-Subject", "X-Identity", "X-Email", "X-Account", "X-Uid", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Client-Cert", "X-Ssl-Client-S-Dn"}
)

// timesEach is how often each identity is offered: an endpoint that makes sub
// from it by a hash gives the two fresh visitors the same.
const timesEach = 2

var requestIdentityProbe = probe{
	name:      record.ProbeRequestIdentity,
	requests:  func(*Client) int { return timesEach * (len(identityParameters) + len(identityHeaders) + 7) },
	intrusive: true,
	gather:    gatherRequestIdentity,
}

// gatherRequestIdentity offers an identity wherever a request has room for one.
func gatherRequestIdentity(ctx context.Context, g *gathering) string {
	for _, name := range identityParameters {
		g.offer(ctx, record.VariantQuery, name, func(a *ask, value string) { a.query = queryOf(name, value) })
	}
	for _, name := range identityHeaders {
		g.offer(ctx, record.VariantHeader, name, func(a *ask, value string) { a.header = http.Header{name: {value}} })
	}
	g.offer(ctx, record.VariantManyQueries, "", func(a *ask, value string) {
		query := url.Values{}
		for _, name := range rareParameters {
			query.Set(name, value)
		}
		a.query = query.Encode()
	})
	g.offer(ctx, record.VariantManyHeaders, "", func(a *ask, value string) {
		a.header = http.Header{}
		for _, name := range rareHeaders {
			a.header.Set(name, value)
		}
	})
	g.offer(ctx, record.VariantBasicUser, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"+value))}}
	})
	g.offer(ctx, record.VariantBearer, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Bearer " + unsigned(map[string]any{"sub": value})}}
	})
	for _, method := range []string{g.config.Method, http.MethodPost} {
		g.offer(ctx, record.VariantJSONBody, method, func(a *ask, value string) {
			a.method, a.body, a.header = method, identityJSON(value), http.Header{"Content-Type": {"application/json"}}
		})
	}
	g.offer(ctx, record.VariantFormBody, http.MethodPost, func(a *ask, value string) {
		a.method, a.body, a.header = http.MethodPost, identityForm(value), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	})
	return ""
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
