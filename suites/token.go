package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// maxTokenBytes leaves room for the other headers of a request within the 8 KiB
// that servers commonly allow for all.
const maxTokenBytes = 4 << 10

var _ = add(Check{
	ID: "token-served", Area: AreaToken, Level: record.Must,
	Title:    "The token endpoint, asked as configured, answers with status 200 and a body that is not empty",
	Why:      "Without a token the chat cannot open: the widget shows its error panel.",
	Fix:      "Answer the configured request with status 200 and the signed token. Look at the server log for the request shown here.",
	Source:   "vendor: enable (fetch createJWT)",
	Faults:   []string{"empty-200"},
	YieldsTo: []string{"tls-required"},
	Needs:    []string{record.ProbeVisitors},
	judge:    everyAnswerOrFailure(tokenServed),
})

func tokenServed(x record.Exchange) *record.Finding {
	const expected = "status 200 and a body with the token"
	switch {
	case x.Failure != nil && x.Failure.Class == record.FailureTimeout && x.Probe == record.ProbeBusy:
		return nil // http-latency's matter
	case x.Failure != nil:
		return found(x.ID, expected, "no complete answer: %s", x.Failure.Message)
	case x.Response == nil:
		return nil
	case x.Response.Status != 200:
		return found(x.ID, expected, "status %d%s", x.Response.Status, redirectTo(x))
	case x.Response.Bytes == 0 && x.Token == "":
		return found(x.ID, expected, "status 200 and an empty body")
	}
	return nil
}

func redirectTo(x record.Exchange) string {
	if location := header(x, "Location"); location != "" {
		return " to " + quote(location) + "; redirects are not followed with tokens"
	}
	return ""
}

// owesNothing says whether the answer is one to somebody who has logged out of a
// site that serves only users: nobody was asked for before a login there.
func (e *evidence) owesNothing(x record.Exchange) bool {
	return x.Variant == afterLogout && !slices.ContainsFunc(e.Exchanges(record.ProbeLogin), func(other record.Exchange) bool {
		return other.Variant == beforeLogin
	})
}

// everyAnswerOrFailure looks at the exchanges of the ordinary probes, unanswered
// ones too, but not at those that were refused as too many.
func everyAnswerOrFailure(look func(record.Exchange) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement {
		exchanges := slices.DeleteFunc(e.Exchanges(), func(x record.Exchange) bool {
			throttled := x.Failure != nil && x.Failure.Class == record.FailureThrottled
			return throttled || e.owesNothing(x)
		})
		return fail(collect(exchanges, look)...)
	}
}

var _ = add(Check{
	ID: "token-bare", Area: AreaToken, Level: record.Must,
	Title:  `The token stands where the configuration says, with nothing of another kind round it: no quotes in a text body, no byte order mark, no "Bearer ", no markup`,
	Why:    "The widget sends what it is given; anything round the token makes the assistant refuse it as malformed.",
	Fix:    `Send the token text and nothing else (res.type("text").send(token)), or tell webchatspec where it stands with --token-in.`,
	Source: "jsonwebtoken's token pattern; vendor: tutorial `await result.text()`",
	Faults: []string{"quoted-body"},
	Needs:  []string{record.ProbeVisitors},
	judge:  tokenBare,
})

func tokenBare(e *evidence) judgement {
	findings := collect(e.Tokens(), func(t Token) *record.Finding {
		switch {
		case t.Text.Around != "":
			return found(t.Exchange, "the bare token "+whereIn(e), "the token with %s round it", t.Text.Around)
		case strings.ContainsAny(t.Text.Illegal, " \t\r\n<>{}\"'"):
			return found(t.Exchange, "a token "+whereIn(e), "another text, with %s in it", quote(t.Text.Illegal))
		}
		return nil
	})
	without := collect(e.answers(), func(x record.Exchange) *record.Finding {
		if x.Token != "" || x.Response.Status != 200 || x.Response.Bytes == 0 || e.owesNothing(x) {
			return nil
		}
		return found(x.ID, "a token "+whereIn(e), "no token there; the body (%s) begins %s", mediaType(x), quote(x.Response.Excerpt))
	})
	return fail(append(findings, without...)...)
}

// whereIn says where the token is expected to stand.
func whereIn(e *evidence) string {
	where := e.Run.Target.TokenIn
	if where == "" || where == "body" {
		return "as the whole body"
	}
	kind, name, _ := strings.Cut(where, ":")
	return fmt.Sprintf("in the %s %q", map[string]string{"json": "JSON member", "header": "header"}[kind], name)
}

func mediaType(x record.Exchange) string {
	media, _, _ := strings.Cut(header(x, "Content-Type"), ";")
	if media = strings.TrimSpace(media); media == "" {
		return "no Content-Type"
	}
	return media
}

var _ = add(Check{
	ID: "token-trimmed", Area: AreaToken, Level: record.Should,
	Title:       "The token has no blank or newline round it",
	Why:         "A browser keeps a newline in a body, and the assistant refuses a token with a blank in it.",
	Fix:         `Send the token without a trailing newline: print without "\n", or trim in the template.`,
	Source:      "jsonwebtoken's token pattern",
	Faults:      []string{"trailing-newline"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenTrimmed),
})

func tokenTrimmed(t Token) *record.Finding {
	if t.Text.Blank == "" {
		return nil
	}
	return found(t.Exchange, "no blank or newline round the token", "%s", t.Text.Blank)
}

var _ = add(Check{
	ID: "token-compact", Area: AreaToken, Level: record.Must,
	Title:       "The token has exactly three segments, none of them empty, of the characters A-Z, a-z, 0-9, - and _, without padding",
	Why:         "The assistant takes a token apart at its dots; anything else is malformed to it.",
	Fix:         "Let a JWT library serialise the token (compact serialisation) and do not edit its text afterwards.",
	Source:      "RFC 7515 §3.1, §2",
	Faults:      []string{"padded"},
	YieldsTo:    []string{"token-bare"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenCompact),
})

