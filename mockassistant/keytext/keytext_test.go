package keytext

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/ssh"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// pair is a key pair in the forms from which the cases are made.
type pair struct {
	key                              *rsa.PrivateKey
	spki, pkcs1, pkcs8, pkcs1Private string // PEM
}

func newPair(t *testing.T) pair {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pair{
		key: key, spki: block("PUBLIC KEY", public), pkcs1: block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)),
		pkcs8: block("PRIVATE KEY", private), pkcs1Private: block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
	}
}

func block(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func derOf(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	return block.Bytes
}

// certificate makes one for the pair, signed by the issuer or by itself.
func (p pair) certificate(t *testing.T, name string, issuer *pair, issuerName string) string {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: issuer == nil, BasicConstraintsValid: true,
	}
	parent, signer := template, p.key
	if issuer != nil {
		parent, signer = &x509.Certificate{Subject: pkix.Name{CommonName: issuerName}, SerialNumber: big.NewInt(2)}, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &p.key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der)
}

// wrappings are what happens to a text on its way to the field; each is undone.
var wrappings = map[string]func(string) string{
	"as it is":          func(s string) string { return s },
	"escaped":           func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", `\n`) },
	"escaped twice":     func(s string) string { return strings.ReplaceAll(s, "\n", `\\n`) },
	"escaped, Windows":  func(s string) string { return strings.ReplaceAll(s, "\n", `\r\n`) },
	`literal \r`:        func(s string) string { return strings.ReplaceAll(s, "\n", `\r`) },
	"slash n":           func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "/n") },
	"a lost backslash":  func(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "n") },
	"real CR":           func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"CRLF and BOM":      func(s string) string { return "\ufeff" + strings.ReplaceAll(s, "\n", "\r\n") },
	"in one line":       func(s string) string { return strings.ReplaceAll(s, "\n", "") },
	"blanks for breaks": func(s string) string { return strings.ReplaceAll(s, "\n", " ") },
	"indented":          func(s string) string { return "key: |-\n  " + strings.ReplaceAll(s, "\n", "\n  ") },
	"br":                func(s string) string { return strings.ReplaceAll(s, "\n", "<br/>") },
	"quoted":            func(s string) string { return `"` + strings.TrimSpace(s) + `"` },
	"JSON string":       func(s string) string { text, _ := json.Marshal(s); return string(text) },
	"JSON member": func(s string) string {
		text, _ := json.Marshal(map[string]any{"a": map[string]any{"key": s}})
		return string(text)
	},
	"JSON in JSON": func(s string) string {
		text, _ := json.Marshal(s)
		text, _ = json.Marshal(map[string]string{"v": string(text)})
		return string(text)
	},
	"Buffer in JSON": func(s string) string {
		text, _ := json.Marshal(map[string]any{"type": "Buffer", "data": numbers([]byte(s))})
		return string(text)
	},
	"shell": func(s string) string {
		return "export KEY=$'" + strings.ReplaceAll(strings.TrimSpace(s), "\n", `\n`) + "'\n"
	},
	"JavaScript": func(s string) string { return "const key = " + strings.Join(quotedLines(s), " +\n  ") + ";" },
	"mail":       func(s string) string { return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ") },
	"numbered lines": func(s string) string {
		var out strings.Builder
		for i, line := range strings.Split(strings.TrimSpace(s), "\n") {
			fmt.Fprintf(&out, "%d. %s\n", i+1, line)
		}
		return out.String()
	},
	"long dashes":     func(s string) string { return strings.ReplaceAll(s, "-----", "—–—") },
	"a lost dash":     func(s string) string { return strings.Replace(s, "-----BEGIN", "----BEGIN", 1) },
	"invisible marks": func(s string) string { return strings.ReplaceAll(s, "\n", "\u200b\n") },
	"in small letters": func(s string) string {
		s = strings.Replace(s, "BEGIN", "begin", 1)
		return strings.Replace(s, "END", "end", 1)
	},
	"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"Kubernetes": func(s string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: webchat-identity-token-key-of-the-production-shop\ndata:\n  key: " + base64.StdEncoding.EncodeToString([]byte(s)) + "\n  other: aGVsbG8=\n"
	},
	"UTF-16":           func(s string) string { return inUTF16(s, binary.LittleEndian, "\xff\xfe") },
	"UTF-16, big":      func(s string) string { return inUTF16(s, binary.BigEndian, "\xfe\xff") },
	"UTF-16, no mark":  func(s string) string { return inUTF16(s, binary.LittleEndian, "") },
	"percent encoding": url.QueryEscape,
	"path encoding":    url.PathEscape,
	"hex":              func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HTML escapes":     func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "+", "&#43;"), "=", "&#61;") },
	"without its label": func(s string) string {
		return strings.Join(strings.Split(strings.TrimSpace(s), "\n")[1:len(strings.Split(strings.TrimSpace(s), "\n"))-1], "\n")
	},
	"DER":              func(s string) string { return string(derOf(s)) },
	"after other text": func(s string) string { return "Here is our key, please paste it:\n\n" + s + "\nRegards\n" },
	"wrong label": func(s string) string {
		return strings.NewReplacer("BEGIN PUBLIC", "BEGIN RSA PUBLIC", "END PUBLIC", "END RSA PUBLIC", "BEGIN PRIVATE", "BEGIN RSA PRIVATE", "END PRIVATE", "END RSA PRIVATE").Replace(s)
	},
}

