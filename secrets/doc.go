// Package secrets knows what nobody else may read: private keys, the private
// members of a JWK, tokens, members and fields with the names of secrets, and
// the values that a configuration gave in confidence. It finds them in texts of
// any kind and takes them out. Every room that gathers, shows or writes asks
// here, so that what is a secret for one is a secret for all.
//
// By its form:
//
//	masked, kinds := secrets.Mask(text)
//
// cuts the signature off every token in the text and replaces keys, passwords in
// addresses and well-known kinds of API keys. [Find] tells where private keys
// stand, [Tokens] which tokens there are, [IsName] which names are those of
// secrets.
//
// By its value: a [Known] holds the secrets that were told to us, and finds each
// of them as it is and in the encodings in which sites and clients repeat it.
//
// What stands in the place of a secret is «its name» and never a piece of it;
// [Fingerprint] is what may be kept to compare.
package secrets
