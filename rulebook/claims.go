package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// MaxSubBytes bounds a sub: systems further on cut or refuse longer ones.
const MaxSubBytes = 256

var _ = add(Rule{
	ID: "sub-present", Area: AreaClaims, Level: record.Must,
	Title:    "sub is present",
	Why:      "The assistant knows the visitor by sub; without it users cannot be told apart, and the widget refuses the token.",
	Fix:      "Add the claim sub with the id of this visitor.",
	Source:   "vendor: enable",
	Faults:   []string{"no-sub"},
	YieldsTo: []string{"token-json", "token-object"},
	look:     subPresent,
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
		return breaks(expected, "none; the payload is a JSON %s", t.Payload.Kind)
	}
	return breaks(expected, "none; the claims are %s", claimNames(t))
}

var _ = add(Rule{
	ID: "sub-string", Area: AreaClaims, Level: record.Must,
	Title:    "sub is a string that is not blank",
	Why:      "The widget and the billing read sub as text; a number or an empty text identifies nobody.",
	Fix:      "Convert the id to a string before signing, and give anonymous visitors a generated one.",
	Source:   "RFC 7519 §4.1.2",
	Faults:   []string{"sub-number"},
	YieldsTo: []string{"sub-present"},
	look:     subString,
})

func subString(t Token) *record.Finding {
	raw, ok := t.Claims["sub"]
	if sub, isString := t.Sub(); !ok || isString && strings.TrimSpace(sub) != "" {
		return nil
	}
	return breaks("sub is a string that is not blank", "sub %s", record.QuoteJSON(raw))
}

var _ = add(Rule{
	ID: "sub-header-safe", Area: AreaClaims, Level: record.Must,
	Title:  "sub is a legal header value: visible ASCII, with spaces only inside",
	Why:    "The sub travels on as a header field value; a line break or control character in it breaks or splits the request.",
	Fix:    "Allow only visible ASCII in ids; encode other ids, for example as base64url or a hash.",
	Source: "vendor: authenticate (Billing and privacy); RFC 7230 §3.2",
	Faults: []string{"sub-crlf"},
	look:   subHeaderSafe,
})

func subHeaderSafe(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || strings.TrimSpace(sub) == "" || HeaderSafe(sub) {
		return nil
	}
	return breaks("a sub that is a legal header field value", "sub %s", record.Quote(sub))
}

var _ = add(Rule{
	ID: "sub-delimiter-free", Area: AreaClaims, Level: record.Should,
	Title:    `sub is visible ASCII without spaces and without , ; = and "`,
	Why:      "customer_id travels inside a header with ; and = as separators: such an id is cut off, and data cannot be deleted by it.",
	Fix:      "Use ids without spaces , ; = and quotes: a UUID, hexadecimal, or base64url without padding.",
	Source:   "vendor: develop-userid; RFC 7230 §3.2.6",
	Faults:   []string{"sub-base64"},
	YieldsTo: []string{"sub-header-safe"},
	look:     subDelimiterFree,
})

func subDelimiterFree(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || !strings.ContainsAny(sub, " \t,;=\"") && HeaderSafe(sub) || strings.TrimSpace(sub) == "" {
		return nil
	}
	return breaks(`a sub without blank , ; = and "`, "sub %s", record.Quote(sub))
}

var _ = add(Rule{
	ID: "sub-length", Area: AreaClaims, Level: record.Should,
	Title:  "sub is at most 256 bytes long",
	Why:    "Systems that receive the id later may truncate a long one, or refuse it.",
	Fix:    "Use an id of at most 256 bytes, such as a UUID or a hash.",
	Source: "vendor: user_id practice",
	Faults: []string{"sub-long"},
	look:   subLength,
})

func subLength(t Token) *record.Finding {
	sub, ok := t.Sub()
	if !ok || len(sub) <= MaxSubBytes {
		return nil
	}
	return breaks(fmt.Sprintf("a sub of at most %d bytes", MaxSubBytes), "%d bytes", len(sub))
}

var _ = add(Rule{
	ID: "claims-not-null", Area: AreaClaims, Level: record.May,
	Title:    "Every claim has a value: none is null",
	Why:      "A null usually means that a lookup failed unnoticed, and each reader of the token interprets it differently.",
	Fix:      "Omit a claim that has no value, and find out why the value was missing.",
	Source:   "webchatspec: common mistakes",
	Faults:   []string{"null-claim"},
	YieldsTo: []string{"sub-string", "times-numeric"},
	look:     claimsNotNull,
})

func claimsNotNull(t Token) *record.Finding {
	var empty []string
	for name, value := range t.Claims {
		if string(value) == "null" {
			empty = append(empty, name)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	slices.Sort(empty)
	return breaks("claims with values", "null: %s", record.Quote(strings.Join(empty, ", ")))
}

// HeaderSafe is RFC 7230's field-value without obs-text: visible ASCII, with
// blanks and tabs inside only.
func HeaderSafe(s string) bool {
	illegal := func(r rune) bool { return r != '\t' && r != ' ' && (r < '!' || r > '~') }
	return strings.Trim(s, " \t") == s && strings.IndexFunc(s, illegal) < 0
}

func claimNames(t Token) string {
	names := make([]string, 0, len(t.Claims))
	for name := range t.Claims {
		names = append(names, name)
	}
	slices.Sort(names)
	return record.Quote(strings.Join(names, ", "))
}
