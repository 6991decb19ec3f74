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

// maxSubBytes bounds a sub: systems further on cut or refuse longer ones.
const maxSubBytes = 256

var _ = add(Check{
	ID: "sub-present", Area: AreaClaims, Level: record.Must,
	Title:       "sub is present",
	Why:         "The assistant knows the visitor by sub; without it users cannot be told apart, and the widget refuses the token.",
	Fix:         "Add the claim sub with the id of this visitor.",
	Source:      "vendor: enable",
	Faults:      []string{"no-sub"},
	YieldsTo:    []string{"token-json", "token-object"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(subPresent),
})

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

var _ = add(Check{
	ID: "sub-string", Area: AreaClaims, Level: record.Must,
	Title:       "sub is a string with more than blanks in it",
	Why:         "The widget and the billing read sub as text; a number or an empty text identifies nobody.",
	Fix:         "Convert the id to a string before signing, and give anonymous visitors a generated one.",
	Source:      "RFC 7519 §4.1.2",
	Faults:      []string{"sub-number"},
	YieldsTo:    []string{"sub-present"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(subString),
})

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

var _ = add(Check{
	ID: "sub-header-safe", Area: AreaClaims, Level: record.Must,
	Title:       "sub can stand in a header field: visible ASCII, with blanks inside only",
	Why:         "The sub travels on as a header field value; a line break or control character in it breaks or splits the request.",
	Fix:         "Allow only visible ASCII in ids; encode other ids, for example as base64url or a hash.",
	Source:      "vendor: authenticate (Billing and privacy); RFC 7230 §3.2",
	Faults:      []string{"sub-crlf"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(subHeaderSafe),
})

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

var _ = add(Check{
	ID: "sub-delimiter-free", Area: AreaClaims, Level: record.Should,
	Title:       `sub is visible ASCII without blanks and without , ; = and "`,
	Why:         "customer_id travels inside a header with ; and = as separators: such an id is cut off, and data cannot be deleted by it.",
	Fix:         "Use ids without blank , ; = and quotes: a UUID, hexadecimal, or base64url without padding.",
	Source:      "vendor: develop-userid; RFC 7230 §3.2.6",
	Faults:      []string{"sub-base64"},
	YieldsTo:    []string{"sub-header-safe"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(subDelimiterFree),
})

func subDelimiterFree(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || !strings.ContainsAny(sub, " \t,;=\"") && headerSafe(sub) || strings.TrimSpace(sub) == "" {
		return nil
	}
	return found(t.Exchange, `a sub without blank , ; = and "`, "sub %s", quote(sub))
}

var _ = add(Check{
	ID: "sub-length", Area: AreaClaims, Level: record.Should,
	Title:       "sub has at most 256 bytes",
	Why:         "Long ids are cut or refused by systems further on.",
	Fix:         "Use an id of at most 256 bytes, such as a UUID or a hash.",
	Source:      "vendor: user_id practice",
	Faults:      []string{"sub-long"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(subLength),
})

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

var _ = add(Check{
	ID: "sub-impersonal", Area: AreaClaims, Level: record.Should,
	Title:       "sub does not show who the user is: it is no e-mail address, no phone number and not the login name",
	Why:         "The sub is kept in logs and used for billing; with an e-mail address in it, personal data spread where nobody looks for them.",
	Fix:         "Use an internal id or a keyed hash of the address; put personal data into the encrypted user_payload.",
	Source:      "vendor: develop-userid",
	Faults:      []string{"sub-email"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true, Uses: []string{record.ProbeLogin}, judge: subImpersonal,
})

func subImpersonal(e *evidence) judgement {
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

var _ = add(Check{
	ID: "claims-no-secrets", Area: AreaClaims, Level: record.Must,
	Title:       "No claim holds a secret that anyone could read: a password, an API key, a card number, the value of a session cookie, a private key",
	Why:         "Claims are only encoded, not encrypted: browser, proxies and logs can read them.",
	Fix:         "Remove the claim and replace the secret; what the assistant must know goes encrypted into user_payload.",
	Source:      "RFC 8725 §2.4; OWASP disclosure",
	Faults:      []string{"leaks-session"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(claimsNoSecrets),
})

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

var _ = add(Check{
	ID: "claims-no-personal-data", Area: AreaClaims, Level: record.Should,
	Title:       "No claim that anyone could read holds personal data such as a name, an e-mail address or a phone number",
	Why:         "Everybody who sees the token reads the name and address in it.",
	Fix:         "Put personal data into the encrypted user_payload.",
	Source:      "vendor: encrypt; OWASP",
	Faults:      []string{"plain-name"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(claimsNoPersonalData),
})

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

var _ = add(Check{
	ID: "iss-constant", Area: AreaClaims, Level: record.May,
	Title:       "iss and aud, where they are present, are the same in all tokens",
	Why:         "An issuer or audience that changes with the request is taken from the request: it identifies nothing.",
	Fix:         "Configure iss and aud as constants.",
	Source:      "RFC 8725 §3.8-3.9",
	Faults:      []string{"iss-varies"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true, Uses: []string{record.ProbeHosts}, judge: issConstant,
})

func issConstant(e *evidence) judgement {
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

var _ = add(Check{
	ID: "jti-unique", Area: AreaClaims, Level: record.May,
	Title:       "jti, where it is present, is another one in each token",
	Why:         "A jti that repeats cannot revoke or recognise one token.",
	Fix:         "Generate a random jti for each token, or leave it out.",
	Source:      "RFC 7519 §4.1.7",
	Faults:      []string{"jti-constant"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       jtiUnique,
})

func jtiUnique(e *evidence) judgement {
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
