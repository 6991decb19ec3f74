package mockassistant

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
	"github.com/webchatspec/webchatspec/secrets"
)

// maxToken is the longest token looked at, in bytes. Node.js, on which the real
// integration's verifier runs, takes no more than 16 KiB of request headers.
const maxToken = 16 << 10

// Token is what may be shown of a token that came: never its signature, nor a
// key or another token among its claims.
type Token struct {
	Fingerprint string          `json:"fingerprint"`      // "sha256:<hex>" of the whole token: equal for equal tokens
	Cut         string          `json:"cut"`              // header and payload segments, the signature replaced by "…"
	Header      json.RawMessage `json:"header,omitempty"` // decoded, when it is JSON
	Claims      json.RawMessage `json:"claims,omitempty"` // decoded, when they are JSON
	Advice      []Advice        `json:"advice,omitempty"` // beside the verdict: what the documentation objects to
}

// Advice is one thing that the documentation objects to in a token, which the
// integration may accept all the same.
type Advice struct {
	Check string `json:"check"` // the check's id, for `webchatspec explain`
	Must  bool   `json:"must"`  // whether the check is a MUST
	What  string `json:"what"`  // what is wrong
	Fix   string `json:"fix"`   // what to change
}

// showToken cuts the token text for the history, with what was read in it and the
// rules that it breaks.
func showToken(noted record.Token, text string, profile profiles.Profile) *Token {
	t := &Token{Fingerprint: secrets.Fingerprint(text), Header: shownJSON(noted.Header), Claims: shownJSON(noted.Payload)}
	for _, breach := range rulebook.Breaches(rulebook.OpenKept(noted, profile)) {
		t.Advice = append(t.Advice, Advice{breach.ID, breach.Level == record.Must, breach.Text(), breach.Hint})
	}
	switch {
	case len(noted.Header.Masked)+len(noted.Payload.Masked) > 0:
		t.Cut = "…" // the segments hold the secret that was taken out of header or claims
	case noted.Text.Segments == 3:
		t.Cut = text[:strings.LastIndexByte(text, '.')] + ".…"
	default:
		t.Cut = shorten(text, 12) // no signature to cut, but it may be part of a secret
	}
	return t
}

// shownJSON returns the segment's text with its secrets masked; nil when it is no
// JSON, or too long.
func shownJSON(segment record.Segment) json.RawMessage {
	if !json.Valid([]byte(segment.JSON)) {
		return nil
	}
	return json.RawMessage(segment.JSON)
}

// bearer takes the token out of the request. The problem is "" when there is one.
func bearer(h http.Header) (token, problem string) {
	const scheme = "Bearer "
	values := h.Values("Authorization")
	switch {
	case len(values) == 0:
		return "", "no Authorization header came"
	case len(values) > 1:
		return "", "more than one Authorization header came"
	case values[0] == "undefined":
		return "", `the Authorization header reads "undefined": the widget had no token when it sent`
	case len(values[0]) < len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme):
		return "", `the Authorization header does not begin with "Bearer "`
	}
	return values[0][len(scheme):], ""
}

// shorten cuts text to at most n characters.
func shorten(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i] + "…"
		}
	}
	return text
}
