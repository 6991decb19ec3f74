package suites

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// everyKey makes a judge that looks at each public key to verify with.
func everyKey(look func(record.Key) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement { return collect(e.verifyingKeys(), look).judge() }
}

// verifyingKeys are the keys to verify with, without those for comparison.
func (e *evidence) verifyingKeys() []record.Key {
	return slices.DeleteFunc(slices.Clone(e.Run.Evidence.Keys), func(k record.Key) bool { return k.Reference })
}

// minModulusBits is the minimum for RS256 (RFC 7518 §3.3).
const minModulusBits = 2048

// minExponent is the smallest odd exponent above 2^16 (FIPS 186-5 A.1.1).
const minExponent = 1<<16 + 1

// isRSA says whether the key has a modulus and an exponent.
func isRSA(k record.Key) bool { return strings.HasPrefix(k.Kind, "rsa") && k.Modulus != "" }

func modulus(k record.Key) *big.Int {
	n, ok := new(big.Int).SetString(k.Modulus, 16)
	if !ok {
		return new(big.Int)
	}
	return n
}

func exponent(k record.Key) *big.Int {
	e, ok := new(big.Int).SetString(k.Exponent, 10)
	if !ok {
		return new(big.Int)
	}
	return e
}

var _ = add(Check{
	ID: "key-format", Area: AreaKey, Level: record.Must,
	Title:    "The public key is a PEM text that the assistant reads: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE",
	Why:      "Pasted into the Security tab, this text is not a key to the integration: every token is refused.",
	Fix:      `Convert it to PEM: openssl rsa -in key.pem -pubout; "webchatspec key inspect FILE" shows how for each format.`,
	Source:   "vendor: enable; jsonwebtoken 9",
	Faults:   []string{"ssh-pub", "pem-in-one-line", "jwk-as-public"},
	YieldsTo: []string{"key-public-only", "key-kind"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyFormat),
})

func keyFormat(k record.Key) *record.Finding {
	if k.Form != "none" && !k.Misread {
		return nil
	}
	looks := cmp.Or(k.Looks, "a text that is not a PEM key")
	finding := found("", "a PEM text: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE", "%s (%s)%s",
		looks, k.Source, strings.Join(append([]string{""}, k.Notes...), " "))
	if k.Convert != "" {
		finding.Hint = "Convert it: " + k.Convert
	}
	return finding
}

var _ = add(Check{
	ID: "key-size", Area: AreaKey, Level: record.Must,
	Title:    "The modulus has at least 2048 bits",
	Why:      "Shorter RSA keys can be factored; RS256 requires 2048 bits.",
	Fix:      "Generate a new key pair: openssl genrsa -out key.pem 2048.",
	Source:   "RFC 7518 §3.3",
	Faults:   []string{"rsa1024"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keySize),
})

func keySize(k record.Key) *record.Finding {
	switch {
	case !isRSA(k):
		return beside
	case k.Bits >= minModulusBits:
		return nil
	}
	return found("", fmt.Sprintf("a modulus of at least %d bits", minModulusBits), "%d bits", k.Bits)
}

var _ = add(Check{
	ID: "key-kind", Area: AreaKey, Level: record.Must,
	Title:    "The key is an ordinary RSA key, not one for RSASSA-PSS alone and not one of elliptic curves",
	Why:      "The integration refuses keys of another kind with RS256.",
	Fix:      "Generate an RSA key pair (openssl genrsa -out key.pem 2048), not RSA-PSS, EC or Ed25519.",
	Source:   "jsonwebtoken 9 key kinds",
	Faults:   []string{"pss-key"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyKind),
})

func keyKind(k record.Key) *record.Finding {
	switch {
	case k.Form == "none":
		return beside
	case k.Kind == "rsa":
		return nil
	}
	return found("", "an RSA key (rsaEncryption)", "a key of the kind %s", k.Kind)
}

var _ = add(Check{
	ID: "key-exponent-odd", Area: AreaKey, Level: record.Must,
	Title:    "The public exponent is odd and greater than 1",
	Why:      "With such an exponent signatures can be forged, or none verify.",
	Fix:      "Generate a new key pair with the usual exponent 65537.",
	Source:   "FIPS 186-5 §5.4; RFC 8017",
	Faults:   []string{"e1"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyExponentOdd),
})

