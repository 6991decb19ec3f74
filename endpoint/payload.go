package endpoint

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// vendorBlock is the smallest length of a user_payload block: the vendor's keys
// have 2048 bits or a multiple.
const vendorBlock = 256

// userPayload notes the facts of the claim user_payload; nil when there is none.
func (e *examiner) userPayload(claims map[string]any) *record.UserPayload {
	value, found := claims["user_payload"]
	if !found {
		return nil
	}
	text, isText := value.(string)
	if !isText {
		plain, _ := json.Marshal(value)
		return &record.UserPayload{Kind: kindOf(value), Fingerprint: secrets.Fingerprint(string(plain)), Users: e.usersIn(string(plain))}
	}
	facts := &record.UserPayload{Kind: "string", Fingerprint: secrets.Fingerprint(text)}
	if sealed, err := base64.StdEncoding.DecodeString(text); err == nil {
		facts.Bytes = len(sealed)
		if size := e.payloadBlock(); len(sealed)%size == 0 {
			facts.Blocks = len(sealed) / size
		}
	} else {
		facts.Users = e.usersIn(text) // perhaps it is the clear text
	}
	if e.payloadKey != nil {
		e.decrypt(facts, text)
	}
	return facts
}

// payloadBlock is the length of a block under the configured key, else the
// smallest of the vendor's.
func (e *examiner) payloadBlock() int {
	if e.payloadKey != nil {
		return e.payloadKey.Size()
	}
	if n := verifier.ReadKey(e.config.PayloadPublicKey).Modulus(); n != nil {
		return (n.BitLen() + 7) / 8
	}
	return vendorBlock
}

func (e *examiner) decrypt(facts *record.UserPayload, text string) {
	clear, err := verifier.Decrypt(text, e.payloadKey)
	if err != nil && !errors.Is(err, verifier.ErrPayloadNotJSON) {
		facts.Decrypted = shorten(e.secrets.Mask(err.Error()), maxValue)
		return
	}
	facts.Decrypted = "ok"
	facts.ClearFingerprint = secrets.Fingerprint(string(clear))
	facts.Users = e.usersIn(string(clear))
	if facts.NotJSON = err != nil; !facts.NotJSON {
		var value any
		if json.Unmarshal(clear, &value) == nil {
			facts.ClearKind = kindOf(value)
		}
	}
}

// usersIn returns the configured users that text points to.
func (e *examiner) usersIn(text string) []string {
	var names []string
	for i := range e.config.Users {
		user := &e.config.Users[i]
		if slices.ContainsFunc(user.identifiers(), func(id string) bool { return mentions(text, id) }) {
			names = append(names, user.Name)
		}
	}
	return names
}

// identifiers are the texts that point to a user: those of the configuration
// and the names in the login request.
func (u *User) identifiers() []string {
	ids := slices.Clone(u.Identifiers)
	for i := range u.Login {
		for name, value := range u.Login[i].fill(u.Values).fields() {
			if whoFields.MatchString(name) && !valuePlace.MatchString(value) {
				ids = append(ids, value)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return len(id) < 3 })
	slices.Sort(ids)
	return slices.Compact(ids)
}

func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case nil:
		return "null"
	}
	return "number"
}
