package record

import (
	"bytes"
	"encoding/json"
)

// compactString is how long a string in a compact part may be.
const compactString = 64

// Compact shortens what is noted of a token that is one of very many: of the
// claims and header members other than sub, strings longer than 64 bytes and
// values inside values give way to their fingerprints, which are equal for
// equal values. A part that is no object stays as it is.
func (t *Token) Compact() {
	t.Header.compact()
	t.Payload.compact()
	if t.UserPayload != nil {
		t.UserPayload.Fingerprint = ""
	}
}

func (p *Part) compact() {
	if len(p.JSON) <= 2*compactString || p.Kind != "object" {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(p.JSON)))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return
	}
	out := []byte{'{'}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return
		}
		if len(value) > compactString+len(`""`) && name != "sub" {
			value, _ = json.Marshal(Fingerprint(string(value)))
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, _ := json.Marshal(name)
		out = append(append(append(out, quoted...), ':'), value...)
	}
	p.JSON = string(append(out, '}'))
}

// Sub returns the claim sub when it is a string, else "".
func (t Token) Sub() string {
	var sub string
	if json.Unmarshal(t.Payload.Members()["sub"], &sub) != nil {
		return ""
	}
	return sub
}
