package randomness

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of what is tried. With a thousand ids at hand two of the numbers
// tried are soon met, also where they are drawn from a million.
const (
	counters      = 60_000 // in decimal
	namedCounters = 4_000  // with something before them
	clockSlack    = 1500 * time.Millisecond
	microseconds  = 3_000
	nanoseconds   = 250_000
)

// algorithm is a hash, or a UUID made of one.
type algorithm struct {
	name string
	sum  func([]byte) []byte
}

func namespaced(sum func([]byte) []byte, namespace byte) func([]byte) []byte {
	// The namespaces of RFC 9562 differ in one byte.
	prefix, _ := hex.DecodeString("6ba7b810" + "9dad11d180b400c04fd430c8")
	prefix[3] = namespace
	return func(b []byte) []byte { return sum(append(append(make([]byte, 0, 64), prefix...), b...)) }
}

func md5Sum(b []byte) []byte  { s := md5.Sum(b); return s[:] }
func sha1Sum(b []byte) []byte { s := sha1.Sum(b); return s[:] }

var common = []algorithm{
	{"MD5", md5Sum},
	{"SHA-1", sha1Sum},
	{"SHA-256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }},
}

var algorithms = append(common[:len(common):len(common)], []algorithm{
	{"SHA-512", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }},
	{"SHA-384", func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }},
	{"FNV-1a", func(b []byte) []byte { h := fnv.New64a(); h.Write(b); return h.Sum(nil) }},
	{"MD5 (UUID of the DNS name space)", namespaced(md5Sum, 0x10)},
	{"SHA-1 (UUID of the DNS name space)", namespaced(sha1Sum, 0x10)},
	{"SHA-1 (UUID of the URL name space)", namespaced(sha1Sum, 0x11)},
	{"SHA-1 (UUID of the OID name space)", namespaced(sha1Sum, 0x12)},
	{"SHA-1 (UUID of the X.500 name space)", namespaced(sha1Sum, 0x14)},
	{"MD5 of the hexadecimal MD5", func(b []byte) []byte { return md5Sum([]byte(hex.EncodeToString(md5Sum(b)))) }},
	{"SHA-256 of the hexadecimal SHA-256", func(b []byte) []byte {
		inner := sha256.Sum256(b)
		s := sha256.Sum256([]byte(hex.EncodeToString(inner[:])))
		return s[:]
	}},
}...)

