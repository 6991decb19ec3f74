package secrets

import (
	"math/big"
	"regexp"
	"strings"
	"unicode"
)

// IsNamed says whether the value of a member with that name is a secret. Some names
// are those of secrets whatever stands there; others want a value that looks like one.
func IsNamed(name, value string) bool {
	if IsName(name) {
		return true
	}
	plain := underscored(name)
	looks := looksNamed[plain]
	if looks == nil {
		if last := lastOfMany.FindString(plain); last != "" { // as in phonePin and login_otp
			looks = looksNamed[strings.Trim(last, "_")]
		} else if oneTimeCode.MatchString(plain) {
			looks = isCode
		}
	}
	return looks != nil && looks(value)
}

// looksNamed are names that many things have, with how a secret of that name looks.
var looksNamed = map[string]func(string) bool{
	"pass": isInvented, "pswd": isInvented, "clave": isInvented,
	"token": isRandom, "bearer": isRandom, "basic": isRandom, "salt": isRandom, "key": isRandom, "auth": isRandom, "authorization": isRandom,
	"pin":            func(value string) bool { return shortDigits.MatchString(value) },
	"otp":            func(value string) bool { return oneTime.MatchString(value) },
	"totp":           func(value string) bool { return oneTime.MatchString(value) },
	"account_number": func(value string) bool { return accountDigits.MatchString(value) },
	"cookie":         func(value string) bool { return cookiePair.MatchString(value) },
	"cookies":        func(value string) bool { return cookiePair.MatchString(value) },
	"set_cookie":     func(value string) bool { return cookiePair.MatchString(value) },
}

// lastOfMany are names that say the same behind whatever stands before them.
var lastOfMany = regexp.MustCompile(`_(?:pin|otp|totp|pswd)$`)

// oneTimeCode matches the names of codes that let somebody in once.
var oneTimeCode = regexp.MustCompile(`^(?:.*_)?(?:(?:password_?)?reset|verification|verify|activation|confirmation|one_?time|log_?in|sign_?in|magic|sms|mfa|2_?fa|two_?factor|unlock)_?codes?$`)

// isCode says whether text looks like such a code, and not like a word for its state.
func isCode(text string) bool {
	return len(text) >= 4 && strings.ContainsFunc(text, unicode.IsDigit) && !strings.ContainsFunc(text, unicode.IsSpace)
}

var (
	shortDigits   = regexp.MustCompile(`^\d{4,5}$`)
	oneTime       = regexp.MustCompile(`^\d{6,8}$`)
	accountDigits = regexp.MustCompile(`^\d[\d -]{6,}\d$`)
	cookiePair    = regexp.MustCompile(`^[\w.-]+=\S{8,}`)
)

// isInvented says whether text looks like a password that somebody has thought of:
// one word with letters and with something else in it.
func isInvented(text string) bool {
	other := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("!@#$%^&*+?", r) })
	return len(text) >= 6 && other && strings.ContainsFunc(text, unicode.IsLetter) && !strings.ContainsFunc(text, unicode.IsSpace)
}

// isRandom says whether text looks like what a program has drawn: long, of letters
// and digits in turn.
func isRandom(text string) bool {
	turns, digit := 0, false
	for i, r := range text {
		switch now := unicode.IsDigit(r); {
		case !now && !unicode.IsLetter(r) && !strings.ContainsRune("-_+/=.", r):
			return false
		case i > 0 && now != digit:
			turns++
			digit = now
		default:
			digit = now
		}
	}
	return len(text) >= 20 && turns >= 4 && !uuid.MatchString(text)
}

var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// authorization is the value of a header that lets somebody in.
var authorization = regexp.MustCompile(`^(?i:bearer|basic|token|apikey)\s+[\w.~+/=-]{16,}$`)

// setting finds names with a value in a text: in the query of an address, a form, a
// connection string; statement is a text that is nothing else.
var (
	setting   = regexp.MustCompile(`(?:^|[;&?,\s])([\w.-]{2,60})\s?=\s?([^\s;&,"]{4,})`)
	statement = regexp.MustCompile(`(?m)^[ \t-]*([\w.-]{2,60}):[ \t]+(\S{4,})[ \t\r]*$`)
	// quotedMember is a member as JSON, Python, Ruby and PHP write it, within other text.
	quotedMember = regexp.MustCompile(`[:"']([\w.-]{2,60})["']?(?:\s*(?::|=>)\s*|;s:\d+:)["']([^"']{4,})["']`)
	element      = regexp.MustCompile(`<([\w.-]{2,60})(?:\s[^<>]*)?>([^<>\s]{4,})</([\w.-]{2,60})>`)
)

