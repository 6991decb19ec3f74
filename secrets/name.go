package secrets

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// words are the names of secrets in small letters, with optional lines between
// their parts. What ends with one of them is the name of a secret, too.
const words = `pass_?word|passwd|pwd|pword|passw|pass_?phrase|secret|api_?key|access_?key|private_?key|signing_?key|secret_?key|` +
	`access_?token|refresh_?token|session_?cookie|cvv2?|cvc2?`

// foreignWords are what passwords are called in other languages.
const foreignWords = `passwort|kennwort|geheimnis|mot_?de_?passe|mdp|contrase[nñ]a|clave_?secreta|senha|wachtwoord|parola|has[lł]o|l[oö]senord|` +
	`salasana|heslo|jelsz[oó]|passord|adgangskode|kodeord|[sş]ifre|пароль|密码|密碼|パスワード|비밀번호`

// tokenOf is what stands before the word token in the name of one that lets somebody in.
const tokenOf = `auth|api|session|bearer|login|remember(?:_?me)?|reset|csrf|xsrf|oauth|security|service|admin|personal|sso|magic|verification|activation`

// keyOf is what stands before the word key in the name of one that is secret.
const keyOf = `encryption|decryption|enc|session|master|hmac|aes|rsa|ssh|shared|storage|consumer|webhook|deploy|totp|otp|mfa`

// sessionCookies are the names of session cookies as common servers have them.
const sessionCookies = `phpsessid|jsessionid|connect_?sid|asp_?net_?session_?id|laravel_?session|ci_?session|wordpress_logged_in\w*`

var (
	secretName = regexp.MustCompile(`^(?:.*_)?(?:` + words + `|` + foreignWords + `)s?$|` +
		// written in one word, as in "clientsecret"
		`^\w*(?:password|passwd|passphrase|passwort|kennwort)$|^(?:client|app|shared|user|jwt|consumer|webhook)(?:secret|pwd|pass|apikey)$|` +
		// a password with what was made of it, or where it is kept
		`^(?:.*_)?(?:pass|password|passwd|pass_?phrase|pwd|pw|secret|pin|` + foreignWords + `)_?(?:hash|hashed|digest|encrypted|enc|crypt|plain|text|clear|value|salt|md5|sha1|sha256|bcrypt|b64|base64|old|new|[0-9])$|` +
		`^(?:.*_)?(?:hashed|encrypted|old|new|user|login|db|mysql|redis|mail|smtp|imap|ftp|ssh|ldap|vault|keystore|wifi|wlan|proxy|admin|root)_?pass$|` +
		`^(?:.*_)?(?:private|secret|signing|api)_?key_?(?:pem|der|jwk|base64|b64|file|text|value)$|` +
		`^(?:.*_)?(?:` + keyOf + `)_?(?:key|seed)$|^(?:.*_)?(?:` + tokenOf + `)_?tokens?$|^(?:.*_)?(?:` + sessionCookies + `)$|` +
		`^(?:.*_)?(?:pw|userpw|passcode|credentials?|creds|connection_?string|(?:recovery|backup)_?codes?|(?:security|secret)_?answers?|(?:user_?)?psw|pin_?code|security_?code|nt_?hash|lm_?hash|ntlm_?hash|iban|bank_?account(?:_?number)?|card_?number)$`)
	// notSecret matches the names that say something about a secret and hold none.
	notSecret = regexp.MustCompile(`^(?:.*_)?(?:has|is|needs?|requires?|no|must|can|change|set|forgot|reset|show|with|allow)_?(?:` + words + `|` + foreignWords + `|passcode|credentials?)$|^(?:bypass|compass|passenger)`)
	// settingLine and secretMember find secrets in files that nobody should be
	// able to read: environments and configurations. There the word may stand
	// anywhere in the name.
	settingLine  = regexp.MustCompile(`(?mi)^(?:export )?(\w*(?:` + words + `|private|rsa_key|token|database_url)\w*)\s*=\s*\S{4,}`)
	secretMember = regexp.MustCompile(`(?i)"([\w-]*(?:` + words + `)[\w-]*)"\s*:\s*"[^"]{4,}"`)
)

// IsName says whether name is that of a secret, as a member of an object, a
// claim or a setting, however it is written: client_secret, clientSecret,
// X-API-Key. What is only about a secret, such as hasPassword, is none.
func IsName(name string) bool {
	if is, known := names.Load(name); known {
		return is.(bool)
	}
	plain := underscored(name)
	is := secretName.MatchString(plain) && !notSecret.MatchString(plain)
	if len(name) <= longestKept && namesKept.Add(1) <= mostKept {
		names.Store(strings.Clone(name), is)
	}
	return is
}

// names keeps what was found of names: every token of a site has the same.
var (
	names     sync.Map
	namesKept atomic.Int64
)

const mostKept, longestKept = 2000, 100

// underscored writes a name in small letters with lines between its parts.
func underscored(name string) string {
	if len(name) > 200 {
		name = name[len(name)-200:]
	}
	var b strings.Builder
	small := false // whether the last one was a small letter or digit
	for _, r := range name {
		if strings.ContainsRune("-. /:", r) {
			r = '_'
		}
		if unicode.IsUpper(r) && small {
			b.WriteByte('_')
		}
		small = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Setting returns the name of a secret that is set in the text of a
// configuration file, as a line NAME=value or as a member of JSON, or "".
func Setting(text string) string {
	for _, pattern := range []*regexp.Regexp{settingLine, secretMember} {
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found[1]
		}
	}
	return ""
}
