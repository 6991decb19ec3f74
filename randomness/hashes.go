package randomness

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// algorithm is a hash, or a UUID made of one. It appends the sum of the text, and
// may write what it hashes in between where the sum is to be.
type algorithm struct {
	name string
	sum  func(to, text []byte) []byte
}

func namespaced(sum func(to, text []byte) []byte, namespace byte) func(to, text []byte) []byte {
	// The namespaces of RFC 9562 differ in one byte.
	prefix, _ := hex.DecodeString("6ba7b810" + "9dad11d180b400c04fd430c8")
	prefix[3] = namespace
	return func(to, text []byte) []byte {
		return sum(to, append(append(to, prefix...), text...)[len(to):])
	}
}

func md5Sum(to, text []byte) []byte  { s := md5.Sum(text); return append(to, s[:]...) }
func sha1Sum(to, text []byte) []byte { s := sha1.Sum(text); return append(to, s[:]...) }

func sha256Sum(to, text []byte) []byte { s := sha256.Sum256(text); return append(to, s[:]...) }

var common = []algorithm{
	{"MD5", md5Sum},
	{"SHA-1", sha1Sum},
	{"SHA-256", sha256Sum},
}

// named are those that make UUIDs of names, by the version of the UUID.
var named = map[byte][]algorithm{3: inNamespaces("MD5", md5Sum), 5: inNamespaces("SHA-1", sha1Sum)}

func inNamespaces(name string, sum func(to, text []byte) []byte) (all []algorithm) {
	for _, space := range []struct {
		name string
		last byte
	}{{"DNS", 0x10}, {"URL", 0x11}, {"OID", 0x12}, {"X.500", 0x14}} {
		all = append(all, algorithm{name + " (UUID of the " + space.name + " name space)", namespaced(sum, space.last)})
	}
	return all
}

// namedIn are those of the versions that the ids say that they have.
func namedIn(all []reading) []algorithm {
	for _, r := range all {
		if r.uuid {
			return named[r.bytes[0][6]>>4]
		}
	}
	return nil
}

var fnv1a = algorithm{"FNV-1a", func(to, text []byte) []byte { h := fnv.New64a(); h.Write(text); return h.Sum(to) }}

// seldom are hashes that take long, or that few use.
var seldom = []algorithm{
	{"SHA-512", func(to, text []byte) []byte { s := sha512.Sum512(text); return append(to, s[:]...) }},
	{"SHA-384", func(to, text []byte) []byte { s := sha512.Sum384(text); return append(to, s[:]...) }},
	{"SHA-224", func(to, text []byte) []byte { s := sha256.Sum224(text); return append(to, s[:]...) }},
	{"SHA3-256", func(to, text []byte) []byte { s := sha3.Sum256(text); return append(to, s[:]...) }},
	{"SHA3-512", func(to, text []byte) []byte { s := sha3.Sum512(text); return append(to, s[:]...) }},
}

var algorithms = slices.Concat(common, nested(), seldom, []algorithm{
	fnv1a,
	{"FNV-1", func(to, text []byte) []byte { h := fnv.New64(); h.Write(text); return h.Sum(to) }},
	{"FNV-1a of 128 bits", func(to, text []byte) []byte { h := fnv.New128a(); h.Write(text); return h.Sum(to) }},
})

// nested are hashes of hashes, as texts or as they are.
func nested() (all []algorithm) {
	for _, outer := range common {
		for _, inner := range common {
			all = append(all, algorithm{outer.name + " of the hexadecimal " + inner.name, func(to, text []byte) []byte {
				var digest [sha256.Size]byte
				size := copy(digest[:], inner.sum(to, text)[len(to):])
				return outer.sum(to, hex.AppendEncode(to, digest[:size])[len(to):])
			}})
		}
		all = append(all, algorithm{outer.name + " of the " + outer.name, func(to, text []byte) []byte { return outer.sum(to, outer.sum(to, text)[len(to):]) }})
	}
	return all
}

// guessableSecrets are those of guides, and of settings that nobody has filled in.
var guessableSecrets = []string{"secret", "changeme", "key", "salt", "password", "mysecret", "supersecret", "undefined", ""}

// keyed are HMACs under guessable secrets. They are for one goroutine.
func keyed() (all []algorithm) {
	for _, secret := range guessableSecrets {
		for _, of := range []struct {
			name string
			new  func() hash.Hash
		}{{"MD5", md5.New}, {"SHA-1", sha1.New}, {"SHA-256", sha256.New}} {
			mac := hmac.New(of.new, []byte(secret))
			all = append(all, algorithm{fmt.Sprintf("HMAC with %s under the secret %q", of.name, secret), func(to, text []byte) []byte {
				mac.Reset()
				mac.Write(text)
				return mac.Sum(to)
			}})
		}
	}
	return all
}

