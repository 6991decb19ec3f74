package endpoint

import (
	"cmp"

	"github.com/webchatspec/webchatspec/mockassistant/keytext"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// describeKeys describes every key of the configuration. Those to verify with come first,
// in their order, because the facts of tokens refer to them by their numbers.
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

// describeKey describes the key that the integration reads from a text, and the others in
// the same text, which are only there to be compared with.
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

// factsOf describes a key, wherever it came from.
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
