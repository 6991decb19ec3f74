package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"regexp"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// literalPattern finds the string literals of a script.
var literalPattern = regexp.MustCompile("\"([^\"\\\\\n]{4,200})\"|'([^'\\\\\n]{4,200})'|`([^`\\\\]{4,200})`")

// maxSecrets bounds what is told of one text.
const maxSecrets = 10

// macs are the HMAC algorithms of JWS (RFC 7518 §3.2).
var macs = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}

// findMACSecret finds the string literal of a script under which a token signed
// with HMAC verifies: its secret.
func findMACSecret(script, token string) (secrets.Found, bool) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return secrets.Found{}, false
	}
	var header struct{ Alg string }
	raw, err := base64.RawURLEncoding.DecodeString(segments[0])
	if err != nil || json.Unmarshal(raw, &header) != nil || macs[header.Alg] == nil {
		return secrets.Found{}, false
	}
	want, err := base64.RawURLEncoding.DecodeString(segments[2])
	if err != nil {
		return secrets.Found{}, false
	}
	signed := []byte(segments[0] + "." + segments[1])
	for _, span := range literalPattern.FindAllStringIndex(script, 5000) {
		literal := script[span[0]+1 : span[1]-1]
		mac := hmac.New(macs[header.Alg], []byte(literal))
		mac.Write(signed)
		if hmac.Equal(mac.Sum(nil), want) {
			return secrets.Found{Kind: "HMAC secret", Begin: span[0], End: span[1]}, true
		}
	}
	return secrets.Found{}, false
}

// leaks describes the secrets in a text, without showing them.
func leaks(text string, found []secrets.Found) []record.Leak {
	var all []record.Leak
	for _, s := range found {
		where := record.LeakInBody
		if inComment(text, s.Begin) {
			where = record.LeakInComment
		}
		before := text[max(0, s.Begin-40):s.Begin]
		if s.Begin > 40 {
			before = "…" + before // may be the end of a secret, which is masked by this mark
		}
		excerpt := strings.Join(strings.Fields(mask(strings.ToValidUTF8(before, ""))), " ") + " " + secrets.Mark(s.Kind)
		all = append(all, record.Leak{Kind: s.Kind, Where: where, Excerpt: excerpt})
	}
	return all
}

// inComment says whether a place in an HTML or script text stands in a comment.
func inComment(text string, at int) bool {
	before := text[:at]
	if strings.LastIndex(before, "<!--") > strings.LastIndex(before, "-->") {
		return true
	}
	if open := strings.LastIndex(before, "/*"); open > strings.LastIndex(before, "*/") && !quoted(before[open:]) {
		return true
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	i := strings.Index(line, "//")
	return i >= 0 && (i == 0 || line[i-1] != ':') && !quoted(line[:i])
}

// quoted says whether the text ends within a string literal, going by the
// number of its quotes.
func quoted(text string) bool {
	return strings.Count(text, `"`)%2 == 1 || strings.Count(text, `'`)%2 == 1 || strings.Count(text, "`")%2 == 1
}
