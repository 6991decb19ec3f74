package keytext

import (
	"encoding/hex"
	"html"
	"math/big"
	"regexp"
	"strings"
)

var (
	xmlModulus  = regexp.MustCompile(`(?is)<(?:\w+:)?Modulus>([A-Za-z0-9+/=\s]+)</(?:\w+:)?Modulus>\s*<(?:\w+:)?Exponent>([A-Za-z0-9+/=\s]+)</(?:\w+:)?Exponent>`)
	xmlExponent = regexp.MustCompile(`(?is)<(?:\w+:)?Exponent>([A-Za-z0-9+/=\s]+)</(?:\w+:)?Exponent>\s*<(?:\w+:)?Modulus>([A-Za-z0-9+/=\s]+)</(?:\w+:)?Modulus>`)
	xmlPrivate  = regexp.MustCompile(`(?i)<(?:\w+:)?(?:D|P|Q|DP|DQ|InverseQ)>\s*[A-Za-z0-9+/=\s]{20,}<`)

	printedModulus  = regexp.MustCompile(`(?i)modulus(?: \([^)]*\))?\s*[:=]\s*((?:[0-9a-f]{2}[:\s]*){16,})`)
	printedExponent = regexp.MustCompile(`(?i)(?:public)?exponent(?: \([^)]*\))?\s*[:=]\s*(\d+)`)
	printedPrivate  = regexp.MustCompile(`(?i)privateExponent\s*:|\bprime1\s*:`)
)

// searchXML finds the key values of XML signatures and of .NET.
func searchXML(text, state string) (finds []find, rest string) {
	plain := text
	if strings.Contains(text, "&lt;") {
		plain = html.UnescapeString(text)
	}
	numbers := [][2]string{}
	for _, match := range xmlModulus.FindAllStringSubmatch(plain, mostKeys) {
		numbers = append(numbers, [2]string{match[1], match[2]})
	}
	for _, match := range xmlExponent.FindAllStringSubmatch(plain, mostKeys) {
		numbers = append(numbers, [2]string{match[2], match[1]})
	}
	if len(numbers) == 0 {
		return nil, text
	}
	private := xmlPrivate.MatchString(plain)
	for _, pair := range numbers {
		f := find{what: "an XML key value, as .NET and XML signatures have it; the field takes PEM", state: state, private: private}
		if private {
			f.what = "a private key, as an XML key value of .NET"
		}
		f.pem = numbersPEM(fromBase64(pair[0]), fromBase64(pair[1]))
		finds = append(finds, f)
	}
	return finds, ""
}

// searchPrinted reads what openssl prints with -text or -modulus. A PEM text
// beside it says the same.
func searchPrinted(text, state string) (finds []find, rest string) {
	match := printedModulus.FindStringSubmatch(text)
	if match == nil || strings.Contains(text, "BEGIN ") && !printedPrivate.MatchString(text) {
		return nil, text
	}
	digits := strings.NewReplacer(":", "", " ", "", "\n", "", "\r", "", "\t", "").Replace(match[1])
	n, err := hex.DecodeString(digits)
	if err != nil {
		return nil, text
	}
	f := find{what: "what openssl prints of a key; the field takes PEM", state: state, private: printedPrivate.MatchString(text), command: "openssl pkey -pubin -in key.pub -pubout"}
	e := big.NewInt(65537)
	if exponent := printedExponent.FindStringSubmatch(text); exponent != nil {
		e.SetString(exponent[1], 10)
	} else {
		f.state = join(f.state, "without its exponent, taken to be the usual 65537")
	}
	if f.private {
		f.what, f.command = "a private key, as openssl prints it", opensslPublic
	}
	f.pem = numbersPEM(n, e.Bytes())
	return []find{f}, text
}
