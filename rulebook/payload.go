package rulebook

import (
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Rule{
	ID: "payload-encrypted", Area: AreaPayload, Level: record.Must,
	Title:  "user_payload, where present, is base64 text of whole blocks encrypted for the assistant, with nothing in the clear",
	Why:    "Everybody who sees the token can read a payload that is not encrypted, and the assistant cannot decrypt it.",
	Fix:    "Encrypt the JSON text with the public key that the vendor provides (RSA-OAEP, block by block) and put the base64 text into user_payload.",
	Source: "vendor: encrypt",
	Faults: []string{"payload-clear", "payload-base64", "payload-twice", "payload-signed", "payload-jws", "payload-signed-blocks", "payload-anonymous"},
	look:   payloadEncrypted,
})

func payloadEncrypted(t Token) *record.Finding {
	p := t.UserPayload
	if p == nil {
		return nil
	}
	const expected = "user_payload is a string: base64 of whole RSA blocks"
	finding := func(hint, actual string, args ...any) *record.Finding {
		f := breaks(expected, actual, args...)
		f.Hint = hint
		return f
	}
	switch {
	case p.Kind == "null":
		return nil // claims-not-null's matter
	case p.Kind != "string":
		return finding("", "a JSON %s in the clear", p.Kind)
	case strings.Contains(p.Looks, "twice"):
		return finding("Encode the encrypted bytes in base64 once: node-rsa's encrypt(data, \"base64\") has done it already.", "%s", p.Looks)
	case strings.Contains(p.Looks, "base64url"), strings.Contains(p.Looks, "in lines"):
		return finding("Encode in the standard alphabet of base64, with padding and without line breaks.", "%s", p.Looks)
	case strings.Contains(p.Looks, "private key"):
		return finding("Encrypt with the public key that the vendor provides (publicEncrypt), not with the site's private key.", "%s", p.Looks)
	case p.Looks != "":
		return finding("", "%s", p.Looks)
	case p.Blocks == 0:
		return finding("Encrypt by RSA with the public key that the vendor provides, block by block, and send every byte of the result; another cipher or a cut text does not come out in whole blocks.", "%d bytes, which is not a whole number of blocks of the vendor's key", p.Bytes)
	}
	return nil
}

var _ = add(Rule{
	ID: "payload-decrypts", Area: AreaPayload, Level: record.Must,
	Title:    "user_payload decrypts by RSA-OAEP with SHA-1 and MGF1 with SHA-1, block by block",
	Why:      "The assistant does not see what it cannot decrypt: the private variables are missing.",
	Fix:      "Encrypt by RSA-OAEP with SHA-1 and MGF1-SHA-1, the defaults of node-rsa; many libraries take SHA-256 unless told otherwise.",
	Source:   "vendor: encrypt (node-rsa defaults)",
	Faults:   []string{"payload-pkcs1v15", "payload-textbook", "payload-other-key"},
	YieldsTo: []string{"payload-encrypted"},
	look:     payloadDecrypts,
})

func payloadDecrypts(t Token) *record.Finding {
	p := t.UserPayload
	if p == nil {
		return nil
	}
	if p.Decrypted == "ok" || p.Decrypted == "" {
		return nil
	}
	finding := breaks("user_payload decrypts by RSA-OAEP with SHA-1, block by block", "it does not: %s", p.Decrypted)
	switch {
	case strings.Contains(p.Decrypted, "another public key"):
		finding.Hint = "Encrypt with the public key that belongs to payload.privateKey; on the live site with the one that the assistant shows."
	case strings.Contains(p.Decrypted, "PKCS#1 v1.5"), strings.Contains(p.Decrypted, "padding"):
		finding.Hint = "Set the padding to OAEP: RSA_PKCS1_OAEP_PADDING with oaepHash sha1 in Node, OAEP(MGF1(SHA1), SHA1) elsewhere."
	case strings.Contains(p.Decrypted, "SHA-256"), strings.Contains(p.Decrypted, "another hash"):
		finding.Hint = "Set both hashes of OAEP to SHA-1; many libraries take SHA-256 unless told otherwise."
	}
	return finding
}

var _ = add(Rule{
	ID: "payload-json", Area: AreaPayload, Level: record.Must,
	Title:    "The clear text of user_payload is JSON, once, and not null",
	Why:      "The clear text becomes context variables: without JSON there are none.",
	Fix:      "Encrypt JSON.stringify(data), not another notation.",
	Source:   "vendor: encrypt",
	Faults:   []string{"payload-notjson", "payload-cut-json", "payload-stringified"},
	YieldsTo: []string{"payload-decrypts"},
	look:     payloadJSON,
})

func payloadJSON(t Token) *record.Finding {
	p := t.UserPayload
	if p == nil {
		return nil
	}
	const expected = "the clear text of user_payload is JSON that says something"
	switch {
	case p.NotJSON:
		return breaks(expected, "it is not JSON")
	case p.NotUTF8:
		finding := breaks(expected, "it is not in UTF-8")
		finding.Hint = "Encrypt the JSON in UTF-8: letters in another encoding, such as ISO 8859-1, become question marks."
		return finding
	case p.ClearKind == record.ClearJSONInString:
		finding := breaks(expected, "it is a JSON string that holds JSON")
		finding.Hint = "Turn the data into JSON once: encrypt JSON.stringify(data), and not that of a text that is JSON already."
		return finding
	case p.ClearKind == record.ClearEncrypted:
		finding := breaks(expected, "it is encrypted still")
		finding.Hint = "Encrypt once: what the assistant decrypts must be the JSON."
		return finding
	case p.ClearKind == "null":
		return breaks(expected, "it is null, encrypted: the look-up found nothing")
	}
	return nil
}

var _ = add(Rule{
	ID: "payload-members", Area: AreaPayload, Level: record.Should, Profile: profiles.WatsonxOrchestrate.ID,
	Title:    "user_payload has no member other than {payloadMembers}",
	Why:      "The assistant reads no other member: anything else is ignored.",
	Fix:      "Send {payloadMembers} in user_payload, and what the conversation needs in the claim context.",
	Source:   "vendor: secure embed",
	Faults:   []string{"payload-profile", "payload-extra-member", "payload-other-name"},
	YieldsTo: []string{"payload-json"},
	look:     payloadMembers,
})

func payloadMembers(t Token) *record.Finding {
	if t.UserPayload == nil {
		return nil
	}
	known := t.Profile.Token.PayloadMembers
	others := slices.DeleteFunc(slices.Clone(t.UserPayload.Members), func(name string) bool { return slices.Contains(known, name) })
	if len(others) == 0 {
		return nil
	}
	return breaks("only {payloadMembers} in user_payload", "also %s", strings.Join(others, ", "))
}
