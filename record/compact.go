package record

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

const (
	// compactValue is how long the JSON of a member may be in a compact segment.
	compactValue = 66
	// compactSegment is how long a compact segment is at most when it is no object.
	compactSegment = 1 << 10
)

// Compact shortens what is noted of a token that is one of very many: members
// of header and payload whose JSON is longer than 66 bytes give way to their
// fingerprint, which is equal for equal values; sub may be up to a kilobyte. A
// segment that is no object is cut there.
func (t *Token) Compact() {
	t.Header.compact()
	t.Payload.compact()
}

func (s *Segment) compact() {
	if s.Kind == "object" && !s.Cut {
		s.compactMembers()
	}
	if len(s.JSON) > compactSegment && (s.Kind != "object" || s.Cut) {
		// Cloned, so that the rest can be given back.
		s.JSON, s.Cut = strings.Clone(strings.ToValidUTF8(s.JSON[:compactSegment], "")), true
	}
}

func (s *Segment) compactMembers() {
	if len(s.JSON) <= 2*compactValue {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(s.JSON)))
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
		if len(value) > compactSegment || len(value) > compactValue && name != "sub" {
			value, _ = json.Marshal(secrets.Fingerprint(string(value)))
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, _ := json.Marshal(name)
		out = append(append(append(out, quoted...), ':'), value...)
	}
	s.JSON = string(append(out, '}'))
}

// Sub returns the claim sub when it is a string, else "".
func (t Token) Sub() string {
	var sub string
	if json.Unmarshal(t.Payload.Members()["sub"], &sub) != nil {
		return ""
	}
	return sub
}