func keyExponentOdd(k record.Key) *record.Finding {
	if !isRSA(k) {
		return beside
	}
	if e := exponent(k); e.Bit(0) == 0 || e.Cmp(big.NewInt(1)) <= 0 {
		return found("", "an odd public exponent above 1", "e = %s", shortNumber(e))
	}
	return nil
}

var _ = add(Check{
	ID: "key-exponent-large", Area: AreaKey, Level: record.Should,
	Title:    "The public exponent is greater than 2^16",
	Why:      "Small exponents have repeatedly made forgeries possible in careless verifiers.",
	Fix:      "Generate a new key pair with the usual exponent 65537.",
	Source:   "FIPS 186-5 A.1.1",
	Faults:   []string{"e3"},
	YieldsTo: []string{"key-exponent-odd"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyExponentLarge),
})

func keyExponentLarge(k record.Key) *record.Finding {
	if !isRSA(k) {
		return beside
	}
	if e := exponent(k); e.Cmp(big.NewInt(minExponent)) < 0 {
		return found("", "a public exponent above 2^16", "e = %s", shortNumber(e))
	}
	return nil
}

func shortNumber(n *big.Int) string {
	if text := n.String(); len(text) < 24 {
		return text
	}
	return fmt.Sprintf("a number of %d bits", n.BitLen())
}

