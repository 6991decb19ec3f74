package keytext

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// searchJSON looks into a JSON text: key sets, keys of other services, and texts
// inside; nil for what is not JSON or holds none.
func searchJSON(text, state string, depth int) []find {
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if trimmed == "" || !strings.ContainsRune(`{["`, rune(trimmed[0])) {
		return nil
	}
	var value any
	if json.Unmarshal([]byte(trimmed), &value) != nil {
		return nil
	}
	if whole, ok := value.(string); ok {
		return search(whole, join(state, "in quotation marks"), depth+1)
	}
	return searchValue(value, "", state, depth+1)
}

// searchJSONWithin looks into the JSON objects that stand in a text beside other things,
// such as a key set below a comment or a key in another form.
func searchJSONWithin(text, state string, depth int) (finds []find) {
	const most = 200 // braces that begin something else, as in a program
	for range most {
		begin := strings.IndexByte(text, '{')
		if begin < 0 {
			break
		}
		text = text[begin:]
		decoder := json.NewDecoder(strings.NewReader(text))
		var value map[string]any
		if decoder.Decode(&value) != nil {
			text = text[1:]
			continue
		}
		finds = append(finds, searchValue(value, "", join(state, "beside other text"), depth+1)...)
		text = text[decoder.InputOffset():]
	}
	return finds
}

func searchValue(value any, member, state string, depth int) []find {
	if depth > deepest {
		return nil
	}
	var finds []find
	switch value := value.(type) {
	case string:
		if member != "" {
			state = join(state, fmt.Sprintf("in the JSON member %q", member))
		}
		return search(value, state, depth+1)
	case []any:
		if data := bytesOf(value); data != nil {
			return search(string(data), join(state, "as numbers, as Node writes a Buffer in JSON"), depth+1)
		}
		for _, element := range value {
			finds = append(finds, searchValue(element, member, state, depth+1)...)
		}
	case map[string]any:
		if f, ok := readJWK(value); ok {
			f.state = join(state, f.state)
			return []find{f}
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			finds = append(finds, searchValue(value[name], name, state, depth+1)...)
		}
	}
	return finds[:min(len(finds), mostKeys)]
}

// bytesOf are the bytes that a list of numbers stands for.
func bytesOf(list []any) []byte {
	var data []byte
	for _, element := range list {
		number, ok := element.(float64)
		if !ok || number < 0 || number > 255 || number != float64(byte(number)) {
			return nil
		}
		data = append(data, byte(number))
	}
	return data
}

// readJWK reads a JSON Web Key (RFC 7517).
func readJWK(object map[string]any) (find, bool) {
	text := func(name string) string { s, _ := object[name].(string); return s }
	kind := text("kty")
	if kind == "" {
		return find{}, false
	}
	f := find{what: "a JSON Web Key; the field takes PEM", id: text("kid")}
	for name := range object {
		f.private = f.private || secrets.IsPrivateMember(name)
	}
	switch {
	case kind == "oct":
		f.what = "a shared secret (a JSON Web Key of the kind oct), not a public key"
	case f.private:
		f.what = "a private key, as a JSON Web Key"
	case kind != "RSA" && kind != "RSA-HSM":
		f.what = "a JSON Web Key of the kind " + kind + ", not RSA"
	}
	if use := text("use"); use != "" && use != "sig" {
		f.use = map[string]string{"enc": "encryption"}[use]
		if f.use == "" {
			f.use = use
		}
	}
	if alg := text("alg"); alg != "" && alg != "RS256" {
		f.use = alg
	}
	f.pem = numbersPEM(fromBase64(text("n")), fromBase64(text("e")))
	return f, true
}

// numbersPEM is the PEM of a modulus and an exponent, "" for what is no key.
func numbersPEM(modulus, exponent []byte) string {
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if n.BitLen() < 64 || e.Sign() == 0 || e.BitLen() > 31 {
		return ""
	}
	return rsaPEM(n, e)
}