func numbers(data []byte) []int {
	var all []int
	for _, b := range data {
		all = append(all, int(b))
	}
	return all
}

func quotedLines(s string) []string {
	var all []string
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		all = append(all, `"`+line+`\n"`)
	}
	return all
}

func inUTF16(s string, order binary.ByteOrder, mark string) string {
	var out bytes.Buffer
	out.WriteString(mark)
	_ = binary.Write(&out, order, utf16.Encode([]rune(s)))
	return out.String()
}

// TestEachWrappingIsTakenOff puts a public and a private key into each wrapping:
// the right text is derived, and the private one is told however it is wrapped.
func TestEachWrappingIsTakenOff(t *testing.T) {
	p := newPair(t)
	for name, wrap := range wrappings {
		t.Run(name, func(t *testing.T) {
			public := Recognise(wrap(p.spki))
			taken := verifier.ReadKey(wrap(p.spki)).Kind() == "rsa"
			if public.Private || public.Misread || !taken && public.PEM != p.spki || !taken && public.What == "" {
				t.Errorf("public key: %+v", public)
			}
			private := Recognise(wrap(p.pkcs8))
			if !private.Private || private.PEM != p.spki || !strings.Contains(private.What, "private key") {
				t.Errorf("private key: %+v", private)
			}
			if strings.Contains(private.PEM, "PRIVATE") {
				t.Error("the private key is shown")
			}
		})
	}
}