// settings are the ways in which a text sets a name to a value.
var settings = []*regexp.Regexp{setting, statement, quotedMember, element}

// mostSettings bounds how many names are looked at in one text.
const mostSettings = 100

// letsIn matches the address of a link that lets somebody in without a password, as
// far as its path says so.
var letsIn = regexp.MustCompile(`^https?://[^/?#\s]+/[^?#\s]*(?i:reset|verif|confirm|activat|magic|log-?in|sign-?in|unlock|recover|auth)[^?#\s]*\?`)

// SettingIn returns the name of a secret that has a value in text, as in
// "user=ada;pwd=…" or in an element of XML, or "". What is drawn at random counts in links that let somebody in:
// in others it may be all that an image's address needs.
func SettingIn(text string) string {
	if !strings.ContainsAny(text, "=:<") {
		return ""
	}
	link := letsIn.MatchString(text)
	for _, pattern := range settings {
		rest := text
		for range mostSettings {
			at := pattern.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			name, value := rest[at[2]:at[3]], rest[at[4]:at[5]]
			closed := len(at) <= 6 || rest[at[6]:at[7]] == name // an element by its own name
			if closed && (IsName(name) || inventedNames.MatchString(name) && isInvented(value) || link && IsParameter(name) && isRandom(value)) {
				return name
			}
			rest = rest[at[3]:] // what was taken for a value may be the next name
		}
	}
	return ""
}

// inventedNames are those of looksNamed for passwords that somebody has thought of.
var inventedNames = regexp.MustCompile(`^(?i:(?:user_?)?pass|pswd)$`)

// Kind names the secret that text is, whatever its name, as far as that can be said
// by its form: what [Mask] knows, the value of an authorization header, an IBAN, a
// setting with the name of a secret. It is "" for all other texts.
func Kind(text string) string {
	if _, kinds := Mask(text); len(kinds) > 0 {
		return kinds[0]
	}
	switch {
	case authorization.MatchString(text):
		return "value of an authorization header"
	case isIBAN(text):
		return "IBAN"
	}
	if name := SettingIn(text); name != "" {
		return "secret named " + name
	}
	return ""
}

// ibanLengths are how long the account numbers of a country are, country and check
// digits included (ISO 13616, the countries with the most accounts).
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
	"FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
	"MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "UA": 29,
}

// isIBAN says whether text is the number of a bank account: of the right length for
// its country, and with right check digits.
func isIBAN(text string) bool {
	bare := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if len(bare) < 15 || ibanLengths[bare[:2]] != len(bare) {
		return false
	}
	var digits strings.Builder
	for _, r := range bare[4:] + bare[:4] {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			digits.WriteString(big.NewInt(int64(r - 'A' + 10)).String())
		default:
			return false
		}
	}
	number, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && new(big.Int).Mod(number, big.NewInt(97)).Int64() == 1
}

// cardNames are member names that make a number with a right check digit a card number.
var cardNames = regexp.MustCompile(`(?i)card|payment|credit|debit|visa|amex|billing|(?:^|[_-])(?:pan|cc)(?:$|[_-])`)

var cardGroups = regexp.MustCompile(`^\d{4}([ -])\d{4}([ -])\d{4}([ -])\d{1,4}$|^3[47]\d{2}[ -]\d{6}[ -]\d{5}$`)

// IsCardNumber says whether the value of a member is the number of a payment
// card. It wants more than a right check digit, which one id in ten has by
// chance: a name that says so, or the digits in groups as on a card.
func IsCardNumber(name, value string) bool {
	if !cardNames.MatchString(name) && !cardGroups.MatchString(value) {
		return false
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(value)
	return len(digits) >= 13 && len(digits) <= 19 && hasCheckDigit(digits)
}

// hasCheckDigit says whether the last digit is right (ISO/IEC 7812-1, annex B).
func hasCheckDigit(digits string) bool {
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
