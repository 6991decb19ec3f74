package endpoint

import (
	"crypto/rsa"
	"slices"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// examinerOf returns the examiner of tokens for the keys and users of a configuration.
func (c *Client) examinerOf(config Config, payloadKey *rsa.PrivateKey) verifier.Examiner {
	facts := verifier.Examiner{Keys: c.keys, PayloadKey: payloadKey, UsersIn: c.usersIn}
	for _, key := range config.PublicKeys {
		facts.KeyTexts = append(facts.KeyTexts, key.Text)
	}
	if n := verifier.ReadKey(config.PayloadPublicKey).Modulus(); n != nil {
		facts.PayloadBlock = (n.BitLen() + 7) / 8
	}
	return facts
}

// usersIn returns the configured users that text points to.
func (c *Client) usersIn(text string) []string {
	var names []string
	for i := range c.config.Users {
		user := &c.config.Users[i]
		if slices.ContainsFunc(c.distinct(user), func(id string) bool { return mentions(text, id) }) {
			names = append(names, user.Name)
		}
	}
	return names
}

// distinct are the identifiers of a user that point to nobody else. One that also stands
// in those of another user is a word of the login form or a common name.
func (c *Client) distinct(user *User) []string {
	return slices.DeleteFunc(user.identifiers(), func(id string) bool {
		for i := range c.config.Users {
			other := &c.config.Users[i]
			if other != user && slices.ContainsFunc(other.identifiers(), func(theirs string) bool { return mentions(theirs, id) }) {
				return true
			}
		}
		return false
	})
}

// identifiers are the texts that point to a user: those of the configuration
// and the names in the login request.
func (u *User) identifiers() []string {
	ids := slices.Clone(u.Identifiers)
	for i := range u.Login {
		for name, value := range u.Login[i].fill(u.Values).fields() {
			if whoFields.MatchString(name) && !valuePlace.MatchString(value) {
				ids = append(ids, value)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return len(id) < 3 })
	slices.Sort(ids)
	return slices.Compact(ids)
}
