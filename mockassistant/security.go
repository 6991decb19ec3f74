package mockassistant

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/secrets"
)

// policy is what decides about tokens: replaced as a whole, never changed.
type policy struct {
	on      bool
	texts   []string
	keys    []*verifier.Key
	choices Choices
	// examiner looks at tokens beside the verdict, with the site's own keys even
	// while another one was asked for.
	examiner verifier.Examiner
}

// newPolicy reads the keys. With security on, each must be one that the
// integration can use.
func newPolicy(on bool, texts []string, choices Choices) (*policy, error) {
	choices, err := choices.complete()
	if err != nil {
		return nil, err
	}
	if on && len(texts) == 0 {
		return nil, errors.New("security is on but there is no public key: give the public half of the key that signs the identity tokens, or switch security off")
	}
	p := &policy{on: on, texts: slices.Clone(texts), choices: choices}
	for i, text := range texts {
		key := verifier.ReadKey(text)
		if err := key.Usable(); on && err != nil {
			return nil, fmt.Errorf("public key %d of %d cannot be used with security on: %w", i+1, len(texts), err)
		}
		p.keys = append(p.keys, key)
	}
	p.examiner = verifier.Examiner{Keys: p.keys, KeyTexts: p.texts}
	return p, nil
}

// judge is the verifier's verdict on the token (nil: none came) under the
// policy's keys: accepted when any accepts it, else what the key said that came
// furthest. Without keys the token is only read, by a key that accepts nothing.
func (p *policy) judge(token any, now time.Time) (verdict verifier.Verdict) {
	if len(p.keys) == 0 {
		return noKey.Verify(token, now)
	}
	for i, key := range p.keys {
		v := key.Verify(token, now)
		if i == 0 || v.Accepted || v.Step > verdict.Step {
			verdict = v
		}
		if v.Accepted {
			break
		}
	}
	return verdict
}

var noKey = verifier.ReadKey("")

// payloadBits is the size of the vendor-side key for user_payload.
const payloadBits = 2048

// newPayloadKey makes the vendor-side pair: its public half encrypts
// user_payload on the site's server, its private half stays here.
func newPayloadKey() (*rsa.PrivateKey, error) {
	return rsa.GenerateKey(rand.Reader, payloadBits)
}

// SecurityOn tells whether messages need a token.
func (s *Server) SecurityOn() bool { return s.policy.Load().on }

// SetSecurity turns the switch. On needs a public key that the integration can
// use, binds new sessions to their sub, makes [Server.PayloadPublicKey]
// available, and disables the preview link.
func (s *Server) SetSecurity(on bool) error {
	return s.changePolicy(func(p policy) (*policy, error) { return newPolicy(on, p.texts, p.choices) })
}

// PublicKeys returns the texts of the keys under which tokens are accepted. Of a
// private key, whose public half the integration would use, only the label is told.
func (s *Server) PublicKeys() []string {
	texts := slices.Clone(s.policy.Load().texts)
	for i, text := range texts {
		texts[i] = secrets.Masked(text)
	}
	return texts
}

// SetPublicKeys replaces the keys. Give two to accept tokens of the old and of
// the new one while keys are rotated.
func (s *Server) SetPublicKeys(texts ...string) error {
	return s.changePolicy(func(p policy) (*policy, error) { return newPolicy(p.on, texts, p.choices) })
}

// Choices returns the answers in force for what is not public.
func (s *Server) Choices() Choices { return s.policy.Load().choices }

// SetChoices replaces them; see [Choices] for fields left out.
func (s *Server) SetChoices(c Choices) error {
	return s.changePolicy(func(p policy) (*policy, error) { return newPolicy(p.on, p.texts, c) })
}

func (s *Server) changePolicy(change func(policy) (*policy, error)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	next, err := change(*s.policy.Load())
	if err != nil {
		return err
	}
	s.policy.Store(next)
	return nil
}
