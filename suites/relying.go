package suites

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// endpointSuffix numbers the relying endpoints from the second one on.
var endpointSuffix = regexp.MustCompile(` \(endpoint \d+\)$`)

// presented are the answers of one relying endpoint by what it was given.
type presented map[string]record.Exchange

// presentations returns the answers of the probe, by endpoint.
func (e *evidence) presentations() map[string]presented {
	endpoints := map[string]presented{}
	for _, x := range e.answers(record.ProbeRelying) {
		if x.Variant == "token" {
			continue
		}
		endpoint := endpointSuffix.FindString(x.Variant)
		if endpoints[endpoint] == nil {
			endpoints[endpoint] = presented{}
		}
		endpoints[endpoint][strings.TrimSuffix(x.Variant, endpoint)] = x
	}
	return endpoints
}

// refusal matches what an endpoint says that refuses with status 200, as token
// introspection does (RFC 7662 §2.2).
var refusal = regexp.MustCompile(`(?i)\b(?:error|invalid|denied|forbidden|unauthori[sz]ed)\b|"(?:active|valid|ok|success|authenticated)"\s*:\s*false`)

// accepts says whether the endpoint took what it was given: a 2xx answer that is
// neither the one it gives without any token nor, unlike that to the right
// token, a refusal in words.
func (p presented) accepts(variant string) bool {
	x, ok := p[variant]
	if !ok || x.Response.Status < 200 || x.Response.Status > 299 {
		return false
	}
	if refusal.MatchString(x.Response.Excerpt) && !refusal.MatchString(p.welcome()) {
		return false
	}
	none, asked := p["none"]
	return !asked || none.Response.Status != x.Response.Status || none.Response.Excerpt != x.Response.Excerpt
}

// welcome is the beginning of the answer to the right token.
func (p presented) welcome() string {
	for _, variant := range []string{"valid with cookies", "valid"} {
		if x, ok := p[variant]; ok {
			return x.Response.Excerpt
		}
	}
	return ""
}

// judgeForgeries judges the forgeries that pick chooses, at every endpoint that
// tells a right token from none.
func judgeForgeries(e *evidence, pick func(variant string) bool, look func(presented, string) *record.Finding) judgement {
	endpoints := e.presentations()
	var findings []record.Finding
	for name, p := range endpoints {
		if !p.accepts("valid") && !p.accepts("valid with cookies") {
			return inconclusive(fmt.Sprintf("the endpoint that takes the token back%s refuses the right one, or takes none as well: its answers say nothing", name))
		}
		var variants []string
		for variant := range p {
			if variant != "valid" && variant != "valid with cookies" && variant != "none" && pick(variant) {
				variants = append(variants, variant)
			}
		}
		slices.Sort(variants)
		findings = append(findings, collect(variants, func(variant string) *record.Finding { return look(p, variant) })...)
	}
	if len(endpoints) == 0 {
		return notRun("no answer came from the endpoint that takes the token back")
	}
	return fail(findings...)
}

// pointing says whether a forgery points to our listener.
func pointing(variant string) bool { return strings.HasSuffix(variant, " to our listener") }

var _ = add(Check{
	ID: "verify-rejects-forged", Area: AreaRelying, Level: record.Must,
	Title:       "An endpoint of the site that takes the token back refuses each forged one: a flipped bit, no signature, an HMAC under the public key, a key that the token brings, another key",
	Why:         "An endpoint of the site that believes a forged token gives away what it serves, to anyone, in anyone's name.",
	Fix:         `Verify with the public key and algorithms: ["RS256"] (jwt.verify), never only decode.`,
	Source:      "RFC 8725 §3.1",
	Faults:      []string{"decode-not-verify"},
	Needs:       []string{record.ProbeRelying},
	NeedsTokens: true,
	judge:       verifyRejectsForged,
})

func verifyRejectsForged(e *evidence) judgement {
	return judgeForgeries(e, func(v string) bool { return !pointing(v) }, func(p presented, variant string) *record.Finding {
		if !p.accepts(variant) {
			return nil
		}
		return found(p[variant].ID, "a forged token is refused", "status %d for the forgery %q", p[variant].Response.Status, variant)
	})
}

var _ = add(Check{
	ID: "verify-pins-algorithm", Area: AreaRelying, Level: record.Must,
	Title:       "An endpoint of the site that takes the token back follows no address in it and takes no key or algorithm from it",
	Why:         "A token that says where its key is lets its author choose the key.",
	Fix:         "Take the key from the configuration; ignore jku, x5u, jwk and kid addresses.",
	Source:      "RFC 8725 §3.1, §3.10",
	Faults:      []string{"jku-fetch"},
	YieldsTo:    []string{"verify-rejects-forged"},
	Needs:       []string{record.ProbeRelying},
	NeedsTokens: true,
	judge:       verifyPinsAlgorithm,
})

func verifyPinsAlgorithm(e *evidence) judgement {
	return judgeForgeries(e, pointing, func(p presented, variant string) *record.Finding {
		x := p[variant]
		switch {
		case len(x.Callbacks) > 0:
			return found(x.ID, "no address in a token is followed", "the site asked our listener for %s (%s)", record.Quote(x.Callbacks[0]), variant)
		case p.accepts(variant):
			return found(x.ID, "a token that brings its key is refused", "status %d for %q", x.Response.Status, variant)
		}
		return nil
	})
}
