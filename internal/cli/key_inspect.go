package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/mockassistant/keytext"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

func newKeyInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect [FILE | -]",
		Short: "Check whether the assistant accepts a public key text, and convert it if not",
		Long: `Check how the integration reads a text that is pasted into its public key field, and
how to correct it: private keys, OpenSSH and PuTTY keys, text whose line breaks were
escaped or lost, JWK, DER, and keys of the wrong kind.

The exit code is 0 only for a public key that the integration can use as it is.`,
		Example: `  webchatspec key inspect key.pub
  webchatspec key inspect ~/.ssh/id_rsa.pub
  pbpaste | webchatspec key inspect`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readInput(cmd, args, func(string) bool { return false })
			if err != nil {
				return err
			}
			i := inspection{painter: newPainter(cmd.OutOrStdout()), text: text, key: verifier.ReadKey(text), found: keytext.Recognise(text)}
			good := i.write()
			if i.err != nil {
				return i.err
			}
			if !good {
				return exitWith(ExitFailed)
			}
			return nil
		},
	}
}

// inspection is what 'key inspect' writes about one text.
type inspection struct {
	*painter
	text  string
	key   *verifier.Key // as the integration reads the text
	found keytext.Text  // what the text is
}

// The forms of key texts in words.
var formNames = map[string]string{
	"spki":        "PEM public key (SubjectPublicKeyInfo)",
	"pkcs1":       "PEM RSA public key (PKCS#1)",
	"certificate": "PEM certificate",
	"private":     "PEM private key",
}

// write tells about the key and whether it can be used as it stands.
func (i *inspection) write() bool {
	if i.found.Private {
		i.refusePrivate()
		return false
	}
	if i.key.Kind() == "secret" {
		i.verdict(false, "", "The integration does not take this for a public key: it reads it as a shared secret,")
		i.printf("    and refuses every token with %q.\n", refusalOf(i.text))
		i.convert()
		return false
	}
	if i.found.Misread {
		i.verdict(false, "", "The integration takes a key from this, but not the one that is meant.")
		i.convert()
		return false
	}
	err := i.key.Usable()
	if err == nil {
		i.verdict(true, "", "The integration takes this key.")
	} else {
		i.verdict(false, "", "The integration cannot verify RS256 tokens with this key: "+err.Error()+".")
	}
	i.describe(i.key)
	if err != nil {
		i.printf("\n  Make a pair with 'webchatspec key new', or with 'openssl genrsa -out key.pem 2048'\n  and 'openssl rsa -in key.pem -pubout -out key.pub'.\n")
		return false
	}
	i.remarks(i.key)
	for _, note := range i.found.Notes {
		i.printf("  %s\n", note)
	}
	return true
}

// refusePrivate says loudly what must not happen, and shows the public half.
func (i *inspection) refusePrivate() {
	i.printf("  %s\n", i.paint(red+";"+bold, "✗ THIS IS A PRIVATE KEY. Do not paste it anywhere: whoever has it can be any visitor."))
	i.printf("    If it has been pasted, sent or committed already, make a new pair and replace it.\n")
	if i.key.Form() == "private" {
		i.describe(i.key)
	}
	i.convert()
}

// describe shows what the key is.
func (i *inspection) describe(key *verifier.Key) {
	if form := formNames[key.Form()]; form != "" {
		i.row("form", form, "")
	}
	i.row("kind", key.Kind(), "")
	if key.Bits() > 0 {
		i.row("size", fmt.Sprintf("%d bits", key.Bits()), "")
		i.row("exponent", shortName(key.Exponent().String()), "")
	}
	if fingerprint := key.Fingerprint(); fingerprint != "" {
		i.row("fingerprint", fingerprint, "")
	}
}

// remarks are what the documentation objects to in a key that can be used.
func (i *inspection) remarks(key *verifier.Key) {
	const fix = "make a new pair: webchatspec key new"
	e := key.Exponent()
	if key.Bits() < defaultKeyBits {
		i.objection(true, "MUST", fmt.Sprintf("the modulus has %d bits; RS256 asks for 2048 at least", key.Bits()), fix, "key-size")
	}
	switch {
	case e.Bit(0) == 0 || e.BitLen() < 2:
		i.objection(true, "MUST", "the exponent is "+shortName(e.String())+", with which anybody can sign, or nobody", fix, "key-exponent-odd")
	case e.BitLen() < 17:
		i.objection(false, "SHOULD", "the exponent is "+e.String()+"; 65537 is usual", fix, "key-exponent-large")
	}
}

// refusalOf is the message with which the integration refuses every token when
// a text is no key to it.
func refusalOf(text string) string {
	if text == "" {
		return "secret or public key must be provided"
	}
	return "secretOrPublicKey must be an asymmetric key when using RS256"
}

// convert tells how to get from the text to a key that can be used.
func (i *inspection) convert() {
	if i.found.What == "" {
		i.printf("\n  It is nothing that could be recognised as a key. What belongs there begins with\n  -----BEGIN PUBLIC KEY----- and ends with -----END PUBLIC KEY-----, on lines of their own.\n")
		return
	}
	i.printf("\n  It is %s.\n", i.found.What)
	for _, note := range i.found.Notes {
		i.printf("  %s\n", note)
	}
	if i.found.Command != "" {
		i.printf("  To convert it: %s\n", i.found.Command)
	}
	if i.found.PEM == "" {
		return
	}
	converted := verifier.ReadKey(i.found.PEM)
	if err := converted.Usable(); err != nil {
		i.printf("  Even so the integration could not use it: %v.\n", err)
		return
	}
	if i.key.Form() != "private" {
		i.describe(converted)
		i.remarks(converted)
	}
	i.printf("\n  The public key to paste instead:\n\n%s", i.found.PEM)
}
