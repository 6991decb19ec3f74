package endpoint

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

// This file changes issued cookies as an attacker would.

// unescaped is the value of a cookie as pages' scripts and most servers read it: with
// percent sequences decoded, or unchanged if one of them is malformed.
func unescaped(value string) string {
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}

// withOtherSub replaces the sub in an issued cookie by another one. It does so in each of
// the forms in which sites wrap an id: among other text, in base64 and in hexadecimal. A
// signature behind it is kept.
func withOtherSub(issued, sub, other string) map[record.Variant]string {
	forms := map[record.Variant]string{}
	if len(sub) < 6 || len(other) < 4 {
		return forms
	}
	plain := unescaped(issued)
	if strings.Contains(plain, sub) && plain != sub {
		forms[record.VariantOtherSubInPlace] = url.PathEscape(strings.ReplaceAll(plain, sub, other))
	}
	body, proof := plain, ""
	if dot := strings.IndexByte(plain, '.'); dot > 0 {
		body, proof = plain[:dot], plain[dot:]
	}
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		if decoded, err := encoding.DecodeString(body); err == nil && strings.Contains(string(decoded), sub) {
			forms[record.VariantOtherSubBase64] = url.PathEscape(encoding.EncodeToString([]byte(strings.ReplaceAll(string(decoded), sub, other))) + proof)
			break
		}
	}
	if decoded, err := hex.DecodeString(body); err == nil && strings.Contains(string(decoded), sub) {
		forms[record.VariantOtherSubHex] = hex.EncodeToString([]byte(strings.ReplaceAll(string(decoded), sub, other))) + proof
	}
	return forms
}

// sameShape returns a value that has the form of an issued one but was never issued: each
// letter and digit is replaced by a random one of its kind. Word is the longest run of
// letters, digits and dashes in it, which would come back as sub. Both are "" for a
// value that is too short to be an id.
func sameShape(issued string) (value, word string) {
	changed := shaped(unescaped(issued))
	if word = longestWord(changed); len(word) < 8 {
		return "", ""
	}
	return url.PathEscape(changed), word
}

// shaped replaces each letter and digit by a random one of its kind. A text that has no
// letters but hexadecimal ones gets no others.
func shaped(plain string) string {
	shaped := []byte(plain)
	hexOnly := !strings.ContainsFunc(plain, func(r rune) bool { return r >= 'g' && r <= 'z' || r >= 'G' && r <= 'Z' })
	for i, c := range shaped {
		switch {
		case c >= '0' && c <= '9':
			shaped[i] = pick("0123456789")
		case c >= 'a' && c <= 'z' && hexOnly:
			shaped[i] = pick("abcdef")
		case c >= 'A' && c <= 'Z' && hexOnly:
			shaped[i] = pick("ABCDEF")
		case c >= 'a' && c <= 'z':
			shaped[i] = pick("abcdefghijklmnopqrstuvwxyz")
		case c >= 'A' && c <= 'Z':
			shaped[i] = pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		}
	}
	return string(shaped)
}

// alikeTo returns an id that has the form of two ids of the site and is neither of them.
// Each of its characters is taken from one of the two, so that what all ids have in
// common stays. Where that gives no third id, each is replaced by one of its kind. It
// is "" where there is no id to begin with.
func alikeTo(one, other string) string {
	if one == "" {
		return ""
	}
	if len(one) == len(other) {
		crossed := []byte(one)
		for i := range crossed {
			crossed[i] = pick(one[i:i+1] + other[i:i+1])
		}
		if id := string(crossed); id != one && id != other && utf8.ValidString(id) {
			return id
		}
	}
	for range 20 { // by chance, a short id may come out unchanged
		if id := shaped(one); id != one && id != other {
			return id
		}
	}
	return ""
}

// longestWord returns the longest run of letters, digits and dashes in text.
func longestWord(text string) (word string) {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) }) {
		if len(run) > len(word) {
			word = run
		}
	}
	return word
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// pick returns one of the characters at random.
func pick(characters string) byte {
	n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(characters)))) // never fails
	return characters[n.Int64()]
}

// signaturePart returns what follows the id in a cookie of the form "id.proof"
// or "s:id.proof", with its separator; "" when it has none.
func signaturePart(value string) string {
	if dot := strings.LastIndexAny(value, ".|~"); dot > 0 && len(value)-dot > 8 {
		return value[dot:]
	}
	return ""
}

// changedValue is a cookie's value with marks put into it.
type changedValue struct{ text, mark string }

// rewritten replaces the strings in an issued value by marks. It knows the forms in which
// sites keep data in cookies: JSON, base64 of JSON, and a token, which then has the
// algorithm "none" or keeps its old signature.
func rewritten(issued string) map[record.Variant]changedValue {
	forms := map[record.Variant]changedValue{}
	plain, prefix := unescaped(issued), ""
	if rest, found := strings.CutPrefix(plain, "j:"); found {
		prefix, plain = "j:", rest
	}
	if text, value, ok := markJSON(plain); ok {
		forms[record.VariantChangedJSON] = changedValue{url.PathEscape(prefix + text), value}
	}
	body, proof, _ := strings.Cut(plain, ".")
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		decoded, err := encoding.DecodeString(body)
		if err != nil {
			continue
		}
		if text, value, ok := markJSON(string(decoded)); ok && proof == "" {
			forms[record.VariantChangedBase64] = changedValue{encoding.EncodeToString([]byte(text)), value}
		} else if ok {
			forms[record.VariantChangedSigned] = changedValue{encoding.EncodeToString([]byte(text)) + "." + proof, value}
		}
		break
	}
	if claims := claimsOf(plain); claims != nil && strings.Count(plain, ".") == 2 {
		segments := strings.Split(plain, ".")
		value := mark()
		markValues(claims, value)
		forms[record.VariantUnsignedCookie] = changedValue{unsigned(claims), value}
		payload, _ := json.Marshal(claims)
		forms[record.VariantChangedToken] = changedValue{segments[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + segments[2], value}
	}
	return forms
}

// markJSON replaces every string in a JSON object with a mark.
func markJSON(text string) (changed, value string, ok bool) {
	var object map[string]any
	if json.Unmarshal([]byte(text), &object) != nil || len(object) == 0 {
		return "", "", false
	}
	value = mark()
	if markValues(object, value) == 0 {
		return "", "", false
	}
	out, err := json.Marshal(object)
	return string(out), value, err == nil
}

// markValues replaces the strings in a decoded JSON value, at any depth, and
// returns how many there were.
func markValues(value any, with string) (count int) {
	replace := func(inner any) any {
		if _, isText := inner.(string); isText {
			count++
			return with
		}
		count += markValues(inner, with)
		return inner
	}
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = replace(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = replace(v[name])
		}
	}
	return count
}
