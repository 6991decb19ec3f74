package endpoint

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// liveCookie is the length, in bytes, from which the value of a cookie is taken for a
// session. Shorter values are settings, and the same words stand in other places, too.
const liveCookie = 12

// Secrets returns the values of the configuration that must not be written anywhere:
// credentials, and every header, cookie and field unless its name shows that it is not
// confidential.
func (c Config) Secrets() *secrets.Known {
	config, found := c, &secrets.Known{}
	found.AddAddress(config.URL)
	found.AddAddress(config.PlainEndpoint)
	found.AddAll(config.Confidential)
	found.AddHeader(saidHere(config.Header), "")
	addCookies(found, config.Cookies, "")
	addBody(found, config.Body, "")
	for _, user := range config.Users {
		whose := " of " + user.Name
		found.AddHeader(saidHere(user.Header), whose)
		addCookies(found, user.Cookies, whose)
		found.AddAddress(user.URL)
		addBody(found, user.Body, whose)
		addRequests(found, user.Login, whose)
		addRequests(found, user.Logout, whose)
		for name, value := range user.Values {
			if !config.pointsToSomebody(value) {
				addField(found, name, whose, value)
			}
		}
	}
	addRequests(found, config.Visit, "")
	addRequests(found, config.Relying, "")
	return found
}

// saidHere is the header without the lines that are values from an answer.
func saidHere(header http.Header) http.Header {
	said := http.Header{}
	for name, lines := range header {
		for _, line := range lines {
			if !onlyPlace.MatchString(line) {
				said[name] = append(said[name], line)
			}
		}
	}
	return said
}

// onlyPlace matches a header's value that is a place, or a scheme and a place.
var onlyPlace = regexp.MustCompile(`^(?:[A-Za-z]+ )?\{[A-Za-z_][\w-]*\}$`)

func addCookies(known *secrets.Known, cookies []Cookie, whose string) {
	for _, cookie := range cookies {
		known.Add("cookie "+cookie.Name+whose, cookie.Value)
	}
}

func addRequests(known *secrets.Known, requests []Request, whose string) {
	for i := range requests {
		known.AddAddress(requests[i].URL)
		known.AddHeader(saidHere(requests[i].Header), whose)
		for name, value := range requests[i].fields() {
			addField(known, name, whose, value)
		}
	}
}

// addField makes the value of a field known, unless its name shows that it is not
// confidential, or it is a place for another value.
func addField(known *secrets.Known, name, whose, value string) {
	if !secrets.IsPlainField(name) && !valuePlace.MatchString(value) {
		known.Add(name+whose, value)
	}
}

// addBody makes the fields in the body of the requests for a token known, or the whole
// body if it has none.
func addBody(known *secrets.Known, body, whose string) {
	fields := (&Request{JSON: body}).fields()
	if len(fields) == 0 && !strings.ContainsAny(body, " \r\n") {
		form, _ := url.ParseQuery(body) // a text that is not a form has no fields
		for name, values := range form {
			if fields[name] = values[0]; fields[name] == "" {
				clear(fields)
				break
			}
		}
	}
	for name, value := range fields {
		addField(known, name, " in the body"+whose, value)
	}
	if len(fields) == 0 {
		known.Add("body"+whose, body)
	}
}

// credentials are the secrets that no claim may repeat, by name. Of passwords the plain
// hashes are among them: they can be tried as fast as the passwords themselves.
func credentials(known *secrets.Known) map[string]string {
	values := map[string]string{}
	for value, name := range known.Values() {
		if !secrets.IsCredential(name) {
			continue
		}
		values["secret: "+name] = value
		if secrets.IsPassword(name) {
			for form, hashed := range hashForms(value) {
				values["hash of the secret: "+name+", "+form] = hashed
			}
		}
	}
	return values
}

// hashForms are the plain hashes of a value in their usual spellings, by description.
func hashForms(value string) map[string]string {
	forms := map[string]string{}
	for _, hash := range plainHashes {
		sum := hash.sum([]byte(value))
		forms[hash.name] = hex.EncodeToString(sum)
		forms[hash.name+" in capitals"] = strings.ToUpper(hex.EncodeToString(sum))
		forms[hash.name+" in base64"] = base64.RawStdEncoding.EncodeToString(sum)
		forms[hash.name+" in base64url"] = base64.RawURLEncoding.EncodeToString(sum)
	}
	return forms
}

// plainHashes are the hash functions with which sites hide values that can still be guessed.
var plainHashes = []struct {
	name string
	sum  func([]byte) []byte
}{
	{"MD5", func(text []byte) []byte { s := md5.Sum(text); return s[:] }},
	{"SHA-1", func(text []byte) []byte { s := sha1.Sum(text); return s[:] }},
	{"SHA-256", func(text []byte) []byte { s := sha256.Sum256(text); return s[:] }},
	{"SHA-512", func(text []byte) []byte { s := sha512.Sum512(text); return s[:] }},
}
