package verifier

import (
	"crypto/sha256"
	"math/big"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Batch verifies many tokens under one key at a fraction of the price. All but
// the signature is decided at once; the signatures are screened together.
//
// A signature s of the padded digest h is right when s^e = h modulo n. For a
// whole batch, with a random weight w for each, the product of all s^w to the
// power e must be the product of all h^w. The weights are the numbers of buckets:
// each token goes into one at random, which takes one multiplication for s and
// one for h, and the buckets are combined when the batch is full. So a token
// costs about three modular multiplications in the place of seventeen.
//
// One wrong signature is always found: its error stays, whatever the weights. So
// are two that were swapped, unless both fell into one bucket, one time in 1,024.
// The weights are odd, so that the negative of a right signature, whose error is
// its own inverse, cannot vanish either. Where the products differ, each
// signature is checked by itself, so that the wrong ones are named.
//
// It is safe for concurrent use.
type Batch struct {
	key *Key

	mu     sync.Mutex
	filled *screen
}

const (
	// screenBuckets is how many weights there are.
	screenBuckets = 1024
	// screenFull is how many signatures a screen takes. Combining costs four
	// multiplications for each bucket, whatever is in them.
	screenFull = 8192
	// screenWorth is from how many on it is cheaper than one by one.
	screenWorth = 512
)

// NewBatch returns an empty batch for the key. Keys that no usual signer has are
// checked token by token.
func (k *Key) NewBatch() *Batch {
	return &Batch{key: k, filled: &screen{key: k}}
}

// Unchecked is a token whose signature is still to be checked. The zero value is
// one that is decided.
type Unchecked struct {
	// Fingerprint is the SHA-256 digest of what was signed, zero where it did not
	// come to that.
	Fingerprint [sha256.Size]byte
	refused     Verdict
	signature   []byte // nil where there is nothing to check
}

// Verify decides about the token as [Key.Verify] does, but for the signature:
// give what is unchecked to [Batch.Add].
func (b *Batch) Verify(token string, now time.Time) (Verdict, Unchecked) {
	v, signed, encoded, told := b.key.beforeSignature(token)
	if told {
		return v, Unchecked{}
	}
	rest := Unchecked{Fingerprint: sha256.Sum256([]byte(signed)), refused: v.refuse(13, jsonWebTokenError, "invalid signature")}
	signature := record.DecodeSegment(encoded)
	switch {
	case b.key.fast == nil && !b.key.checkSignature(signed, signature), b.key.fast != nil && !b.key.mayBeSignature(signature):
		return rest.refused, rest
	case b.key.fast != nil:
		rest.signature = signature
	}
	return v.checkTimes(now), rest
}

// Add has the signature of a token checked. If it is wrong, wrong is called with
// the verdict that counts, from this or a later call of Add or Settle.
func (b *Batch) Add(token Unchecked, wrong func(Verdict)) {
	if token.signature == nil {
		return
	}
	b.mu.Lock()
	full := b.filled
	full.add(screened{token, wrong})
	if len(full.items) < screenFull {
		full = nil
	} else {
		b.filled = &screen{key: b.key}
	}
	b.mu.Unlock()
	if full != nil {
		full.settle()
	}
}

// Settle checks the signatures that are still waiting.
func (b *Batch) Settle() {
	b.mu.Lock()
	waiting := b.filled
	b.filled = &screen{key: b.key}
	b.mu.Unlock()
	waiting.settle()
}

// mayBeSignature tells whether signature has the length of the modulus and a
// value below it, as crypto/rsa asks.
func (k *Key) mayBeSignature(signature []byte) bool {
	n := k.encoding.n
	return len(signature) == (n.BitLen()+7)/8 && new(big.Int).SetBytes(signature).Cmp(n) < 0
}

// screen is one batch on its way.
type screen struct {
	key        *Key
	items      []screened
	signatures [screenBuckets]*big.Int // products, nil while empty
	digests    [screenBuckets]*big.Int
	factor     big.Int // room for one factor,
	product    big.Int // one product
	quotient   big.Int // and what is thrown away
}

// screened is a token that waits.
type screened struct {
	Unchecked
	wrong func(Verdict)
}

// add multiplies the signature and its digest into a bucket.
func (s *screen) add(item screened) {
	bucket := rand.IntN(screenBuckets)
	s.multiply(&s.signatures[bucket], s.factor.SetBytes(item.signature))
	s.multiply(&s.digests[bucket], s.factor.SetBytes(paddedDigest(digestInfo, item.Fingerprint[:], len(item.signature))))
	s.items = append(s.items, item)
}

// multiply multiplies the product by the factor, modulo n.
func (s *screen) multiply(product **big.Int, factor *big.Int) {
	if *product == nil {
		*product = new(big.Int).Set(factor)
		return
	}
	s.product.Mul(*product, factor)
	s.quotient.QuoRem(&s.product, s.key.encoding.n, *product)
}

// settle finds the wrong signatures.
func (s *screen) settle() {
	if len(s.items) >= screenWorth && s.fits() {
		return
	}
	for _, item := range s.items {
		if !s.key.checkDigest(item.Fingerprint, item.signature) {
			item.wrong(item.refused)
		}
	}
}

// fits says whether the products agree.
func (s *screen) fits() bool {
	signatures, digests := s.combine(&s.signatures), s.combine(&s.digests)
	signatures.Exp(signatures, s.key.encoding.e, s.key.encoding.n)
	return signatures.Cmp(digests) == 0
}

// combine is the product of all buckets, each to the power of its weight, 1, 3, 5
// and so on. From the last bucket down, the product of all so far is multiplied
// in twice for each step.
func (s *screen) combine(buckets *[screenBuckets]*big.Int) *big.Int {
	var all, sum *big.Int // the product of the buckets so far, and the answer
	for i := screenBuckets - 1; i >= 0; i-- {
		if buckets[i] != nil {
			s.multiply(&all, buckets[i])
		}
		if all == nil {
			continue
		}
		s.multiply(&sum, all)
		if i > 0 {
			s.multiply(&sum, all)
		}
	}
	return sum
}
