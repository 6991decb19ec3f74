package suites

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// relyingEndpoint has the answers of an endpoint to which the token is sent back: to the valid
// token, to no token, and to each forgery.
type relyingEndpoint struct {
	number    int
	valid     []record.Exchange // without cookies, and also with them if that was refused
	none      *record.Exchange
	forgeries []record.Exchange
}

// relyingEndpoints returns the relying endpoints, in order.
func (e *evidence) relyingEndpoints() []*relyingEndpoint {
	var endpoints []*relyingEndpoint
	byNumber := map[int]*relyingEndpoint{}
	for _, x := range e.answers(record.ProbeRelying) {
		if x.Variant == record.VariantToken {
			continue
		}
		at := byNumber[x.Relying]
		if at == nil {
			at = &relyingEndpoint{number: x.Relying}
			byNumber[x.Relying], endpoints = at, append(endpoints, at)
		}
		switch x.Variant {
		case record.VariantValid, record.VariantValidWithCookies:
			at.valid = append(at.valid, x)
		case record.VariantNone:
			at.none = &x
		default:
			at.forgeries = append(at.forgeries, x)
		}
	}
	return endpoints
}

// refusal matches the body of a refusal with status 200, as token introspection gives it
// (RFC 7662 §2.2).
var refusal = regexp.MustCompile(`(?i)\b(?:error|invalid|denied|forbidden|unauthori[sz]ed)\b|"(?:active|valid|ok|success|authenticated)"\s*:\s*false`)

// accepts says whether the answer shows that the token was accepted: it is a 2xx answer that
// differs from the one without a token, and is no refusal in words, unless the answer to
// the valid token has such words, too.
func (at *relyingEndpoint) accepts(x record.Exchange) bool {
	if x.Response.Status < 200 || x.Response.Status > 299 {
		return false
	}
	if refusal.MatchString(x.Response.Excerpt) && !refusal.MatchString(at.welcome()) {
		return false
	}
	if at.none == nil || at.none.Response.Status != x.Response.Status {
		return true
	}
	refused := formOf(at.none.Response.Excerpt)
	return formOf(x.Response.Excerpt) != refused || formOf(at.welcome()) == refused && x.Response.Excerpt != at.none.Response.Excerpt
}

// formOf is what answers with the same meaning have in common: in JSON the names of the
// members and the kinds of their values, in other text all words without digits. Words
// with digits may be the number of the request.
func formOf(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		return kindsIn(value)
	}
	return withDigits.ReplaceAllString(text, "#")
}

// withDigits matches words that have a digit in them.
var withDigits = regexp.MustCompile(`[\w-]*\d[\w-]*`)

func kindsIn(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+":"+kindsIn(v[name]))
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + kindsIn(v[0]) + "]"
	case bool, nil:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%T", value)
}

// welcome is the beginning of the answer to the valid token.
func (at *relyingEndpoint) welcome() string {
	if len(at.valid) == 0 {
		return ""
	}
	return at.valid[len(at.valid)-1].Response.Excerpt
}

// saysNothing says why the answers of the endpoint do not show what it accepts.
func (at *relyingEndpoint) saysNothing() string {
	redirects := func(x record.Exchange) bool { return x.Response.Status >= 300 && x.Response.Status < 400 }
	if len(at.valid) > 0 && redirects(at.valid[len(at.valid)-1]) {
		return fmt.Sprintf("the endpoint number %d that takes the token back redirects the right one: add follow: true to it, or name the address to which it leads", at.number)
	}
	return fmt.Sprintf("the endpoint number %d that takes the token back refuses the right one, or takes none as well: its answers say nothing", at.number)
}

