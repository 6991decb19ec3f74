package secrets

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
)

// Kinds of private keys in a text.
const (
	PrivateKey = "private key"
	PrivateJWK = "private JWK member"
)

// Found is a private key in a text: its kind, the label or member by which it
// was known, and the place.
type Found struct {
	Kind       string
	Label      string
	Begin, End int
}

var (
	// label is what stands above a private key: in PEM, SSH2 or PuTTY's form.
	label = regexp.MustCompile(`(?i)-----? ?BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)? ?-----?|PuTTY-User-Key-File-\d`)
	// keyText is a piece of what stands below it.
	keyText = regexp.MustCompile(`[A-Za-z0-9+/=]{16,}`)
	// keyType and jwkMember find the members of a JWK as JSON, as JSON within a
	// string, or as a script has them.
	keyType   = regexp.MustCompile(`\\?["']?\bkty\\?["']?\s*:\s*\\?["'](?:RSA|EC|OKP)\\?["']`)
	jwkMember = regexp.MustCompile(`(?:^|[{,\s])(\\?["']?(?:d|p|q|dp|dq|qi)\\?["']?\s*:\s*\\?["'][A-Za-z0-9_-]{40,}\\?["'])`)
)

// privateMembers are the members of a JWK that only its owner may have (RFC 7517 §9, RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// IsPrivateMember says whether the member of a JWK is for its owner only.
func IsPrivateMember(name string) bool { return slices.Contains(privateMembers, name) }

// shortestKeyText is how much base64 below a label makes a key of it, in
// characters: a label alone, as pages that explain keys have it, is none.
const shortestKeyText = 48

// A label and a key below it, encoded as in an address or a form, and as hexadecimal digits.
var (
	labelInAddress = regexp.MustCompile(`-----BEGIN(?:(?:%20|\+)[A-Z]+)*?(?:%20|\+)PRIVATE(?:%20|\+)KEY-----[\w%+/=.-]{64,}`)
	labelInHex     = regexp.MustCompile(`(?i)2d2d2d2d2d424547494e20(?:[0-9a-f]{2})*?50524956415445204b4559[0-9a-f]{128,}`)
)

// Find returns the private keys in text, at most limit: below a label, as a JWK,
// as the bare base64 of their DER or PEM, or with their label in an encoding.
func Find(text string, limit int) []Found {
	var found []Found
	add := func(f Found) {
		overlaps := slices.ContainsFunc(found, func(other Found) bool { return f.Begin < other.End && other.Begin < f.End })
		if len(found) < limit && !overlaps {
			found = append(found, f)
		}
	}
	for _, span := range matches(label, text, limit, "PRIVATE KEY", "private key", "PuTTY-User-Key") {
		if end, has := keyBelow(text, span[1]); has {
			add(Found{PrivateKey, text[span[0]:span[1]], span[0], end})
		}
	}
	for _, span := range matches(keyType, text, limit, "kty") {
		begin, end := braces(text, span[0])
		if member := jwkMember.FindStringSubmatch(text[begin:end]); member != nil {
			name, _, _ := strings.Cut(member[1], ":")
			add(Found{PrivateJWK, strings.Trim(name, "\\\"' \t\r\n"), begin, end})
		}
	}
	for _, span := range matches(labelInAddress, text, limit, "PRIVATE%20KEY", "PRIVATE+KEY") {
		add(Found{PrivateKey, "percent-encoded", span[0], span[1]})
	}
	for _, span := range matches(labelInHex, text, limit, "50524956415445204b4559", "50524956415445204B4559") {
		add(Found{PrivateKey, "hexadecimal", span[0], span[1]})
	}
	for _, span := range base64Runs(text) {
		if isPrivateBase64(text[span[0]:span[1]]) {
			add(Found{PrivateKey, "base64", span[0], span[1]})
		}
	}
	return found
}

// matches finds a pattern in a text that has one of the words; most have none,
// and are not worth the slower search.
func matches(pattern *regexp.Regexp, text string, limit int, words ...string) [][]int {
	if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) }) {
		return nil
	}
	return pattern.FindAllStringIndex(text, limit)
}

// keyBelow returns where the key text below a label ends, and whether it is one.
func keyBelow(text string, begin int) (end int, has bool) {
	const reach = 16 << 10
	below := text[begin:min(len(text), begin+reach)]
	if i := strings.Index(below, "---END"); i >= 0 {
		below = below[:i]
	} else if i := strings.Index(below, "---- END"); i >= 0 {
		below = below[:i]
	}
	characters, last := 0, 0
	for _, piece := range keyText.FindAllStringIndex(below, -1) {
		characters, last = characters+piece[1]-piece[0], piece[1]
	}
	return begin + last, characters >= shortestKeyText
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

// base64Beginnings begin the base64 of a private key: a DER sequence of the
// usual sizes, or a whole PEM text once more encoded.
var base64Beginnings = []string{"MII", "MHcC", "MIG", "MC4C", "LS0tLS1CRUdJTi"}

// base64Runs finds what may be the base64 of a key, on one line or on several,
// with line breaks as they are or as a string literal has them.
func base64Runs(text string) [][]int {
	const most, shortest = 1000, 60
	var runs [][]int
	for _, beginning := range base64Beginnings {
		for at := 0; len(runs) < most; {
			i := strings.Index(text[at:], beginning)
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

// isPrivateBase64 says whether the base64 text holds a private key, as DER or as
// a PEM text once more encoded.
func isPrivateBase64(text string) bool {
	bare := strings.NewReplacer(`\n`, "", `\r`, "", "\n", "", "\r", "").Replace(text)
	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(bare, "="))
	if err != nil {
		return false
	}
	if block, _ := pem.Decode(der); block != nil {
		return strings.HasSuffix(block.Type, "PRIVATE KEY")
	}
	return IsPrivateDER(der)
}

// IsPrivateDER says whether data is a private key in DER: PKCS #8, PKCS #1 or SEC 1.
func IsPrivateDER(data []byte) bool {
	if len(data) < 32 || len(data) > 64<<10 || data[0] != 0x30 {
		return false
	}
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(data)
	return err == nil
}
