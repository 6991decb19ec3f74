package keytext

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"
)

var (
	openSSHLine  = regexp.MustCompile(`(?:ssh|ecdsa|sk)-[a-z0-9@.-]+\s+AAAA[A-Za-z0-9+/=]+`)
	sshPrivate   = regexp.MustCompile(`(?s)-----BEGIN OPENSSH ` + `PRIVATE KEY-----.*?-----END OPENSSH ` + `PRIVATE KEY-----\s*`)
	puttyFile    = regexp.MustCompile(`(?s)PuTTY-User-Key-File-\d.*`)
	puttyPublic  = regexp.MustCompile(`(?m)^Public-Lines: \d+\s*\n((?:[A-Za-z0-9+/=]+\s*\n)+)`)
	ssh2Block    = regexp.MustCompile(`(?s)---- BEGIN SSH2 PUBLIC KEY ----\s*\n(.*?)---- END SSH2 PUBLIC KEY ----`)
	ssh2Header   = regexp.MustCompile(`(?m)^[^:\s]+: (?:.*\\\s*\n)*.*\n`) // RFC 4716 §3.3
	ssh2Private  = regexp.MustCompile(`(?s)---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----.*`)
	sshPublicOut = "ssh-keygen -e -m PKCS8 -f id_rsa.pub"
)

// searchSSH finds keys in the forms of OpenSSH, PuTTY and RFC 4716.
func searchSSH(text, state string) (finds []find, rest string) {
	for _, form := range []struct {
		pattern *regexp.Regexp
		read    func(string) find
	}{
		{sshPrivate, readOpenSSHPrivate}, {puttyFile, readPuTTY}, {ssh2Block, readSSH2},
		{ssh2Private, func(string) find { return find{what: "an encrypted private key of SSH2", private: true} }},
		{openSSHLine, readOpenSSH},
	} {
		text = form.pattern.ReplaceAllStringFunc(text, func(match string) string {
			f := form.read(match)
			f.state = state
			finds = append(finds, f)
			return " "
		})
	}
	return finds, text
}

func readOpenSSH(line string) find {
	return find{what: "an OpenSSH public key", command: sshPublicOut, pem: blobPEM(strings.Fields(line)[1])}
}

// readOpenSSHPrivate reads the public half of an id_rsa file, which is in clear
// even under a pass phrase.
func readOpenSSHPrivate(text string) find {
	f := find{what: "an OpenSSH private key", command: "ssh-keygen -e -m PKCS8 -f id_rsa > key.pub", private: true}
	var locked *ssh.PassphraseMissingError
	if signer, err := ssh.ParsePrivateKey([]byte(text)); err == nil {
		f.pem = sshPEM(signer.PublicKey())
	} else if errors.As(err, &locked) && locked.PublicKey != nil {
		f.pem = sshPEM(locked.PublicKey)
	}
	return f
}

// readPuTTY reads a .ppk file, whose public half is in clear.
func readPuTTY(text string) find {
	f := find{
		what: "a PuTTY private key file (.ppk)", private: true,
		command: "puttygen key.ppk -O private-openssh-new -o key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > key.pub",
	}
	if lines := puttyPublic.FindStringSubmatch(text); lines != nil {
		f.pem = blobPEM(lines[1])
	}
	return f
}

// readSSH2 reads what PuTTYgen's "Save public key" writes.
func readSSH2(text string) find {
	block := ssh2Block.FindStringSubmatch(text)
	return find{
		what:    "an SSH2 public key (RFC 4716), as PuTTYgen saves it",
		command: "ssh-keygen -i -f key.ssh2 > key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > key.pub",
		pem:     blobPEM(ssh2Header.ReplaceAllString(block[1], "")),
	}
}

// sshPEM is the PEM of an RSA key in the wire format of SSH, "" for another.
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
