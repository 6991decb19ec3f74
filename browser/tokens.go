package browser

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// maxTokens bounds how many tokens are noted; a refresh storm makes dozens a second.
const maxTokens = 300

// tokenBook knows the tokens of a run by their fingerprints. Texts that merely
// look like tokens are referred to by fingerprint until the end, when it is
// known which of them were tokens of this page.
type tokenBook struct {
	keys    []*verifier.Key
	byPrint map[string]*noted
	order   []*noted
	ignored int
}

type noted struct {
	token record.Token
	exp   float64 // 0 when there is none
	iat   float64
	text  string // the complete token, of those signed with HMAC only
}

func newTokenBook(keys []*verifier.Key) *tokenBook {
	return &tokenBook{keys: keys, byPrint: map[string]*noted{}}
}

// add notes the token in text, which a page has handed to the widget or the
// issuer has served, and returns its id.
func (b *tokenBook) add(text string, visitor, step string) string {
	bare := record.Bare(text)
	print := secrets.Fingerprint(bare)
	if known := b.byPrint[print]; known != nil {
		return known.token.ID
	}
	if len(b.order) >= maxTokens {
		b.ignored++
		return ""
	}
	now := time.Now()
	token := record.NewToken(text, nil)
	token.ID = "page-" + strconv.Itoa(len(b.order)+1)
	token.Probe, token.Visitor, token.About, token.ReceivedAt = record.ProbePage, visitor, step, now
	token.Verdict, token.Signature = b.judge(bare, now, token.Signature)
	n := &noted{token: token}
	n.exp, n.iat = numericDate(token.Payload, "exp"), numericDate(token.Payload, "iat")
	if _, isMAC := macs[headerAlg(token.Header)]; isMAC {
		n.text = bare
	}
	b.byPrint[print] = n
	b.order = append(b.order, n)
	return token.ID
}

// judge is the assistant's verdict under the key that takes the token furthest.
func (b *tokenBook) judge(bare string, now time.Time, signature record.Signature) (record.Decided, record.Signature) {
	var decided record.Decided
	for i, key := range b.keys {
		verdict := key.Verify(bare, now)
		if !decided.Judged || verdict.Accepted || !decided.Accepted && verdict.Step > decided.Step {
			decided = record.Decided{
				Judged: true, Accepted: verdict.Accepted, Step: verdict.Step, Name: verdict.Name, Message: verdict.Message,
			}
		}
		if scheme := key.SignatureScheme(bare); signature.Key == 0 && scheme.Fits() {
			signature.Scheme, signature.Key = string(scheme), i+1
		}
	}
	return decided, signature
}

// fits says whether the text is a token signed by one of the keys.
func (b *tokenBook) fits(text string) bool {
	for _, key := range b.keys {
		if key.SignatureScheme(text).Fits() {
			return true
		}
	}
	return false
}

// look notes the token in text when the keys fit it, and returns its
// fingerprint in any case.
func (b *tokenBook) look(text, visitor, step string) string {
	print := secrets.Fingerprint(record.Bare(text))
	if b.byPrint[print] == nil && b.fits(text) {
		b.add(text, visitor, step)
	}
	return print
}

func (b *tokenBook) knows(print string) bool { return b.byPrint[print] != nil }

func (b *tokenBook) id(print string) string {
	if n := b.byPrint[print]; n != nil {
		return n.token.ID
	}
	return ""
}

// known turns fingerprints into the ids of the tokens among them.
func (b *tokenBook) known(prints []string) []string {
	var ids []string
	for _, print := range prints {
		if id := b.id(print); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func (b *tokenBook) list() []record.Token {
	tokens := make([]record.Token, 0, len(b.order))
	for _, n := range b.order {
		tokens = append(tokens, n.token)
	}
	return tokens
}

// numericDate returns the claim if it is a number, else 0.
func numericDate(payload record.Segment, name string) float64 {
	raw := strings.TrimSpace(string(payload.Members()[name]))
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return 0
	}
	return n
}

// headerAlg returns the header's alg, or "".
func headerAlg(header record.Segment) string {
	var alg string
	_ = json.Unmarshal(header.Members()["alg"], &alg) // what is no text stays empty
	return alg
}

// signedWithMAC returns up to three complete tokens that were signed with HMAC.
func (b *tokenBook) signedWithMAC() []string {
	var texts []string
	for _, n := range b.order {
		if n.text != "" && len(texts) < 3 {
			texts = append(texts, n.text)
		}
	}
	return texts
}
