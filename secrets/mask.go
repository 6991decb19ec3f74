package secrets

import (
	"regexp"
	"slices"
	"strings"
)

// form is how a secret of one kind looks in any text.
type form struct {
	kind     string
	pattern  *regexp.Regexp
	possible func(text string) bool // a quick look: it holds for every text that has the form
}

// forms are generous: what is replaced by mistake is a lost detail, what is
// shown by mistake is a lost key. So a label takes all below it with it.
var forms = []form{
	{PrivateKey, regexp.MustCompile(`(?i)-----? ?BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)? ?-----?(?s:.*?)(?:-----? ?END [A-Z0-9 ]+-----?|\z)`), anyOf("----")},
	{PrivateKey, regexp.MustCompile(`PuTTY-User-Key-File-\d(?s:.*?)Private-Lines:(?s:.*)`), anyOf("PuTTY-User-Key")},
	// The DER of a private RSA, EC or Ed25519 key, PEM once more encoded: by how
	// their base64 begins, so that half a key is known, too.
	{PrivateKey, regexp.MustCompile(`(?:MII[A-Za-z0-9+/]{3}IBA(?:DAN|AKB|AKC)|MIG[A-Za-z0-9+/]AgEAM|MHcCAQEE|MC4CAQAw|LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,20}(?:UFJJVkFURS|QUklWQVRF|BSSVZBVE))(?:[A-Za-z0-9+/=\r\n]|\\[nr])*`), anyOf("MII", "MIG", "MHcC", "MC4C", "LS0tLS1CRUdJTi")},
	{PrivateJWK, regexp.MustCompile(`(\\?["'](?:d|p|q|dp|dq|qi)\\?["']\s*:\s*\\?["'])[A-Za-z0-9_-]{40,}`), hasPrivateMember},
	{"password in an address", regexp.MustCompile(`\b[a-z][a-z0-9+.-]{2,}://[^\s/:@"]*:[^\s/@"]{4,}@`), hasUserInfo},
	{"access key", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`), anyOf("AKIA", "ASIA")},
	{"access key", regexp.MustCompile(`\bAccountKey=[A-Za-z0-9+/]{40,}=*`), anyOf("AccountKey=")},
	{"API key", regexp.MustCompile(`\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}\b|\bwhsec_[A-Za-z0-9]{24,}`), anyOf("_live_", "_test_", "whsec_")},
	{"API key", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}`), anyOf("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")},
	{"API key", regexp.MustCompile(`\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b|\bdop_v1_[0-9a-f]{64}\b|\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}\b|\bhf_[A-Za-z]{34}\b`), anyOf("glpat-", "npm_", "dop_v1_", "shpat_", "shpss_", "shpca_", "shppa_", "hf_")},
	{"API key", regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{20,}|\bhooks\.slack\.com/services/[\w/]{20,}`), anyOf("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "hooks.slack.com/services/")},
	{"API key", regexp.MustCompile(`\bAIza[\w-]{35}|\bya29\.[\w-]{20,}`), anyOf("AIza", "ya29.")},
	{"API key", regexp.MustCompile(`(^|[^\w-])sk-(?:proj-|svcacct-|ant-)?[A-Za-z0-9_-]{32,}`), anyOf("sk-")},
	{"API key", regexp.MustCompile(`\bSG\.[\w-]{16,32}\.[\w-]{30,}`), anyOf("SG.")},
	{"API key", regexp.MustCompile(`\bdiscord(?:app)?\.com/api/webhooks/\d{16,}/[\w-]{40,}|\bwebhook\.office\.com/webhookb2/[\w@-]{40,}`), anyOf(".com/api/webhooks/", "/webhookb2/")},
	{"API key", regexp.MustCompile(`\bpypi-AgEI[\w-]{16,}|\bhv[sbr]\.[\w-]{20,}|\blin_api_[A-Za-z0-9]{32,}|\bdckr_pat_[\w-]{20,}|\bdapi[0-9a-f]{32}\b|\bATATT3[\w=-]{40,}|\bsq0csp-[\w-]{40,}`), anyOf("pypi-", "hvs.", "hvb.", "hvr.", "lin_api_", "dckr_pat_", "dapi", "ATATT3", "sq0csp-")},
	// A shared access signature of Azure that opens a whole account, or lets write. One
	// that reads a single file may be the address of a picture.
	{"access key", regexp.MustCompile(`(\b(?:sv|ss|srt|sp|se|st|spr)=[\w.:%&=-]*?\b(?:srt=[sco]+|sp=r?[acwdxytmeopil]+)&(?:[\w.:%&=-]*&)?sig=)[\w+/%=-]{40,}`), anyOf("sig=")},
	// As the usual libraries write what they made of a password.
	{"password hash", regexp.MustCompile(`\$(?:2[abxy]?|argon2(?:id|i|d)|scrypt|[1567y]|gy|apr1|md5|pbkdf2(?:-sha\d+)?|[PHS])\$[./A-Za-z0-9$=,+-]{20,}`), anyOf("$2", "$argon2", "$scrypt$", "$1$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$apr1$", "$md5$", "$pbkdf2", "$P$", "$H$", "$S$")},
	{"password hash", regexp.MustCompile(`\b(?:pbkdf2|scrypt|bcrypt|argon2)(?:_sha\d+|:[a-z0-9:]+)?\$[^\s"<>]{20,}`), anyOf("pbkdf2", "scrypt", "bcrypt", "argon2")},
	{"password hash", regexp.MustCompile(`\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*)\}[A-Za-z0-9+/=$.]{16,}`), anyOf("{SHA", "{SSHA", "{MD5}", "{SMD5}", "{CRYPT}", "{PBKDF2")},
}

// Mask cuts the signature off every token in text, replaces private keys and
// other secrets known by their form, packed ones too, and returns what it found, by kind.
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
	return maskPacked(text, func(unpacked string) bool {
		_, within := Mask(unpacked)
		for _, kind := range within {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		return len(within) > 0
	}), kinds
}

// Masked is [Mask] for those who need no kinds.
func Masked(text string) string {
	text, _ = Mask(text)
	return text
}

// Mark is what stands in the place of a secret of this kind.
func Mark(kind string) string { return "«" + kind + " masked»" }

// anyOf looks for words of which one stands in every text that has a form.
func anyOf(words ...string) func(string) bool {
	return func(text string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
	}
}

// hasPrivateMember says whether a member of JSON is called as one of a private key.
func hasPrivateMember(text string) bool {
	for {
		quote := strings.IndexAny(text, `"'`)
		if quote < 0 {
			return false
		}
		text = text[quote+1:]
		if name := text[:min(len(text), 4)]; name != "" && strings.IndexByte("dpq", name[0]) >= 0 { // d, p, q, dp, dq, qi
			if end := strings.IndexAny(name, `"'`); end > 0 {
				return true
			}
		}
	}
}

// hasUserInfo says whether something stands before an @ in the host of an address.
func hasUserInfo(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "://")
		end := strings.IndexAny(rest, "@/\" \t\n\f\r")
		if !found || end < 0 {
			return false
		}
		if rest[end] == '@' {
			return true
		}
		text = rest
	}
}

// cutTokens cuts the signatures of all tokens in text, but for those that have none.
func cutTokens(text string) (cut string, found bool) { return replaceTokens(text, CutToken) }

// replaceTokens replaces all tokens in text that have a signature.
func replaceTokens(text string, replacement func(token string) string) (replaced string, found bool) {
	var b strings.Builder
	done := 0
	for begin, end := nextToken(text, 0); begin >= 0; begin, end = nextToken(text, end) {
		found = true
		if text[end-1] != '.' {
			b.WriteString(text[done:begin])
			b.WriteString(replacement(text[begin:end]))
			done = end
		}
	}
	if done == 0 {
		return text, found
	}
	return b.String() + text[done:], found
}