// TestEachForm knows the forms in which keys come.
func TestEachForm(t *testing.T) {
	p, other := newPair(t), newPair(t)
	sshKey, err := ssh.NewPublicKey(&p.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(p.key, "", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "shop"}}, p.key)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curvePublic, _ := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	leaf, authority := p.certificate(t, "shop", &other, "authority"), other.certificate(t, "authority", nil, "")
	b64, std := base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString
	n, e := p.key.N.Bytes(), big.NewInt(int64(p.key.E)).Bytes()
	jwk := fmt.Sprintf(`{"kty":"RSA","kid":"a","n":%q,"e":%q}`, b64(n), b64(e))
	encryption := fmt.Sprintf(`{"kty":"RSA","kid":"enc-1","use":"enc","n":%q,"e":%q}`, b64(other.key.N.Bytes()), b64(e))
	xml := "<RSAKeyValue><Modulus>" + std(n) + "</Modulus><Exponent>" + std(e) + "</Exponent>"
	for name, test := range map[string]struct {
		text    string
		says    string
		private bool
		misread bool
		noPEM   bool
	}{
		"OpenSSH":                       {text: string(ssh.MarshalAuthorizedKey(sshKey)), says: "OpenSSH public key"},
		"authorized_keys with options":  {text: `no-pty,command="x" ` + string(ssh.MarshalAuthorizedKey(sshKey)), says: "OpenSSH public key"},
		"OpenSSH private, locked":       {text: string(pem.EncodeToMemory(locked)), says: "OpenSSH private key", private: true},
		"JWK":                           {text: jwk, says: "JSON Web Key"},
		"JWK in base64":                 {text: std([]byte(jwk)), says: "JSON Web Key"},
		"JWK, private":                  {text: strings.Replace(jwk, "{", `{"d":"AQ",`, 1), says: "private key", private: true},
		"JWK, shared secret":            {text: `{"kty":"oct","k":"c2VjcmV0"}`, says: "shared secret", private: true, noPEM: true},
		"key set, encryption first":     {text: `{"keys":[` + encryption + `,` + jwk + `]}`, says: "JSON Web Key"},
		"key set with a curve first":    {text: `{"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"},` + jwk + `]}`, says: "JSON Web Key"},
		"a list of keys":                {text: `[` + jwk + `]`, says: "JSON Web Key"},
		"x5c alone":                     {text: std(derOf(leaf)), says: "certificate"},
		"certificates by kid":           {text: `{"kid-1":` + fmt.Sprintf("%q", leaf) + `}`, says: "certificate"},
		"service account":               {text: fmt.Sprintf(`{"type":"service_account","private_key":%q}`, p.pkcs8), says: "private key", private: true},
		"key management service":        {text: `{"KeyId":"arn:x","PublicKey":"` + std(derOf(p.spki)) + `"}`, says: "public key"},
		".NET":                          {text: xml + "</RSAKeyValue>", says: "XML key value"},
		".NET, escaped":                 {text: strings.ReplaceAll(strings.ReplaceAll(xml+"</RSAKeyValue>", "<", "&lt;"), ">", "&gt;"), says: "XML key value"},
		".NET in base64":                {text: std([]byte(xml + "</RSAKeyValue>")), says: "XML key value"},
		".NET, private":                 {text: xml + "<P>" + std(n) + "</P><D>" + std(n) + "</D></RSAKeyValue>", says: "private key", private: true},
		"XML signature":                 {text: "<ds:RSAKeyValue><ds:Modulus>\n" + std(n) + "\n</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>", says: "XML key value"},
		"SAML metadata":                 {text: "<ds:X509Certificate>" + std(derOf(leaf)) + "</ds:X509Certificate>", says: "certificate"},
		"DKIM":                          {text: "v=DKIM1; k=rsa; p=" + std(derOf(p.spki)), says: "public key"},
		"openssl -text":                 {text: "Public-Key: (2048 bit)\nModulus:\n    00:" + colons(n) + "\nExponent: 65537 (0x10001)\n", says: "openssl prints"},
		"openssl -modulus":              {text: "Modulus=" + strings.ToUpper(hex.EncodeToString(n)), says: "openssl prints"},
		"openssl -text, private":        {text: "Private-Key: (2048 bit)\nmodulus:\n    00:" + colons(n) + "\npublicExponent: 65537 (0x10001)\nprivateExponent:\n    05:05\n", says: "private key", private: true},
		"certificate request":           {text: block("CERTIFICATE REQUEST", request), says: "certificate request"},
		"chain, the leaf first":         {text: leaf + authority, says: "certificate"},
		"chain, the authority first":    {text: authority + leaf, says: "certificate", misread: true},
		"old certificate, then the key": {text: authority + p.spki, says: "public key"},
		"the key, then an old one":      {text: p.spki + authority, says: "public key"},
		"private and public":            {text: p.pkcs8 + p.spki, says: "private key", private: true},
		"public and private":            {text: p.spki + p.pkcs8, says: "private key", private: true},
		"certificate and private":       {text: leaf + p.pkcs1Private, says: "private key", private: true},
		"public, and private in base64": {text: p.spki + "\n" + std([]byte(p.pkcs8)), says: "private key", private: true},
		"PKCS#1 private":                {text: p.pkcs1Private, says: "private key", private: true},
		"encrypted, with headers":       {text: "-----BEGIN RSA PRIVATE" + " KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", says: "pass phrase", private: true, noPEM: true},
		"curve":                         {text: strings.ReplaceAll(block("PUBLIC KEY", curvePublic), "\n", `\n`), says: "of the kind ec", noPEM: true},
		"cut short":                     {text: p.spki[:200], says: "end is missing", noPEM: true},
		"cut short, with its last line": {text: p.spki[:200] + "\n-----END PUBLIC KEY-----\n", says: "cut short|damaged", noPEM: true},
		"Java key store":                {text: "\xfe\xed\xfe\xed\x00\x00\x00\x02", says: "Java key store", private: true, noPEM: true},
		"empty":                         {text: " \n", says: "empty", noPEM: true},
		"token":                         {text: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl", says: "token", noPEM: true},
		"address":                       {text: "https://shop.example/.well-known/jwks.json", says: "address", noPEM: true},
		"path":                          {text: "/etc/keys/key.pub", says: "path", noPEM: true},
		"fingerprint":                   {text: "SHA256:3q2+7wAbCdEfGhIjKlMnOpQrStUvWxYz0123456789A", says: "fingerprint", noPEM: true},
		"hash":                          {text: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b", says: "hexadecimal", noPEM: true},
		"object":                        {text: "[object Object]", says: "the word", noPEM: true},
		"variable":                      {text: "${PUBLIC_KEY}", says: "variable", noPEM: true},
		"Buffer":                        {text: "<Buffer 2d 2d 2d 2d 2d 42 45 47 49 4e ... 401 more bytes>", says: "Buffer", noPEM: true},
		"PGP":                           {text: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----\n", says: "PGP", noPEM: true},
		"prose":                         {text: "our key is on the server", noPEM: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := Recognise(test.text)
			says := test.says == "" && got.What == ""
			for word := range strings.SplitSeq(test.says, "|") {
				says = says || test.says != "" && strings.Contains(got.What, word)
			}
			taken := !test.misread && verifier.ReadKey(test.text).Kind() == "rsa" && !test.private
			if !says && (!taken || got.What != "") {
				t.Errorf("says %q, want %q", got.What, test.says)
			}
			if got.Private != test.private || got.Misread != test.misread {
				t.Errorf("private %t, misread %t: %+v", got.Private, got.Misread, got)
			}
			if want := p.spki; !test.noPEM && got.PEM != want || test.noPEM && got.PEM != "" {
				t.Errorf("derived %q", got.PEM)
			}
		})
	}
}

func colons(data []byte) string {
	text := hex.EncodeToString(data)
	var out strings.Builder
	for i := 0; i < len(text); i += 2 {
		if i > 0 {
			out.WriteByte(':')
			if i%30 == 0 {
				out.WriteString("\n    ")
			}
		}
		out.WriteString(text[i : i+2])
	}
	return out.String()
}

func TestNotesTellWhatElseIsThere(t *testing.T) {
	p, other := newPair(t), newPair(t)
	for name, test := range map[string]struct{ text, says string }{
		"chain":          {other.certificate(t, "authority", nil, "") + p.certificate(t, "shop", &other, "authority"), "chain: the certificate of the authority (CN=authority) stands before"},
		"strangers":      {p.pkcs8 + other.spki, "belongs to another public key"},
		"two keys":       {p.spki + other.spki, "2 keys that could be the one"},
		"encryption key": {fmt.Sprintf(`{"keys":[{"kty":"RSA","kid":"k","use":"enc","n":%q,"e":"AQAB"},{"kty":"RSA","n":%q,"e":"AQAB"}]}`, base64.RawURLEncoding.EncodeToString(other.key.N.Bytes()), base64.RawURLEncoding.EncodeToString(p.key.N.Bytes())), `"k" in it is for encryption`},
	} {
		if got := Recognise(test.text); !strings.Contains(strings.Join(got.Notes, " "), test.says) {
			t.Errorf("%s: notes %q, want %q", name, got.Notes, test.says)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", `{"keys":[{"kty":"RSA","n":"AQ","e":"AQ"}]}`, "ssh-rsa AAAA", "\xff\xfe-\x00", "MIIB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { Recognise(text) })
}

// TestPrivateKeysBesideAPublicOne holds that what stands in another encoding
// beside a key that can be read is looked at, too.
func TestPrivateKeysBesideAPublicOne(t *testing.T) {
	p := newPair(t)
	number := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB","d":%q}`, number(p.key.N.Bytes()), number(p.key.D.Bytes()))
	for name, text := range map[string]string{
		"JWK":              p.spki + "\n" + jwk + "\n",
		"JWK before it":    "# new one\n{\"keys\": [" + jwk + "]}\n" + p.spki,
		"JWK in a script":  p.spki + "\nkey = " + strings.NewReplacer(`"kty"`, "kty", `"d"`, "d", `"`, "'").Replace(jwk) + "\n",
		"percent encoding": p.spki + url.PathEscape(p.pkcs8),
		"hexadecimal":      "old = " + hex.EncodeToString([]byte(p.pkcs8)) + "\n" + p.spki,
		"hexadecimal DER":  p.spki + hex.EncodeToString(derOf(p.pkcs1Private)),
		"base64 of PEM":    p.spki + base64.StdEncoding.EncodeToString([]byte(p.pkcs8)),
	} {
		if found := Recognise(text); !found.Private {
			t.Errorf("%s: the private key was not seen: %+v", name, found.What)
		}
	}
	if found := Recognise(p.spki + "Bag Attributes\n" + p.pkcs8); strings.Contains(found.What, "hyphens") {
		t.Errorf("a second block with ordinary hyphens: %s", found.What)
	}
	other := newPair(t)
	public := fmt.Sprintf("{not JSON} {\"kty\":\"RSA\",\"n\":%q,\"e\":\"AQAB\"}", number(other.key.N.Bytes()))
	if found := Recognise(p.spki + public); found.Private || len(found.Others) != 1 || found.Others[0] != other.spki {
		t.Errorf("the public key of another pair beside it: %+v", found)
	}
	if found := Recognise(p.spki + "# 100%25 sure\n"); found.Private || found.What != "" {
		t.Errorf("nothing is beside it: %+v", found)
	}
}
