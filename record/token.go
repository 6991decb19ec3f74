package record

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/secrets"
)

// Token is one token that was seen: its decoded header and payload with secrets
// masked, the facts of its text, and the verdict of the verifier at the time of
// receipt. Its signature is not kept.
type Token struct {
	ID       string  `json:"id"`
	Exchange string  `json:"exchange,omitempty"`
	Probe    string  `json:"probe,omitempty"`
	Variant  Variant `json:"variant,omitempty"`
	About    string  `json:"about,omitempty"` // as in [Exchange]
	Visitor  string  `json:"visitor,omitempty"`
	// User is the name of the configured user that the visitor is; empty for
	// someone who is not logged in.
	User       string    `json:"user,omitempty"`
	Call       int       `json:"call,omitempty"`
	ReceivedAt time.Time `json:"receivedAt"`
	// ServerDate is the Date header of the answer; zero when there was none.
	ServerDate time.Time `json:"serverDate,omitzero"`

	// Fingerprint is "sha256:<hex>" of the complete text: equal for equal tokens.
	Fingerprint string  `json:"fingerprint"`
	Bytes       int     `json:"bytes"`
	Text        Text    `json:"text"`
	Header      Segment `json:"header"`
	Payload     Segment `json:"payload"`
	Verdict     Decided `json:"verdict"`

	Signature Signature `json:"signature"`
	// UserPayload has the facts of the claim user_payload; nil when there is none.
	UserPayload *UserPayload `json:"userPayload,omitempty"`
}

// Text has the facts of a token's text before decoding.
type Text struct {
	// Around names what stands round the token: "quotes", "BOM", "Bearer prefix",
	// "markup", "JSON", "other text"; empty when it stands alone.
	Around string `json:"around,omitempty"`
	// Blank names white space round the token: "trailing newline" and the like.
	Blank         string `json:"blank,omitempty"`
	Segments      int    `json:"segments"`
	EmptySegments int    `json:"emptySegments,omitempty"`
	// Illegal has the first characters outside the base64url alphabet.
	Illegal string `json:"illegal,omitempty"`
	Padded  bool   `json:"padded,omitempty"`
	// NotCanonical names the segments ("header", "payload", "signature") whose
	// re-encoding gives another text.
	NotCanonical []string `json:"notCanonical,omitempty"`
}

