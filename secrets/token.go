package secrets

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Token is the kind of a complete token in a text.
const Token = "token"

// cutMark stands in the place of a signature.
const cutMark = "«signature cut»"

// Fingerprint returns "sha256:<hex>" of text: equal for equal texts.
func Fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// CutToken returns token without its signature, marked as cut.
func CutToken(token string) string {
	if dot := strings.LastIndexByte(token, '.'); dot >= 0 {
		return token[:dot] + "." + cutMark
	}
	return token
}

// Tokens returns the texts in text that are tokens in the compact form of a JWS
// (RFC 7515 §3.1), with their signatures: three segments with dots between them,
// the first of which is the base64url of a JSON object. The last may be empty.
func Tokens(text string) []string {
	var found []string
	for begin, end := nextToken(text, 0); begin >= 0; begin, end = nextToken(text, end) {
		found = append(found, text[begin:end])
	}
	return found
}

// IsToken says whether the whole of text is one token.
func IsToken(text string) bool {
	begin, end := nextToken(text, 0)
	return begin == 0 && end == len(text)
}

// FirstToken returns the first token in text, or "".
func FirstToken(text string) string {
	if begin, end := nextToken(text, 0); begin >= 0 {
		return text[begin:end]
	}
	return ""
}

// nextToken returns where the first token at or after a place begins and ends;
// begin is below 0 when there is none.
func nextToken(text string, from int) (begin, end int) {
	for from < len(text) {
		dot := strings.IndexByte(text[from:], '.')
		if dot < 0 {
			break
		}
		dot += from
		if end := segmentsEnd(text, dot); end > 0 {
			if header := headerBefore(text[from:dot]); header != "" {
				return dot - len(header), end
			}
		}
		from = dot + 1
	}
	return -1, -1
}

// segmentsEnd returns where the second and the third segment after the dot end,
// or 0 when they are not there.
func segmentsEnd(text string, dot int) int {
	second := dot + 1 + segmentLength(text[dot+1:])
	if second == dot+1 || second == len(text) || text[second] != '.' {
		return 0
	}
	return second + 1 + segmentLength(text[second+1:])
}

// segmentLength returns how much of the beginning of text is base64: in either
// alphabet and with padding, for a token that was encoded wrongly is as secret.
func segmentLength(text string) int {
	for i := range len(text) {
		if c := text[i]; !isBase64URL(c) && c != '+' && c != '/' && c != '=' {
			return i
		}
	}
	return len(text)
}

func isBase64URL(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

const (
	shortestHeader = 8       // characters: none that says an algorithm is shorter
	longestHeader  = 1 << 20 // far more than a request may carry
	mostTries      = 64      // places in one run of characters where a header may begin
)

// headerBefore returns the segment at the end of text that is the header of a
// token, or "". Something may stand before it without a gap, as in "id_eyJ…".
func headerBefore(text string) string {
	unpadded := strings.TrimRight(text, "=")
	begin := len(unpadded)
	for begin > 0 && len(unpadded)-begin < longestHeader && isBase64URL(unpadded[begin-1]) {
		begin--
	}
	if isHeader(unpadded[begin:]) {
		return text[begin:]
	}
	tries := 0
	for begin++; begin <= len(unpadded)-shortestHeader && tries < mostTries; begin++ {
		if !mayBeObject(unpadded[begin : begin+shortestHeader]) {
			continue
		}
		if isHeader(unpadded[begin:]) {
			return text[begin:]
		}
		tries++
	}
	return ""
}

// isHeader says whether segment is the base64url of a JSON object, white space
// before it included.
func isHeader(segment string) bool {
	if len(segment) < shortestHeader || !mayBeObject(segment[:shortestHeader]) {
		return false
	}
	if len(segment)%4 == 1 {
		segment = segment[:len(segment)-1] // as the integration's decoder does
	}
	decoded, err := base64.RawURLEncoding.DecodeString(segment)
	return err == nil && json.Valid(decoded) && strings.HasPrefix(strings.TrimLeft(string(decoded), jsonBlanks), "{")
}

const jsonBlanks = " \t\r\n"

// mayBeObject looks at the beginning only: most runs with a dot behind them are
// the words of a program, and not worth decoding.
func mayBeObject(beginning string) bool {
	var decoded [6]byte
	n, err := base64.RawURLEncoding.Decode(decoded[:], []byte(beginning))
	if err != nil {
		return false
	}
	trimmed := strings.TrimLeft(string(decoded[:n]), jsonBlanks)
	return trimmed == "" || trimmed[0] == '{'
}
