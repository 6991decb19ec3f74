package secrets

import (
	"regexp"
	"strings"
	"unicode"
)

// words are the names of secrets in small letters, with optional lines between
// their parts. What ends with one of them is the name of a secret, too.
const words = `password|passwd|pwd|passphrase|secret|api_?key|access_?key|private_?key|signing_?key|secret_?key|` +
	`access_?token|refresh_?token|session_?cookie|cvv|cvc`

var (
	secretName = regexp.MustCompile(`^(?:.*_)?(?:` + words + `)$|` +
		// a password with what was made of it, or where it is kept
		`^(?:.*_)?(?:pass|password|passwd|passwort|pwd|pw|secret|pin)_?(?:hash|hashed|digest|encrypted|enc|crypt|plain|text|clear|value|md5|sha1|sha256|bcrypt|b64|base64|old|new|[0-9])$|` +
		`^(?:.*_)?(?:hashed|encrypted|old|new|user|login|db|mail)_?pass$|` +
		`^(?:.*_)?(?:pw|userpw|userpassword|passcode|passwort|kennwort|credentials?|(?:auth|api|session|bearer|login|remember|reset|csrf|xsrf|oauth|security)_?token|(?:totp|otp|mfa)_?(?:seed|key)|pin_?code|security_?code|iban|account_?number|card_?number)$`)
	// settingLine and secretMember find secrets in files that nobody should be
	// able to read: environments and configurations. There the word may stand
	// anywhere in the name.
	settingLine  = regexp.MustCompile(`(?mi)^(?:export )?(\w*(?:` + words + `|private|rsa_key|token|database_url)\w*)\s*=\s*\S{4,}`)
	secretMember = regexp.MustCompile(`(?i)"([\w-]*(?:` + words + `)[\w-]*)"\s*:\s*"[^"]{4,}"`)
)

// IsName says whether name is that of a secret, as a member of an object, a
// claim or a setting, however it is written: client_secret, clientSecret,
// X-API-Key.
func IsName(name string) bool { return secretName.MatchString(underscored(name)) }

// underscored writes a name in small letters with lines between its parts.
func underscored(name string) string {
	if len(name) > 200 {
		name = name[len(name)-200:]
	}
	var b strings.Builder
	small := false // whether the last one was a small letter or digit
	for _, r := range name {
		if r == '-' || r == '.' || r == ' ' {
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

// cardNames are member names that make a number with a right check digit a card number.
var cardNames = regexp.MustCompile(`(?i)card|(?:^|[_-])(?:pan|cc)(?:$|[_-])`)

var cardGroups = regexp.MustCompile(`^\d{4}([ -])\d{4}([ -])\d{4}([ -])\d{1,4}$`)

// IsCardNumber says whether the value of a member is the number of a payment
// card. It wants more than a right check digit, which one id in ten has by
// chance: a name that says so, or the digits in groups of four.
func IsCardNumber(name, value string) bool {
	if !cardNames.MatchString(name) && !cardGroups.MatchString(value) {
		return false
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(value)
	if len(digits) < 13 || len(digits) > 19 {
		return false
	}
	sum := 0
	for i, r := range digits {
		if r < '0' || r > '9' {
			return false
		}
		d := int(r - '0')
		if (len(digits)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
