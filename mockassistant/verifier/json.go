package verifier

import (
	"bytes"
	"errors"
	"iter"
	"math"
	"strconv"
)

// errNotJSON is the outcome of JSON text that JavaScript's JSON.parse refuses.
var errNotJSON = errors.New("not JSON")

// JSONKind is the JSON type of a Value.
type JSONKind uint8

// The JSON types. Absent is the kind of the zero Value: there is nothing.
const (
	Absent JSONKind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

var jsonKindNames = [...]string{"absent", "null", "boolean", "number", "string", "array", "object"}

func (k JSONKind) String() string { return jsonKindNames[k] }

// Value is a JSON value as JavaScript's JSON.parse reads it: names are exact,
// of members that stand twice the last one counts, numbers beyond float64 are
// infinite, nesting has no limit, and strings may hold lone surrogates (three
// bytes each, as WTF-8 writes them). The zero Value is an absent one.
//
// A Value is a cursor into the parsed text, cheap to copy and safe for
// concurrent use. What it returns is decoded when asked for.
type Value struct {
	doc *document
	at  int
}

// document is a text that is known to be JSON, with one node for each value
// and member name in it, in their order. It stays flat, so that a hostile depth
// costs no stack and a bounded multiple of the text's size.
type document struct {
	text  []byte
	nodes []node
}

// node is one value: text[start:end], and the index of the node that follows
// the value with all that is inside it.
type node struct {
	start, end, next uint32
	kind             JSONKind
}

// ParseJSON reads text as JSON.parse does. The text is UTF-8, or WTF-8; the
// value keeps it.
func ParseJSON(text []byte) (Value, error) {
	if uint64(len(text)) > math.MaxUint32 {
		return Value{}, errNotJSON
	}
	scan := scanner{text: text, nodes: make([]node, 0, min(16, len(text)))}
	if !scan.document() {
		return Value{}, errNotJSON
	}
	return Value{doc: &document{text: text, nodes: scan.nodes}}, nil
}

// Kind is the JSON type of v.
func (v Value) Kind() JSONKind {
	if v.doc == nil {
		return Absent
	}
	return v.node().kind
}

func (v Value) node() node     { return v.doc.nodes[v.at] }
func (v Value) source() []byte { n := v.node(); return v.doc.text[n.start:n.end] }

// Truthy tells whether JavaScript takes v for true in a condition.
func (v Value) Truthy() bool {
	switch v.Kind() {
	case Absent, Null:
		return false
	case Bool:
		return v.Bool()
	case Number:
		return v.Float() != 0
	case String:
		return len(v.source()) > len(`""`)
	}
	return true
}

// Bool is true for the value true, and false for everything else.
func (v Value) Bool() bool { return v.Kind() == Bool && v.source()[0] == 't' }

// Float is the number v, ±Inf where it is beyond float64, and NaN where v is no number.
func (v Value) Float() float64 {
	if v.Kind() != Number {
		return math.NaN()
	}
	return parseNumber(v.source())
}

// Text is the string v with its escapes resolved, and "" where v is no string.
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	source := v.source()
	return unescape(source[1 : len(source)-1])
}

// Get is the member name of the object v, the last one where it stands more
// than once. It is absent when there is none, or when v is no object.
func (v Value) Get(name string) Value {
	found := Value{}
	for key, member := range v.rawMembers() {
		if sameString(key, name) {
			found = member
		}
	}
	return found
}

// Members yields the members of the object v as they are written, those that
// stand twice included.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for key, member := range v.rawMembers() {
			if !yield(unescape(key), member) {
				return
			}
		}
	}
}

// rawMembers yields the members of v with their names as they are escaped.
func (v Value) rawMembers() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for at := v.at + 1; at < int(v.node().next); {
			key := v.doc.nodes[at]
			member := Value{doc: v.doc, at: at + 1}
			if !yield(v.doc.text[key.start+1:key.end-1], member) {
				return
			}
			at = int(member.node().next)
		}
	}
}

// Elements yields the elements of the array v.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		for at := v.at + 1; at < int(v.node().next); {
			element := Value{doc: v.doc, at: at}
			if !yield(element) {
				return
			}
			at = int(element.node().next)
		}
	}
}

// Raw is the text of v as the token holds it.
func (v Value) Raw() string {
	if v.doc == nil {
		return ""
	}
	return string(v.source())
}

// sameString compares an escaped member name with a plain one.
func sameString(escaped []byte, plain string) bool {
	if bytes.IndexByte(escaped, '\\') < 0 {
		return string(escaped) == plain
	}
	return unescape(escaped) == plain
}

// stringValue is the JSON string whose content is text.
func stringValue(text []byte) Value {
	quoted := appendString(nil, text)
	return Value{doc: &document{
		text:  quoted,
		nodes: []node{{end: uint32(len(quoted)), next: 1, kind: String}},
	}}
}

// maxDigits is how many leading digits decide a float64: 768 would do.
const maxDigits = 800

// parseNumber is the float64 nearest to the JSON number text, ±Inf beyond its range.
func parseNumber(text []byte) float64 {
	if len(text) > maxDigits {
		text = shortenNumber(text)
	}
	f, _ := strconv.ParseFloat(string(text), 64) // a range error comes with ±Inf or 0, which is what is wanted
	return f
}

// shortenNumber rewrites a very long number with the digits that decide its
// value. strconv cuts exponents off at five digits, which is wrong for a number
// with a hundred thousand zeros and an exponent that takes them back.
func shortenNumber(text []byte) []byte {
	mantissa, exponent := text, 0
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], clampedInt(text[i+1:])
	}
	short := make([]byte, 0, maxDigits+32)
	if mantissa[0] == '-' {
		short, mantissa = append(short, '-'), mantissa[1:]
	}
	short = append(short, '0', '.')
	point, digits, rest := len(mantissa), 0, false
	if i := bytes.IndexByte(mantissa, '.'); i >= 0 {
		point = i
	}
	exponent += point
	for i, c := range mantissa {
		switch {
		case i == point:
		case digits == 0 && c == '0' && i < point:
			exponent-- // a leading zero before the point
		case digits == 0 && c == '0':
			exponent--
		case digits < maxDigits:
			short, digits = append(short, c), digits+1
		case c != '0':
			rest = true
		}
	}
	if rest {
		short = append(short, '1') // the digits left off only matter as "a little more"
	}
	if digits == 0 {
		short = append(short, '0')
	}
	return strconv.AppendInt(append(short, 'e'), int64(max(-9999, min(exponent, 9999))), 10)
}

// clampedInt reads a signed decimal integer and keeps it within ±10^9.
func clampedInt(text []byte) int {
	const limit = 1_000_000_000
	n, sign := 0, 1
	for _, c := range text {
		switch c {
		case '-':
			sign = -1
		case '+':
		default:
			n = min(n*10+int(c-'0'), limit)
		}
	}
	return sign * n
}
