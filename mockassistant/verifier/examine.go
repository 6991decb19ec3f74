package verifier

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// Examiner notes what is to be known of a token while its signature is still
// there: the facts of its text, the integration's verdict, how it was signed, and
// how its user_payload was encrypted. The zero value has no key to verify with.
// An Examiner is safe for concurrent use as long as nobody changes it.
type Examiner struct {
	// Keys verify tokens; the one that a token comes furthest with counts.
	Keys []*Key
	// KeyTexts are their texts, which are tried as secrets of an HMAC.
	KeyTexts []string
	// PayloadKey decrypts user_payload; nil leaves it as it is.
	PayloadKey *rsa.PrivateKey
	// PayloadBlock is the length of a block of user_payload in bytes when there
	// is no PayloadKey; 0 is that of the vendor's smallest keys.
	PayloadBlock int
	// UsersIn names those whose data stand in a clear text of user_payload. May be nil.
	UsersIn func(clear string) []string
}

// vendorBlock is the smallest length of a user_payload block: the vendor's keys
// have 2048 bits or a multiple.
const vendorBlock = 256

// Examine notes the facts of the token that stands in text, at the instant when it
// was received. Known is as in [record.NewToken]. Blanks round the text are left
// off for the verdict, as browsers leave them off a header's value.
func (x *Examiner) Examine(text string, at time.Time, known map[string]string) record.Token {
	token := record.NewToken(text, known)
	token.ReceivedAt = at
	bare := record.Bare(text)
	x.verify(&token, strings.TrimSpace(text), bare)
	if claim := payloadOf(bare).Get("user_payload"); claim.Kind() != Absent {
		token.UserPayload = x.userPayload(claim)
	}
	return token
}

// verify asks every key. Without a key there is no verdict.
func (x *Examiner) verify(token *record.Token, sent, bare string) {
	for i, key := range x.Keys {
		verdict := key.Verify(sent, token.ReceivedAt)
		if best := token.Verdict; !best.Judged || verdict.Accepted || verdict.Step > best.Step {
			token.Verdict = record.Decided{Judged: true, Accepted: verdict.Accepted, Step: verdict.Step, Name: verdict.Name, Message: verdict.Message}
		}
		if verdict.Accepted {
			token.Signature.Scheme, token.Signature.Key = string(SchemeRS256), i+1
			break
		}
		scheme := key.SignatureScheme(bare)
		if token.Signature.Key == 0 && scheme != SchemeUnknown && scheme != SchemeNone {
			token.Signature.Scheme, token.Signature.Key = string(scheme), i+1
		}
	}
	token.Signature.HMACSecret = hmacSecret(bare, x.KeyTexts)
}

// payloadOf reads the payload of a token in either alphabet and however it is
// padded; absent when it is no JSON. One that stands in a JSON string is taken out of it.
func payloadOf(bare string) Value {
	segments := strings.SplitN(bare, ".", 3)
	if len(segments) < 2 {
		return Value{}
	}
	payload, _ := readPayload(decodeUTF8(record.DecodeSegment(segments[1])), true)
	return payload
}

func (x *Examiner) userPayload(claim Value) *record.UserPayload {
	if claim.Kind() != String {
		return &record.UserPayload{Kind: claim.Kind().String(), Fingerprint: secrets.Fingerprint(claim.Raw()), Users: x.usersIn(claim.Raw())}
	}
	text := claim.Text()
	facts := &record.UserPayload{Kind: "string", Fingerprint: secrets.Fingerprint(text), Looks: x.looks(text)}
	if sealed, err := base64.StdEncoding.DecodeString(text); err == nil {
		facts.Bytes = len(sealed)
		if size := x.payloadBlock(); len(sealed)%size == 0 {
			facts.Blocks = len(sealed) / size
		}
	} else {
		facts.Users = x.usersIn(text) // perhaps it is the clear text
	}
	if x.PayloadKey != nil {
		x.decrypt(facts, text)
	}
	return facts
}

func (x *Examiner) payloadBlock() int {
	switch {
	case x.PayloadKey != nil:
		return x.PayloadKey.Size()
	case x.PayloadBlock > 0:
		return x.PayloadBlock
	}
	return vendorBlock
}

func (x *Examiner) decrypt(facts *record.UserPayload, text string) {
	clear, err := Decrypt(text, x.PayloadKey)
	if err != nil && !errors.Is(err, ErrPayloadNotJSON) {
		facts.Decrypted = err.Error()
		return
	}
	facts.Decrypted = "ok"
	facts.ClearFingerprint = secrets.Fingerprint(string(clear))
	facts.Users = x.usersIn(string(clear))
	facts.NotUTF8 = !utf8.Valid(clear)
	if facts.NotJSON = err != nil; !facts.NotJSON && json.Valid(clear) {
		value, _ := ParseJSON(clear)
		facts.ClearKind = value.Kind().String()
		if facts.ClearKind == "string" {
			facts.ClearKind = x.kindWithin(strings.TrimSpace(value.Text()))
		}
		facts.Members, facts.MemberPrints = membersOf(clear)
	}
}

