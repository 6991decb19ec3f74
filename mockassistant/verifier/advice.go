package verifier

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/secrets"
)

// Advice is one thing that the documentation, or the JWT standards, object to in
// a token. The integration may accept the token all the same.
type Advice struct {
	Check string // the id of the check in the catalogue, as in "exp-present"
	Must  bool   // whether the catalogue calls it a MUST
	What  string // what is wrong with this token
	Fix   string // what to change
}

// The limits that the advice is measured by.
const (
	maxTokenSize    = 4 << 10
	maxSubLength    = 256
	shortLife       = time.Hour + time.Minute
	longestLife     = 24 * time.Hour
	clockSkew       = 30 * time.Second
	tenYearsSeconds = 10 * 365 * 24 * 3600
)

// Advise lists what there is to object to in token, at the instant now, whatever
// the integration says to it. It looks at the token only: what needs the key, the
// server or a second token is told by the checks.
func Advise(token string, now time.Time) []Advice {
	trimmed := strings.TrimSpace(token)
	t := subject{token: trimmed, now: float64(now.UnixNano()) / float64(time.Second)}
	if trimmed != token {
		t.object("token-trimmed", false, "there are blanks or line breaks round the token", "send the token alone; trim it where it is read from a file")
	}
	if !t.split() {
		return t.advice
	}
	t.adviseForm()
	t.adviseHeader()
	if t.payload.Kind() == Object {
		t.adviseSub()
		t.adviseTimes()
		t.adviseClaims()
	}
	return t.advice
}

// subject is a token under review.
type subject struct {
	token           string
	now             float64 // Unix seconds
	segments        []string
	header, payload Value
	advice          []Advice
}

func (t *subject) object(check string, must bool, what, fix string) {
	t.advice = append(t.advice, Advice{check, must, what, fix})
}

// split takes the token apart. It is false for what is not even the compact form.
func (t *subject) split() bool {
	t.segments = strings.Split(t.token, ".")
	const fix = "send header.payload.signature, each in base64url without padding"
	if len(t.segments) != 3 {
		t.object("token-compact", true, fmt.Sprintf("dots divide it into %d, not into three parts", len(t.segments)), fix)
		return false
	}
	for i, name := range []string{"header", "payload"} {
		if t.segments[i] == "" || !isBase64URL(t.segments[i]) {
			t.object("token-compact", true, "the "+name+" is not base64url text", fix)
			return false
		}
	}
	if !isBase64URL(t.segments[2]) {
		t.object("token-compact", true, "the signature is not base64url text", fix)
	}
	return true
}

// adviseForm reviews the encoding of the token, and reads header and payload.
func (t *subject) adviseForm() {
	if len(t.token) > maxTokenSize {
		t.object("token-size", false, fmt.Sprintf("the token has %d bytes and rides on each message", len(t.token)), "keep it under 4 KiB: leave profile data out")
	}
	for i, name := range []string{"header", "payload", "signature"} {
		if s := t.segments[i]; isBase64URL(s) && base64.RawURLEncoding.EncodeToString(decodeSegment(s)) != s {
			t.object("token-canonical", false, "the "+name+" is not canonical base64url: encoded anew it reads differently", "use a maintained encoder")
		}
	}
	var ok bool
	if t.header, ok = t.readJSON(0, "header"); ok && t.header.Kind() != Object {
		t.object("token-json", true, "the header is a JSON "+t.header.Kind().String()+", not an object", "use a maintained JWT library")
	}
	if t.payload, ok = t.readJSON(1, "payload"); ok && t.payload.Kind() != Object {
		t.object("token-object", false, "the payload is a JSON "+t.payload.Kind().String()+", not an object", "sign an object with the claims, and encode it once")
		if t.payload.Kind() == String {
			t.payload, _ = readPayload([]byte(t.payload.Text()), false)
		}
	}
}

