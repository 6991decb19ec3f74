package mockassistant

import (
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
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
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
	m.Reason += "; but its user_payload could not be used: " + err.Error()
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
	text, err := verifier.Decrypt(key, claim.Text())
	if err != nil {
		return nil, err
	}
	if !json.Valid(text) {
		return nil, errors.New("it decrypts, but not to JSON")
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
	der, err := x509.MarshalPKIXPublicKey(&pair.PublicKey)
	if err != nil {
		return nil, err
	}
	return verifier.ReadKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))), nil
})
