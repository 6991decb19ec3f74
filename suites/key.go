package suites

import "github.com/webchatspec/webchatspec/record"

// keyChecks is the area "key" of the catalogue.
var keyChecks = []Check{
	{
		ID: "key-format", Area: AreaKey, Level: record.Must,
		Title:    "The public key text is one that the integration reads as an RSA key (PEM PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE)",
		Source:   "vendor: enable; jsonwebtoken 9",
		Faults:   []string{"ssh-pub"},
		YieldsTo: []string{"key-public-only", "key-kind"},
	},
	{
		ID: "key-size", Area: AreaKey, Level: record.Must,
		Title:  "Modulus is at least 2048 bits",
		Source: "RFC 7518 §3.3",
		Faults: []string{"rsa1024"},
	},
	{
		ID: "key-kind", Area: AreaKey, Level: record.Must,
		Title:  "The key is not rsaEncryption in name only: no RSASSA-PSS, EC, Ed25519 key",
		Source: "jsonwebtoken 9 key kinds",
		Faults: []string{"pss-key"},
	},
	{
		ID: "key-exponent-odd", Area: AreaKey, Level: record.Must,
		Title:  "e is odd and above 1",
		Source: "FIPS 186-5 §5.4; RFC 8017",
		Faults: []string{"e1"},
	},
	{
		ID: "key-exponent-large", Area: AreaKey, Level: record.Should,
		Title:    "e is not 3 (nor under 2^16)",
		Source:   "FIPS 186-5 A.1.1",
		Faults:   []string{"e3"},
		YieldsTo: []string{"key-exponent-odd"},
	},
	{
		ID: "key-not-published", Area: AreaKey, Level: record.Must,
		Title:  "The key is not on the offline list of published example and test keys (SHA-256 of the SPKI; among them the vendor toolkit's example key, 8382910c3554e4c7…, jwt.io, RFC 7515 A.2, RFC 7520), nor on a list that the user adds",
		Source: `vendor: toolkit "DO NOT USE"; jwt_tool`,
		Faults: []string{"known-key"},
	},
	{
		ID: "key-not-roca", Area: AreaKey, Level: record.Must,
		Title:  "Not ROCA (modulus fingerprint on the small primes)",
		Source: "CVE-2017-15361; Wycheproof jws_rsa_roca_key",
		Faults: []string{"roca"},
	},
	{
		ID: "key-factors", Area: AreaKey, Level: record.Must,
		Title:  "No factor below 2^20, not a prime or a square, Fermat with 100 steps and p−1 with bound 2^16 find nothing",
		Source: "FIPS 186-5; fermatattack (CVE-2022-26320)",
		Faults: []string{"close-primes"},
	},
	{
		ID: "key-not-shared", Area: AreaKey, Level: record.Must,
		Title:  "gcd with every other modulus given (further keys, known list, earlier runs named) is 1",
		Source: "Heninger 2012",
		Faults: []string{"shared-prime"},
	},
	{
		ID: "key-public-only", Area: AreaKey, Level: record.Must,
		Title:  "The public key offered is not a private key (jsonwebtoken accepts a private PEM as public!)",
		Source: `vendor: enable "Never pass them"`,
		Faults: []string{"private-as-public"},
	},
	{
		ID: "key-consistent", Area: AreaKey, Level: record.Should,
		Title:  "All tokens of a run verify under one of the keys given, and keys do not alternate without need",
		Source: "RFC 8725 §3.5",
		Faults: []string{"two-nodes-two-keys"},
	},
	{
		ID: "signature-strict", Area: AreaKey, Level: record.Must,
		Title:  "A signature that fails under the published key fails for no nameable reason of scheme: PSS, another hash, a missing NULL, a lost leading zero (the finding names the scheme found by recovering the block)",
		Source: "RFC 8017 §8.2.2; Wycheproof ModifiedPadding",
		Faults: []string{"sha512-sig"},
	},
	{
		ID: "signature-every", Area: AreaKey, Level: record.Must,
		Title:    "No faulty CRT signatures: 200 signatures all verify (one fault gives the factor)",
		Source:   "Boneh-DeMillo-Lipton",
		Faults:   []string{"crt-glitch"},
		YieldsTo: []string{"signature-strict", "key-consistent"},
	},
}
