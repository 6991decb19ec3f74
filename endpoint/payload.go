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
func (g *gathering) userPayload(claims map[string]any) *record.UserPayload {
	value, found := claims["user_payload"]
	if !found {
		return nil
	}
	text, isText := value.(string)
	if !isText {
		plain, _ := json.Marshal(value)
		return &record.UserPayload{Kind: kindOf(value), Fingerprint: secrets.Fingerprint(string(plain)), Users: g.usersIn(string(plain))}
	}
	facts := &record.UserPayload{Kind: "string", Fingerprint: secrets.Fingerprint(text)}
	if sealed, err := base64.StdEncoding.DecodeString(text); err == nil {
		facts.Bytes = len(sealed)
		if size := g.payloadBlock(); len(sealed)%size == 0 {
			facts.Blocks = len(sealed) / size
		}
	} else {
		facts.Users = g.usersIn(text) // perhaps it is the clear text
	}
	if g.payloadKey != nil {
		g.decrypt(facts, text)
	}
	return facts
}

// payloadBlock is the length of a block under the configured key, else the
// smallest of the vendor's.
func (g *gathering) payloadBlock() int {
	if g.payloadKey != nil {
		return g.payloadKey.Size()
	}
	if n := verifier.ReadKey(g.config.PayloadPublicKey).Modulus(); n != nil {
		return (n.BitLen() + 7) / 8
	}
	return vendorBlock
}

func (g *gathering) decrypt(facts *record.UserPayload, text string) {
	clear, err := verifier.Decrypt(text, g.payloadKey)
	if err != nil && !errors.Is(err, verifier.ErrPayloadNotJSON) {
		facts.Decrypted = shorten(g.secrets.Mask(err.Error()), maxValue)
		return
	}
	facts.Decrypted = "ok"
	facts.ClearFingerprint = secrets.Fingerprint(string(clear))
	facts.Users = g.usersIn(string(clear))
	if facts.NotJSON = err != nil; !facts.NotJSON {
		var value any
		if json.Unmarshal(clear, &value) == nil {
			facts.ClearKind = kindOf(value)
		}
	}
}

// usersIn returns the configured users that text points to.
func (g *gathering) usersIn(text string) []string {
	var names []string
	for i := range g.config.Users {
		user := &g.config.Users[i]
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
	if u.Login != nil {
		for name, value := range u.Login.fields() {
			if whoFields.MatchString(name) {
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
