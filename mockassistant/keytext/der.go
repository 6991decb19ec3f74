package keytext

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// rsaPEM writes an RSA public key.
func rsaPEM(n, e *big.Int) string {
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: int(e.Int64())})
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// asPEM reads DER under a label as the integration would.
func asPEM(label string, der []byte) *verifier.Key {
	return verifier.ReadKey(string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})))
}

// readDER finds out what DER is.
func readDER(der []byte) (find, bool) {
	if len(der) < 16 || der[0] != 0x30 {
		return find{}, false
	}
	for _, kind := range []struct{ label, what, command string }{
		{"PUBLIC KEY", "a public key", ""},
		{"RSA PUBLIC KEY", "a public key (PKCS#1)", ""},
		{"CERTIFICATE", "a certificate", fromX509},
	} {
		key := asPEM(kind.label, der)
		if key.Kind() == "secret" {
			continue
		}
		f := find{what: kind.what, command: kind.command, pem: PEM(key)}
		if key.Kind() != "rsa" {
			f.what += " of the kind " + key.Kind()
		}
		if certificate, err := x509.ParseCertificate(der); err == nil {
			f.subject, f.issuer = certificate.Subject.String(), certificate.Issuer.String()
		}
		return f, true
	}
	for _, label := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"} {
		if key := asPEM(label, der); key.Form() == "private" {
			return find{what: "a private key", command: opensslPublic, pem: PEM(key), private: true}, true
		}
	}
	return readOtherDER(der)
}

// readOtherDER knows what belongs around keys.
func readOtherDER(der []byte) (find, bool) {
	if request, err := x509.ParseCertificateRequest(der); err == nil {
		f := find{what: "a certificate request (CSR)", command: fromRequest}
		if spki, err := x509.MarshalPKIXPublicKey(request.PublicKey); err == nil {
			f.pem = PEM(asPEM("PUBLIC KEY", spki))
		}
		return f, true
	}
	if isEncryptedPKCS8(der) {
		return find{what: "an encrypted private key: it needs its pass phrase", command: opensslPublic, private: true}, true
	}
	if _, err := x509.ParseRevocationList(der); err == nil {
		return find{what: "a list of revoked certificates, not a key"}, true
	}
	switch {
	case bytes.Contains(der[:min(len(der), 64)], pkcs7Signed):
		return find{what: "a collection of certificates (PKCS#7)", command: "openssl pkcs7 -in certificates.p7b -print_certs -out certificates.pem"}, true
	case isPKCS12(der):
		return find{
			what: "a key store (PKCS#12, .pfx or .p12) with a private key", private: true,
			command: "openssl pkcs12 -in store.p12 -nokeys -clcerts | openssl x509 -noout -pubkey > key.pub",
		}, true
	}
	return find{}, false
}

// pkcs7Signed is the object identifier of signed data, as it is encoded.
var pkcs7Signed = []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")

func isEncryptedPKCS8(der []byte) bool {
	var info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Data []byte
	}
	rest, err := asn1.Unmarshal(der, &info)
	return err == nil && len(rest) == 0 && len(info.Data) > 0
}

// isPKCS12 knows a store by its version, 3, and its content.
func isPKCS12(der []byte) bool {
	var store struct {
		Version  int
		AuthSafe asn1.RawValue
		MAC      asn1.RawValue `asn1:"optional"`
	}
	_, err := asn1.Unmarshal(der, &store)
	return err == nil && store.Version == 3 && bytes.Contains(store.AuthSafe.Bytes[:min(len(store.AuthSafe.Bytes), 16)], pkcs7Signed[:10])
}

// searchBinary looks at a text that is a binary file; nil for any other.
func searchBinary(text, state string) []find {
	data := []byte(text)
	switch {
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}), bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return []find{{
			what: "a Java key store, with a private key", state: state, private: true,
			command: "keytool -exportcert -rfc -keystore store.jks -alias ALIAS | openssl x509 -noout -pubkey > key.pub",
		}}
	case len(data) > 2 && data[0] == 0x30 && data[1] >= 0x80:
		if f, ok := readDER(data); ok {
			f.state = join(state, "in DER, the binary form; the field takes PEM")
			if f.command == "" {
				f.command = "openssl pkey -pubin -inform DER -in key.der -pubout -out key.pub"
			}
			return []find{f}
		}
	}
	return nil
}
