package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"hash"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// secret is a secret found in a text and where it begins.
type secret struct {
	kind  string
	begin int
	end   int
}

var (
	pemPattern = regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d`)
	// jwkPattern finds the members of a key as JSON or as a script has them.
	jwkPattern = regexp.MustCompile(`["']?\bkty["']?\s*:\s*["'](?:RSA|EC|OKP)["']`)
	jwkPrivate = regexp.MustCompile(`(?:^|[{,\s])["']?d["']?\s*:\s*["'][A-Za-z0-9_-]{40,}["']`)
	// literalPattern finds the string literals of a script.
	literalPattern = regexp.MustCompile("\"([^\"\\\\\n]{4,200})\"|'([^'\\\\\n]{4,200})'|`([^`\\\\]{4,200})`")
)

// keyPrefixes begin the base64 of a private key: a DER sequence of the usual
// sizes, or a whole PEM text once more encoded.
var keyPrefixes = []string{"MII", "MHcC", "MIG", "MC4C", "LS0tLS1CRUdJTi"}

// maxSecrets bounds what is told of one text.
const maxSecrets = 10

// findSecrets finds private keys in text: in PEM, as a JWK, or as bare base64.
func findSecrets(text string) []secret {
	var found []secret
	add := func(kind string, span []int) {
		overlaps := slices.ContainsFunc(found, func(s secret) bool { return span[0] < s.end && s.begin < span[1] })
		if len(found) < maxSecrets && !overlaps {
			found = append(found, secret{kind, span[0], span[1]})
		}
	}
	for _, span := range matches(pemPattern, text, "PRIVATE KEY", "PuTTY-User-Key") {
		end := strings.Index(text[span[1]:], "-----END")
		if end < 0 {
			end = 0
		}
		add(record.LeakPrivateKey, []int{span[0], span[1] + end})
	}
	for _, span := range matches(jwkPattern, text, "kty") {
		begin, end := braces(text, span[0])
		if jwkPrivate.MatchString(text[begin:end]) {
			add(record.LeakPrivateJWK, []int{begin, end})
		}
	}
	for _, span := range base64Runs(text) {
		if isPrivateKey(text[span[0]:span[1]]) {
			add(record.LeakPrivateKey, span)
		}
	}
	return found
}

// matches finds a pattern in a text that has one of the words; most have none,
// and are not worth the slower search.
func matches(pattern *regexp.Regexp, text string, words ...string) [][]int {
	if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) }) {
		return nil
	}
	return pattern.FindAllStringIndex(text, maxSecrets)
}

// base64Runs finds what may be the base64 of a key, on one line or on several,
// with line breaks as they are or as a string literal has them.
func base64Runs(text string) [][]int {
	const most, shortest = 1000, 60
	var runs [][]int
	for _, prefix := range keyPrefixes {
		for at := 0; len(runs) < most; {
			i := strings.Index(text[at:], prefix)
			if i < 0 {
				break
			}
			begin := at + i
			at = runEnd(text, begin)
			if at-begin >= shortest {
				runs = append(runs, []int{begin, at})
			}
		}
	}
	return runs
}

// runEnd is where the base64 that begins at a place ends.
func runEnd(text string, at int) int {
	for at < len(text) {
		switch c := text[at]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=', c == '\n', c == '\r':
			at++
		case c == '\\' && at+1 < len(text) && (text[at+1] == 'n' || text[at+1] == 'r'):
			at += 2
		default:
			return at
		}
	}
	return at
}

// braces returns the innermost braces round a place in text, within reason.
func braces(text string, at int) (begin, end int) {
	const reach = 8 << 10
	low, high := max(0, at-reach), min(len(text), at+reach)
	begin, end = low, high
	if i := strings.LastIndexByte(text[low:at], '{'); i >= 0 {
		begin = low + i
	}
	if i := strings.IndexByte(text[at:high], '}'); i >= 0 {
		end = at + i
	}
	return begin, end
}

// isPrivateKey says whether the base64 text holds a private key, as DER or as
// a PEM text once more encoded.
func isPrivateKey(text string) bool {
	bare := strings.NewReplacer(`\n`, "", `\r`, "", "\n", "", "\r", "").Replace(text)
	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(bare, "="))
	if err != nil {
		return false
	}
	if block, _ := pem.Decode(der); block != nil {
		return strings.HasSuffix(block.Type, "PRIVATE KEY")
	}
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	_, err = x509.ParseECPrivateKey(der)
	return err == nil
}

// macs are the HMAC algorithms of JWS (RFC 7518 §3.2).
var macs = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}

// findMACSecret finds the string literal of a script under which a token signed
// with HMAC verifies: its secret.
func findMACSecret(script, token string) (secret, bool) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return secret{}, false
	}
	var header struct{ Alg string }
	raw, err := base64.RawURLEncoding.DecodeString(segments[0])
	if err != nil || json.Unmarshal(raw, &header) != nil || macs[header.Alg] == nil {
		return secret{}, false
	}
	want, err := base64.RawURLEncoding.DecodeString(segments[2])
	if err != nil {
		return secret{}, false
	}
	signed := []byte(segments[0] + "." + segments[1])
	for _, span := range literalPattern.FindAllStringIndex(script, 5000) {
		literal := script[span[0]+1 : span[1]-1]
		mac := hmac.New(macs[header.Alg], []byte(literal))
		mac.Write(signed)
		if hmac.Equal(mac.Sum(nil), want) {
			return secret{"HMAC secret", span[0], span[1]}, true
		}
	}
	return secret{}, false
}

// leaks describes the secrets in a text, without showing them.
func leaks(text string, secrets []secret) []record.Leak {
	var all []record.Leak
	for _, s := range secrets {
		where := "body"
		if inComment(text, s.begin) {
			where = "comment"
		}
		before := text[max(0, s.begin-40):s.begin]
		excerpt := strings.Join(strings.Fields(mask(strings.ToValidUTF8(before, ""))), " ") + " «" + s.kind + " masked»"
		all = append(all, record.Leak{Kind: s.kind, Where: where, Excerpt: excerpt})
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