var _ = add(Check{
	ID: "key-not-published", Area: AreaKey, Level: record.Must,
	Title:    "The key is neither a published example or test key nor on the list that you added",
	Why:      "The private key is on the web: anyone can sign as the site.",
	Fix:      "Generate your own key pair, and keep the private key on the server only.",
	Source:   `vendor: toolkit "DO NOT USE"; jwt_tool`,
	Faults:   []string{"known-key", "known-key-other-exponent", "toolkit-key"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: keyNotPublished,
})

func keyNotPublished(e *evidence) judgement {
	return collect(e.verifyingKeys(), func(k record.Key) *record.Finding {
		if !isRSA(k) {
			return nil
		}
		name := publishedKey(modulus(k))
		for _, listed := range e.Run.Evidence.Keys {
			if listed.ListedAs != "" && listed.Modulus != "" && listed.Modulus == k.Modulus {
				name = listed.ListedAs
			}
		}
		if name == "" {
			return nil
		}
		return found("", "a key of the site's own", "the published key %q", name)
	}).judge()
}

var _ = add(Check{
	ID: "key-not-roca", Area: AreaKey, Level: record.Must,
	Title:    "The modulus does not have the form of the faulty generator known as ROCA",
	Why:      "Keys of this form, made by a faulty chip library, can be factored.",
	Fix:      "Generate a new key pair with OpenSSL.",
	Source:   "CVE-2017-15361; Wycheproof jws_rsa_roca_key",
	Faults:   []string{"roca"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyNotROCA),
})

func keyNotROCA(k record.Key) *record.Finding {
	switch {
	case !isRSA(k):
		return beside
	case !hasROCAFingerprint(modulus(k)):
		return nil
	}
	return found("", "a modulus without the fingerprint of the faulty generator", "its remainders by all small primes are powers of 65537")
}

var _ = add(Check{
	ID: "key-factors", Area: AreaKey, Level: record.Must,
	Title:    "Quick methods do not factor the modulus: trial division to 2^20, 100 steps of Fermat's method, and p−1 with the bound 2^16",
	Why:      "A modulus with small, close or smooth factors can be factored on a laptop: then anyone can sign.",
	Fix:      "Generate a new key pair with OpenSSL on a machine with a good random source.",
	Source:   "FIPS 186-5; fermatattack (CVE-2022-26320)",
	Faults:   []string{"close-primes"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyFactors),
})

func keyFactors(k record.Key) *record.Finding {
	if !isRSA(k) {
		return beside
	}
	if weakness := knownWeakness(modulus(k)); weakness != "" {
		return found("", "a modulus that quick methods cannot factor", "%s", weakness)
	}
	return nil
}

var _ = add(Check{
	ID: "key-public-only", Area: AreaKey, Level: record.Must,
	Title:    "The configured public key is not a private key",
	Why:      "Whoever can read the settings can sign as the site; and the integration accepts it without a warning.",
	Fix:      "Paste the public key only (openssl rsa -in key.pem -pubout), and replace this pair: its private key has been handed out.",
	Source:   `vendor: enable "Never pass them"`,
	Faults:   []string{"private-as-public", "private-behind-public", "private-in-json"},
	Needs:    []string{record.ProbeVisitors},
	NeedsKey: true, judge: everyKey(keyPublicOnly),
})

func keyPublicOnly(k record.Key) *record.Finding {
	if k.Form != "private" && !k.Private {
		return nil
	}
	return found("", "a public key", "%s (%s)", cmp.Or(k.Looks, "a private key"), k.Source)
}

var _ = add(Check{
	ID: "key-not-shared", Area: AreaKey, Level: record.Must,
	Title:    "The modulus shares no factor with any other key that the run knows",
	Why:      "Two moduli that share a factor reveal both private keys.",
	Fix:      "Generate new key pairs on machines with a good random source.",
	Source:   "Heninger 2012",
	Faults:   []string{"shared-prime", "shared-with-older-key", "same-modulus"},
	YieldsTo: []string{"key-not-published"},
	Needs:    []string{record.ProbeVisitors},
	Uses:     []string{record.ProbeJWKS},
	NeedsKey: true, judge: keyNotShared,
})

func keyNotShared(e *evidence) judgement {
	pairs := saw(0, "pair of keys")
	keys := slices.Concat(e.Run.Evidence.Keys, e.servedKeys())
	for i, k := range keys {
		for _, other := range keys[i+1:] {
			if k.Reference && other.Reference || !isRSA(k) || !isRSA(other) {
				continue
			}
			pairs = pairs.and(sharing(k, modulus(other), "the key from "+other.Source, k.Exponent == other.Exponent))
		}
		if !k.Reference && isRSA(k) {
			pairs = pairs.and(sharingWithPublished(k))
		}
	}
	return pairs.judgeOr(notApplicable("there is no other key to compare with"))
}

// sharingWithPublished compares a key with each published one, all at once where none has a
// factor in common with it.
func sharingWithPublished(k record.Key) look {
	if n := modulus(k); n.Sign() > 0 && !sharesWithPublished(n) {
		return saw(len(publishedKeys()), "pair of keys")
	}
	pairs := look{}
	for _, known := range publishedKeys() {
		pairs = pairs.and(sharing(k, known.modulus, fmt.Sprintf("the published key %q", known.name), true))
	}
	return pairs
}

// servedKeys are the different RSA keys of the site's key sets.
func (e *evidence) servedKeys() (keys []record.Key) {
	for _, x := range e.answers(record.ProbeJWKS) {
		for _, k := range x.JWKS {
			if k.Kind != "RSA" || k.Exponent == "" { // older run files have no exponent
				continue
			}
			served := record.Key{Kind: "rsa", Modulus: k.Modulus, Exponent: k.Exponent, Source: "the key set at " + x.About}
			if !slices.ContainsFunc(keys, func(other record.Key) bool {
				return other.Modulus == served.Modulus && other.Exponent == served.Exponent
			}) {
				keys = append(keys, served)
			}
		}
	}
	return keys
}

// sharing compares a key with another modulus. Equal moduli are the same key, given twice or
// published, unless the exponents differ: then the owner of each pair can compute the other
// private key.
func sharing(k record.Key, other *big.Int, whose string, sameExponent bool) look {
	n := modulus(k)
	switch {
	case n.Sign() == 0 || other.Sign() == 0:
		return look{}
	case n.Cmp(other) == 0 && sameExponent:
		return look{}
	case n.Cmp(other) == 0:
		return saw(1, "pair of keys", *found("", "a modulus of its own", "the same modulus as %s, with another exponent", whose))
	case new(big.Int).GCD(nil, nil, n, other).Cmp(big.NewInt(1)) > 0:
		return saw(1, "pair of keys", *found("", "no factor in common with another key", "a common factor with %s", whose))
	}
	return saw(1, "pair of keys")
}

var _ = add(Check{
	ID: "key-consistent", Area: AreaKey, Level: record.Should,
	Title:       "All servers sign with the same key, or each names its own by the kid that a published key set has for it",
	Why:         "Where servers sign with different keys, messages are refused as soon as one of the keys is withdrawn.",
	Fix:         "Give all servers the same key, and replace it on all of them at the same time.",
	Source:      "RFC 8725 §3.5",
	Faults:      []string{"two-nodes-two-keys", "key-by-visitor", "key-of-returning"},
	Needs:       []string{record.ProbeVisitors},
	Uses:        []string{record.ProbeJWKS},
	NeedsKey:    true,
	NeedsTokens: true,
	judge:       keyConsistent,
})

// keyConsistent allows a change of keys, as in a rotation, but no change back.
func keyConsistent(e *evidence) judgement {
	tokens := e.tokensWhere(func(t Token) bool { return t.Signature.Key != 0 })
	slices.SortStableFunc(tokens, func(a, b Token) int { return a.IssuedAt().Compare(b.IssuedAt()) })
	changes, used := 0, map[int]bool{}
	for i, t := range tokens {
		used[t.Signature.Key] = true
		if i > 0 && t.Signature.Key != tokens[i-1].Signature.Key {
			changes++
		}
	}
	if changes <= len(used) || e.publishedByID(tokens) {
		return saw(len(tokens), "token signed with a given key").judge()
	}
	return fail(*found(tokens[len(tokens)-1].Exchange, "one key at a time", "%d keys in turn: the key changed %d times in %d tokens", len(used), changes, len(tokens)))
}

// publishedByID says whether each token names its key by an id that a key set of the site has
// for this key and no other: whoever verifies the tokens then finds the right one.
func (e *evidence) publishedByID(tokens []Token) bool {
	keys := map[string]int{}
	for _, x := range e.answers(record.ProbeJWKS) {
		for _, served := range x.JWKS {
			if key, known := keys[served.KeyID]; known && key != served.Key {
				return false
			}
			keys[served.KeyID] = served.Key
		}
	}
	return !slices.ContainsFunc(tokens, func(t Token) bool {
		var id string
		return json.Unmarshal(t.HeaderMembers["kid"], &id) != nil || id == "" || keys[id] != t.Signature.Key
	})
}

var _ = addRules(AreaKey, nil)

var _ = add(Check{
	ID: "signature-every", Area: AreaKey, Level: record.Must,
	Title:       "Every signature of the run verifies: a single wrong RSA signature can reveal the private key",
	Why:         "An occasional wrong signature loses messages; and a single RSA signature with a calculation fault reveals the private key.",
	Fix:         "Replace the signing hardware or library, and the key pair.",
	Source:      "Boneh-DeMillo-Lipton",
	Faults:      []string{"crt-glitch"},
	YieldsTo:    []string{"signature-strict", "key-consistent"},
	Needs:       []string{record.ProbeVisitors, record.ProbeParallel},
	NeedsKey:    true,
	NeedsTokens: true,
	judge:       signatureEvery,
})

// signatureEvery is about single wrong signatures among valid ones. When none is valid, the
// key is another one, which token-accepted reports.
func signatureEvery(e *evidence) judgement {
	right, wrong := 0, []Token{}
	for _, t := range e.Tokens() {
		switch {
		case t.Alg() != "RS256" || !t.Verdict.Judged || t.Signature.Bytes == 0:
		case t.Signature.Scheme == "rs256":
			right++
		case t.Signature.Scheme == "":
			wrong = append(wrong, t)
		}
	}
	if right == 0 || len(wrong) == 0 {
		return saw(right, "signature that verifies").judge()
	}
	finding := found(wrong[0].Exchange, "every signature verifies", "%d of %d do not", len(wrong), right+len(wrong))
	if isOtherKey(len(wrong), right+len(wrong)) {
		finding.Actual += ": another key signs these tokens"
		finding.Hint = otherInstance(len(wrong), right+len(wrong))
	}
	return fail(*finding)
}

// isOtherKey decides by the share of wrong signatures whether another key has made them: a
// calculation fault is rare, and another instance's key signs a whole share.
func isOtherKey[N int | int64](wrong, all N) bool {
	const seldom = 10
	return wrong*seldom >= all
}

// otherInstance is the fix when another key signs a share of the tokens.
func otherInstance[N int | int64](wrong, all N) string {
	return fmt.Sprintf("Another key signs one token in %d, as where an instance still has an old key: give all instances the same key, or, while keys are rotated, give the other one as a second --public-key.", max(2, (all+wrong/2)/wrong))
}
