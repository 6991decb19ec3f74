package verifier

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

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

// payloadOf reads the payload of a token however it is padded; absent when it is
// no JSON. One that stands in a JSON string is taken out of it.
func payloadOf(bare string) Value {
	segments := strings.SplitN(bare, ".", 3)
	if len(segments) < 2 {
		return Value{}
	}
	segment := strings.TrimRight(segments[1], "=")
	if !isBase64URL(segment) {
		return Value{}
	}
	payload, _ := readPayload(decodeUTF8(decodeSegment(segment)), true)
	return payload
}

func (x *Examiner) userPayload(claim Value) *record.UserPayload {
	if claim.Kind() != String {
		return &record.UserPayload{Kind: claim.Kind().String(), Fingerprint: secrets.Fingerprint(claim.Raw()), Users: x.usersIn(claim.Raw())}
	}
	text := claim.Text()
	facts := &record.UserPayload{Kind: "string", Fingerprint: secrets.Fingerprint(text)}
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
	if facts.NotJSON = err != nil; !facts.NotJSON && json.Valid(clear) {
		value, _ := ParseJSON(clear)
		facts.ClearKind = value.Kind().String()
		facts.Members = memberNames(clear)
	}
}

// maxMembers bounds the names that are noted of a payload.
const maxMembers = 50

// memberNames are the names of the members of a JSON object, in order.
func memberNames(text []byte) []string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // what is no object has no members
	names := slices.Sorted(maps.Keys(members))
	return names[:min(len(names), maxMembers)]
}

func (x *Examiner) usersIn(text string) []string {
	if x.UsersIn == nil {
		return nil
	}
	return x.UsersIn(text)
}
