package secrets

import (
	"regexp"
	"slices"
	"strings"
)

// form is how a secret of one kind looks in any text.
type form struct {
	kind    string
	pattern *regexp.Regexp
	words   []string // one of them stands in every text that has the form; none where that cannot be said
}

// forms are generous: what is replaced by mistake is a lost detail, what is
// shown by mistake is a lost key. So a label takes all below it with it.
var forms = []form{
	{PrivateKey, regexp.MustCompile(`(?i)-----? ?BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)? ?-----?(?s:.*?)(?:-----? ?END [A-Z0-9 ]+-----?|\z)`), []string{"PRIVATE KEY", "private key"}},
	{PrivateKey, regexp.MustCompile(`PuTTY-User-Key-File-\d(?s:.*?)Private-Lines:(?s:.*)`), []string{"PuTTY-User-Key"}},
	// The DER of a private RSA, EC or Ed25519 key, PEM once more encoded: by how
	// their base64 begins, so that half a key is known, too.
	{PrivateKey, regexp.MustCompile(`(?:MII[A-Za-z0-9+/]{3}IBA(?:DAN|AKB|AKC)|MIG[A-Za-z0-9+/]AgEAM|MHcCAQEE|MC4CAQAw|LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,20}(?:UFJJVkFURS|QUklWQVRF|BSSVZBVE))(?:[A-Za-z0-9+/=\r\n]|\\[nr])*`), []string{"MII", "MIG", "MHcC", "MC4C", "LS0tLS1CRUdJTi"}},
	{PrivateJWK, regexp.MustCompile(`(\\?["'](?:d|p|q|dp|dq|qi)\\?["']\s*:\s*\\?["'])[A-Za-z0-9_-]{40,}`), nil},
	{"password in an address", regexp.MustCompile(`\b[a-z][a-z0-9+.-]{2,}://[^\s/:@"]+:[^\s/@"]{4,}@`), []string{"://"}},
	{"access key", regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`), []string{"AKIA"}},
	{"API key", regexp.MustCompile(`\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}\b`), []string{"_live_", "_test_"}},
	{"API key", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}\b`), []string{"gh"}},
}

// Mask cuts the signature off every token in text, replaces private keys and
// other secrets known by their form, and returns what it found, by kind.
func Mask(text string) (masked string, kinds []string) {
	for _, form := range forms {
		if !form.possible(text) || !form.pattern.MatchString(text) {
			continue
		}
		if !slices.Contains(kinds, form.kind) {
			kinds = append(kinds, form.kind)
		}
		text = form.pattern.ReplaceAllString(text, "${1}"+Mark(form.kind)) // what is in a group stays
	}
	text, found := cutTokens(text)
	if found {
		kinds = append(kinds, Token)
	}
	return text, kinds
}

// Masked is [Mask] for those who need no kinds.
func Masked(text string) string {
	text, _ = Mask(text)
	return text
}

// Mark is what stands in the place of a secret of this kind.
func Mark(kind string) string { return "«" + kind + " masked»" }

func (f form) possible(text string) bool {
	return f.words == nil || slices.ContainsFunc(f.words, func(word string) bool { return strings.Contains(text, word) })
}

// cutTokens cuts the signatures of all tokens in text, but for those that have none.
func cutTokens(text string) (cut string, found bool) {
	var b strings.Builder
	done := 0
	for begin, end := nextToken(text, 0); begin >= 0; begin, end = nextToken(text, end) {
		found = true
		if text[end-1] != '.' {
			b.WriteString(text[done:begin])
			b.WriteString(CutToken(text[begin:end]))
			done = end
		}
	}
	if done == 0 {
		return text, found
	}
	return b.String() + text[done:], found
}
