package cli

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/secrets"
)

// conversion is what a text that is no key for the integration turned out to be.
type conversion struct {
	what    string // with its article, as in "an OpenSSH public key"
	command string // how to convert it with the usual tools
	pem     string // the public key in PEM; "" when it cannot be had
}

// holdsPrivateKey tells whether there is a private key in a text, however it is
// mangled.
func holdsPrivateKey(text string) bool {
	return secrets.HasLabel(text) || jwkOf(text).D != ""
}

// recogniseKey finds out what people really paste. The key is what the
// integration reads in the text.
func recogniseKey(text string, key *verifier.Key) (conversion, bool) {
	for _, recognise := range []func(string) (conversion, bool){
		recogniseOpenSSH, recogniseOpenSSHPrivate, recognisePuTTY, recogniseSSH2, recogniseJWK, recogniseMangledPEM, recogniseDER, recogniseBase64,
	} {
		if c, ok := recognise(text); ok {
			return c, true
		}
	}
	if key.Form() == "private" {
		return conversion{
			what:    "a private key in PEM",
			command: "openssl pkey -in key.pem -pubout -out key.pub",
			pem:     publicHalf(key),
		}, true
	}
	if holdsPrivateKey(text) {
		return conversion{what: "a private key that cannot be read here: it is encrypted, or in another form", command: "openssl pkey -in key.pem -pubout -out key.pub"}, true
	}
	return conversion{}, false
}

// publicHalf is the PEM of an RSA key that the integration read.
func publicHalf(key *verifier.Key) string {
	if key.Kind() != "rsa" || !key.Exponent().IsInt64() || key.Exponent().BitLen() > 31 {
		return ""
	}
	return publicPEM(&rsa.PublicKey{N: key.Modulus(), E: int(key.Exponent().Int64())})
}

var openSSHLine = regexp.MustCompile(`(?m)^\s*(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ +AAAA`)

// recogniseOpenSSH reads a line of an id_rsa.pub or authorized_keys file.
func recogniseOpenSSH(text string) (conversion, bool) {
	if !openSSHLine.MatchString(text) {
		return conversion{}, false
	}
	c := conversion{what: "an OpenSSH public key", command: "ssh-keygen -e -m PKCS8 -f id_rsa.pub"}
	if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text)); err == nil {
		c.pem = sshPEM(key)
	}
	return c, true
}

// recogniseOpenSSHPrivate reads the public half of an id_rsa file, which is in
// clear even under a pass phrase.
func recogniseOpenSSHPrivate(text string) (conversion, bool) {
	if !strings.Contains(text, "BEGIN OPENSSH PRIVATE") {
		return conversion{}, false
	}
	c := conversion{what: "an OpenSSH private key", command: "ssh-keygen -e -m PKCS8 -f id_rsa > key.pub"}
	var locked *ssh.PassphraseMissingError
	if signer, err := ssh.ParsePrivateKey([]byte(text)); err == nil {
		c.pem = sshPEM(signer.PublicKey())
	} else if errors.As(err, &locked) && locked.PublicKey != nil {
		c.pem = sshPEM(locked.PublicKey)
	}
	return c, true
}

// sshPEM is the PEM of a key in the wire format of SSH.
func sshPEM(key ssh.PublicKey) string {
	wrapped, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(wrapped.CryptoPublicKey())
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// blobPEM is the PEM of a key blob in base64, "" when it is none.
func blobPEM(text string) string {
	blob, err := base64.StdEncoding.DecodeString(withoutBlanks(text))
	if err != nil {
		return ""
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return ""
	}
	return sshPEM(key)
}

func withoutBlanks(text string) string { return strings.Join(strings.Fields(text), "") }

var puttyPublicLines = regexp.MustCompile(`(?m)^Public-Lines: \d+\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)`)

// recognisePuTTY reads a .ppk file, whose public half is in clear.
func recognisePuTTY(text string) (conversion, bool) {
	if !strings.HasPrefix(strings.TrimSpace(text), "PuTTY-User-Key-File-") {
		return conversion{}, false
	}
	c := conversion{what: "a PuTTY private key file (.ppk)", command: "puttygen key.ppk -O private-openssh-new -o key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > key.pub"}
	if lines := puttyPublicLines.FindStringSubmatch(text); lines != nil {
		c.pem = blobPEM(lines[1])
	}
	return c, true
}

var ssh2Block = regexp.MustCompile(`(?s)---- BEGIN SSH2 PUBLIC KEY ----\r?\n(.*?)---- END SSH2 PUBLIC KEY ----`)

// ssh2Header is a header of RFC 4716 §3.3; a backslash continues it.
var ssh2Header = regexp.MustCompile(`(?m)^[^:\s]+: (?:.*\\\r?\n)*.*\r?\n`)

// recogniseSSH2 reads what PuTTYgen's "Save public key" writes.
func recogniseSSH2(text string) (conversion, bool) {
	block := ssh2Block.FindStringSubmatch(text)
	if block == nil {
		return conversion{}, false
	}
	return conversion{
		what:    "an SSH2 public key (RFC 4716), as PuTTYgen saves it",
		command: "ssh-keygen -i -f key.ssh2 > key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > key.pub",
		pem:     blobPEM(ssh2Header.ReplaceAllString(block[1], "")),
	}, true
}

// jwk is the part of a JSON Web Key that matters here (RFC 7518 §6.3).
type jwk struct {
	Kty  string `json:"kty"`
	N    string `json:"n"`
	E    string `json:"e"`
	D    string `json:"d"`
	Keys []jwk  `json:"keys"`
}

// jwkOf is the JWK in a text, or the first of a set.
func jwkOf(text string) jwk {
	var key jwk
	if json.Unmarshal([]byte(text), &key) != nil {
		return jwk{}
	}
	if len(key.Keys) > 0 {
		return key.Keys[0]
	}
	return key
}

func recogniseJWK(text string) (conversion, bool) {
	key := jwkOf(text)
	if key.Kty == "" {
		return conversion{}, false
	}
	c := conversion{what: "a JSON Web Key; the field takes PEM"}
	n, err := base64.RawURLEncoding.DecodeString(key.N)
	e, err2 := base64.RawURLEncoding.DecodeString(key.E)
	if exponent := new(big.Int).SetBytes(e); err == nil && err2 == nil && len(n) > 0 && exponent.BitLen() <= 31 {
		c.pem = publicPEM(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())})
	}
	return c, true
}