// search knows the ids by their first and last bytes.
type search struct {
	heads, tails map[uint64]known
	found        string
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

// hashes tries what the ids may be hashes of.
func hashes(samples []Sample, all []reading) string {
	s := &search{heads: map[uint64]known{}, tails: map[uint64]known{}}
	for _, r := range all {
		if len(r.bytes[0]) < 8 || strings.Contains(r.how, "base 36") || strings.Contains(r.how, "base 62") {
			continue
		}
		for _, id := range r.bytes {
			s.heads[key(id)] = known{id, r.uuid}
			s.tails[key(id[len(id)-keySize:])] = known{id, r.uuid}
		}
	}
	if len(s.heads) == 0 {
		return ""
	}
	for _, try := range []func(*search, []Sample, []reading){tryChain, tryCounters, tryNamed, tryClocks, tryNarrow, tryAddresses} {
		if try(s, samples, all); s.found != "" {
			return s.found
		}
	}
	return ""
}

// try hashes a text and looks for the hash among the ids.
func (s *search) try(what string, text []byte, by []algorithm) {
	for _, a := range by {
		sum := a.sum(text)
		if id, met := s.heads[key(sum)]; met && id.begins(sum) {
			s.found = "the ids are the " + a.name + " of " + what
		}
		if id, met := s.tails[key(sum[len(sum)-keySize:])]; met && !id.uuid && len(id.id) <= len(sum) && string(id.id) == string(sum[len(sum)-len(id.id):]) {
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

func tryChain(s *search, samples []Sample, all []reading) {
	for _, sample := range samples {
		s.try("the id before", []byte(sample.Text), algorithms)
	}
	for _, r := range all {
		for _, id := range r.bytes {
			s.try("the bytes of the id before", id, common)
		}
	}
}

// words stand before numbers in what ids are made of.
var words = []string{"user", "visitor", "anon", "guest", "session", "customer", "client", "id"}

var joints = []string{"", "-", "_", ":"}

func tryNamed(s *search, _ []Sample, _ []reading) {
	for n := range namedCounters {
		number := strconv.Itoa(n)
		for _, word := range words {
			for _, joint := range joints {
				s.try("a word and a counter", []byte(word+joint+number), common)
			}
		}
		if s.found != "" {
			return
		}
	}
}

func tryCounters(s *search, _ []Sample, _ []reading) {
	const what = "a counter or another small number"
	for n := range int64(namedCounters) {
		s.try(what, strconv.AppendInt(nil, n, 10), algorithms)
		s.try(what, strconv.AppendInt(nil, n, 16), common)
		s.try(what, fmt.Appendf(nil, "%08d", n), common)
		s.try(what, binary.BigEndian.AppendUint64(nil, uint64(n)), common)
		s.try(what, binary.LittleEndian.AppendUint64(nil, uint64(n)), common)
		s.try(what, binary.BigEndian.AppendUint32(nil, uint32(n)), common)
		s.try(what, binary.LittleEndian.AppendUint32(nil, uint32(n)), common)
		for _, begin := range []int64{1e6, 1e7, 1e8, 1e9} {
			s.try(what, strconv.AppendInt(nil, begin+n, 10), common)
		}
	}
	for n := int64(namedCounters); n < counters && s.found == ""; n++ {
		s.try(what, strconv.AppendInt(nil, n, 10), common)
	}
}

func tryAddresses(s *search, _ []Sample, _ []reading) {
	const firstPort, lastPort, numbers = 32768, 60999, 2000 // the ports that Linux gives to clients
	for _, address := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		for port := firstPort; port <= lastPort; port++ {
			s.try("the network address and port", fmt.Appendf(nil, "%s:%d", address, port), common)
		}
		for n := range numbers {
			for _, joint := range joints {
				s.try("the network address and a counter", []byte(address+joint+strconv.Itoa(n)), common)
			}
		}
	}
}

// tryClocks takes the clock at any time of the asking, as languages print it.
func tryClocks(s *search, samples []Sample, _ []reading) {
	const what = "the time of asking"
	begin, end := samples[0].From.Add(-clockSlack), samples[len(samples)-1].Until.Add(clockSlack)
	const most = 8 * time.Second
	for t := begin.Truncate(time.Millisecond); t.Before(end) && t.Sub(begin) < most && s.found == ""; t = t.Add(time.Millisecond) {
		for _, text := range millisecondTexts(t) {
			s.try(what, []byte(text), common)
		}
		s.try(what, strconv.AppendInt(nil, t.UnixMilli(), 10), algorithms)
		s.try(what, binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli())), common)
		s.try(what, binary.LittleEndian.AppendUint64(nil, uint64(t.UnixMilli())), common)
	}
	for _, sample := range []Sample{samples[0], samples[len(samples)/2]} {
		t := sample.From.Add(-microseconds / 2 * time.Microsecond).Truncate(time.Microsecond)
		for range microseconds {
			for _, text := range microsecondTexts(t) {
				s.try(what, []byte(text), common)
			}
			t = t.Add(time.Microsecond)
		}
	}
}

// tryNarrow tries more where the time is known best: nanoseconds, and clocks with
// something small beside them.
func tryNarrow(s *search, samples []Sample, _ []reading) {
	best := slices.MinFunc(samples, func(a, b Sample) int { return cmp.Compare(a.Until.Sub(a.From), b.Until.Sub(b.From)) })
	for n := range min(best.Until.Sub(best.From), nanoseconds) {
		s.try("the time of asking", strconv.AppendInt(nil, best.From.UnixNano()+int64(n), 10), common)
	}
	const numbers, slack = 1500, 1 // milliseconds
	for ms := best.From.UnixMilli() - slack; ms <= best.Until.UnixMilli()+slack && ms < best.From.UnixMilli()+10; ms++ {
		clock := strconv.FormatInt(ms, 10)
		beside := []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"}
		beside = append(beside, words...)
		for n := range numbers {
			beside = append(beside, strconv.Itoa(n))
		}
		for _, small := range beside {
			for _, joint := range joints {
				s.try("the time of asking and a small number, a word or an address", []byte(clock+joint+small), common)
				s.try("the time of asking and a small number, a word or an address", []byte(small+joint+clock), common)
			}
		}
	}
}

func millisecondTexts(t time.Time) []string {
	utc := t.UTC()
	return []string{
		strconv.FormatInt(t.UnixMilli(), 10), strconv.FormatInt(t.UnixMilli(), 16), strconv.FormatInt(t.UnixMilli(), 36),
		strconv.FormatInt(t.Unix(), 10), utc.Format("2006-01-02T15:04:05.000Z"),
		utc.Format(time.RFC3339), utc.Format("2006-01-02 15:04:05"),
		fmt.Sprintf("%.3f", float64(t.UnixMilli())/1000),
	}
}

func microsecondTexts(t time.Time) []string {
	micro := t.UnixMicro()
	seconds, rest := micro/1e6, micro%1e6
	return []string{
		strconv.FormatInt(micro, 10),
		fmt.Sprintf("%d.%06d", seconds, rest),
		strings.TrimRight(fmt.Sprintf("%d.%06d", seconds, rest), "0"),
		fmt.Sprintf("%x%05x", seconds, rest), // PHP's uniqid
		fmt.Sprintf("0.%06d00 %d", rest, seconds),
		t.UTC().Format("2006-01-02 15:04:05.000000"),
		t.UTC().Format("2006-01-02T15:04:05.000000"),
	}
}