func (t *subject) readJSON(segment int, name string) (Value, bool) {
	raw := decodeSegment(t.segments[segment])
	text := decodeUTF8(raw)
	value, err := ParseJSON(text)
	switch {
	case err != nil:
		t.object("token-json", true, "the "+name+" is not JSON", "use a maintained JWT library")
	case !bytes.Equal(raw, text):
		t.object("token-json", true, "the "+name+" is not UTF-8", "encode the JSON text in UTF-8")
	default:
		if name, twice := repeatedMember(value); twice {
			t.object("token-json", true, fmt.Sprintf("the member %q stands twice; readers disagree about which one counts", name), "write each member once")
		}
	}
	return value, err == nil
}

func repeatedMember(v Value) (string, bool) {
	seen := map[string]bool{}
	for name := range v.Members() {
		if seen[name] {
			return name, true
		}
		seen[name] = true
	}
	return "", false
}

func (t *subject) adviseHeader() {
	if t.header.Kind() != Object {
		return
	}
	alg := t.header.Get("alg")
	switch text := alg.Text(); {
	case strings.EqualFold(text, "none") || t.segments[2] == "":
		t.object("alg-not-none", true, "the token is not signed", "sign with RS256")
	case strings.HasPrefix(strings.ToUpper(text), "HS"):
		t.object("alg-not-hmac", true, "alg is "+text+", which signs with a shared secret", "sign with RS256 and the private key")
	case alg.Kind() == Absent:
		t.object("alg-rs256", true, "alg is missing", "sign with RS256")
	case text != "RS256":
		t.object("alg-rs256", true, "alg is "+alg.Raw(), `sign with RS256, and write it exactly so`)
	}
	if typ := t.header.Get("typ"); typ.Kind() != Absent && typ.Text() != "JWT" {
		t.object("typ-jwt", false, "typ is "+shorten(typ.Raw()), `write "JWT", or leave typ out`)
	}
	for _, name := range secrets.PrivateMembers() {
		if t.header.Get("jwk").Get(name).Kind() != Absent {
			t.object("header-no-private-key", true, "the header holds private key material (jwk."+name+")", "replace the key pair now, and leave jwk out")
			break
		}
	}
	if names := present(t.header, "jwk", "jku", "x5u", "x5c"); names != "" {
		t.object("header-no-embedded-key", false, "the header names a key ("+names+"), which the integration never looks at", "leave it out")
	}
	if names := present(t.header, "crit", "b64", "zip", "enc"); names != "" {
		t.object("header-no-extensions", false, "the header holds "+names+", which the integration ignores and others refuse", "leave it out")
	}
}

// present lists those of names that are members of v.
func present(v Value, names ...string) string {
	var found []string
	for _, name := range names {
		if v.Get(name).Kind() != Absent {
			found = append(found, name)
		}
	}
	return strings.Join(found, ", ")
}

func (t *subject) adviseSub() {
	const fix = "put a unique id of the visitor there: random for anonymous ones, opaque for known ones"
	sub := t.payload.Get("sub")
	text := sub.Text()
	switch {
	case sub.Kind() == Absent:
		t.object("sub-present", true, "sub is missing", fix)
		return
	case sub.Kind() != String:
		t.object("sub-string", true, "sub is a JSON "+sub.Kind().String()+", not a string", fix)
		return
	case strings.TrimSpace(text) == "":
		t.object("sub-string", true, "sub is blank", fix)
		return
	case !isHeaderValue(text):
		t.object("sub-header-safe", true, "sub is no legal header value, and it travels in one", fix)
	case strings.ContainsAny(text, " \t,;=\""):
		t.object("sub-delimiter-free", false, `sub holds a blank or one of , ; = "`, "use letters, digits, hyphens and underscores")
	}
	if len(text) > maxSubLength {
		t.object("sub-length", false, fmt.Sprintf("sub has %d bytes", len(text)), "keep it within 256 bytes")
	}
	if local, domain, ok := strings.Cut(text, "@"); ok && local != "" && strings.Contains(domain, ".") {
		t.object("sub-impersonal", false, "sub looks like an e-mail address", fix)
	}
}

// isHeaderValue tells whether text is visible ASCII with blanks inside only (RFC 7230 §3.2).
func isHeaderValue(text string) bool {
	for _, c := range []byte(text) {
		if c != '\t' && (c < ' ' || c > '~') {
			return false
		}
	}
	return strings.Trim(text, " \t") == text
}