var (
	escapedBreak = regexp.MustCompile(`(?:\\+r)?\\+n`)
	pemLabel     = regexp.MustCompile(`-{2,}\s*BEGIN ([A-Z0-9 ]+?)\s*-{2,}`)
	pemWhole     = regexp.MustCompile(`(?s)-{2,}\s*BEGIN ([A-Z0-9 ]+?)\s*-{2,}(.*?)-{2,}\s*END [A-Z0-9 ]+?\s*-{2,}`)
)

// recogniseMangledPEM repairs PEM whose line breaks were escaped or lost, that is
// indented, or that stands in quotes.
func recogniseMangledPEM(text string) (conversion, bool) {
	clear := escapedBreak.ReplaceAllString(text, "\n")
	whole := pemWhole.FindStringSubmatch(clear)
	if whole == nil {
		if label := pemLabel.FindStringSubmatch(clear); label != nil {
			return conversion{what: "the beginning of a PEM text (" + label[1] + ") whose end is missing: copy it whole"}, true
		}
		return conversion{}, false
	}
	der, err := base64.StdEncoding.DecodeString(withoutBlanks(whole[2]))
	if err != nil {
		return conversion{what: "PEM (" + whole[1] + ") whose content is damaged: it is not base64. Copy it again"}, true
	}
	repaired := verifier.ReadKey(string(pem.EncodeToMemory(&pem.Block{Type: whole[1], Bytes: der})))
	what := "PEM (" + whole[1] + ") whose line breaks are escaped"
	switch {
	case repaired.Kind() == "secret":
		if pemOf := derPEM(der); pemOf != "" {
			return conversion{what: "PEM under the wrong label (" + whole[1] + ")", pem: pemOf}, true
		}
		if holdsPrivateKey(text) {
			return conversion{}, false
		}
		return conversion{what: "PEM (" + whole[1] + ") that holds no public key, or a damaged one"}, true
	case repaired.Form() == "private" && verifier.ReadKey(text).Form() == "private":
		return conversion{}, false
	case clear == text:
		what = "PEM (" + whole[1] + ") whose lines are broken, indented or joined"
	}
	return conversion{what: what, pem: publicHalf(repaired)}, true
}

// derPEM is the PEM of a DER encoded RSA public key or certificate.
func derPEM(der []byte) string {
	for _, label := range []string{"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"} {
		if key := verifier.ReadKey(string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))); key.Kind() == "rsa" {
			return publicHalf(key)
		}
	}
	return ""
}

func recogniseDER(text string) (conversion, bool) {
	if !bytes.HasPrefix([]byte(text), []byte{0x30}) {
		return conversion{}, false
	}
	pemOf := derPEM([]byte(text))
	return conversion{what: "a key in DER, the binary form; the field takes PEM", command: "openssl pkey -pubin -inform DER -in key.der -pubout -out key.pub", pem: pemOf}, pemOf != ""
}

// recogniseBase64 reads the body of a PEM text whose first and last line are missing.
func recogniseBase64(text string) (conversion, bool) {
	der, err := base64.StdEncoding.DecodeString(withoutBlanks(strings.Trim(strings.TrimPrefix(text, "\ufeff"), "\"' \r\n\t")))
	if err != nil {
		return conversion{}, false
	}
	pemOf := derPEM(der)
	return conversion{what: "the body of a PEM text without its first and last line", pem: pemOf}, pemOf != ""
}