// kindWithin is the kind of a clear text that is a JSON string.
func (x *Examiner) kindWithin(inner string) string {
	if strings.HasPrefix(inner, "{") && json.Valid([]byte(inner)) {
		return record.ClearJSONInString
	}
	if sealed, err := base64.StdEncoding.DecodeString(inner); err == nil && len(sealed) > 0 && len(sealed)%x.payloadBlock() == 0 {
		return record.ClearEncrypted
	}
	return "string"
}

// maxMembers bounds the names that are noted of a payload.
const maxMembers = 50

// membersOf are the names of the members of a JSON object, in order, and what tells equal
// values of them.
func membersOf(text []byte) (names, prints []string) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // what is no object has no members
	names = slices.Sorted(maps.Keys(members))
	names = names[:min(len(names), maxMembers)]
	for _, name := range names {
		prints = append(prints, printOf(members[name]))
	}
	return names, prints
}

// printKey has the prints of values say nothing to whoever reads the file of a run.
var printKey = []byte(rand.Text())

// printOf is equal for equal values, and "" for those that many people have: flags, counts,
// and texts of one or two characters.
func printOf(value json.RawMessage) string {
	const shortest = 5 // with quotes or brackets; without them, numbers from 1000 on
	if text := strings.Trim(string(value), `"-`); len(value) < shortest && len(text) < shortest-1 || text == "true" || text == "false" || text == "null" {
		return ""
	}
	mac := hmac.New(sha256.New, printKey)
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// looks names what stands in the place of an encrypted payload, "" when it may be one.
func (x *Examiner) looks(text string) string {
	sealed, err := base64.StdEncoding.DecodeString(text)
	switch {
	case strings.TrimSpace(text) == "":
		return "an empty string"
	case strings.Count(text, ".") == 4:
		return "an encrypted token (JWE)"
	case secrets.FirstToken(text) != "":
		return "a signed token, which anybody can read"
	case json.Valid([]byte(text)):
		return "JSON in the clear"
	case strings.HasPrefix(text, "-----BEGIN"):
		return "a PEM text"
	case err != nil && isBase64URL(strings.TrimRight(text, "=")):
		return "base64url; the assistant reads the standard alphabet with padding"
	case err != nil && strings.ContainsAny(text, "\r\n"):
		return "base64 in lines; it must be one line"
	case err != nil:
		return "a string that is not base64"
	case len(text) >= 64 && isHex(text):
		return "hexadecimal digits; the assistant reads base64"
	case bytes.HasPrefix(sealed, []byte("Salted__")):
		return "the output of openssl enc, which encrypts with a password"
	}
	if inner := secrets.Unclothed(text); len(inner) > 0 {
		return x.looksWithin(inner[0])
	}
	if slices.ContainsFunc(x.Keys, func(k *Key) bool { return k.hasSigned(sealed) }) {
		return "encrypted with the private key that signs the tokens, so that everybody who has the public key can read it"
	}
	return ""
}

// looksWithin names what base64 holds that decodes to text.
func (x *Examiner) looksWithin(inner string) string {
	again, err := base64.StdEncoding.DecodeString(inner)
	if err != nil {
		again, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(inner, "="))
	}
	if err == nil && len(again) > 0 && len(again)%x.payloadBlock() == 0 {
		return "base64 of base64: it was encoded twice"
	}
	if json.Valid([]byte(inner)) {
		return "JSON in base64, which anybody can read"
	}
	if isHex(inner) {
		return "base64 of hexadecimal digits"
	}
	return "a text in base64, which anybody can read"
}

func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil
}

// hasSigned says whether sealed was made with the private half of the key, block by
// block: what the public half makes of the first one has the padding of a signature.
func (k *Key) hasSigned(sealed []byte) bool {
	if k.encoding.n == nil || k.encoding.e == nil || k.usableRSA() != nil {
		return false
	}
	size := (k.encoding.n.BitLen() + 7) / 8
	if len(sealed) == 0 || len(sealed)%size != 0 {
		return false
	}
	clear := k.recoverBlock(sealed[:size])
	return len(clear) > 11 && clear[0] == 0 && clear[1] == 1 && bytes.Equal(clear[2:10], bytes.Repeat([]byte{0xff}, 8))
}

func (x *Examiner) usersIn(text string) []string {
	if x.UsersIn == nil {
		return nil
	}
	return x.UsersIn(text)
}