// Decided is the verifier's verdict on a token at the time of receipt.
// With no key to verify with, Judged is false and the rest is empty.
type Decided struct {
	Judged   bool   `json:"judged"`
	Accepted bool   `json:"accepted"`
	Step     int    `json:"step,omitempty"` // the step that refused, in the verifier's order
	Name     string `json:"name,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Signature has the facts of a token's signature.
type Signature struct {
	// Scheme is the signature scheme found with the key that fits: "rs256" when
	// right, else its name such as "rs512" or "pss", "" when none was found.
	Scheme string `json:"scheme,omitempty"`
	// Key is the number, from 1, of the key in Evidence.Keys that fits; 0 for none.
	Key   int `json:"key,omitempty"`
	Bytes int `json:"bytes,omitempty"`
	// HMACSecret names the text under which the token verifies as HMAC:
	// "the public key text", "a common secret"; empty for none.
	HMACSecret string `json:"hmacSecret,omitempty"`
}

// UserPayload has the facts of the claim user_payload.
type UserPayload struct {
	Kind  string `json:"kind"`            // kind of JSON value; a right one is a "string"
	Bytes int    `json:"bytes,omitempty"` // decoded size; 0 when it is not base64
	// Looks names what the value is where that can be told and it is not what it
	// should be: "JSON in base64", "a signed token" and the like.
	Looks  string `json:"looks,omitempty"`
	Blocks int    `json:"blocks,omitempty"` // whole blocks of the vendor's key length, 0 when it does not divide
	// Fingerprint is equal for equal texts.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Decrypted says whether decryption was tried and what came of it:
	// "" not tried, "ok", else the failure.
	Decrypted string `json:"decrypted,omitempty"`
	// NotJSON is set when the clear text is not JSON.
	NotJSON bool `json:"notJSON,omitempty"`
	// NotUTF8 is set when the clear text has bytes that are no UTF-8.
	NotUTF8 bool `json:"notUTF8,omitempty"`
	// ClearKind is the kind of the JSON value in the clear, or [ClearJSONInString].
	ClearKind string `json:"clearKind,omitempty"`
	// Members are the names of the members of the clear object, in order.
	Members []string `json:"members,omitempty"`
	// MemberPrints are, in the order of Members, equal for equal values within a run, and ""
	// for what tells nobody from others, such as a flag. No value can be found by them.
	MemberPrints []string `json:"memberPrints,omitempty"`
	// ClearFingerprint is equal for equal clear texts.
	ClearFingerprint string `json:"clearFingerprint,omitempty"`
	// Users are the names of configured users whose data stand in the clear text.
	Users []string `json:"users,omitempty"`
}

// ClearJSONInString is the kind of a clear text that was made JSON twice: a string
// with JSON in it.
const ClearJSONInString = "JSON in a string"

// ClearEncrypted is the kind of a clear text that is encrypted still.
const ClearEncrypted = "encrypted text in a string"

// NewToken notes the facts of a token's text. The text is what stood where the
// token was expected, with all that is round it. Known are values known to be
// secret (by what they are, such as "session cookie"), masked wherever they
// stand in a claim. Verdict, signature facts and context are the caller's to add.
func NewToken(text string, known map[string]string) Token {
	bare, around, blank := unwrap(text)
	t := Token{Fingerprint: secrets.Fingerprint(bare), Bytes: len(bare)}
	t.Text = textFacts(bare)
	t.Text.Around, t.Text.Blank = around, blank
	segments := strings.SplitN(bare, ".", 4)
	t.Header = newSegment(segments, 0, known)
	t.Payload = newSegment(segments, 1, known)
	if len(segments) > 2 {
		t.Signature.Bytes = len(DecodeSegment(segments[2]))
	}
	return t
}

// Bare returns the token that stands in text without what is round it: the
// text that [NewToken] takes apart.
func Bare(text string) string {
	bare, _, _ := unwrap(text)
	return bare
}

// Unwrapped returns the token that stands in text, and what stands round it as in
// [Text.Around]; blanks do not count.
func Unwrapped(text string) (bare, around string) {
	bare, around, _ = unwrap(text)
	return bare, around
}

// textFacts looks at the token text without what stood round it.
func textFacts(bare string) Text {
	segments := strings.Split(bare, ".")
	facts := Text{Segments: len(segments)}
	for i, segment := range segments {
		if segment == "" {
			facts.EmptySegments++
		}
		unpadded := strings.TrimRight(segment, "=")
		facts.Padded = facts.Padded || unpadded != segment
		for _, r := range unpadded {
			if !isBase64URL(r) && utf8.RuneCountInString(facts.Illegal) < 8 {
				facts.Illegal += string(r)
			}
		}
		if i < len(segmentNames) && base64.RawURLEncoding.EncodeToString(DecodeSegment(unpadded)) != unpadded {
			facts.NotCanonical = append(facts.NotCanonical, segmentNames[i])
		}
	}
	return facts
}

var segmentNames = [...]string{"header", "payload", "signature"}

func isBase64URL(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// unwrap takes off what commonly stands round a token and names it.
func unwrap(text string) (bare, around, blank string) {
	bare = text
	if rest, found := strings.CutPrefix(bare, "\ufeff"); found {
		bare, around = rest, "BOM"
	}
	if trimmed := strings.TrimSpace(bare); trimmed != bare {
		blank, bare = blankName(bare, trimmed), trimmed
	}
	for _, quote := range []string{`"`, `'`, "`"} {
		if len(bare) > 2 && strings.HasPrefix(bare, quote) && strings.HasSuffix(bare, quote) {
			bare, around = bare[1:len(bare)-1], "quotes"
		}
	}
	if len(bare) > 7 && strings.EqualFold(bare[:7], "Bearer ") {
		bare, around = strings.TrimSpace(bare[7:]), "Bearer prefix"
	}
	if found := secrets.FirstToken(bare); found != "" && found != bare && around == "" && !onlySegments(bare, found) {
		return found, surroundings(bare), blank
	}
	return bare, around, blank
}

// onlySegments says whether text is the token that was found in it but for
// characters of standard base64, which are a defect of the token and nothing
// round it.
func onlySegments(text, found string) bool {
	rest, isFirst := strings.CutPrefix(text, found)
	return isFirst && strings.Trim(rest, base64Characters) == ""
}

// base64Characters are those of both alphabets, padding and dots.
const base64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=."

func surroundings(text string) string {
	switch {
	case strings.HasPrefix(text, "<"):
		return "markup"
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "JSON"
	}
	return "other text"
}

func blankName(text, trimmed string) string {
	where := "leading"
	if strings.HasPrefix(text, trimmed) {
		where = "trailing"
	}
	if strings.ContainsAny(text, "\r\n") {
		return where + " newline"
	}
	return where + " blank"
}
