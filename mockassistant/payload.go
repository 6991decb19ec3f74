package mockassistant

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// PayloadPublicKey returns the PEM text of the vendor-side key with which a site
// encrypts user_payload. Like the real one, it is there while security is on only.
func (s *Server) PayloadPublicKey() (string, error) {
	if !s.SecurityOn() {
		return "", errors.New("the key for user_payload is available once security is on")
	}
	key, err := s.payload()
	if err != nil {
		return "", err
	}
	return publicPEM(&key.PublicKey)
}

// publicPEM writes a key as the text that people paste into a form.
func publicPEM(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// private decrypts the token's user_payload into the private variables, which
// only the management side shows. A payload that does not decrypt is the
// subject of a choice.
func (s *Server) private(payload verifier.Value, p *policy, m *Message) (json.RawMessage, *Refusal) {
	claim := payload.Get("user_payload")
	if claim.Kind() == verifier.Absent {
		return nil, nil
	}
	text, err := s.decrypt(claim)
	if err == nil {
		m.Private = text
		return text, nil
	}
	m.Reason += "; but its private variables could not be read: " + err.Error()
	if refusal := p.choices.BadPayload; refusal.Status != 0 {
		return nil, &refusal
	}
	return nil, nil
}

func (s *Server) decrypt(claim verifier.Value) (json.RawMessage, error) {
	if claim.Kind() != verifier.String {
		return nil, fmt.Errorf("it is of the type %s; a string is wanted", claim.Kind())
	}
	key, err := s.payload()
	if err != nil {
		return nil, err
	}
	text, err := verifier.Decrypt(claim.Text(), key)
	if err != nil {
		return nil, err
	}
	if !json.Valid(text) {
		return nil, errors.New("it decrypts to JSON that is nested too deeply")
	}
	return text, nil
}

// anotherKey is the key that the fault of this name judges by: one that nobody
// signs with.
var anotherKey = sync.OnceValues(func() (*verifier.Key, error) {
	pair, err := newPayloadKey()
	if err != nil {
		return nil, err
	}
	text, err := publicPEM(&pair.PublicKey)
	if err != nil {
		return nil, err
	}
	return verifier.ReadKey(text), nil
})
