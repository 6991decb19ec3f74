package endpoint

import (
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// describeKeys notes every key of the configuration: first those to verify
// with, in their order, so that their numbers are those in the tokens' facts.
func (c *Client) describeKeys() []record.Key {
	var keys []record.Key
	for i, text := range c.config.PublicKeys {
		keys = append(keys, describeKey(text, c.keys[i]))
	}
	for _, text := range c.config.KnownKeys {
		key := describeKey(text, verifier.ReadKey(text.Text))
		key.Reference, key.ListedAs = true, text.Source
		keys = append(keys, key)
	}
	for _, text := range c.config.OtherKeys {
		key := describeKey(text, verifier.ReadKey(text.Text))
		key.Reference = true
		keys = append(keys, key)
	}
	return keys
}

func describeKey(text KeyText, key *verifier.Key) record.Key {
	facts := record.Key{
		Source: text.Source, Form: key.Form(), Kind: key.Kind(),
		Bits: key.Bits(), Fingerprint: key.Fingerprint(),
	}
	if n, e := key.Modulus(), key.Exponent(); n != nil && e != nil {
		facts.Modulus, facts.Exponent = n.Text(16), shorten(e.String(), 400)
	}
	if err := key.Usable(); err != nil {
		facts.Unusable = err.Error()
	}
	if facts.Form == "none" {
		facts.Looks = looksLike(text.Text)
	}
	return facts
}

// looksLike names what a text is that holds no key in a form that the
// integration reads.
func looksLike(text string) string {
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case trimmed == "":
		return "empty text"
	case strings.HasPrefix(trimmed, "ssh-"), strings.HasPrefix(trimmed, "ecdsa-sha2-"):
		return "OpenSSH public key"
	case strings.HasPrefix(trimmed, "---- BEGIN SSH2"):
		return "SSH2 public key (RFC 4716)"
	case strings.HasPrefix(trimmed, "PuTTY-User-Key-File"):
		return "PuTTY key file, which holds a private key"
	case strings.HasPrefix(trimmed, "{"):
		return "JSON, such as a JWK"
	case strings.Contains(trimmed, "-----BEGIN OPENSSH PRIVATE KEY"):
		return "OpenSSH private key"
	case strings.Contains(trimmed, "-----BEGIN PGP"):
		return "PGP key"
	case strings.Contains(trimmed, "-----BEGIN"):
		return "PEM of another kind, or damaged"
	case strings.HasPrefix(trimmed, "MII"):
		return "base64 without the PEM lines round it"
	case strings.HasPrefix(trimmed, "0\x82"), strings.HasPrefix(trimmed, "0\x81"):
		return "DER"
	case strings.HasPrefix(trimmed, "http://"), strings.HasPrefix(trimmed, "https://"):
		return "the address of a key"
	}
	return "other text"
}
