package endpoint

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// takeToken finds the token in an answer and notes its facts. Where a token is
// owed, what may be meant for one counts, so that the checks can say what is wrong
// with it; elsewhere only what looks like a token does. A page, an error or a word
// is none: the answer says what it is.
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

// Examine notes the facts of a token that somebody else has asked for, received then.
func (c *Client) Examine(text string, at time.Time) record.Token {
	return c.facts.Examine(text, at, c.withheld)
}

// isHopeless says whether text is nothing that could be meant for a token: a page,
// an error, a word. What is a token but wrong is not hopeless.
func isHopeless(text string) bool {
	bare := record.Bare(text)
	if strings.ContainsAny(bare, " \t\r\n<>{}\"'") {
		return len(secrets.Tokens(text[:min(len(text), 64<<10)])) == 0
	}
	return strings.Count(bare, ".") == 0 || len(bare) < shortestToken
}

// shortestToken is shorter than the shortest header, payload and signature there
// could be.
const shortestToken = 40

// looksLikeToken says whether text holds a JWT, or is three segments of something.
func looksLikeToken(text string) bool {
	if len(secrets.Tokens(text[:min(len(text), 64<<10)])) > 0 {
		return true
	}
	bare := record.Bare(text)
	return len(bare) > 20 && strings.Count(bare, ".") == 2 && !strings.ContainsAny(bare, " \t\r\n<>{}")
}

// claimsOf decodes the payload of a token, as far as it is an object; one that
// stands in a JSON string is taken out of it, as the integration does.
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

// claimSecrets are the values that must not stand in a claim: the secrets of
// the configuration and the visitor's cookies. A cookie that is part of sub is
// told to the assistant on purpose and no secret.
func (e *examiner) claimSecrets(a *ask, sub string) map[string]string {
	values := maps.Clone(e.withheld)
	if a.visitor == nil {
		return values
	}
	for name, set := range a.visitor.secrets() {
		for i, value := range set {
			for j, form := range decoded(value) {
				if len(form) >= 16 && !strings.Contains(sub, form) {
					values["session "+name+strings.Repeat("'", 2*i+j)] = form
				}
			}
		}
	}
	return values
}
