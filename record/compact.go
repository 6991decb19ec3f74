package record

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

const (
	// compactValue is how long the JSON of a member may be in a compact part.
	compactValue = 66
	// compactPart is how long a compact part is at most when it is no object.
	compactPart = 1 << 10
)

// Compact shortens what is noted of a token that is one of very many: members
// of header and payload whose JSON is longer than 66 bytes give way to their
// fingerprint, which is equal for equal values; sub may be up to a kilobyte. A
// part that is no object is cut there.
func (t *Token) Compact() {
	t.Header.compact()
	t.Payload.compact()
}

func (p *Segment) compact() {
	if p.Kind == "object" && !p.Cut {
		p.compactMembers()
	}
	if len(p.JSON) > compactPart && (p.Kind != "object" || p.Cut) {
		// Cloned, so that the rest can be given back.
		p.JSON, p.Cut = strings.Clone(strings.ToValidUTF8(p.JSON[:compactPart], "")), true
	}
}

func (p *Segment) compactMembers() {
	if len(p.JSON) <= 2*compactValue {
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
		if len(value) > compactPart || len(value) > compactValue && name != "sub" {
			value, _ = json.Marshal(secrets.Fingerprint(string(value)))
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
