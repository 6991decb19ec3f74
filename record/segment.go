package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/secrets"
)

// Segment is the decoded header or payload.
type Segment struct {
	// JSON is the decoded text with secrets masked, cut after maxSegmentBytes.
	JSON string `json:"json,omitempty"`
	// Kind is the kind of the JSON value, "object" when all is well, "invalid" when it is not JSON.
	Kind       string   `json:"kind"`
	Cut        bool     `json:"cut,omitempty"`
	NotUTF8    bool     `json:"notUTF8,omitempty"`
	Duplicates []string `json:"duplicates,omitempty"`
	Masked     []Masked `json:"masked,omitempty"`
}

// Masked is a secret that was taken out of a segment: where it stood and what it was.
type Masked struct {
	Path string `json:"path"` // member names joined by dots
	Kind string `json:"kind"`
}

// maxSegmentBytes bounds what is kept of a header or payload.
const maxSegmentBytes = 64 << 10

// newSegment decodes segment number i and masks what is secret in it.
func newSegment(segments []string, i int, known map[string]string) Segment {
	if i >= len(segments) {
		return Segment{Kind: "absent"}
	}
	return SegmentOf(string(DecodeSegment(segments[i])), known)
}

// eitherAlphabet writes standard base64 with the characters of base64url.
var eitherAlphabet = strings.NewReplacer("+", "-", "/", "_")

// DecodeSegment decodes a segment of a token leniently, as Node.js does: either
// alphabet will do, padding and loose bits do not matter, and a last lone character
// is dropped. What cannot be decoded ends the bytes.
func DecodeSegment(segment string) []byte {
	segment = eitherAlphabet.Replace(strings.TrimRight(segment, "="))
	if len(segment)%4 == 1 {
		segment = segment[:len(segment)-1]
	}
	decoded, _ := base64.RawURLEncoding.DecodeString(segment)
	return decoded
}

// SegmentOf notes the facts of a decoded header or payload text. Known is as in
// [NewToken].
func SegmentOf(text string, known map[string]string) Segment {
	noted := Segment{Kind: jsonKind(text), NotUTF8: !utf8.ValidString(text)}
	if len(text) > maxSegmentBytes {
		noted.Cut = true
		noted.JSON, _ = secrets.Mask(strings.Clone(strings.ToValidUTF8(text[:maxSegmentBytes], "\ufffd")))
		return noted
	}
	noted.JSON, noted.Duplicates, noted.Masked = maskJSON(text, known, nil)
	return noted
}

// Members returns the members of an object with their JSON texts, the last one
// of each name as JSON parsers take it; nil when the segment is no object. A
// payload that is a string with an object inside is opened, as the integration does.
func (s Segment) Members() map[string]json.RawMessage {
	text := []byte(s.JSON)
	var inner string
	if s.Kind == "string" && json.Unmarshal(text, &inner) == nil {
		text = []byte(inner)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	return members
}

// jsonKind names the kind of JSON value that text is, or "invalid".
func jsonKind(text string) string {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" || !json.Valid([]byte(text)) {
		return "invalid"
	}
	switch trimmed[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// maskJSON rewrites the JSON text with secret strings masked and everything
// else to the letter, so that odd numbers and doubled members stay visible.
// A text that is not JSON is masked as plain text.
func maskJSON(text string, known map[string]string, told *secrets.Known) (masked string, duplicates []string, found []Masked) {
	if !json.Valid([]byte(text)) {
		plain, kinds := secrets.Mask(told.MaskValues(strings.ToValidUTF8(text, "\ufffd")))
		for _, kind := range kinds {
			found = append(found, Masked{Kind: kind})
		}
		return plain, nil, found
	}
	walk := jsonWalk{decoder: json.NewDecoder(strings.NewReader(text)), text: text, known: known, told: told}
	walk.decoder.UseNumber()
	if err := walk.value(""); err != nil && !errors.Is(err, io.EOF) {
		return told.Mask(text), nil, nil
	}
	walk.out.WriteString(text[walk.copied:])
	return strings.ToValidUTF8(walk.out.String(), "\ufffd"), walk.duplicates, walk.masked
}

// jsonWalk goes through a JSON text token by token and copies it to out,
// replacing the strings that are secret.
type jsonWalk struct {
	decoder    *json.Decoder
	text       string
	copied     int // how much of text has been copied to out
	out        bytes.Buffer
	known      map[string]string
	told       *secrets.Known // masked without being told as a finding
	duplicates []string
	masked     []Masked
}

func (w *jsonWalk) value(path string) error {
	token, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return w.container(t, path)
	case string:
		w.scalar(path, t)
	case json.Number:
		w.scalar(path, t.String())
	}
	return nil
}

func (w *jsonWalk) container(open json.Delim, path string) error {
	seen := map[string]bool{}
	for w.decoder.More() {
		inner := path
		if open == '{' {
			key, err := w.decoder.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] {
				w.duplicates = append(w.duplicates, joinPath(path, name))
			}
			seen[name] = true
			inner = joinPath(path, name)
			if masked := w.told.MaskValues(name); masked != name && len(name) >= shortestMember && name != "user_payload" {
				w.replace(masked)
			}
		}
		if err := w.value(inner); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token() // the closing delimiter
	return err
}

// scalar masks the string or number that was just read if it is secret.
func (w *jsonWalk) scalar(path, value string) {
	if path == "" && jsonKind(value) == "object" { // a whole payload encoded twice: only what is secret in it goes
		inner, duplicates, masked := maskJSON(value, w.known, w.told)
		w.duplicates, w.masked = append(w.duplicates, duplicates...), append(w.masked, masked...)
		if inner != value {
			w.replace(inner)
		}
		return
	}
	kind := secretKind(path, value, w.known)
	replacement := w.told.MaskValues(secrets.Mark(kind))
	if kind == "" {
		if replacement = w.maskTold(path, value); replacement == value {
			return
		}
	}
	w.replace(replacement)
	if kind != "" {
		w.masked = append(w.masked, Masked{Path: path, Kind: kind})
	}
}

// replace puts another string in the place of the scalar that was just read.
func (w *jsonWalk) replace(replacement string) {
	end := int(w.decoder.InputOffset())
	start := w.literalStart(end)
	w.out.WriteString(w.text[w.copied:start])
	quoted, _ := json.Marshal(replacement)
	w.out.Write(quoted)
	w.copied = end
}

// maskTold returns value without the secrets that were told to us. In sub it is
// only those that let someone in: the name of a user, told in confidence or not,
// is there on purpose.
func (w *jsonWalk) maskTold(path, value string) string {
	if name := w.told.In(value); path == "sub" && (!secrets.IsCredential(name) || secrets.IsCookie(name)) {
		return value
	}
	return w.told.MaskValues(value)
}

// literalStart finds where the scalar ending at end begins.
func (w *jsonWalk) literalStart(end int) int {
	if w.text[end-1] != '"' {
		return strings.LastIndexAny(w.text[:end], ":,[ \t\r\n") + 1
	}
	for start := end - 2; start >= 0; start-- {
		if w.text[start] == '"' && !escaped(w.text[:start]) {
			return start
		}
	}
	return 0
}

// escaped says whether the character after before is escaped by a backslash.
func escaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}

// shortestMember is the shortest name of a member that is masked, in bytes: short
// ones are claims that the checks ask for, whatever somebody chose for a password.
const shortestMember = 8

// maxPath bounds the path of a member: nobody reads on in hostile depths, and
// building it would take a time that grows with the square of the depth.
const maxPath = 1 << 10

func joinPath(path, name string) string {
	if path == "" || len(path) > maxPath {
		return name
	}
	return path + "." + name
}
