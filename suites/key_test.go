package suites

import (
	"math/big"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestFactorsInCommon: the keys of the site's own key sets count as those that were given.
func TestFactorsInCommon(t *testing.T) {
	key := func(p, q int64, exponent string) record.Key {
		n := new(big.Int).Mul(big.NewInt(p), big.NewInt(q))
		return record.Key{Kind: "rsa", Modulus: n.Text(16), Exponent: exponent, Source: "key.pub"}
	}
	own := key(1_000_003, 1_000_033, "65537")
	for name, test := range map[string]struct {
		served []record.Key
		want   record.State
	}{
		"the same key":              {[]record.Key{own}, record.Passed},
		"another key":               {[]record.Key{own, key(1_000_037, 1_000_039, "65537")}, record.Passed},
		"a factor of our own":       {[]record.Key{own, key(1_000_003, 1_000_039, "65537")}, record.Failed},
		"another exponent":          {[]record.Key{own, key(1_000_003, 1_000_033, "65539")}, record.Failed},
		"a factor of two others":    {[]record.Key{own, key(1_000_037, 1_000_039, "3"), key(1_000_037, 1_000_081, "3")}, record.Failed},
		"a key of an older version": {[]record.Key{own, {Kind: "rsa", Modulus: key(1_000_003, 1_000_039, "").Modulus}}, record.Passed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Keys = []record.Key{own}
		set := record.Exchange{ID: "set", Probe: record.ProbeJWKS, Variant: record.VariantPath, About: "/.well-known/jwks.json", Response: &record.Response{Status: 200}}
		for _, k := range test.served {
			set.JWKS = append(set.JWKS, record.ServedKey{Kind: "RSA", Modulus: k.Modulus, Exponent: k.Exponent})
		}
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, set)
		if o := outcome(t, Judge(run, Options{}), "key-not-shared"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}
