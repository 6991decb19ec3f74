package verifier

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// batchTokens are a few signed tokens and their key.
func batchTokens(tb testing.TB, count int) (*Key, *generator, []string) {
	tb.Helper()
	g := newGenerator(11)
	tokens := make([]string, count)
	for i := range tokens {
		signed := "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." + b64(fmt.Appendf(nil, `{"sub":"user-%d","iat":1900000000,"exp":1900003600}`, i))
		tokens[i] = signed + "." + b64(g.key.sign(signed))
	}
	return ReadKey(pemText("PUBLIC KEY", g.key.spki())), g, tokens
}

// refusedBy returns the places of the tokens that a batch does not accept.
func refusedBy(key *Key, tokens []string, now time.Time) (refused []int, messages map[int]string) {
	batch := key.NewBatch()
	messages = map[int]string{}
	for i, token := range tokens {
		note := func(v Verdict) { messages[i] = v.Message }
		v, rest := batch.Verify(token, now)
		if !v.Accepted {
			note(v)
		}
		batch.Add(rest, note)
	}
	batch.Settle()
	for i := range messages {
		refused = append(refused, i)
	}
	slices.Sort(refused)
	return refused, messages
}

// Every kind of single bad token among many is found and named, with the verdict
// that it has by itself; with WEBCHATSPECTEST_LONG=1 among 100,000.
func TestBatchNamesEachBadToken(t *testing.T) {
	many := 10_000
	if os.Getenv("WEBCHATSPECTEST_LONG") != "" {
		many = 100_000
	}
	key, g, signed := batchTokens(t, 60)
	now := time.Unix(1900000100, 0)
	right := make([]string, many)
	for i := range right {
		right[i] = signed[i%len(signed)]
	}
	parts := func(token string) (text string, signature []byte) {
		_, text, encoded, _ := key.beforeSignature(token)
		return text, record.DecodeSegment(encoded)
	}
	for name, spoil := range map[string]func(token string) string{
		"a bit of the signature": func(token string) string {
			text, signature := parts(token)
			signature[g.IntN(len(signature))] ^= 1 << g.IntN(8)
			return text + "." + b64(signature)
		},
		"a character of the payload": func(token string) string {
			return token[:60] + string("AB"[btoi(token[60] == 'A')]) + token[61:]
		},
		"another key": func(token string) string {
			text, _ := parts(token)
			return text + "." + b64(g.other.sign(text))
		},
		"the negative of the signature": func(token string) string {
			text, signature := parts(token)
			negative := new(big.Int).Sub(key.Modulus(), new(big.Int).SetBytes(signature))
			return text + "." + b64(negative.FillBytes(make([]byte, len(signature))))
		},
		"a signature of zeros": func(token string) string { text, s := parts(token); return text + "." + b64(make([]byte, len(s))) },
		"a byte too few":       func(token string) string { text, s := parts(token); return text + "." + b64(s[1:]) },
		"no signature":         func(token string) string { text, _ := parts(token); return text + "." },
		"expired": func(string) string {
			text := "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." + b64([]byte(`{"sub":"late","exp":1900000100}`))
			return text + "." + b64(g.key.sign(text))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := g.IntN(many)
			tokens := slices.Clone(right)
			tokens[bad] = spoil(tokens[bad])
			refused, messages := refusedBy(key, tokens, now)
			if want := key.Verify(tokens[bad], now); !slices.Equal(refused, []int{bad}) || messages[bad] != want.Message {
				t.Errorf("refused %v (%v), want %d: %s", refused, messages, bad, want.Message)
			}
		})
	}
	t.Run("two signatures swapped", func(t *testing.T) {
		bad := g.IntN(many - 1)
		tokens := slices.Clone(right)
		one, other := tokens[bad], tokens[bad+1]
		text, signature := parts(one)
		next, nextSignature := parts(other)
		tokens[bad], tokens[bad+1] = text+"."+b64(nextSignature), next+"."+b64(signature)
		for range 3 { // both fall into one bucket one time in 1,024
			if refused, _ := refusedBy(key, tokens, now); slices.Equal(refused, []int{bad, bad + 1}) {
				return
			}
		}
		t.Errorf("tokens %d and %d are accepted", bad, bad+1)
	})
	t.Run("none", func(t *testing.T) {
		if refused, messages := refusedBy(key, right, now); len(refused) > 0 {
			t.Errorf("refused %v", messages)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Each token of the corpus gets the same verdict from a batch, with keys that no
// usual signer has among them.
func TestBatchAgreesWithVerify(t *testing.T) {
	now := time.Unix(1900000100, 0)
	g := newGenerator(12)
	texts := 0
	for _, r := range g.tokenRequests(150) {
		var token, keyText string
		if json.Unmarshal(r.token, &token) != nil || json.Unmarshal(r.key, &keyText) != nil {
			continue
		}
		texts++
		key := ReadKey(keyText)
		batch := key.NewBatch()
		var late *Verdict
		got, rest := batch.Verify(token, now)
		batch.Add(rest, func(v Verdict) { late = &v })
		if batch.Settle(); late != nil {
			got = *late
		}
		if want := key.Verify(token, now); got.Accepted != want.Accepted || got.Step != want.Step || got.Message != want.Message {
			t.Errorf("%s: %q (step %d), want %q (step %d)", r.class, got.Message, got.Step, want.Message, want.Step)
		}
	}
	if texts < 40 {
		t.Errorf("%d tokens are texts", texts)
	}
}

// BenchmarkBatch is what one token costs in a batch; compare with BenchmarkVerify.
func BenchmarkBatch(b *testing.B) {
	key, _, tokens := batchTokens(b, 60)
	now := time.Unix(1900000100, 0)
	batch := key.NewBatch()
	wrong := func(Verdict) { b.Fatal("a right token is refused") }
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, rest := batch.Verify(tokens[i%len(tokens)], now)
		batch.Add(rest, wrong)
	}
	batch.Settle()
}

// BenchmarkOneByOne is what one token costs by itself.
func BenchmarkOneByOne(b *testing.B) {
	key, _, tokens := batchTokens(b, 60)
	now := time.Unix(1900000100, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key.Verify(tokens[i%len(tokens)], now)
	}
}