// tokenCompact leaves an empty signature to alg-not-none, which names it better.
func tokenCompact(t Token) *record.Finding {
	empty := t.Text.EmptySegments
	if t.Text.Segments == 3 && t.Signature.Bytes == 0 && empty > 0 {
		empty--
	}
	switch {
	case t.Text.Segments != 3:
		return found(t.Exchange, "three segments joined by dots", "%d", t.Text.Segments)
	case empty > 0:
		return found(t.Exchange, "no segment empty", "%d of 3 empty", empty)
	case t.Text.Illegal != "":
		return found(t.Exchange, "only A-Z a-z 0-9 - and _ in each segment", "also %s", quote(t.Text.Illegal))
	case t.Text.Padded:
		return found(t.Exchange, "segments without padding", "a segment that ends in =")
	}
	return nil
}

var _ = add(Check{
	ID: "token-canonical", Area: AreaToken, Level: record.Should,
	Title:       "Each segment is canonical base64url: encoding its bytes again gives the same text",
	Why:         "Loose bits let two texts stand for one token; strict libraries refuse such a token, caches and logs see two.",
	Fix:         "Let the JWT library encode the segments; do not cut, join or re-encode them.",
	Source:      "RFC 4648 §3.5",
	Faults:      []string{"loose-bits"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenCanonical),
})

func tokenCanonical(t Token) *record.Finding {
	if len(t.Text.NotCanonical) == 0 || t.Text.Illegal != "" {
		return nil
	}
	return found(t.Exchange, "segments that encode again to the same text", "another text for the %s", strings.Join(t.Text.NotCanonical, " and "))
}

var _ = add(Check{
	ID: "token-accepted", Area: AreaToken, Level: record.Must,
	Title:       "The assistant accepts the token at the moment when it is received",
	Why:         "The assistant rejects each message that comes with such a token: the chat is dead for this visitor.",
	Fix:         `Sign with the private key that belongs to the public key pasted in the Security tab; compare the fingerprints with "webchatspec key inspect".`,
	Source:      "vendor: enable",
	Faults:      []string{"other-key"},
	YieldsTo:    rejectionCauses,
	Needs:       []string{record.ProbeVisitors},
	NeedsKey:    true,
	NeedsTokens: true,
	judge:       everyToken(tokenAccepted),
})

func tokenAccepted(t Token) *record.Finding {
	if !t.Verdict.Judged || t.Verdict.Accepted {
		return nil
	}
	return found(t.Exchange, "the integration accepts the token", "it is refused: %s: %s", t.Verdict.Name, t.Verdict.Message)
}

var _ = add(Check{
	ID: "token-size", Area: AreaToken, Level: record.Should,
	Title:       "The token has at most 4 KiB, for it goes along with each message",
	Why:         "The token rides on each message in a header; proxies and servers commonly refuse headers above 8 KiB in all.",
	Fix:         "Keep sub, exp and iat in the token, and put what the assistant needs of the profile into user_payload, or look it up on the server.",
	Source:      "RFC 9110 §5.4 practice; OWASP",
	Faults:      []string{"fat-token"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenSize),
})

func tokenSize(t Token) *record.Finding {
	if t.Bytes <= maxTokenBytes {
		return nil
	}
	return found(t.Exchange, fmt.Sprintf("at most %d bytes", maxTokenBytes), "%d bytes", t.Bytes)
}

var _ = add(Check{
	ID: "token-json", Area: AreaToken, Level: record.Must,
	Title:       "The header is a JSON object and the payload is JSON, both in UTF-8, and no member stands twice",
	Why:         "Parsers differ in what they make of doubled members and odd bytes: two systems then see two different users.",
	Fix:         "Build the claims as one object and let the library serialise it as UTF-8 JSON.",
	Source:      "RFC 7519 §4, §7.1; RFC 8725 §3.7; RFC 7515 §4",
	Faults:      []string{"dup-sub"},
	YieldsTo:    []string{"token-compact"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenJSON),
})

func tokenJSON(t Token) *record.Finding {
	if t.Text.Segments < 2 {
		return nil
	}
	switch {
	case t.Header.Kind != "object":
		return found(t.Exchange, "a header that is a JSON object", "%s: %s", t.Header.Kind, quote(t.Header.JSON))
	case t.Payload.Kind == "invalid":
		return found(t.Exchange, "a payload that is JSON", "not JSON: %s", quote(t.Payload.JSON))
	case t.Header.NotUTF8 || t.Payload.NotUTF8:
		return found(t.Exchange, "header and payload in UTF-8", "bytes that are not UTF-8")
	case len(t.Header.Duplicates)+len(t.Payload.Duplicates) > 0:
		return found(t.Exchange, "each member once", "twice: %s", strings.Join(slices.Concat(t.Header.Duplicates, t.Payload.Duplicates), ", "))
	}
	return nil
}

var _ = add(Check{
	ID: "token-object", Area: AreaToken, Level: record.Should,
	Title:       "The payload is a JSON object and not a string with JSON in it",
	Why:         "Other libraries refuse a payload that is a JSON string; it works here only because the integration decodes twice.",
	Fix:         "Pass the claims to the signing function as an object, not as text that was serialised before.",
	Source:      "RFC 7519 §7.1",
	Faults:      []string{"double-encoded"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(tokenObject),
})

func tokenObject(t Token) *record.Finding {
	switch t.Payload.Kind {
	case "object", "invalid", "absent":
		return nil
	}
	return found(t.Exchange, "a payload that is a JSON object", "a JSON %s", t.Payload.Kind)
}
