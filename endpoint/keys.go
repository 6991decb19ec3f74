package endpoint

import (
	"cmp"

	"github.com/webchatspec/webchatspec/mockassistant/keytext"
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
	found := keytext.Recognise(text.Text)
	facts.Private, facts.Misread, facts.Notes, facts.Convert = found.Private, found.Misread, found.Notes, found.Command
	if facts.Form == "none" || facts.Misread || facts.Private {
		facts.Looks = cmp.Or(found.What, "other text")
	}
	return facts
}
