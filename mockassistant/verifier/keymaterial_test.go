package verifier

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
)

// generator makes a corpus from a seed: the same seed gives the same RSA keys,
// the same tokens and the same key texts, up to the numbers in keys on curves,
// which the standard library only makes at random.
type generator struct {
	*rand.Rand
	key, other *rsaPair // the assistant's key and another one
	now        int64
	cached     *rsa.PrivateKey
	pairs      map[string]*rsaPair // by size and exponent: large ones take long to make
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15)), now: 1_760_000_000, pairs: map[string]*rsaPair{}}
	g.key, g.other = g.rsaPair(2048, 65537), g.rsaPair(2048, 65537)
	return g
}

// one returns an element of list.
func one[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// prime returns a prime of exactly bits bits, whose two highest bits are set and
// for which the exponent e has an inverse.
func (g *generator) prime(bits int, e *big.Int) *big.Int {
	one, gcd := big.NewInt(1), new(big.Int)
	for {
		p := new(big.Int).SetBytes(g.bytes((bits + 7) / 8))
		p.Rsh(p, uint((8-bits%8)%8))
		p.SetBit(p, bits-1, 1).SetBit(p, bits-2, 1).SetBit(p, 0, 1)
		if gcd.GCD(nil, nil, e, new(big.Int).Sub(p, one)).Cmp(one) == 0 && p.ProbablyPrime(2) {
			return p
		}
	}
}

// rsaPair is an RSA key pair that crypto/rsa need not agree with: of any size,
// with any exponent, or with an even modulus.
type rsaPair struct {
	n, e, d *big.Int
	primes  []*big.Int
}

// rsaPair makes a pair of bits bits. Large moduli are products of many primes,
// which can be made quickly and verify as well as any.
func (g *generator) rsaPair(bits int, e int64) *rsaPair {
	name := fmt.Sprint(bits, "/", e)
	if g.pairs[name] == nil || bits == 2048 {
		g.pairs[name] = g.rsaPairOf(bits, big.NewInt(e))
	}
	return g.pairs[name]
}

func (g *generator) rsaPairOf(bits int, e *big.Int) *rsaPair {
	count := 2
	if bits > 4096 {
		count = bits / 512
	}
	for {
		var primes []*big.Int
		product := big.NewInt(1)
		for range count - 1 {
			p := g.prime(bits/count, e)
			primes, product = append(primes, p), product.Mul(product, p)
		}
		last := g.prime(bits-product.BitLen()+g.IntN(2), e)
		if pair := pairFrom(append(primes, last), e); pair.n.BitLen() == bits {
			return pair
		}
	}
}

// pairFrom makes the pair of these primes.
func pairFrom(primes []*big.Int, e *big.Int) *rsaPair {
	n, phi := big.NewInt(1), big.NewInt(1)
	for _, p := range primes {
		n.Mul(n, p)
		phi.Mul(phi, new(big.Int).Sub(p, big.NewInt(1)))
	}
	return &rsaPair{n: n, e: e, d: new(big.Int).ModInverse(e, phi), primes: primes}
}

func (p *rsaPair) size() int { return (p.n.BitLen() + 7) / 8 }

// standard is the pair as crypto/rsa wants it.
func (p *rsaPair) standard() *rsa.PrivateKey {
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: p.n, E: int(p.e.Int64())}, D: p.d, Primes: p.primes}
	key.Precompute()
	return key
}

// power is the private operation, of any block, by the Chinese remainder theorem
// where the primes are known.
func (p *rsaPair) power(block []byte) []byte {
	m := new(big.Int).SetBytes(block)
	out := make([]byte, p.size())
	if p.primes == nil {
		return m.Exp(m.Mod(m, p.n), p.d, p.n).FillBytes(out)
	}
	sum := new(big.Int)
	for _, prime := range p.primes {
		root := new(big.Int).Exp(new(big.Int).Mod(m, prime), new(big.Int).Mod(p.d, new(big.Int).Sub(prime, big.NewInt(1))), prime)
		rest := new(big.Int).Div(p.n, prime)
		root.Mul(root, new(big.Int).ModInverse(rest, prime))
		sum.Add(sum, root.Mul(root, rest))
	}
	return sum.Mod(sum, p.n).FillBytes(out)
}

// sign makes the RS256 signature of text; nothing when the key has no room for it.
func (p *rsaPair) sign(text string) []byte {
	digest := sha256.Sum256([]byte(text))
	return p.signDigest(digestInfo, digest[:])
}

func (p *rsaPair) signDigest(info, digest []byte) []byte {
	return p.power(paddedDigest(info, digest, p.size()))
}

func (p *rsaPair) spki() []byte {
	return encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{0}, p.pkcs1()))
}

func (p *rsaPair) pkcs1() []byte {
	return encodeDER(tagSequence, encodeUnsigned(p.n), encodeUnsigned(p.e))
}

// pkcs1Private is an RSAPrivateKey with the first two primes.
func (p *rsaPair) pkcs1Private() []byte {
	one := big.NewInt(1)
	first, second := p.primes[0], p.primes[1]
	parts := [][]byte{encodeUnsigned(new(big.Int)), encodeUnsigned(p.n), encodeUnsigned(p.e), encodeUnsigned(p.d)}
	for _, n := range []*big.Int{
		first, second,
		new(big.Int).Mod(p.d, new(big.Int).Sub(first, one)),
		new(big.Int).Mod(p.d, new(big.Int).Sub(second, one)),
		new(big.Int).ModInverse(second, first),
	} {
		parts = append(parts, encodeUnsigned(n))
	}
	return encodeDER(tagSequence, parts...)
}

func (p *rsaPair) pkcs8() []byte { return pkcs8(rsaAlgorithm, p.pkcs1Private()) }

// pkcs8 wraps a private key in a PrivateKeyInfo.
func pkcs8(algorithm, private []byte) []byte {
	return encodeDER(tagSequence, encodeUnsigned(new(big.Int)), algorithm, encodeDER(tagOctetString, private))
}

// pemText is a PEM block as encoding/pem writes it.
func pemText(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

// privateLabel is the label of a private key block. It is put together here, so
// that no file of the repository holds what looks like one.
func privateLabel(kind string) string { return kind + "PRIVATE" + " KEY" }

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// hashOf is the digest of text.
func hashOf(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// shuffled returns list in another order.
func shuffled[T any](g *generator, list []T) []T {
	list = slices.Clone(list)
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
