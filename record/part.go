package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/secrets"
)

// newPart decodes segment number i and masks what is secret in it.
func newPart(segments []string, i int, known map[string]string) Segment {
	if i >= len(segments) {
		return Segment{Kind: "absent"}
	}
	return PartOf(string(DecodeSegment(segments[i])), known)
}

// PartOf notes the facts of a decoded header or payload text. Known is as in
// [NewToken].
func PartOf(text string, known map[string]string) Segment {
	part := Segment{Kind: jsonKind(text), NotUTF8: !utf8.ValidString(text)}
	if len(text) > maxPartBytes {
		part.Cut = true
		part.JSON, _ = secrets.Mask(strings.Clone(strings.ToValidUTF8(text[:maxPartBytes], "\ufffd")))
		return part
	}
	part.JSON, part.Duplicates, part.Masked = maskJSON(text, known, nil)
	return part
}

// Members returns the members of an object with their JSON texts, the last one
// of each name as JSON parsers take it; nil when the part is no object. A
// payload that is a string with an object inside is opened, as the integration does.
func (p Segment) Members() map[string]json.RawMessage {
	text := []byte(p.JSON)
	var inner string
	if p.Kind == "string" && json.Unmarshal(text, &inner) == nil {
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
