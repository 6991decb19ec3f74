package suites

import "github.com/webchatspec/webchatspec/record"

// payloadChecks is the area "payload" of the catalogue.
var payloadChecks = []Check{
	{
		ID: "payload-encrypted", Area: AreaPayload, Level: record.Must,
		Title:  "user_payload, if present, is a string: base64 of RSA-OAEP blocks of IBM's key length, not a clear object",
		Source: "vendor: encrypt",
		Faults: []string{"payload-clear"},
	},
	{
		ID: "payload-decrypts", Area: AreaPayload, Level: record.Must,
		Title:    "With a test IBM key pair: it decrypts by RSA-OAEP SHA-1, MGF1 SHA-1, block by block",
		Source:   "vendor: encrypt (node-rsa defaults)",
		Faults:   []string{"payload-pkcs1v15"},
		YieldsTo: []string{"payload-encrypted"},
	},
	{
		ID: "payload-json", Area: AreaPayload, Level: record.Must,
		Title:    "The clear text is valid JSON",
		Source:   "vendor: encrypt",
		Faults:   []string{"payload-notjson"},
		YieldsTo: []string{"payload-decrypts"},
	},
	{
		ID: "payload-randomised", Area: AreaPayload, Level: record.Must,
		Title:  "Encryption is randomised: the same user twice gives different text",
		Source: "RFC 8017 §7.1",
		Faults: []string{"payload-reused"},
	},
}
