package target

import (
	"crypto/rand"
	"encoding/base32"
	"maps"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// mark returns a value that stands nowhere by chance, to be found again in an
// answer. It looks like a word, so that no input check minds it.
func mark() string {
	random := make([]byte, 10)
	rand.Read(random) // never fails
	return "wcs" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
}

// echoes finds the marked inputs of a request in its answer: in the body, the
// headers, the cookies and the token's claims. A user's identifiers count as
// inputs of the requests made in that user's name.
func echoes(a *ask, result *answer) []record.Echo {
	var found []record.Echo
	for _, input := range slices.Sorted(maps.Keys(a.inputs)) {
		for _, where := range whereIs(a.inputs[input], result) {
			found = append(found, record.Echo{Input: input, Where: where})
		}
	}
	return found
}

// whereIs returns the places in the answer in which value stands.
func whereIs(value string, result *answer) []string {
	var places []string
	holds := func(text string) bool {
		return slices.ContainsFunc(written(value), func(form string) bool { return strings.Contains(text, form) })
	}
	if holds(string(result.body)) {
		places = append(places, "body")
	}
	for _, name := range slices.Sorted(maps.Keys(result.header)) {
		for _, line := range result.header[name] {
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
	segments := strings.Split(result.text, ".")
	if result.text == "" || len(segments) < 2 {
		return places
	}
	eachString(decodeObject(segments[0]), "", func(path, text string) {
		if strings.Contains(text, value) {
			places = append(places, "token header:"+path)
		}
	})
	eachString(decodeObject(segments[1]), "", func(path, text string) {
		switch {
		case !strings.Contains(text, value):
		case path == "sub":
			places = append(places, "sub")
		default:
			places = append(places, "claim:"+path)
		}
	})
	return slices.Compact(places)
}
