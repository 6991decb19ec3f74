package suites

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestPublishedKeys: each line of the list is a name and a modulus as RSA keys have it, no
// modulus is there twice, and those named by a repository are in order.
func TestPublishedKeys(t *testing.T) {
	small := new(big.Int).SetInt64(1)
	for _, prime := range primesBelow(1000) {
		small.Mul(small, big.NewInt(prime))
	}
	seen, last := map[string]string{}, ""
	for _, key := range publishedKeys() {
		text := key.modulus.Text(16)
		switch bits := key.modulus.BitLen(); {
		case strings.TrimSpace(key.name) != key.name || key.name == "":
			t.Errorf("%q is no name", key.name)
		case bits < 1024 || bits > 8192 || bits%8 != 0:
			t.Errorf("%s: a modulus of %d bits", key.name, bits)
		case new(big.Int).GCD(nil, nil, small, key.modulus).Cmp(big.NewInt(1)) != 0:
			t.Errorf("%s: the modulus has a factor below 1000", key.name)
		case seen[text] != "":
			t.Errorf("%s: the modulus is that of %s", key.name, seen[text])
		}
		seen[text] = key.name
		if _, _, repository := strings.Cut(key.name, "/"); repository {
			if name := strings.ToLower(key.name); name < last {
				t.Errorf("%s belongs before %s", key.name, last)
			} else {
				last = name
			}
		}
	}
}

// TestTheLimitsCountPublishedKeys: docs/limits.md says how many there are.
func TestTheLimitsCountPublishedKeys(t *testing.T) {
	text, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("The published ones are %d keys", len(publishedKeys())); !strings.Contains(string(text), want) {
		t.Errorf("docs/limits.md does not say %q", want)
	}
}

// TestKnownAsPublished: keys that sites have copied from a guide or from a library's tests
// are told by their names, and a factor of one of them is told, too.
func TestKnownAsPublished(t *testing.T) {
	const copied = "miladrahimi/php-jwt, assets/keys/rsa-private.pem"
	byName := map[string]*big.Int{}
	for _, key := range publishedKeys() {
		byName[key.name] = key.modulus
	}
	n := byName[copied]
	if n == nil {
		t.Fatalf("%s is not on the list", copied)
	}
	// the fingerprint was computed with OpenSSL from the public key in that repository
	if sum := sha256.Sum256(n.Bytes()); hex.EncodeToString(sum[:]) != "801b37e9d3699e5e320a2f88c01682a63af70e11d5f7512133d82d93eea15848" {
		t.Errorf("%s: another modulus, SHA-256 %x", copied, sum)
	}
	multiple := new(big.Int).Mul(n, big.NewInt(1_000_003))
	for name, test := range map[string]struct {
		modulus   *big.Int
		published record.State
		shared    record.State
	}{
		"a published key":          {n, record.Failed, record.Passed},
		"a factor of a published":  {multiple, record.Passed, record.Failed},
		"a key of the site's own":  {new(big.Int).Mul(big.NewInt(1_000_003), big.NewInt(1_000_033)), record.Passed, record.Passed},
		"no modulus that is known": {new(big.Int), record.Passed, record.NotApplicable},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Modulus: test.modulus.Text(16), Exponent: "65537", Source: "key.pub"}}
		verdicts := Judge(run, Options{Selection: Selection{Only: []string{"key-not-published", "key-not-shared"}}})
		if o := outcome(t, verdicts, "key-not-published"); o.State != test.published {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.published)
		} else if o.State == record.Failed && !strings.Contains(o.Findings[0].Actual, copied) {
			t.Errorf("%s: %v does not name %s", name, o.Findings, copied)
		}
		if o := outcome(t, verdicts, "key-not-shared"); o.State != test.shared {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.shared)
		}
	}
}
