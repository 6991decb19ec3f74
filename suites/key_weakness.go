package suites

import (
	_ "embed" // for the list of published keys
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// publishedKeyList has a published key a line: its name, and its modulus in base64url.
//
//go:embed published_keys.tsv
var publishedKeyList string

// published is a key whose private half is on the web, or that is somebody else's.
type published struct {
	name    string
	modulus *big.Int
}

// publishedKeys are those of RFCs, tools, the vendor's samples, and the tests and guides of
// libraries, which are named by the repository and a file in it.
var publishedKeys = sync.OnceValue(func() (keys []published) {
	for line := range strings.Lines(publishedKeyList) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		modulus, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			panic("suites: published_keys.tsv: " + err.Error()) // a mistake in the file
		}
		keys = append(keys, published{name, new(big.Int).SetBytes(modulus)})
	}
	return keys
})

// publishedKey returns the name of the published key with the modulus, or "".
func publishedKey(modulus *big.Int) string {
	for _, key := range publishedKeys() {
		if key.modulus.Cmp(modulus) == 0 {
			return key.name
		}
	}
	return ""
}

// publishedProduct is the product of all published moduli: one greatest common divisor with
// it says whether a key has a factor in common with any of them.
var publishedProduct = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for _, key := range publishedKeys() {
		product.Mul(product, key.modulus)
	}
	return product
})

// sharesWithPublished says whether the modulus has a factor in common with a published one.
func sharesWithPublished(modulus *big.Int) bool {
	if modulus.Sign() == 0 {
		return false
	}
	rest := new(big.Int).Mod(publishedProduct(), modulus)
	return rest.GCD(nil, nil, rest, modulus).Cmp(big.NewInt(1)) > 0
}

const (
	trialBound      = 1 << 20 // factors below it are found by division
	smoothBound     = 1 << 16 // bound of the p−1 method
	fermatSteps     = 100     // FIPS 186-5 wants |p−q| far beyond what these find
	maxAnalysedBits = 8192    // the p−1 method takes minutes beyond
)

// primesBelow returns the primes below n in order.
func primesBelow(n int) []int64 {
	composite := make([]bool, n)
	var primes []int64
	for i := 2; i < n; i++ {
		if composite[i] {
			continue
		}
		primes = append(primes, int64(i))
		for j := i * i; j < n; j += i {
			composite[j] = true
		}
	}
	return primes
}

var trialPrimes = sync.OnceValue(func() []int64 { return primesBelow(trialBound) })

// weaknesses are what was found of moduli, by their text: looking takes a quarter
// of a second, and one process may judge one key many times.
var weaknesses sync.Map

// knownWeakness is [factorWeakness], looked for once.
func knownWeakness(n *big.Int) string {
	text := n.Text(62)
	if weakness, known := weaknesses.Load(text); known {
		return weakness.(string)
	}
	weakness := factorWeakness(n)
	weaknesses.Store(text, weakness)
	return weakness
}

// factorWeakness names what makes the modulus n easy to factor, or returns "".
func factorWeakness(n *big.Int) string {
	if n.Sign() <= 0 {
		return "it is not positive"
	}
	if p := smallFactor(n); p > 0 {
		return fmt.Sprintf("it is divisible by %d", p)
	}
	if n.ProbablyPrime(8) {
		return "it is a prime"
	}
	if root := new(big.Int).Sqrt(n); new(big.Int).Mul(root, root).Cmp(n) == 0 {
		return "it is a square"
	}
	if steps := fermat(n); steps > 0 {
		return fmt.Sprintf("its two factors are so close that Fermat's method finds them in %d steps", steps)
	}
	if n.BitLen() <= maxAnalysedBits && hasSmoothFactor(n) {
		return "one factor p has a p−1 without large prime factors: Pollard's method finds it"
	}
	return ""
}

func smallFactor(n *big.Int) int64 {
	var p, remainder big.Int
	for _, prime := range trialPrimes() {
		if remainder.Mod(n, p.SetInt64(prime)).Sign() == 0 {
			return prime
		}
	}
	return 0
}

// fermat returns after how many steps a² − n is a square, 0 when it is not found.
func fermat(n *big.Int) int {
	one := big.NewInt(1)
	a := new(big.Int).Sqrt(n)
	var rest, root big.Int
	for step := 1; step <= fermatSteps; step++ {
		a.Add(a, one)
		rest.Mul(a, a).Sub(&rest, n)
		root.Sqrt(&rest)
		if new(big.Int).Mul(&root, &root).Cmp(&rest) == 0 {
			return step
		}
	}
	return 0
}

// smoothExponent is the product of all prime powers up to the bound.
var smoothExponent = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for _, p := range primesBelow(smoothBound) {
		power := p
		for power*p <= smoothBound {
			power *= p
		}
		product.Mul(product, big.NewInt(power))
	}
	return product
})

// hasSmoothFactor is the p−1 method: 2^E ≡ 1 modulo a factor p when p−1 divides E.
// When it holds modulo all factors at once nothing is learnt, and the key is as weak.
func hasSmoothFactor(n *big.Int) bool {
	power := new(big.Int).Exp(big.NewInt(2), smoothExponent(), n)
	power.Sub(power, big.NewInt(1))
	return power.GCD(nil, nil, power, n).Cmp(big.NewInt(1)) > 0
}

// hasROCAFingerprint says whether n is, modulo each of the primes 3 to 167, a
// power of 65537, as the moduli of CVE-2017-15361 are and others practically never.
func hasROCAFingerprint(n *big.Int) bool {
	if n.BitLen() < 512 {
		return false
	}
	var remainder big.Int
	for _, p := range primesBelow(168)[1:] {
		r := remainder.Mod(n, big.NewInt(p)).Int64()
		power := int64(1)
		for power != r {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}
