package endpoint

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// takeToken finds the token in an answer and notes its facts. Where a token is owed, a
// malformed one counts, so that the checks can say what is wrong with it. Elsewhere only
// a text that looks like a token does. A page, an error message or a word never does.
func (e *examiner) takeToken(a *ask, result *answer) {
	if result.status < 200 || result.status > 299 {
		return
	}
	text, found := e.TokenFrom(result.header, result.body)
	if !found || isHopeless(text) || !a.expectsToken() && !looksLikeToken(text) {
		return
	}
	bare := record.Bare(text)
	result.sub, _ = claimsOf(bare)["sub"].(string)
	facts := e.facts
	facts.UsersIn = func(clear string) []string {
		for input, value := range a.inputs {
			if mentions(clear, value) {
				result.inPayload = append(result.inPayload, input)
			}
		}
		return e.usersIn(clear)
	}
	token := facts.Examine(text, time.Now(), e.claimSecrets(a, result.sub))
	token.Probe, token.Variant, token.About, token.Call = a.probe, a.variant, a.about, result.exchange.Call
	if a.visitor != nil {
		token.Visitor = a.visitor.name
		if a.visitor.user != nil {
			token.User = a.visitor.user.Name
		}
	}
	token.ServerDate, _ = http.ParseTime(result.header.Get("Date"))
	result.text, result.token = bare, &token
	e.remember(a, bare)
}

// Examine returns the facts of a token that the caller has received at that time.
func (c *Client) Examine(text string, at time.Time) record.Token {
	return c.facts.Examine(text, at, c.withheld)
}

// isHopeless says whether text cannot be meant as a token: a page, an error message, a
// word. A malformed token is not hopeless.
func isHopeless(text string) bool {
	bare := record.Bare(text)
	if strings.ContainsAny(bare, " \t\r\n<>{}\"'") {
		return len(secrets.Tokens(text[:min(len(text), 64<<10)])) == 0
	}
	return strings.Count(bare, ".") == 0 || len(bare) < shortestToken
}

// shortestToken is less than the length of any token, in bytes.
const shortestToken = 40

// looksLikeToken says whether text holds a JWT, or consists of three segments.
func looksLikeToken(text string) bool {
	if len(secrets.Tokens(text[:min(len(text), 64<<10)])) > 0 {
		return true
	}
	bare := record.Bare(text)
	return len(bare) > 20 && strings.Count(bare, ".") == 2 && !strings.ContainsAny(bare, " \t\r\n<>{}")
}

// claimsOf decodes the payload of a token if it is an object. An object in a JSON string
// counts, because the integration decodes that, too.
func claimsOf(bare string) map[string]any {
	segments := strings.Split(bare, ".")
	if len(segments) < 2 {
		return nil
	}
	return decodeObject(segments[1])
}

// decodeObject decodes a segment that holds a JSON object.
func decodeObject(segment string) map[string]any {
	decoded := record.DecodeSegment(segment)
	var object map[string]any
	if json.Unmarshal(decoded, &object) == nil {
		return object
	}
	var inner string
	if json.Unmarshal(decoded, &inner) == nil && json.Unmarshal([]byte(inner), &object) == nil {
		return object
	}
	return nil
}

// claimSecrets are the values that must not stand in a claim: the secrets of the
// configuration and the visitor's cookies. A cookie that is part of sub is not one of
// them, because it is given to the assistant on purpose.
func (e *examiner) claimSecrets(a *ask, sub string) map[string]string {
	values := maps.Clone(e.withheld)
	if a.visitor == nil {
		return values
	}
	for name, set := range a.visitor.secrets() {
		for i, value := range set {
			forms := cookieSpellings(value)
			if slices.ContainsFunc(forms, func(form string) bool { return len(form) >= 16 && strings.Contains(sub, form) }) {
				continue
			}
			for j, form := range forms {
				if len(form) >= 16 {
					values["session "+name+strings.Repeat("'", 2*i+j)] = form
				}
			}
		}
	}
	return values
}