// search knows the ids by their first and last bytes.
type search struct {
	heads, tails map[uint64]known
	likely       *[1 << 16]bool // by the upper two of the six bytes: most sums are not worth a look
	digits       []firstDigits
	sum          []byte // what was hashed last
	text         []byte // and what it was the sum of
	found        string
	settled      func() bool // whether others have found what is told before this; nil where there are none
}

// over says whether there is no more to try.
func (s *search) over() bool { return s.found != "" || s.settled != nil && s.settled() }

func newSearch() *search {
	return &search{heads: map[uint64]known{}, tails: map[uint64]known{}, likely: new([1 << 16]bool)}
}

// learn adds an id to those that are looked for.
func (s *search) learn(id known) {
	head, tail := key(id.id), key(id.id[len(id.id)-keySize:])
	s.heads[head], s.tails[tail] = id, id
	s.likely[head>>32], s.likely[tail>>32] = true, true
}

// lookUp finds an id by its first or its last bytes.
func (s *search) lookUp(ids map[uint64]known, key uint64) (id known, met bool) {
	if !s.likely[key>>32] {
		return known{}, false
	}
	id, met = ids[key]
	return id, met
}

// known is an id, and whether bits of it are those of a UUID.
type known struct {
	id   []byte
	uuid bool
}

// key is what the ids are looked up by: six bytes, which a UUID keeps whole.
func key(b []byte) uint64 {
	return uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 | uint64(b[3])<<16 | uint64(b[4])<<8 | uint64(b[5])
}

const keySize = 6

// searchFor knows the ids in all their readings, and by their first digits.
func searchFor(samples []Sample, all []reading) *search {
	s := newSearch()
	for _, r := range all {
		if len(r.bytes[0]) < 8 {
			continue
		}
		for _, id := range r.bytes {
			s.learn(known{id, r.uuid})
		}
	}
	texts := make([]string, len(samples))
	for i, sample := range samples {
		texts[i] = sample.Text
	}
	s.learnDigits(strip(texts))
	return s
}

// hashes tries what the ids may be hashes of.
func hashes(samples []Sample, all []reading) string {
	s := searchFor(samples, all)
	if len(s.heads) == 0 && len(s.digits) == 0 {
		return ""
	}
	// All at once, since each takes its time. What is told does not depend on which is
	// faster: the first of those that find something stops those behind it only.
	tries := []func(*search, []Sample, []reading){tryChain, tryCounters, tryNamed, tryKeyed, tryClocks, tryNarrow, tryAddresses, trySeeds, tryDated, tryDrawn, tryStretched, tryAbout, tryInstances, tryDeep}
	found := make([]string, len(tries))
	var first atomic.Int64
	first.Store(int64(len(tries)))
	var running sync.WaitGroup
	for i, try := range tries {
		running.Go(func() {
			defer panics.Tell()
			own := *s
			own.sum = make([]byte, 0, 256)
			own.settled = func() bool { return first.Load() < int64(i) }
			try(&own, samples, all)
			if found[i] = own.found; own.found != "" {
				lower(&first, int64(i))
			}
		})
	}
	running.Wait()
	if what := cmp.Or(found...); what != "" {
		return what
	}
	tryPlain(s, samples, all)
	return s.found
}

// lower sets the number to what is less.
func lower(number *atomic.Int64, to int64) {
	for now := number.Load(); to < now && !number.CompareAndSwap(now, to); now = number.Load() {
	}
}

// try hashes a text and looks for the hash among the ids.
func (s *search) try(what string, text []byte, by []algorithm) {
	for _, a := range by {
		s.sum = a.sum(s.sum[:0], text)
		sum := s.sum
		head, tail := key(sum), key(sum[len(sum)-keySize:])
		if id, met := s.lookUp(s.heads, head); met && id.begins(sum) {
			s.found = "the ids are the " + a.name + " of " + what
		}
		if id, met := s.lookUp(s.tails, tail); met && !id.uuid && len(id.id) <= len(sum) && string(id.id) == string(sum[len(sum)-len(id.id):]) {
			s.found = "the ids are the end of the " + a.name + " of " + what
		}
	}
}

// begins says whether the sum begins with the id, but for the bits of a UUID.
func (k known) begins(sum []byte) bool {
	for i := range min(len(sum), len(k.id)) {
		mask := byte(0xff)
		if k.uuid && i == 6 {
			mask = 0x0f
		} else if k.uuid && i == 8 {
			mask = 0x3f
		}
		if (sum[i]^k.id[i])&mask != 0 {
			return false
		}
	}
	return true
}
