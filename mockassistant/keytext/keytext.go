// Package keytext recognises what people put where a public key is expected:
// keys in other forms, with other things around them, in another encoding, or no
// key at all.
//
//	found := keytext.Recognise(text)
//	if found.Private { … } // a private key, however it is wrapped
//	fmt.Println(found.What, found.PEM)
//
// What the integration itself makes of a text is the verifier's to say; this
// package says what the text is, and derives the right one where it can be had.
package keytext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/secrets"
)

// Text is what a text turned out to be.
type Text struct {
	What    string   // what it is, with its article, as in "an OpenSSH public key"
	Notes   []string // what else is to be known of it, as sentences
	Command string   // how to convert it with the usual tools; "" where there is no such way
	PEM     string   // the RSA public key to give instead; "" when it cannot be derived
	Private bool     // there is private key material in it
	Misread bool     // the integration takes a key from it, and it is the wrong one
	Others  []string // the RSA public keys in it that the integration does not take
}

// find is one key, or another thing that a key may be confused with, in a text.
type find struct {
	what    string // with its article
	state   string // what is wrong with its text, as in "whose line breaks are escaped"
	command string
	pem     string // of an RSA public key, "" where there is none
	private bool
	subject string // of a certificate
	issuer  string // of a certificate
	use     string // of a JWK that is not for signatures
	id      string // of a JWK
}

const (
	opensslPublic = "openssl pkey -in key.pem -pubout -out key.pub"
	fromX509      = "openssl x509 -in certificate.pem -noout -pubkey > key.pub"
	fromRequest   = "openssl req -in request.csr -noout -pubkey > key.pub"
)

// Recognise finds out what a text is. Its What is empty only for a text that the
// integration takes as it stands, and in which nothing else is to be noted.
func Recognise(text string) Text {
	finds := search(text, "", 0)
	if !slices.ContainsFunc(finds, func(f find) bool { return f.private }) && len(secrets.Find(text, 1)) > 0 { // as a script has it
		finds = append(finds, find{what: "a private key", private: true})
	}
	read := verifier.ReadKey(text)
	taken := read.Form() != "none" && read.Form() != "private"
	result := Text{Private: read.Form() == "private"}
	for _, f := range finds {
		result.Private = result.Private || f.private
	}
	first := PEM(read)
	result.Others = others(finds, first)
	chosen := choose(finds, first)
	switch {
	case chosen == nil && !taken:
		result.What = notAKey(text)
		return result
	case chosen == nil:
		return result
	}
	result.PEM, result.Command = chosen.pem, chosen.command
	result.Notes = notes(finds, chosen)
	if taken && first != "" && chosen.pem != "" && first != chosen.pem {
		result.Misread = true
		result.Notes = append(result.Notes, "The integration reads another key from it: "+which(finds, first)+".")
	}
	if !taken || result.Private || result.Misread || len(result.Notes) > 0 {
		result.What = describe(finds, chosen)
	}
	return result
}

// others are the different keys that were found, but for the one that is taken.
func others(finds []find, taken string) (all []string) {
	for _, f := range finds {
		if f.pem != "" && f.pem != taken && !slices.Contains(all, f.pem) {
			all = append(all, f.pem)
		}
	}
	return all
}

// describe says what the text is: by its private key, if there is one.
func describe(finds []find, chosen *find) string {
	if i := slices.IndexFunc(finds, func(f find) bool { return f.private }); i >= 0 {
		chosen = &finds[i]
	}
	return strings.TrimSpace(chosen.what + " " + chosen.state)
}

// which says where the key stands that is taken.
func which(finds []find, taken string) string {
	i := slices.IndexFunc(finds, func(f find) bool { return f.pem == taken })
	if i <= 0 {
		return "the first one"
	}
	return "that of " + finds[i].what
}

// choose returns the find whose key is the one to give: of certificates the one
// that signs no other of them, of key sets the one for RS256 signatures. Of several that
// could be it, that is the one which is taken: a public key comes before a certificate,
// wherever they stand.
func choose(finds []find, taken string) *find {
	best, bestRank := (*find)(nil), -1
	for i := range finds {
		f, rank := &finds[i], 0
		switch {
		case f.pem == "":
		case f.use != "":
			rank = 1
		case isAuthority(finds, f):
			rank = 2
		case f.private:
			rank = 3
		default:
			rank = 4
		}
		if rank > bestRank || rank == bestRank && f.pem == taken && best.pem != taken {
			best, bestRank = f, rank
		}
	}
	return best
}

// isAuthority says whether a certificate is the issuer of another one.
func isAuthority(finds []find, f *find) bool {
	return f.subject != "" && slices.ContainsFunc(finds, func(other find) bool {
		return other.issuer == f.subject && other.subject != f.subject
	})
}

// notes tell what else is in the text.
func notes(finds []find, chosen *find) []string {
	var told []string
	var others int
	for i := range finds {
		f := &finds[i]
		switch {
		case f == chosen || f.pem == "" || f.pem == chosen.pem:
		case f.private:
			told = append(told, "The private key in it belongs to another public key than the one in it.")
		case isAuthority(finds, f):
			where := "after"
			if i < slices.IndexFunc(finds, func(g find) bool { return g == *chosen }) {
				where = "before"
			}
			told = append(told, fmt.Sprintf("It is a chain: the certificate of the authority (%s) stands %s the one that is wanted (%s).", f.subject, where, chosen.subject))
		case f.use != "":
			told = append(told, fmt.Sprintf("The key %q in it is for %s and not for signatures.", f.id, f.use))
		default:
			others++
		}
	}
	if others > 0 {
		told = append(told, fmt.Sprintf("It holds %d keys that could be the one: compare the kid, or give each of them in a file of its own.", others+1))
	}
	if chosen.pem != "" && chosen.private && len(finds) == 1 {
		return told
	}
	return told
}

// notAKey names what a text is that holds no key.
func notAKey(text string) string {
	trimmed := strings.Trim(strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")), `"'`)
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "":
		return "an empty text"
	case tokenText.MatchString(trimmed):
		return "a token (JWT), not a key"
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return "the address of a key, not a key: fetch what is there"
	case strings.HasPrefix(trimmed, "SHA256:"), strings.HasPrefix(trimmed, "MD5:"), strings.Contains(trimmed, " SHA256:"):
		return "the fingerprint of a key, not a key"
	case strings.HasPrefix(trimmed, "<Buffer "):
		return "what Node prints for a Buffer: read the file as text, as in fs.readFileSync(file, 'utf8')"
	case slices.Contains([]string{"undefined", "null", "none", "nil", "[object object]", "[object promise]", "nan", "true", "false"}, lower):
		return fmt.Sprintf("the word %s, as a program writes it for a value that is not there", trimmed)
	case variable.MatchString(trimmed):
		return "the name of a variable, not its value"
	case pathText.MatchString(trimmed):
		return "the path of a file, not what is in it"
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return "an HTML page, not a key"
	case strings.Contains(trimmed, "BEGIN PGP"):
		return "a PGP key, which is another kind of key"
	case hexText.MatchString(trimmed):
		return "a hexadecimal text such as a hash, a fingerprint or a client secret, not a key"
	}
	return ""
}

// PEM is the public half of an RSA key that the integration read; "" for another
// key, or one that cannot be written in PEM.
func PEM(key *verifier.Key) string {
	if key.Kind() != "rsa" || !key.Exponent().IsInt64() || key.Exponent().BitLen() > 31 {
		return ""
	}
	return rsaPEM(key.Modulus(), key.Exponent())
}
