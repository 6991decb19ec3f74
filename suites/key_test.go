package suites

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

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

// TestKeysOfOneSite: a site may change its key once, and give the next one beside it; not
// sign with each by turns.
func TestKeysOfOneSite(t *testing.T) {
	for name, test := range map[string]struct {
		signedBy []int
		want     record.State
	}{
		"one key":                    {[]int{1, 1, 1, 1, 1, 1}, record.Passed},
		"the second of two":          {[]int{2, 2, 2, 2, 2, 2}, record.Passed},
		"a rotation":                 {[]int{1, 1, 1, 2, 2, 2}, record.Passed},
		"each second token":          {[]int{1, 2, 1, 2, 1, 2}, record.Failed},
		"who comes back has the old": {[]int{1, 1, 2, 1, 1, 2}, record.Failed},
	} {
		run := runWith(slices.Repeat([]string{`{"sub":"a"}`}, len(test.signedBy))...)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Form: "spki", Source: "key.pub"}, {Kind: "rsa", Form: "spki", Source: "next.pub"}}
		for i, key := range test.signedBy {
			run.Evidence.Tokens[i].Signature = record.Signature{Scheme: "rs256", Key: key, Bytes: 256}
			run.Evidence.Tokens[i].ReceivedAt = run.StartedAt.Add(time.Duration(i) * time.Second)
		}
		if o := outcome(t, Judge(run, Options{}), "key-consistent"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestKeysThatTheirIDsTell: servers with a key of their own are right where each token names
// its key by the id that the site's key set has for it.
func TestKeysThatTheirIDsTell(t *testing.T) {
	both := []record.ServedKey{{Kind: "RSA", KeyID: "a", Key: 1}, {Kind: "RSA", KeyID: "b", Key: 2}}
	for name, test := range map[string]struct {
		set  []record.ServedKey
		kids []string // of tokens that are signed with the first and the second key by turns
		want record.State
	}{
		"each has its id":      {both, []string{"a", "b"}, record.Passed},
		"no key set":           {nil, []string{"a", "b"}, record.Failed},
		"no id":                {both, []string{"", ""}, record.Failed},
		"the id of the other":  {both, []string{"b", "a"}, record.Failed},
		"one id for both":      {both, []string{"a", "a"}, record.Failed},
		"one of them is known": {both[:1], []string{"a", "b"}, record.Failed},
		"one id, two keys":     {append([]record.ServedKey{{Kind: "RSA", KeyID: "b", Key: 1}}, both...), []string{"a", "b"}, record.Failed},
	} {
		run := runWith(slices.Repeat([]string{`{"sub":"a"}`}, 8)...)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Form: "spki", Source: "key.pub"}, {Kind: "rsa", Form: "spki", Source: "next.pub"}}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeJWKS})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: "set", Probe: record.ProbeJWKS, Variant: record.VariantPath, About: "/.well-known/jwks.json", JWKS: test.set, Response: &record.Response{Status: 200}})
		for i := range run.Evidence.Tokens {
			token := &run.Evidence.Tokens[i]
			token.Signature = record.Signature{Scheme: "rs256", Key: 1 + i%2, Bytes: 256}
			token.ReceivedAt = run.StartedAt.Add(time.Duration(i) * time.Second)
			token.Header.JSON = fmt.Sprintf(`{"alg":"RS256","kid":%q}`, test.kids[i%2])
		}
		if o := outcome(t, Judge(run, Options{}), "key-consistent"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestKeySets: a set may hold more than the assistant's key, in any order.
func TestKeySets(t *testing.T) {
	own, next := record.ServedKey{Kind: "RSA", KeyID: "now", Key: 1}, record.ServedKey{Kind: "RSA", KeyID: "next"}
	for name, test := range map[string]struct {
		set  []record.ServedKey
		want record.State
	}{
		"the key":                     {[]record.ServedKey{own}, record.Passed},
		"behind others":               {[]record.ServedKey{{Kind: "EC"}, {Kind: "OKP"}, next, own}, record.Passed},
		"private members":             {[]record.ServedKey{{Kind: "RSA", Key: 1, Private: []string{"d", "p"}}}, record.Failed},
		"private members of the next": {[]record.ServedKey{own, {Kind: "RSA", Private: []string{"d"}}}, record.Failed},
		"another key alone":           {[]record.ServedKey{next}, record.Failed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Form: "spki", Modulus: "c1", Source: "key.pub"}}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeJWKS})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: "set", Probe: record.ProbeJWKS, Variant: record.VariantPath, About: "/.well-known/jwks.json", JWKS: test.set, Response: &record.Response{Status: 200}})
		if o := outcome(t, Judge(run, Options{}), "jwks-public-only"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}
