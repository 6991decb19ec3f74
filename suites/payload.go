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

var _ = addRules(AreaPayload, map[string]wider{
	"payload-encrypted": {judge: payloadEncrypted, uses: []string{record.ProbeLogin}},
	"payload-decrypts":  {judge: payloadDecrypts, uses: []string{record.ProbeLogin}},
	"payload-json":      {judge: payloadJSON, uses: []string{record.ProbeLogin}},
})

func payloadEncrypted(e *evidence, ofTokens look) judgement {
	if len(e.withPayload()) == 0 {
		return e.noPayload()
	}
	return ofTokens.judge()
}

// noPayload is the judgement when no token carries a user_payload. It does not apply to the
// site, unless users are configured whose tokens could not be seen.
func (e *evidence) noPayload() judgement {
	if probe, planned := e.probe(record.ProbeLogin); planned && probe.Skipped != "" && !probe.NotApplicable {
		return notRun("no anonymous token carries a user_payload, and none of a user was seen: " + probe.Skipped)
	}
	return notApplicable("no token carries a user_payload")
}

func payloadDecrypts(e *evidence, ofTokens look) judgement {
	return ofClearPayload(e, ofTokens)
}

func payloadJSON(e *evidence, ofTokens look) judgement {
	return ofClearPayload(e, ofTokens)
}

// ofClearPayload judges what only the vendor can see. It needs the test key pair that stands
// in for the vendor's.
func ofClearPayload(e *evidence, ofTokens look) judgement {
	tried := func(t Token) bool { return t.UserPayload.Decrypted != "" }
	if with := e.withPayload(); len(with) > 0 && !slices.ContainsFunc(with, tried) {
		return notAsked("no key pair to stand in for the vendor's was given: configure payload.publicKey and payload.privateKey")
	}
	return payloadEncrypted(e, ofTokens)
}

var _ = add(Check{
	ID: "payload-randomised", Area: AreaPayload, Level: record.Must,
	Title:       "user_payload is encrypted anew for each token: two tokens of the same user contain different text",
	Why:         "Equal ciphertexts show that two tokens contain the same data; either the padding is not random, or a ciphertext is reused.",
	Fix:         "Encrypt anew for each token with random OAEP padding.",
	Source:      "RFC 8017 §7.1",
	Faults:      []string{"payload-reused", "payload-kept-anonymous", "payload-one-for-all"},
	YieldsTo:    []string{"payload-encrypted", "payload-decrypts"},
	Needs:       []string{record.ProbeVisitors},
	Uses:        []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       payloadRandomised,
})

// payloadRandomised looks at different tokens: a token that is served twice has the same
// text, of course.
func payloadRandomised(e *evidence) judgement {
	tokens := e.withPayload()
	if len(tokens) == 0 {
		return e.noPayload()
	}
	bearer := map[string]string{} // token by the text of its payload
	distinct := map[string]bool{}
	for _, t := range tokens {
		distinct[t.Fingerprint] = true
	}
	again := collect(tokens, func(t Token) *record.Finding {
		first, seen := bearer[t.UserPayload.Fingerprint]
		if !seen {
			bearer[t.UserPayload.Fingerprint] = t.Fingerprint
		}
		if !seen || first == t.Fingerprint || t.UserPayload.Kind != "string" {
			return nil
		}
		return found(t.Exchange, "another ciphertext in each token", "the same user_payload (%s…) in two tokens", t.UserPayload.Fingerprint[:min(19, len(t.UserPayload.Fingerprint))])
	})
	return saw(len(distinct)-1, "second token with a user_payload").with(again.findings...).judge()
}
