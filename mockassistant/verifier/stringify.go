package verifier

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
)

// maxRenderDepth is how deep a value may be nested to be rendered. The
// JavaScript engine runs out of stack at about the same depth.
const maxRenderDepth = 4000

// ErrTooDeep is the outcome of rendering a value that is nested deeper than
// JSON.stringify can render it.
var ErrTooDeep = errors.New("nested too deeply to be rendered")

// MarshalJSON renders v as JavaScript's JSON.stringify does: the last of members
// that stand twice, array indices before other names, infinite numbers as null,
// lone surrogates as escapes. An absent value renders as null.
func (v Value) MarshalJSON() ([]byte, error) {
	return v.AppendJSON(nil)
}

// AppendJSON appends what MarshalJSON returns to out.
func (v Value) AppendJSON(out []byte) ([]byte, error) {
	return v.render(out, 0)
}

func (v Value) render(out []byte, depth int) ([]byte, error) {
	if depth > maxRenderDepth {
		return nil, ErrTooDeep
	}
	switch v.Kind() {
	case Absent, Null:
		return append(out, "null"...), nil
	case Bool:
		return append(out, v.source()...), nil
	case Number:
		return appendNumber(out, v.Float()), nil
	case String:
		return appendString(out, []byte(v.Text())), nil
	case Array:
		return v.renderArray(out, depth)
	}
	return v.renderObject(out, depth)
}

func (v Value) renderArray(out []byte, depth int) (_ []byte, err error) {
	out = append(out, '[')
	first := true
	for element := range v.Elements() {
		if !first {
			out = append(out, ',')
		}
		first = false
		if out, err = element.render(out, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func (v Value) renderObject(out []byte, depth int) (_ []byte, err error) {
	out = append(out, '{')
	for i, m := range v.ownMembers() {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, []byte(m.name)), ':')
		if out, err = m.value.render(out, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// member is a name with its value.
type member struct {
	name  string
	value Value
}

// ownMembers lists the members of an object as a JavaScript object holds them:
// each name once with its last value, array indices first and ascending.
func (v Value) ownMembers() []member {
	var members []member
	place := map[string]int{}
	indices := 0
	for name, value := range v.Members() {
		if at, twice := place[name]; twice {
			members[at].value = value
			continue
		}
		if _, ok := arrayIndex(name); ok {
			indices++
		}
		place[name] = len(members)
		members = append(members, member{name, value})
	}
	if indices > 0 {
		slices.SortStableFunc(members, compareMembers)
	}
	return members
}

func compareMembers(a, b member) int {
	i, aIsIndex := arrayIndex(a.name)
	j, bIsIndex := arrayIndex(b.name)
	switch {
	case aIsIndex && bIsIndex:
		return int(i) - int(j)
	case aIsIndex:
		return -1
	case bIsIndex:
		return 1
	}
	return 0
}

// arrayIndex tells whether name is an array index, which JavaScript objects keep in front.
func arrayIndex(name string) (uint32, bool) {
	if name == "" || len(name) > 1 && name[0] == '0' || name[0] < '0' || name[0] > '9' {
		return 0, false
	}
	i, err := strconv.ParseUint(name, 10, 32)
	return uint32(i), err == nil && i != math.MaxUint32
}

// appendNumber writes f as Number.prototype.toString does, and null for what is not finite.
func appendNumber(out []byte, f float64) []byte {
	switch size := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(out, "null"...)
	case f == 0:
		return append(out, '0')
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	if n := len(text); text[n-2] == '0' && (text[n-3] == '-' || text[n-3] == '+') {
		text = text[:n-2] + text[n-1:] // e-07 is e-7
	}
	return append(out, text...)
}

const lowerHex = "0123456789abcdef"

// appendString quotes text, which is UTF-8 or WTF-8.
func appendString(out, text []byte) []byte {
	out = append(out, '"')
	for len(text) > 0 {
		plain := bytes.IndexFunc(text, needsEscape)
		if plain < 0 {
			plain = len(text)
		}
		out = append(out, text[:plain]...)
		if text = text[plain:]; len(text) == 0 {
			break
		}
		if unit, ok := surrogateAt(text); ok {
			out, text = appendUnicodeEscape(out, unit), text[surrogateSize:]
			continue
		}
		switch c := text[0]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			if c < ' ' {
				out = appendUnicodeEscape(out, uint16(c))
			} else {
				out = append(out, c)
			}
		}
		text = text[1:]
	}
	return append(out, '"')
}

// needsEscape also stops at what is not UTF-8: a lone surrogate.
func needsEscape(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == '\uFFFD' }

func appendUnicodeEscape(out []byte, unit uint16) []byte {
	return append(out, '\\', 'u', lowerHex[unit>>12], lowerHex[unit>>8&15], lowerHex[unit>>4&15], lowerHex[unit&15])
}
