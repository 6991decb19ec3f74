// Package verifier decides about identity tokens as the real web chat
// integration does: it validates them with the npm library jsonwebtoken 9 and
// the algorithm RS256, so the verdicts, error names and error messages here are
// those of
//
//	jwt.verify(token, publicKey, {algorithms: ['RS256']})
//
// on Node 20. It is not one more strict JWT library. It accepts what that call
// accepts, a token without exp or with the payload "null" in a text among it,
// and refuses what it refuses, in the same order.
//
// What the documentation asks of a token beyond that is another question, with
// an answer of its own: see package rulebook.
//
//	key := verifier.ReadKey(pem)
//	verdict := key.Verify(token, time.Now())
//	if !verdict.Accepted {
//		fmt.Println(verdict.Name, verdict.Message)
//	}
package verifier

import (
	"math"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Verdict is what the integration says to a token.
type Verdict struct {
	Accepted bool
	Step     int    // the step that refused the token, 1 to 16; 0 when accepted
	Name     string // the error's name, as in "JsonWebTokenError"; "" when accepted
	Message  string // the error's message. Of a SyntaxError only the name is the library's
	Header   Value  // absent up to step 4
	Payload  Value  // absent up to step 5. It is to be trusted only when the token is accepted
}

// The names of the errors that the library throws.
const (
	jsonWebTokenError = "JsonWebTokenError"
	tokenExpiredError = "TokenExpiredError"
	notBeforeError    = "NotBeforeError"
	syntaxError       = "SyntaxError"
	typeError         = "TypeError"
	plainError        = "Error"
)

// refuse completes a verdict with the step that ends it.
func (v Verdict) refuse(step int, name, message string) Verdict {
	v.Step, v.Name, v.Message = step, name, message
	return v
}

// Verify decides about token at the instant now. The token is a string, or what
// else stood in its place: nil when there was nothing, a Value, or any other
// value as encoding/json decodes it. Safe for concurrent use.
func (k *Key) Verify(token any, now time.Time) Verdict {
	v, signed, signature, told := k.beforeSignature(token)
	switch {
	case told:
		return v
	// 13: before any claim is looked at.
	case k != anyKey && !k.checkSignature(signed, record.DecodeSegment(signature)):
		return v.refuse(13, jsonWebTokenError, "invalid signature")
	}
	return v.checkTimes(now)
}

// beforeSignature does the steps up to the signature. It returns what is signed,
// the signature as it stands in the token, and whether the verdict is told already.
func (k *Key) beforeSignature(token any) (v Verdict, signed, signature string, told bool) {
	refused := func(step int, name, message string) (Verdict, string, string, bool) {
		return v.refuse(step, name, message), "", "", true
	}
	text, isText := token.(string)
	if value, ok := token.(Value); ok {
		text, isText = value.Text(), value.Kind() == String
	}

	// 1, 2: the library asks whether the token is falsy before it asks for its type.
	if !truthy(token) {
		return refused(1, jsonWebTokenError, "jwt must be provided")
	}
	if !isText {
		return refused(2, jsonWebTokenError, "jwt must be a string")
	}

	// 3: segments are counted before anything is said about what is in them.
	if strings.Count(text, ".") != 2 {
		return refused(3, jsonWebTokenError, "jwt malformed")
	}

	// 4: base64url only, the first two segments not empty; the header is a truthy
	// JSON value. It is read as Latin-1: bytes that are not UTF-8 do no harm.
	headerText, rest, _ := strings.Cut(text, ".")
	payloadText, signatureText, _ := strings.Cut(rest, ".")
	if headerText == "" || payloadText == "" || !isBase64URL(headerText) || !isBase64URL(payloadText) || !isBase64URL(signatureText) {
		return refused(4, jsonWebTokenError, "invalid token")
	}
	header, err := ParseJSON(decodeLatin1(record.DecodeSegment(headerText)))
	if err != nil || !header.Truthy() {
		return refused(4, jsonWebTokenError, "invalid token")
	}
	v.Header = header

	// 5, 6: only typ "JWT" makes the library insist on JSON.
	payload, ok := readPayload(decodeUTF8(record.DecodeSegment(payloadText)), header.Get("typ").Text() == "JWT")
	if !ok {
		return refused(5, syntaxError, "the payload is not JSON")
	}
	v.Payload = payload

	// 7, 8: whether there is a signature, and a key, comes before the algorithm.
	switch {
	case signatureText == "" && !k.falsy:
		return refused(7, jsonWebTokenError, "jwt signature is required")
	case signatureText != "" && k.falsy:
		return refused(8, jsonWebTokenError, "secret or public key must be provided")
	}

	// 9: the key was read by ReadKey. Text that is no key became a secret; only
	// what is no text at all is refused here.
	if k.form == formOther {
		return refused(9, jsonWebTokenError, "secretOrPublicKey is not valid key material")
	}

	// 10: exactly this text, under exactly this name.
	if header.Get("alg").Text() != "RS256" {
		return refused(10, jsonWebTokenError, "invalid algorithm")
	}

	// 11, 12: the kind of key.
	if k.form == formAbsent {
		return refused(11, typeError, "Cannot read properties of undefined (reading 'type')")
	}
	if refusal := k.refusal(); refusal != nil {
		return refused(refusal.step, refusal.name, refusal.message)
	}

	return v, text[:len(headerText)+1+len(payloadText)], signatureText, false
}

// Preview is the verdict on token as though its signature were right: what can be
// told without the public key.
func Preview(token any, now time.Time) Verdict {
	return anyKey.Verify(token, now)
}

// readPayload reads the text of a payload. A JSON string is parsed once more,
// and gives way to the array or object that it holds. Without typ "JWT" the text
// itself counts as such a string, and may be anything.
func readPayload(text []byte, isJWT bool) (payload Value, ok bool) {
	if isJWT {
		var err error
		if payload, err = ParseJSON(text); err != nil {
			return Value{}, false
		}
		if payload.Kind() != String {
			return payload, true
		}
		text = []byte(payload.Text())
	}
	if inner, err := ParseJSON(text); err == nil && (inner.Kind() == Object || inner.Kind() == Array) {
		return inner, true
	}
	return stringValue(text), true
}

// checkTimes does the steps 14 to 16. Only the clock is floored to seconds, and
// there is no tolerance; nbf is told before exp.
func (v Verdict) checkTimes(now time.Time) Verdict {
	if v.Payload.Kind() == Null {
		return v.refuse(14, typeError, "Cannot read properties of null (reading 'nbf')")
	}
	clock := float64(now.Unix())
	if nbf := v.Payload.Get("nbf"); nbf.Kind() != Absent {
		if nbf.Kind() != Number {
			return v.refuse(15, jsonWebTokenError, "invalid nbf value")
		}
		if nbf.Float() > clock {
			return v.refuse(15, notBeforeError, "jwt not active")
		}
	}
	if exp := v.Payload.Get("exp"); exp.Kind() != Absent {
		if exp.Kind() != Number {
			return v.refuse(16, jsonWebTokenError, "invalid exp value")
		}
		if clock >= exp.Float() {
			return v.refuse(16, tokenExpiredError, "jwt expired")
		}
	}
	v.Accepted = true
	return v
}

// truthy is JavaScript's truth of a value that encoding/json decoded.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0 && !math.IsNaN(v)
	case int:
		return v != 0
	case Value:
		return v.Truthy()
	}
	return true
}

// isBase64URL tells whether text consists of the base64url alphabet only.
func isBase64URL(text string) bool {
	other := byte(0)
	for i := range len(text) {
		other |= notBase64URL[text[i]]
	}
	return other == 0
}

// notBase64URL is 0 for the characters of the alphabet. Every token of a load goes
// through it.
var notBase64URL = func() (table [256]byte) {
	for i := range table {
		table[i] = 1
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		table[c] = 0
	}
	return table
}()
