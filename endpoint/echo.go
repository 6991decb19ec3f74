package endpoint

import (
	"crypto/rand"
	"encoding/base32"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

// mark returns a value that stands nowhere by chance, to be found again in an
// answer. It looks like a word, so that no input check minds it.
func mark() string {
	random := make([]byte, 10)
	rand.Read(random) // never fails
	return "wcs" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
}

// echoes finds the inputs of a request in its answer: in the body, the headers,
// the cookies and the token's claims.
func echoes(a *ask, result *answer) []record.Echo {
	var found []record.Echo
	for _, input := range slices.Sorted(maps.Keys(a.inputs)) {
		for _, where := range whereIs(a.inputs[input], result) {
			found = append(found, record.Echo{Input: input, User: a.users[input], Where: where})
		}
	}
	return found
}

// whereIs returns the places in the answer in which value stands. The token's
// text is opened, not searched: short values stand in base64 by chance.
func whereIs(value string, result *answer) []string {
	var places []string
	forms := written(value)
	holds := func(text string) bool {
		return slices.ContainsFunc(forms, func(form string) bool { return mentions(text, form) })
	}
	body := string(result.body[:min(len(result.body), maxSearched)])
	if result.text != "" {
		body = strings.ReplaceAll(body, result.text, "")
	}
	if holds(body) {
		places = append(places, "body")
	}
	for _, name := range slices.Sorted(maps.Keys(result.header)) {
		for _, line := range result.header[name] {
			if result.text != "" {
				line = strings.ReplaceAll(line, result.text, "")
			}
			if !holds(line) {
				continue
			}
			if name == "Set-Cookie" {
				cookie, _, _ := strings.Cut(line, "=")
				places = append(places, "cookie:"+shorten(cookie, maxValue))
			} else {
				places = append(places, "header:"+shorten(name, maxValue))
			}
		}
	}
	return slices.Compact(append(places, whereInToken(value, result.text)...))
}

// whereInToken returns the members of a token in which value stands. The claim
// user_payload has facts of its own.
func whereInToken(value, token string) []string {
	segments := strings.Split(token, ".")
	if len(segments) < 2 {
		return nil
	}
	var places []string
	eachString(decodeObject(segments[0]), "", func(path, text string) {
		if mentions(text, value) {
			places = append(places, "token header:"+path)
		}
	})
	eachString(decodeObject(segments[1]), "", func(path, text string) {
		switch {
		case path == "user_payload" || !mentions(text, value):
		case path == "sub":
			places = append(places, "sub")
		default:
			places = append(places, "claim:"+path)
		}
	})
	return places
}

// mentions says whether value stands in text as a word of its own, in whatever
// case: the login name "ada" stands in "Ada Example" and not in "canada". Long
// values cannot stand anywhere by chance, and count wherever they are.
func mentions(text, value string) bool {
	if len(value) >= 16 {
		return strings.Contains(text, value)
	}
	text, value = strings.ToLower(text), strings.ToLower(value)
	for from := 0; ; {
		at := strings.Index(text[from:], value)
		if at < 0 || value == "" {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(value):])
		if !isLetter(before) && !isLetter(after) {
			return true
		}
		from = at + 1
	}
}

func isLetter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
