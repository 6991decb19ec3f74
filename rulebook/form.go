package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// maxTokenBytes leaves room for the other headers of a request within the 8 KiB
// that servers commonly allow for all.
const maxTokenBytes = 4 << 10

var _ = add(Rule{
	ID: "token-bare", Area: AreaToken, Level: record.Must,
	Title:    `The token stands where the configuration says, with nothing around it: no quotes in a text body, no byte order mark, no "Bearer ", no markup`,
	Why:      "The widget sends what it is given; anything around the token makes the assistant refuse it as malformed.",
	Fix:      `Send the token text and nothing else (res.type("text").send(token)), or say with --token-in where the page takes it from, such as JSON, an element or a script; "webchatspec init" finds the place.`,
	Source:   "jsonwebtoken's token pattern; vendor: tutorial `await result.text()`",
	Faults:   []string{"quoted-body"},
	YieldsTo: []string{"http-encoding"},
	look:     tokenBare,
})

func tokenBare(t Token) *record.Finding {
	switch {
	case t.Text.Around != "":
		return breaks("the bare token", "the token with %s round it", t.Text.Around)
	case strings.ContainsAny(t.Text.Illegal, " \t\r\n<>{}\"'"):
		return breaks("a token", "another text, with %s in it", record.Quote(t.Text.Illegal))
	}
	return nil
}

var _ = add(Rule{
	ID: "token-trimmed", Area: AreaToken, Level: record.Should,
	Title:  "The token has no space or line break before or after it",
	Why:    "A browser keeps a line break in a body, and the assistant refuses a token with white space in it.",
	Fix:    `Send the token without a trailing newline: print without "\n", or trim in the template.`,
	Source: "jsonwebtoken's token pattern",
	Faults: []string{"trailing-newline"},
	look:   tokenTrimmed,
})

func tokenTrimmed(t Token) *record.Finding {
	if t.Text.Blank == "" {
		return nil
	}
	return breaks("no blank or newline round the token", "%s", t.Text.Blank)
}

var _ = add(Rule{
	ID: "token-compact", Area: AreaToken, Level: record.Must,
	Title:    "The token has exactly three segments, none of them empty, of the characters A-Z, a-z, 0-9, - and _, without padding",
	Why:      "The assistant takes a token apart at its dots; anything else is malformed to it.",
	Fix:      "Let a JWT library serialise the token (compact serialisation) and do not edit its text afterwards.",
	Source:   "RFC 7515 §3.1, §2",
	Faults:   []string{"padded"},
	YieldsTo: []string{"token-bare"},
	look:     tokenCompact,
})

// tokenCompact leaves an empty signature to alg-not-none, which names it better.
func tokenCompact(t Token) *record.Finding {
	empty := t.Text.EmptySegments
	if t.Text.Segments == 3 && t.Signature.Bytes == 0 && empty > 0 {
		empty--
	}
	switch {
	case t.Text.Segments != 3:
		return breaks("three segments joined by dots", "%d", t.Text.Segments)
	case empty > 0:
		return breaks("no segment empty", "%d of 3 empty", empty)
	case t.Text.Illegal != "":
		return breaks("only A-Z a-z 0-9 - and _ in each segment", "also %s", record.Quote(t.Text.Illegal))
	case t.Text.Padded:
		return breaks("segments without padding", "a segment that ends in =")
	}
	return nil
}

var _ = add(Rule{
	ID: "token-canonical", Area: AreaToken, Level: record.Should,
	Title:  "Each segment is canonical base64url: encoding its bytes again gives the same text",
	Why:    "Unused bits let two texts stand for one token: strict libraries refuse it, and caches and logs see two.",
	Fix:    "Let the JWT library encode the segments; do not cut, join or re-encode them.",
	Source: "RFC 4648 §3.5",
	Faults: []string{"loose-bits"},
	look:   tokenCanonical,
})

func tokenCanonical(t Token) *record.Finding {
	if len(t.Text.NotCanonical) == 0 || t.Text.Illegal != "" {
		return nil
	}
	return breaks("segments that encode again to the same text", "another text for the %s", strings.Join(t.Text.NotCanonical, " and "))
}

var _ = add(Rule{
	ID: "token-size", Area: AreaToken, Level: record.Should,
	Title:  "The token is at most 4 KiB long, because it is sent with each message",
	Why:    "The token travels in a header of each message; proxies and servers commonly refuse headers above 8 KiB in total.",
	Fix:    "Keep sub, exp and iat in the token, and put what the assistant needs to know about the user into user_payload, or look it up on the server.",
	Source: "RFC 9110 §5.4 practice; OWASP",
	Faults: []string{"fat-token"},
	look:   tokenSize,
})

func tokenSize(t Token) *record.Finding {
	if t.Bytes <= maxTokenBytes {
		return nil
	}
	return breaks(fmt.Sprintf("at most %d bytes", maxTokenBytes), "%d bytes", t.Bytes)
}

var _ = add(Rule{
	ID: "token-json", Area: AreaToken, Level: record.Must,
	Title:    "The header is a JSON object and the payload is JSON, both in UTF-8, and no member appears twice",
	Why:      "Parsers disagree about repeated members and invalid bytes: two systems may then see two different users.",
	Fix:      "Build the claims as one object and let the library serialise it as UTF-8 JSON.",
	Source:   "RFC 7519 §4, §7.1; RFC 8725 §3.7; RFC 7515 §4",
	Faults:   []string{"dup-sub"},
	YieldsTo: []string{"token-compact"},
	look:     tokenJSON,
})

func tokenJSON(t Token) *record.Finding {
	if t.Text.Segments < 2 {
		return nil
	}
	switch {
	case t.Header.Kind != "object":
		return breaks("a header that is a JSON object", "%s: %s", t.Header.Kind, record.Quote(t.Header.JSON))
	case t.Payload.Kind == "invalid":
		return breaks("a payload that is JSON", "not JSON: %s", record.Quote(t.Payload.JSON))
	case t.Header.NotUTF8 || t.Payload.NotUTF8:
		return breaks("header and payload in UTF-8", "bytes that are not UTF-8")
	case len(t.Header.Duplicates)+len(t.Payload.Duplicates) > 0:
		return breaks("each member once", "twice: %s", strings.Join(slices.Concat(t.Header.Duplicates, t.Payload.Duplicates), ", "))
	}
	return nil
}

var _ = add(Rule{
	ID: "token-object", Area: AreaToken, Level: record.Should,
	Title:  "The payload is a JSON object, not a string that contains JSON",
	Why:    "Other libraries refuse a payload that is a JSON string; it works here only because the integration decodes twice.",
	Fix:    "Pass the claims to the signing function as an object, not as text that is already serialised.",
	Source: "RFC 7519 §7.1",
	Faults: []string{"double-encoded"},
	about:  func(t Token) bool { return t.Payload.Kind != "invalid" && t.Payload.Kind != "absent" },
	look:   tokenObject,
})

func tokenObject(t Token) *record.Finding {
	switch t.Payload.Kind {
	case "object", "invalid", "absent":
		return nil
	}
	return breaks("a payload that is a JSON object", "a JSON %s", t.Payload.Kind)
}
