package suites

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// claimsChecks is the area "claims" of the catalogue.
var claimsChecks = []Check{
	{
		ID: "sub-present", Area: AreaClaims, Level: record.Must,
		Title:       "sub is present",
		Why:         "The assistant knows the visitor by sub; without it users cannot be told apart, and the widget refuses the token.",
		Fix:         "Add the claim sub with the id of this visitor.",
		Source:      "vendor: enable",
		Faults:      []string{"no-sub"},
		YieldsTo:    []string{"token-json", "token-object"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(subPresent),
	},
	{
		ID: "sub-string", Area: AreaClaims, Level: record.Must,
		Title:       "sub is a string with more than blanks in it",
		Why:         "The widget and the billing read sub as text; a number or an empty text identifies nobody.",
		Fix:         "Convert the id to a string before signing, and give anonymous visitors a generated one.",
		Source:      "RFC 7519 §4.1.2",
		Faults:      []string{"sub-number"},
		YieldsTo:    []string{"sub-present"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(subString),
	},
	{
		ID: "sub-header-safe", Area: AreaClaims, Level: record.Must,
		Title:       "sub can stand in a header field: visible ASCII, with blanks inside only",
		Why:         "The sub travels on as a header field value; a line break or control character in it breaks or splits the request.",
		Fix:         "Allow only visible ASCII in ids; encode other ids, for example as base64url or a hash.",
		Source:      "vendor: authenticate (Billing and privacy); RFC 7230 §3.2",
		Faults:      []string{"sub-crlf"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(subHeaderSafe),
	},
	{
		ID: "sub-delimiter-free", Area: AreaClaims, Level: record.Should,
		Title:       `sub is visible ASCII without blanks and without , ; = and "`,
		Why:         "customer_id travels inside a header with ; and = as separators: such an id is cut off, and data cannot be deleted by it.",
		Fix:         "Use ids without blank , ; = and quotes: a UUID, hexadecimal, or base64url without padding.",
		Source:      "vendor: develop-userid; RFC 7230 §3.2.6",
		Faults:      []string{"sub-base64"},
		YieldsTo:    []string{"sub-header-safe"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(subDelimiterFree),
	},
	{
		ID: "sub-length", Area: AreaClaims, Level: record.Should,
		Title:       "sub has at most 256 bytes",
		Why:         "Long ids are cut or refused by systems further on.",
		Fix:         "Use an id of at most 256 bytes, such as a UUID or a hash.",
		Source:      "vendor: user_id practice",
		Faults:      []string{"sub-long"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(subLength),
	},
	{
		ID: "sub-impersonal", Area: AreaClaims, Level: record.Should,
		Title:       "sub does not show who the user is: it is no e-mail address, no phone number and not the login name",
		Why:         "The sub is kept in logs and used for billing; with an e-mail address in it, personal data spread where nobody looks for them.",
		Fix:         "Use an internal id or a keyed hash of the address; put personal data into the encrypted user_payload.",
		Source:      "vendor: develop-userid",
		Faults:      []string{"sub-email"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Uses: []string{record.ProbeLogin}, Judge: subImpersonal,
	},
	{
		ID: "exp-present", Area: AreaClaims, Level: record.Must,
		Title:       "exp is present",
		Why:         "A copied token without exp opens the assistant for ever: the integration accepts it.",
		Fix:         `Set an expiry when signing: expiresIn: "1h" or the claim exp in Unix seconds.`,
		Source:      "vendor: enable tip; RFC 8725 §3.10; OWASP",
		Faults:      []string{"no-exp"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(expPresent),
	},
	{
		ID: "times-numeric", Area: AreaClaims, Level: record.Must,
		Title:       "exp is a JSON number, and so are nbf and iat where they are present",
		Why:         "The integration refuses a time that is not a JSON number.",
		Fix:         "Write exp, nbf and iat as numbers: Math.floor(Date.now() / 1000) + 3600.",
		Source:      `RFC 7519 §4.1.4; jsonwebtoken "invalid exp value"`,
		Faults:      []string{"exp-string"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(timesNumeric),
	},
	{
		ID: "times-integer", Area: AreaClaims, Level: record.Should,
		Title:       "exp, iat and nbf are whole numbers of seconds",
		Why:         "Some verifiers refuse fractions, others round them: the moment of expiry is unclear.",
		Fix:         "Round the times to whole seconds before signing.",
		Source:      "RFC 7519 §2 NumericDate",
		Faults:      []string{"exp-float"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(timesInteger),
	},
	{
		ID: "exp-in-seconds", Area: AreaClaims, Level: record.Must,
		Title:       "exp is in seconds, not in milliseconds: it lies less than ten years ahead",
		Why:         "Read as seconds, milliseconds lie tens of thousands of years ahead: the token never expires.",
		Fix:         "Divide by 1000: exp is in Unix seconds.",
		Source:      "RFC 7519 §2",
		Faults:      []string{"exp-millis"},
		YieldsTo:    []string{"times-numeric"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(expInSeconds),
	},
	{
		ID: "exp-ahead", Area: AreaClaims, Level: record.Must,
		Title:       "A fresh token expires at least 5 seconds after the time of the server",
		Why:         "The token is dead before it reaches the assistant: every message is refused, and the widget asks for the next one at once.",
		Fix:         "Set exp to some minutes or an hour after the time of signing, from the same clock.",
		Source:      "vendor: simple example 10 s",
		Faults:      []string{"born-expired"},
		YieldsTo:    []string{"exp-in-seconds", "times-numeric"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(expAhead),
	},
	{
		ID: "exp-short-lived", Area: AreaClaims, Level: record.Should,
		Title:       "A token lives for at most an hour",
		Why:         "The longer a token lives, the longer a copied one can be used.",
		Fix:         "Let tokens live an hour or less; the widget asks for a new one when one expires.",
		Source:      `vendor: enable "for example 1h"`,
		Faults:      []string{"ttl-2h"},
		YieldsTo:    []string{"exp-bounded", "exp-in-seconds"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(expShortLived),
	},
	{
		ID: "exp-bounded", Area: AreaClaims, Level: record.Must,
		Title:       "A token lives for at most a day",
		Why:         "A token that lives for days is a password: anyone who copies it chats as that user until then.",
		Fix:         "Set exp to an hour after signing.",
		Source:      `vendor: "short-lived"; OWASP`,
		Faults:      []string{"ttl-30d"},
		YieldsTo:    []string{"exp-in-seconds"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(expBounded),
	},
	{
		ID: "nbf-past", Area: AreaClaims, Level: record.Must,
		Title:       "nbf is absent, or not later than the server's time",
		Why:         "The integration refuses a token that is not active yet, without any tolerance.",
		Fix:         "Leave nbf out, or set it a minute before the time of signing.",
		Source:      "RFC 7519 §4.1.5; jsonwebtoken NotBeforeError",
		Faults:      []string{"nbf-plus-30"},
		YieldsTo:    []string{"times-numeric"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(nbfPast),
	},
	{
		ID: "nbf-skew-room", Area: AreaClaims, Level: record.Should,
		Title:       "nbf is absent, or early enough for an assistant whose clock is 30 seconds slow",
		Why:         "Where the clock of the assistant runs some seconds behind, fresh tokens are refused now and then: the hardest kind of failure to find.",
		Fix:         "Leave nbf out, or set it a minute before the time of signing.",
		Source:      "jsonwebtoken clockTolerance default 0",
		Faults:      []string{"nbf-equals-now"},
		YieldsTo:    []string{"nbf-past"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(nbfSkewRoom),
	},
	{
		ID: "iat-present", Area: AreaClaims, Level: record.Should,
		Title:       "iat is present",
		Why:         "Without iat nobody can tell how old a token is, in an incident least of all.",
		Fix:         "Let the library add iat (do not set noTimestamp).",
		Source:      "RFC 7519 §4.1.6",
		Faults:      []string{"iat-absent"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(iatPresent),
	},
	{
		ID: "iat-not-future", Area: AreaClaims, Level: record.Should,
		Title:       "iat is not later than the Date of the answer, and on a fresh token at most a minute before it",
		Why:         "An iat off from the clock of the server shows a wrong clock, a wrong time zone, or a token from a store.",
		Fix:         "Take iat from the system clock in UTC at the time of signing.",
		Source:      "RFC 7519 §4.1.6",
		Faults:      []string{"iat-future"},
		YieldsTo:    []string{"token-not-hardcoded"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyNewToken(iatNotFuture),
	},
	{
		ID: "server-clock", Area: AreaClaims, Level: record.Should,
		Title:       "The server's clock is right to the minute",
		Why:         "With a clock that is off, exp is off too: tokens die early or live too long, and the assistant has the right time.",
		Fix:         "Run a time service (NTP) on the server.",
		Source:      "RFC 9110 §6.6.1",
		Faults:      []string{"clock-slow"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyAnswer(serverClock),
	},
	{
		ID: "claims-no-secrets", Area: AreaClaims, Level: record.Must,
		Title:       "No claim holds a secret that anyone could read: a password, an API key, a card number, the value of a session cookie, a private key",
		Why:         "Claims are only encoded, not encrypted: browser, proxies and logs can read them.",
		Fix:         "Remove the claim and replace the secret; what the assistant must know goes encrypted into user_payload.",
		Source:      "RFC 8725 §2.4; OWASP disclosure",
		Faults:      []string{"leaks-session"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(claimsNoSecrets),
	},
	{
		ID: "claims-no-personal-data", Area: AreaClaims, Level: record.Should,
		Title:       "No claim that anyone could read holds personal data such as a name, an e-mail address or a phone number",
		Why:         "Everybody who sees the token reads the name and address in it.",
		Fix:         "Put personal data into the encrypted user_payload.",
		Source:      "vendor: encrypt; OWASP",
		Faults:      []string{"plain-name"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyToken(claimsNoPersonalData),
	},
	{
		ID: "iss-constant", Area: AreaClaims, Level: record.May,
		Title:       "iss and aud, where they are present, are the same in all tokens",
		Why:         "An issuer or audience that changes with the request is taken from the request: it identifies nothing.",
		Fix:         "Configure iss and aud as constants.",
		Source:      "RFC 8725 §3.8-3.9",
		Faults:      []string{"iss-varies"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Uses: []string{record.ProbeHosts}, Judge: issConstant,
	},
	{
		ID: "jti-unique", Area: AreaClaims, Level: record.May,
		Title:       "jti, where it is present, is another one in each token",
		Why:         "A jti that repeats cannot revoke or recognise one token.",
		Fix:         "Generate a random jti for each token, or leave it out.",
		Source:      "RFC 7519 §4.1.7",
		Faults:      []string{"jti-constant"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: jtiUnique,
	},
}

// maxSubBytes bounds a sub: systems further on cut or refuse longer ones.
const maxSubBytes = 256

// subPresent fails a payload that is another JSON value than an object as well,
// which has no claims at all.
func subPresent(t Token) *record.Finding {
	const expected = "a claim sub"
	_, present := t.Claims["sub"]
	switch {
	case present, t.Payload.Kind == "invalid", t.Payload.Kind == "absent":
		return nil
	case t.Claims == nil:
		return found(t.Exchange, expected, "none; the payload is a JSON %s", t.Payload.Kind)
	}
	return found(t.Exchange, expected, "none; the claims are %s", claimNames(t))
}

func claimNames(t Token) string {
	names := make([]string, 0, len(t.Claims))
	for name := range t.Claims {
		names = append(names, name)
	}
	slices.Sort(names)
	return quote(strings.Join(names, ", "))
}

func subString(t Token) *record.Finding {
	raw, ok := t.Claims["sub"]
	if sub, isString := t.Sub(); !ok || isString && strings.TrimSpace(sub) != "" {
		return nil
	}
	return found(t.Exchange, "sub is a string with something in it", "sub %s", quoteJSON(raw))
}

// quoteJSON shows a JSON text as it is, cut where it is long.
func quoteJSON(raw json.RawMessage) string {
	if len(raw) <= 80 {
		return string(raw)
	}
	return quote(string(raw))
}

func subHeaderSafe(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || strings.TrimSpace(sub) == "" || headerSafe(sub) {
		return nil
	}
	return found(t.Exchange, "a sub that is a legal header field value", "sub %s", quote(sub))
}

// headerSafe is RFC 7230's field-value without obs-text: visible ASCII, with
// blanks and tabs inside only.
func headerSafe(s string) bool {
	illegal := func(r rune) bool { return r != '\t' && r != ' ' && (r < '!' || r > '~') }
	return strings.Trim(s, " \t") == s && strings.IndexFunc(s, illegal) < 0
}

func subDelimiterFree(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || !strings.ContainsAny(sub, " \t,;=\"") && headerSafe(sub) || strings.TrimSpace(sub) == "" {
		return nil
	}
	return found(t.Exchange, `a sub without blank , ; = and "`, "sub %s", quote(sub))
}

func subLength(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || len(sub) <= maxSubBytes {
		return nil
	}
	return found(t.Exchange, fmt.Sprintf("a sub of at most %d bytes", maxSubBytes), "%d bytes", len(sub))
}

var (
	emailAddress = regexp.MustCompile(`(?i)[a-z0-9._%+'-]+(?:@|%40)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}`)
	// phoneNumber wants a plus, or groups as people write them: plain digits are an id.
	phoneNumber = regexp.MustCompile(`^\+[0-9][0-9 ()./-]{6,18}[0-9]$|^\(?0[0-9]{1,5}\)?[ /-][0-9][0-9 /-]{4,}$|^\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}$`)
)

func subImpersonal(e *Evidence) Judgement {
	findings := collect(e.Tokens(), func(t Token) *record.Finding {
		const expected = "a sub that does not show who the user is"
		sub, _ := t.Sub()
		switch {
		case emailAddress.MatchString(sub):
			return found(t.Exchange, expected, "an e-mail address: sub %s", quote(sub))
		case phoneNumber.MatchString(sub):
			return found(t.Exchange, expected, "a phone number: sub %s", quote(sub))
		}
		return nil
	})
	named := collect(e.answers(record.ProbeLogin), func(x record.Exchange) *record.Finding {
		for _, echo := range x.Echoes {
			if echo.Where == "sub" {
				return found(x.ID, "a sub that does not hold the login name", "the %s stands in sub", echo.Input)
			}
		}
		return nil
	})
	return fail(append(findings, named...)...)
}

func claimsNoSecrets(t Token) *record.Finding {
	for _, masked := range t.Payload.Masked {
		return found(t.Exchange, "no secret in a clear text claim", "%s in the claim %s (masked here)", masked.Kind, quote(masked.Path))
	}
	return nil
}

// personalClaims are the standard claims (OpenID Connect Core §5.1) and common
// names that hold personal data.
var personalClaims = regexp.MustCompile(`(?i)^(?:name|(?:full|first|last|given|family|middle|nick|user|display|login)[_-]?name|preferred_username|e-?mail(?:[_-]?address)?|mail|phone(?:[_-]?number)?|mobile|telephone|address|street|postcode|zip|birth[_-]?date|date[_-]?of[_-]?birth|dob|gender|ssn)$`)

// impersonalClaims identify no person, or have checks of their own.
var impersonalClaims = []string{"sub", "iss", "aud", "jti", "user_payload"}

func claimsNoPersonalData(t Token) *record.Finding {
	for name, raw := range t.Claims {
		if slices.Contains(impersonalClaims, name) {
			continue
		}
		if path := personalPath(name, raw); path != "" {
			return found(t.Exchange, "no personal data in clear text claims", "the claim %s", quote(path))
		}
	}
	return nil
}

// personalPath returns the path of the first personal member in a claim, or "".
func personalPath(path string, raw json.RawMessage) string {
	var members map[string]json.RawMessage
	var elements []json.RawMessage
	var text string
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case json.Unmarshal(raw, &elements) == nil:
		for _, element := range elements {
			if found := personalPath(path, element); found != "" {
				return found
			}
		}
	case json.Unmarshal(raw, &members) == nil && members != nil:
		for inner, value := range members {
			if found := personalPath(path+"."+inner, value); found != "" {
				return found
			}
		}
		if personalClaims.MatchString(name) && len(members) > 0 {
			return path
		}
	case json.Unmarshal(raw, &text) == nil && text != "":
		if personalClaims.MatchString(name) || emailAddress.MatchString(text) {
			return path
		}
	}
	return ""
}

func issConstant(e *Evidence) Judgement {
	for _, name := range []string{"iss", "aud"} {
		values := map[string]Token{}
		for _, t := range append(e.Tokens(), e.Tokens(record.ProbeHosts)...) {
			if raw, ok := t.Claims[name]; ok {
				values[string(raw)] = t
			}
		}
		if len(values) > 1 {
			shown := slices.Sorted(maps.Keys(values))
			return fail(*found(values[shown[1]].Exchange, name+" is the same in all tokens", "%d values, among them %s and %s", len(values), quoteJSON(json.RawMessage(shown[0])), quoteJSON(json.RawMessage(shown[1]))))
		}
	}
	return pass()
}

func jtiUnique(e *Evidence) Judgement {
	fingerprint := map[string]string{}
	return fail(collect(e.Tokens(), func(t Token) *record.Finding {
		raw, ok := t.Claims["jti"]
		if !ok {
			return nil
		}
		first, seen := fingerprint[string(raw)]
		if fingerprint[string(raw)] = t.Fingerprint; seen && first != t.Fingerprint {
			return found(t.Exchange, "a jti of its own for each token", "jti %s again", quoteJSON(raw))
		}
		return nil
	})...)
}
