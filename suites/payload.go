package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// withPayload returns the tokens that carry a user_payload.
func (e *evidence) withPayload() []Token {
	var with []Token
	for _, t := range e.Tokens() {
		if t.UserPayload != nil {
			with = append(with, t)
		}
	}
	return with
}

// everyPayload makes a check that looks at each token with a user_payload.
func everyPayload(look func(Token, *record.UserPayload) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement {
		tokens := e.withPayload()
		if len(tokens) == 0 {
			return notApplicable("no token carries a user_payload")
		}
		return fail(collect(tokens, func(t Token) *record.Finding { return look(t, t.UserPayload) })...)
	}
}

// everyClearPayload is everyPayload for what only the vendor's side can see: it
// wants the test pair that stands in for the vendor's.
func everyClearPayload(look func(Token, *record.UserPayload) *record.Finding) func(*evidence) judgement {
	judge := everyPayload(look)
	return func(e *evidence) judgement {
		tried := func(t Token) bool { return t.UserPayload.Decrypted != "" }
		if with := e.withPayload(); len(with) > 0 && !slices.ContainsFunc(with, tried) {
			return notRun("no key pair in the place of the vendor's was given: configure payload.publicKey and payload.privateKey")
		}
		return judge(e)
	}
}

var _ = add(Check{
	ID: "payload-encrypted", Area: AreaPayload, Level: record.Must,
	Title:       "user_payload, where it is present, is a string in base64 of whole blocks encrypted for the assistant, and nothing in the clear",
	Why:         "Everybody who sees the token reads a payload in the clear, and the assistant cannot decrypt it.",
	Fix:         "Encrypt the JSON text with the public key that the vendor provides (RSA-OAEP, block by block) and put the base64 text into user_payload.",
	Source:      "vendor: encrypt",
	Faults:      []string{"payload-clear"},
	Needs:       []string{record.ProbeVisitors, record.ProbeLogin},
	NeedsTokens: true,
	judge:       everyPayload(payloadEncrypted),
})

func payloadEncrypted(t Token, p *record.UserPayload) *record.Finding {
	const expected = "user_payload is a string: base64 of whole RSA blocks"
	switch {
	case p.Kind != "string":
		return found(t.Exchange, expected, "a JSON %s in the clear", p.Kind)
	case p.Bytes == 0:
		return found(t.Exchange, expected, "a string that is not base64")
	case p.Blocks == 0:
		return found(t.Exchange, expected, "%d bytes, which is no whole number of blocks of the vendor's key", p.Bytes)
	}
	return nil
}

var _ = add(Check{
	ID: "payload-decrypts", Area: AreaPayload, Level: record.Must,
	Title:       "user_payload decrypts by RSA-OAEP with SHA-1 and MGF1 with SHA-1, block by block",
	Why:         "What the assistant cannot decrypt it does not see: the private variables are missing.",
	Fix:         "Encrypt by RSA-OAEP with SHA-1 and MGF1-SHA-1, the defaults of node-rsa; many libraries take SHA-256 unless told otherwise.",
	Source:      "vendor: encrypt (node-rsa defaults)",
	Faults:      []string{"payload-pkcs1v15"},
	YieldsTo:    []string{"payload-encrypted"},
	Needs:       []string{record.ProbeVisitors, record.ProbeLogin},
	NeedsTokens: true,
	judge:       everyClearPayload(payloadDecrypts),
})

func payloadDecrypts(t Token, p *record.UserPayload) *record.Finding {
	if p.Decrypted == "ok" || p.Decrypted == "" {
		return nil
	}
	return found(t.Exchange, "user_payload decrypts by RSA-OAEP with SHA-1, block by block", "it does not: %s", p.Decrypted)
}

var _ = add(Check{
	ID: "payload-json", Area: AreaPayload, Level: record.Must,
	Title:       "The clear text of user_payload is JSON",
	Why:         "The clear text becomes context variables: without JSON there are none.",
	Fix:         "Encrypt JSON.stringify(data), not another notation.",
	Source:      "vendor: encrypt",
	Faults:      []string{"payload-notjson"},
	YieldsTo:    []string{"payload-decrypts"},
	Needs:       []string{record.ProbeVisitors, record.ProbeLogin},
	NeedsTokens: true,
	judge:       everyClearPayload(payloadJSON),
})

func payloadJSON(t Token, p *record.UserPayload) *record.Finding {
	if !p.NotJSON {
		return nil
	}
	return found(t.Exchange, "the clear text of user_payload is JSON", "it is not")
}

var _ = add(Check{
	ID: "payload-randomised", Area: AreaPayload, Level: record.Must,
	Title:       "user_payload is encrypted anew for each token: the same user twice gives different text",
	Why:         "Equal ciphertexts show that two tokens hold the same data; it means that padding is not random, or that a ciphertext is reused.",
	Fix:         "Encrypt anew for each token with random OAEP padding.",
	Source:      "RFC 8017 §7.1",
	Faults:      []string{"payload-reused"},
	YieldsTo:    []string{"payload-encrypted"},
	Needs:       []string{record.ProbeVisitors, record.ProbeLogin},
	NeedsTokens: true,
	judge:       payloadRandomised,
})

// payloadRandomised looks at different tokens: one token given twice holds the
// same text by right.
func payloadRandomised(e *evidence) judgement {
	tokens := e.withPayload()
	if len(tokens) == 0 {
		return notApplicable("no token carries a user_payload")
	}
	bearer := map[string]string{} // token by the text of its payload
	return fail(collect(tokens, func(t Token) *record.Finding {
		first, seen := bearer[t.UserPayload.Fingerprint]
		if !seen {
			bearer[t.UserPayload.Fingerprint] = t.Fingerprint
		}
		if !seen || first == t.Fingerprint || t.UserPayload.Kind != "string" {
			return nil
		}
		return found(t.Exchange, "another ciphertext in each token", "the same user_payload (%s…) in two tokens", t.UserPayload.Fingerprint[:min(19, len(t.UserPayload.Fingerprint))])
	})...)
}
