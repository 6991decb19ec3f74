package mockassistant

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// maxToken is the longest token looked at, in bytes. Node.js, on which the real
// integration's verifier runs, takes no more than 16 KiB of request headers.
const maxToken = 16 << 10

// Token is what may be shown of a token that came: never its signature.
type Token struct {
	Fingerprint string          `json:"fingerprint"`      // "sha256:<hex>" of the whole token: equal for equal tokens
	Cut         string          `json:"cut"`              // header and payload segments, the signature replaced by "…"
	Header      json.RawMessage `json:"header,omitempty"` // decoded, when it is JSON
	Claims      json.RawMessage `json:"claims,omitempty"` // decoded, when they are JSON
}

// showToken cuts the token text for the history, with what the verifier read in it.
func showToken(text string, header, payload verifier.Value) *Token {
	sum := sha256.Sum256([]byte(text))
	t := &Token{
		Fingerprint: "sha256:" + hex.EncodeToString(sum[:]),
		Header:      rawJSON(header),
		Claims:      rawJSON(payload),
	}
	if signature := strings.LastIndexByte(text, '.'); signature >= 0 && strings.Count(text, ".") == 2 {
		t.Cut = text[:signature] + ".…"
	} else {
		t.Cut = shorten(text, 12) // no signature to cut, but it may be part of a secret
	}
	return t
}

// rawJSON returns the value's text, or nil when it is absent or nested too
// deeply for encoding/json.
func rawJSON(v verifier.Value) json.RawMessage {
	if v.Kind() == verifier.Absent {
		return nil
	}
	if raw := json.RawMessage(v.Raw()); json.Valid(raw) {
		return raw
	}
	return nil
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
