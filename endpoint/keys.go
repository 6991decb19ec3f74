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
	var keys, beside []record.Key
	for i, text := range c.config.PublicKeys {
		key, others := describeKey(text, c.keys[i])
		keys, beside = append(keys, key), append(beside, others...)
	}
	for _, text := range c.config.KnownKeys {
		key, _ := describeKey(text, verifier.ReadKey(text.Text))
		key.Reference, key.ListedAs = true, text.Source
		keys = append(keys, key)
	}
	for _, text := range c.config.OtherKeys {
		key, others := describeKey(text, verifier.ReadKey(text.Text))
		key.Reference = true
		keys, beside = append(keys, key), append(beside, others...)
	}
	return append(keys, beside...)
}

// describeKey notes the key that the integration takes from a text, and the others that
// stand there: they are to compare with.
func describeKey(text KeyText, key *verifier.Key) (facts record.Key, others []record.Key) {
	found := keytext.Recognise(text.Text)
	for _, pem := range found.Others {
		other := factsOf(verifier.ReadKey(pem))
		other.Source, other.Reference = text.Source+", beside the key that is taken from it", true
		others = append(others, other)
	}
	facts = factsOf(key)
	facts.Source = text.Source
	facts.Private, facts.Misread, facts.Notes, facts.Convert = found.Private, found.Misread, found.Notes, found.Command
	if facts.Form == "none" || facts.Misread || facts.Private {
		facts.Looks = cmp.Or(found.What, "other text")
	}
	return facts, others
}

// factsOf are what is known of a key itself.
func factsOf(key *verifier.Key) record.Key {
	facts := record.Key{
		Form: key.Form(), Kind: key.Kind(),
		Bits: key.Bits(), Fingerprint: key.Fingerprint(),
	}
	if n, e := key.Modulus(), key.Exponent(); n != nil && e != nil {
		facts.Modulus, facts.Exponent = n.Text(16), shorten(e.String(), 400)
	}
	if err := key.Usable(); err != nil {
		facts.Unusable = err.Error()
	}
	return facts
}
