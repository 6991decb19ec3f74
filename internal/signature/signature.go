// Package signature makes and verifies detached signatures of files, in the
// format of OpenSSH: what is signed here, 'ssh-keygen -Y verify' verifies, and the
// other way round. Keys are those that people have: an SSH key pair, or one in PEM
// (Ed25519, RSA, ECDSA).
package signature

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Namespace keeps a signature from being taken for one of another purpose.
const Namespace = "webchatspec-bundle"

const (
	magic   = "SSHSIG"
	label   = "SSH SIGNATURE"
	hashing = "sha512"
)

// ErrEncrypted is returned for a private key that wants a passphrase.
var ErrEncrypted = errors.New("the key is encrypted with a passphrase: decrypt a copy of it with 'ssh-keygen -p'")

// ErrNoKey is returned where no public key can be read.
var ErrNoKey = errors.New("no public key: give the line of a .pub file, or a PUBLIC KEY in PEM")

// envelope is a signature as OpenSSH writes it, after the magic word.
type envelope struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what is really signed, after the magic word.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Digest    []byte
}

func digestOf(message []byte) []byte {
	digest := sha512.Sum512(message)
	return append([]byte(magic), ssh.Marshal(signed{Namespace: Namespace, Hash: hashing, Digest: digest[:]})...)
}

// Sign returns the detached signature of message by the private key in keyText.
func Sign(message, keyText []byte) ([]byte, error) {
	signer, err := ssh.ParsePrivateKey(keyText)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, ErrEncrypted
	case err != nil:
		return nil, errors.New("no private key that can sign: give an SSH key or one in PEM, such as that of 'ssh-keygen -t ed25519'")
	}
	made, err := sign(signer, digestOf(message))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	blob := ssh.Marshal(envelope{
		Version: 1, PublicKey: signer.PublicKey().Marshal(), Namespace: Namespace, Hash: hashing, Signature: ssh.Marshal(made),
	})
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: append([]byte(magic), blob...)}), nil
}

// sign signs with SHA-512 where the kind of key leaves a choice, as the format asks.
func sign(signer ssh.Signer, data []byte) (*ssh.Signature, error) {
	if choosing, ok := signer.(ssh.AlgorithmSigner); ok && signer.PublicKey().Type() == ssh.KeyAlgoRSA {
		return choosing.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
	}
	return signer.Sign(rand.Reader, data)
}

// Verify says by which of the public keys in keyTexts message was signed: its
// fingerprint, as ssh-keygen prints it. It is an error when it was by none.
func Verify(message, signature []byte, keyTexts ...[]byte) (fingerprint string, err error) {
	var trusted []ssh.PublicKey
	for _, text := range keyTexts {
		keys, err := publicKeys(text)
		if err != nil {
			return "", err
		}
		trusted = append(trusted, keys...)
	}
	block, _ := pem.Decode(signature)
	if block == nil || block.Type != label || !bytes.HasPrefix(block.Bytes, []byte(magic)) {
		return "", errors.New("the signature is not in the format of OpenSSH")
	}
	var from envelope
	if err := ssh.Unmarshal(block.Bytes[len(magic):], &from); err != nil {
		return "", errors.New("the signature is damaged")
	}
	if from.Version != 1 || from.Namespace != Namespace || from.Hash != hashing {
		return "", fmt.Errorf("the signature is for another purpose (%q, %s)", from.Namespace, from.Hash)
	}
	var made ssh.Signature
	if err := ssh.Unmarshal(from.Signature, &made); err != nil {
		return "", errors.New("the signature is damaged")
	}
	for _, key := range trusted {
		if !bytes.Equal(key.Marshal(), from.PublicKey) {
			continue
		}
		if made.Format == ssh.KeyAlgoRSA || key.Verify(digestOf(message), &made) != nil { // ssh-rsa is SHA-1
			return "", errors.New("the signature does not fit the file: one of the two was changed")
		}
		return ssh.FingerprintSHA256(key), nil
	}
	return "", fmt.Errorf("signed by a key that was not given: %s", fingerprintOf(from.PublicKey))
}

func fingerprintOf(blob []byte) string {
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return "one that cannot be read"
	}
	return ssh.FingerprintSHA256(key)
}

// publicKeys reads public keys: lines as in authorized_keys, with or without a
// list of names before them as in allowed_signers, or one key in PEM.
func publicKeys(text []byte) ([]ssh.PublicKey, error) {
	if block, _ := pem.Decode(text); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, ErrNoKey
		}
		key, err := ssh.NewPublicKey(parsed)
		if err != nil {
			return nil, ErrNoKey
		}
		return []ssh.PublicKey{key}, nil
	}
	var keys []ssh.PublicKey
	for line := range strings.Lines(string(text)) {
		for word := range strings.FieldsSeq(line) {
			if blob, err := base64.StdEncoding.DecodeString(word); err == nil {
				if key, err := ssh.ParsePublicKey(blob); err == nil {
					keys = append(keys, key)
				}
			}
		}
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}
