package mockassistant

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
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

// showToken cuts the token text for the history, with what the verifier read in
// it and what there is to object to it at the instant now.
func showToken(text string, header, payload verifier.Value, now time.Time) *Token {
	t := &Token{Fingerprint: secrets.Fingerprint(text)}
	for _, advice := range verifier.Advise(text, now) {
		t.Advice = append(t.Advice, Advice(advice))
	}
	var headerCut, claimsCut bool
	t.Header, headerCut = rawJSON(header)
	t.Claims, claimsCut = rawJSON(payload)
	signature := strings.LastIndexByte(text, '.')
	switch {
	case headerCut || claimsCut:
		t.Cut = "…" // the segments hold the secret that was cut from header or claims
	case strings.Count(text, ".") == 2:
		t.Cut = text[:signature] + ".…"
	default:
		t.Cut = shorten(text, 12) // no signature to cut, but it may be part of a secret
	}
	return t
}

// rawJSON returns the value's text without secrets, and whether there were any.
// It is nil when the value is absent or nested too deeply for encoding/json.
func rawJSON(v verifier.Value) (raw json.RawMessage, cut bool) {
	if v.Kind() == verifier.Absent {
		return nil, false
	}
	text := secrets.Masked(v.Raw())
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	return json.RawMessage(text), text != v.Raw()
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