// judgeForgeries judges the forgeries of a variant at every relying endpoint. It is
// inconclusive if one of them does not distinguish a valid token from none.
func judgeForgeries(e *evidence, variant record.Variant, see func(*relyingEndpoint, record.Exchange) *record.Finding) judgement {
	endpoints := e.relyingEndpoints()
	forgeries := saw(0, "forged token")
	for _, at := range endpoints {
		if !slices.ContainsFunc(at.valid, at.accepts) {
			return inconclusive(at.saysNothing())
		}
		sent := slices.DeleteFunc(slices.Clone(at.forgeries), func(x record.Exchange) bool { return x.Variant != variant })
		forgeries = forgeries.and(collect(sent, func(x record.Exchange) *record.Finding { return see(at, x) }))
	}
	if len(endpoints) == 0 {
		return notRun("no answer came from the endpoint that takes the token back")
	}
	return forgeries.judge()
}

var _ = add(Check{
	ID: "verify-rejects-forged", Area: AreaRelying, Level: record.Must,
	Title:       "An endpoint of the site that takes the token back refuses every forgery: a flipped bit, no signature, an HMAC keyed with the public key, a key that the token brings along, another key",
	Why:         "An endpoint that accepts a forged token serves anyone in anyone's name.",
	Fix:         `Verify with the public key and algorithms: ["RS256"] (jwt.verify), never only decode.`,
	Source:      "RFC 8725 §3.1",
	Faults:      []string{"decode-not-verify", "public-key-as-secret", "half-signature"},
	Needs:       []string{record.ProbeRelying},
	NeedsTokens: true,
	judge:       verifyRejectsForged,
})

func verifyRejectsForged(e *evidence) judgement {
	return judgeForgeries(e, record.VariantForged, func(at *relyingEndpoint, x record.Exchange) *record.Finding {
		if !at.accepts(x) {
			return nil
		}
		seen := found(x.ID, "a forged token is refused", "status %d for the forgery %q", x.Response.Status, x.About)
		if strings.HasPrefix(x.About, record.AboutExpired) || strings.HasPrefix(x.About, record.AboutRightKey) {
			seen.Hint = "The signature is verified, and not all that it vouches for: let the library check exp and nbf (no ignoreExpiration, a clockTolerance of seconds), and refuse tokens without exp."
		}
		return seen
	})
}

var _ = add(Check{
	ID: "verify-pins-algorithm", Area: AreaRelying, Level: record.Must,
	Title:       "An endpoint of the site that takes the token back follows no address in the token, and takes neither key nor algorithm from it: a MUST for keys and addresses, a SHOULD for other algorithms of the site's own key",
	Why:         "A token that says where its key is lets its author choose the key.",
	Fix:         "Take the key from the configuration; ignore jku, x5u, jwk and kid addresses. Name the algorithm, too: algorithms: [\"RS256\"].",
	Source:      "RFC 8725 §3.1, §3.10",
	Faults:      []string{"jku-fetch", "key-from-kid", "key-from-issuer"},
	YieldsTo:    []string{"verify-rejects-forged"},
	Needs:       []string{record.ProbeRelying},
	NeedsTokens: true,
	judge:       verifyPinsAlgorithm,
})

// verifyPinsAlgorithm is a SHOULD where only other algorithms of the site's own key are
// accepted: whoever has that key can sign valid tokens anyway.
func verifyPinsAlgorithm(e *evidence) judgement {
	pointing := judgeForgeries(e, record.VariantPointing, func(at *relyingEndpoint, x record.Exchange) *record.Finding {
		switch {
		case len(x.Callbacks) > 0:
			return found(x.ID, "no address in a token is followed", "the site asked our listener for %s (%s)", record.Quote(x.Callbacks[0]), x.About)
		case at.accepts(x):
			return found(x.ID, "a token that brings its key is refused", "status %d for a token whose %s points to our listener", x.Response.Status, x.About)
		}
		return nil
	})
	if pointing.State == record.Failed {
		return pointing
	}
	others := judgeForgeries(e, record.VariantOtherAlgorithm, func(at *relyingEndpoint, x record.Exchange) *record.Finding {
		if !at.accepts(x) {
			return nil
		}
		return found(x.ID, "a token of another algorithm than RS256 is refused", "status %d for a token that the site's key has signed with %s", x.Response.Status, x.About)
	})
	if others.State == record.Failed {
		others.Level = record.Should
		return others
	}
	if pointing.State == record.Passed || others.State != record.Passed {
		return pointing
	}
	return others
}
