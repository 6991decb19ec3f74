package endpoint

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// mark returns a random value to be sent and looked for in answers. It is a word of
// letters, so that no input validation rejects it.
func mark() string {
	word := []byte("wcs")
	for range 16 {
		word = append(word, pick("abcdefghijklmnopqrstuvwxyz"))
	}
	return string(word)
}

// echoes finds the inputs of a request in its answer: in the body, the headers,
// the cookies and the token's claims.
func echoes(a *ask, result *answer) []record.Echo {
	if len(a.inputs) == 0 {
		return nil
	}
	var found []record.Echo
	places := slices.Concat(placesOf(result), placesInToken(result.text))
	for _, input := range slices.Sorted(maps.Keys(a.inputs)) {
		for _, where := range whereIs(a.inputs[input], places) {
			found = append(found, record.Echo{Input: input, User: a.users[input], Where: where})
		}
		if strings.Contains(a.inputs[input], "@") {
			for _, hashed := range hashesIn(strings.ToLower(a.inputs[input]), places) {
				found = append(found, record.Echo{Input: input, User: a.users[input], Where: hashed.where, Hashed: hashed.by})
			}
		}
		if slices.Contains(result.inPayload, input) {
			found = append(found, record.Echo{Input: input, User: a.users[input], Where: record.EchoPayload})
		}
	}
	return found
}

// textPlace is a text in an answer, in lower case, and where it stands. A written text may
// be escaped, as in requests; another has been decoded.
type textPlace struct {
	where, text string
	written     bool
}

// placesOf are the texts of an answer, without its token.
func placesOf(result *answer) []textPlace {
	without := func(text string) string {
		if result.text == "" {
			return text
		}
		return strings.ReplaceAll(text, result.text, "")
	}
	places := []textPlace{{"body", strings.ToLower(without(string(result.body[:min(len(result.body), maxSearched)]))), true}}
	for _, name := range slices.Sorted(maps.Keys(result.header)) {
		for _, line := range result.header[name] {
			where := "header:" + shorten(name, maxValue)
			if name == "Set-Cookie" {
				cookie, _, _ := strings.Cut(line, "=")
				where = "cookie:" + shorten(cookie, maxValue)
			}
			places = append(places, textPlace{where, strings.ToLower(without(line)), true})
		}
	}
	return places
}

// placesInToken are the texts in the members of a token, encoded ones decoded, too. The
// text of the token itself is not searched, because base64 contains short values by
// chance. The claim user_payload has facts of its own.
func placesInToken(token string) []textPlace {
	segments := strings.Split(token, ".")
	if len(segments) < 2 {
		return nil
	}
	var places []textPlace
	add := func(where, text string) {
		for _, form := range append([]string{text}, secrets.Unclothed(text)...) {
			places = append(places, textPlace{where, strings.ToLower(form), false})
		}
	}
	eachString(decodeObject(segments[0]), "", func(path, text string) { add("token header:"+path, text) })
	eachString(decodeObject(segments[1]), "", func(path, text string) {
		switch {
		case path == payloadClaim || strings.HasPrefix(path, payloadClaim+"."):
		case path == "sub":
			add("sub", text)
		default:
			add("claim:"+path, text)
		}
	})
	return places
}

// payloadClaim is the claim for what only the assistant reads.
const payloadClaim = "user_payload"

// whereIs returns the places in which value stands.
func whereIs(value string, places []textPlace) []string {
	var found []string
	forms := written(strings.ToLower(value))
	for i := range forms { // percent sequences have capital letters
		forms[i] = strings.ToLower(forms[i])
	}
	for _, place := range places {
		asked := forms
		if !place.written {
			asked = forms[:1]
		}
		if slices.ContainsFunc(asked, func(form string) bool { return mentionsFolded(place.text, form) }) {
			found = append(found, place.where)
		}
	}
	return slices.Compact(found)
}

// hashed is a place where the hash of a value stands, and the name of the hash function.
type hashed struct{ where, by string }

// hashesIn returns the places in a token that hold the plain hash of an e-mail address.
// Whoever has a list of addresses can find out whose hash it is.
func hashesIn(value string, places []textPlace) (found []hashed) {
	type form struct{ by, hex, base64 string }
	var forms []form
	for _, hash := range plainHashes {
		sum := hash.sum([]byte(value))
		forms = append(forms, form{hash.name, hex.EncodeToString(sum), strings.ToLower(base64.RawURLEncoding.EncodeToString(sum))})
	}
	for _, place := range places {
		if place.written {
			continue
		}
		text := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(place.text), "=")
		joined := strings.ReplaceAll(text, "-", "")
		for _, f := range forms {
			if strings.Contains(joined, f.hex) || text == f.base64 {
				found = append(found, hashed{place.where, f.by})
			}
		}
	}
	return found
}

// mentions says whether value stands in text as a word of its own, in upper or lower
// case: "Ada Example" mentions the login name "ada", and "canada" does not. Long values
// count wherever they stand: that is no coincidence.
func mentions(text, value string) bool {
	return mentionsFolded(strings.ToLower(text), strings.ToLower(value))
}

// mentionsFolded is mentions for texts in lower case. A long number may follow a word
// directly, as in "customer48213377".
func mentionsFolded(text, value string) bool {
	if len(value) >= 16 {
		return strings.Contains(text, value)
	}
	goesOn := isLetter
	if len(value) >= 8 && strings.Trim(value, "0123456789") == "" {
		goesOn = unicode.IsDigit
	}
	for from := 0; ; {
		at := strings.Index(text[from:], value)
		if at < 0 || value == "" {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(value):])
		if !goesOn(before) && !goesOn(after) {
			return true
		}
		from = at + 1
	}
}

func isLetter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
