package mockassistant

import (
	"encoding/json"

	"github.com/webchatspec/webchatspec/secrets"
)

// mask takes what is confidential out of everything that the message shows.
func (m *Message) mask(confidential *secrets.Known) {
	for _, text := range []*string{&m.IntegrationID, &m.TransactionID, &m.MessageID, &m.Text, &m.Reason, &m.Hint, &m.User, &m.Verdict.Message} {
		*text = confidential.MaskValues(*text)
	}
	m.Private = maskedJSON(m.Private, confidential)
	if m.Token != nil {
		m.Token.mask(confidential)
	}
}

func (t *Token) mask(confidential *secrets.Known) {
	header, claims := maskedJSON(t.Header, confidential), maskedJSON(t.Claims, confidential)
	if string(header) != string(t.Header) || string(claims) != string(t.Claims) {
		t.Cut = "…" // its segments hold the same
	}
	t.Header, t.Claims, t.Cut = header, claims, confidential.MaskValues(t.Cut)
	for i := range t.Advice {
		t.Advice[i].What = confidential.MaskValues(t.Advice[i].What)
		t.Advice[i].Fix = confidential.MaskValues(t.Advice[i].Fix)
	}
}

// maskedJSON is a JSON text without what is confidential, and still JSON.
func maskedJSON(text json.RawMessage, confidential *secrets.Known) json.RawMessage {
	masked := confidential.MaskValues(string(text))
	switch {
	case masked == string(text):
		return text
	case json.Valid([]byte(masked)):
		return json.RawMessage(masked)
	}
	quoted, _ := json.Marshal(masked) // a string always has a form in JSON
	return quoted
}