func (t *subject) adviseTimes() {
	times := map[string]float64{}
	for _, name := range []string{"exp", "nbf", "iat"} {
		claim := t.payload.Get(name)
		switch claim.Kind() {
		case Absent:
		case Number:
			times[name] = claim.Float()
			if f := claim.Float(); f != math.Trunc(f) || math.IsInf(f, 0) {
				t.object("times-integer", false, name+" is "+shorten(claim.Raw())+", not a whole number of seconds", "write Unix time in whole seconds")
			}
		default:
			t.object("times-numeric", true, name+" is a JSON "+claim.Kind().String()+", not a number", "write Unix time as a number, without quotes")
		}
	}
	t.adviseExp(times)
	if nbf, ok := times["nbf"]; ok && nbf > t.now {
		t.object("nbf-past", true, "nbf is in the future, and the integration has no tolerance", "leave nbf out, or set it half a minute back")
	} else if ok && nbf > t.now-clockSkew.Seconds() {
		t.object("nbf-skew-room", false, "nbf leaves no room for a clock that is slow", "leave nbf out, or set it half a minute back")
	}
	if iat, ok := times["iat"]; ok && iat > t.now+2 {
		t.object("iat-not-future", false, "iat is in the future", "set the server's clock by NTP")
	} else if t.payload.Get("iat").Kind() == Absent {
		t.object("iat-present", false, "iat is missing", "write the time of issue")
	}
}

func (t *subject) adviseExp(times map[string]float64) {
	exp, ok := times["exp"]
	if !ok {
		if t.payload.Get("exp").Kind() == Absent {
			t.object("exp-present", true, "exp is missing: whoever copies the token can use it for ever", "set exp, to an hour from now for example")
		}
		return
	}
	issued, known := times["iat"]
	if !known {
		issued = t.now
	}
	switch life := exp - issued; {
	case exp-t.now > tenYearsSeconds:
		t.object("exp-in-seconds", true, "exp is more than ten years ahead: milliseconds?", "write Unix time in seconds")
	case life <= 0:
		t.object("exp-ahead", true, "exp is not later than the time of issue", "set exp, to an hour from now for example")
	case life > longestLife.Seconds():
		t.object("exp-bounded", true, "the token lives "+inWords(life), "let it live an hour: the chat asks for a new one")
	case life > shortLife.Seconds():
		t.object("exp-short-lived", false, "the token lives "+inWords(life), "let it live an hour: the chat asks for a new one")
	}
}

func inWords(seconds float64) string {
	if days := seconds / (24 * 3600); days >= 2 {
		return fmt.Sprintf("%.0f days", days)
	}
	return fmt.Sprintf("%.1f hours", seconds/3600)
}

func (t *subject) adviseClaims() {
	if names := present(t.payload, "email", "name", "given_name", "family_name", "phone_number", "phone", "address", "birthdate"); names != "" {
		t.object("claims-no-personal-data", false, "personal data in clear text ("+names+")", "encrypt it into user_payload, or leave it out")
	}
	if names := secretNames(t.payload); names != "" {
		t.object("claims-no-secrets", true, "what looks like a secret in clear text ("+names+")", "leave it out: everybody who sees the token can read it")
	}
	if payload := t.payload.Get("user_payload"); payload.Kind() != Absent {
		if _, err := base64.StdEncoding.DecodeString(payload.Text()); payload.Kind() != String || err != nil || payload.Text() == "" {
			t.object("payload-encrypted", true, "user_payload is not base64 text", "encrypt it with the assistant's public key (RSA-OAEP, SHA-1) and encode it in base64")
		}
	}
}

// secretNames lists the members of v with the names of secrets.
func secretNames(v Value) string {
	var found []string
	for name := range v.Members() {
		if secrets.IsName(name) {
			found = append(found, name)
		}
	}
	return strings.Join(found, ", ")
}

// shorten keeps a text from the token short enough for a message.
func shorten(text string) string {
	const limit = 60
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
