package randomness

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// TestTwistedPairs are digits of which two bits each show, fewer than one state has.
func TestTwistedPairs(t *testing.T) {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	for name, digit := range map[string]func(mt *twister) int{
		"rest":                     func(mt *twister) int { return int(mt.next() % 36) },
		"rest of PHP's 31 bits":    func(mt *twister) int { return int(mt.next() >> 1 % 36) },
		"share":                    func(mt *twister) int { return int(uint64(mt.next()) * 36 >> 32) },
		"share by way of a double": func(mt *twister) int { return int(mt.double() * 36) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mt := newTwister(20261127)
			texts := make([]string, 900)
			for i := range texts {
				for range 12 {
					texts[i] += letters[digit(mt):][:1]
				}
			}
			if what := picked(texts); !strings.Contains(what, "Mersenne") {
				t.Errorf("%q", what)
			}
		})
	}
}

// TestTwistedUUIDs are put together from outputs of which each gives a part.
func TestTwistedUUIDs(t *testing.T) {
	lowest := func(mt *twister, width int) int { return int(mt.next()) & (1<<width - 1) }
	highest := func(mt *twister, width int) int { return int(mt.next() >> (32 - width)) }
	php := func(mt *twister, width int) int { return int(mt.next()>>1) & (1<<width - 1) }
	double := func(mt *twister, width int) int { return int(mt.double() * float64(int(1)<<width)) }
	for _, of := range []struct {
		name string
		draw func(mt *twister, width int) int
	}{{"the lowest bits", lowest}, {"PHP's lowest bits", php}, {"the highest bits", highest}, {"doubles", double}} {
		for name, id := range map[string]func(draw func(width int) int) string{
			"four digits": func(draw func(int) int) string {
				return fmt.Sprintf("%04x%04x-%04x-%04x-%04x-%04x%04x%04x", draw(16), draw(16), draw(16), draw(16)&0x0fff|0x4000, draw(16)&0x3fff|0x8000, draw(16), draw(16), draw(16))
			},
			"four digits, no UUID": func(draw func(int) int) string {
				return fmt.Sprintf("%04x%04x%04x%04x%04x%04x%04x%04x", draw(16), draw(16), draw(16), draw(16), draw(16), draw(16), draw(16), draw(16))
			},
			"bytes": func(draw func(int) int) string {
				id := make([]byte, 16)
				for i := range id {
					id[i] = byte(draw(8))
				}
				return uuid(id, 4)
			},
			"a template": func(draw func(int) int) string {
				return template(func() int { return draw(4) }, func() int { return draw(4) & 3 })
			},
		} {
			t.Run(of.name+", "+name, func(t *testing.T) {
				t.Parallel()
				mt := newTwister(20261127)
				if what := twistedIn(func() string { return id(func(width int) int { return of.draw(mt, width) }) }); what != twisterFound {
					t.Errorf("%q", what)
				}
			})
		}
	}
	mt := newTwister(20261127)
	if what := twistedIn(func() string {
		return template(func() int { return highest(mt, 4) }, func() int { return highest(mt, 2) })
	}); what != twisterFound {
		t.Errorf("a template with shares of the variant: %q", what)
	}
	if what := twistedIn(func() string { return uuid(random(16), 4) }); what != "" {
		t.Errorf("random ones: %q", what)
	}
}

// TestTwisterInRows has others draw from the generator after every two hundred ids.
func TestTwisterInRows(t *testing.T) {
	for name, id := range map[string]func(word func() uint32) string{
		"words": func(word func() uint32) string {
			return fmt.Sprintf("%08x%08x%08x%08x", word(), word(), word(), word())
		},
		"words of a UUID": func(word func() uint32) string {
			id := make([]byte, 16)
			for at := 12; at >= 0; at -= 4 { // Python's getrandbits has the first output in the lowest bits
				binary.BigEndian.PutUint32(id[at:], word())
			}
			return uuid(id, 4)
		},
	} {
		mt := newTwister(20261128)
		texts := make([]string, 1000)
		for i := range texts {
			if i%200 == 0 {
				for range 4 * (1 + i/200) {
					mt.next()
				}
			}
			texts[i] = id(mt.next)
		}
		what := ""
		for _, r := range readings(texts) {
			what = cmp.Or(what, mersenneTwister(r))
		}
		if what != twisterFound {
			t.Errorf("%s: %q", name, what)
		}
	}
}

// twistedIn looks for the Mersenne Twister in a thousand ids.
func twistedIn(id func() string) (what string) {
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = id()
	}
	for _, r := range readings(texts) {
		what = cmp.Or(what, twistedUUIDs(r))
	}
	return what
}

// TestPiecesOfJava are the upper bits of each output of java.util.Random.
func TestPiecesOfJava(t *testing.T) {
	state := uint64(20261127)
	next := func(bits int) uint64 {
		state = (state*javaFactor + javaTerm) & javaMask
		return state >> (48 - bits)
	}
	for name, id := range map[string]func() string{
		"two bytes": func() string {
			return fmt.Sprintf("%04x%04x%04x%04x%04x%04x%04x%04x", next(16), next(16), next(16), next(16), next(16), next(16), next(16), next(16))
		},
		"two bytes of a UUID": func() string {
			return fmt.Sprintf("%04x%04x-%04x-%04x-%04x-%04x%04x%04x", next(16), next(16), next(16), next(16)&0x0fff|0x4000, next(16)&0x3fff|0x8000, next(16), next(16), next(16))
		},
		"bytes of a UUID": func() string {
			id := make([]byte, 16)
			for i := range id {
				id[i] = byte(next(8))
			}
			return uuid(id, 4)
		},
	} {
		texts, what := make([]string, 100), ""
		for i := range texts {
			texts[i] = id()
		}
		for _, r := range readings(texts) {
			what = cmp.Or(what, bytesPicked(r))
		}
		if !strings.Contains(what, "java.util.Random") {
			t.Errorf("%s: %q", name, what)
		}
	}
}

// template is a UUID of which each digit is drawn, and the one of the variant from another.
func template(draw, variant func() int) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'x':
			return rune("0123456789abcdef"[draw()])
		case 'y':
			return rune("89ab"[variant()])
		}
		return r
	}, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx")
}

// TestSeededDigits are generators that are seeded anew for each id, of which digits show.
func TestSeededDigits(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range seededGenerators {
		g := &seededGenerators[i]
		for _, way := range []string{"rest", "share"} {
			t.Run(g.name+" "+way, func(t *testing.T) {
				t.Parallel()
				at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
				samples := make([]Sample, 120)
				for i := range samples {
					at = at.Add(3 * time.Millisecond)
					var out [firstOutputs]uint32
					g.outputs(uint64(at.UnixMilli()), out[:])
					for _, word := range out[:14] {
						if way == "rest" {
							samples[i].Text += letters[word%62:][:1]
						} else {
							samples[i].Text += letters[uint64(word)*62>>g.bits:][:1]
						}
					}
				}
				s := searchFor(samples, nil)
				s.trySeed("milliseconds", uint64(at.UnixMilli()), 1)
				if !strings.Contains(s.found, g.name) {
					t.Errorf("%q (ids such as %s)", s.found, samples[0].Text)
				}
			})
		}
	}
}

func TestClothingOfHashesAndGenerators(t *testing.T) {
	drawn := map[string]bool{}
	stretched := func() []byte {
		for {
			if b := random(3); !drawn[string(b)] {
				drawn[string(b)] = true
				return b
			}
		}
	}
	base := func(n numerals, bytes []byte) string {
		number, digits := new(big.Int).SetBytes(bytes), ""
		for number.Sign() > 0 {
			digit := new(big.Int)
			number.DivMod(number, big.NewInt(int64(len(n.digits))), digit)
			digits = n.digits[digit.Int64():][:1] + digits
		}
		return digits
	}
	seeded := func(seed int64) []byte {
		var out [4]uint32
		seededGenerators[2].outputs(uint64(seed), out[:])
		id := []byte{}
		for _, word := range out {
			id = binary.LittleEndian.AppendUint32(id, word)
		}
		return id
	}
	mt := newTwister(99)
	for name, test := range map[string]struct {
		says string
		try  func(*search, []Sample, []reading)
		id   func(i int, at time.Time) string
	}{
		"bytes of the twister": {"Mersenne", nil, func(int, time.Time) string {
			id := make([]byte, 16)
			for i := range id {
				id[i] = byte(mt.next())
			}
			return hex.EncodeToString(id)
		}},
		"three random bytes": {"three random bytes", tryStretched, func(int, time.Time) string {
			s := sha256.Sum256(stretched())
			return base64.RawURLEncoding.EncodeToString(s[:])
		}},
		"a word and a row": {"a word and a counter", tryDeep, func(i int, _ time.Time) string {
			s := sha1.Sum(fmt.Append(nil, "mysecret", 48211+i))
			return hex.EncodeToString(s[:])
		}},
		"who asks, in microseconds, cut": {"who asks", tryDeep, func(_ int, at time.Time) string {
			s := sha256.Sum256(fmt.Append(nil, "Mozilla/5.0 (compatible; webchatspec)", at.UnixMicro()))
			return hex.EncodeToString(s[:16])
		}},
		"process and clock": {"number of a process", tryDeep, func(_ int, at time.Time) string {
			s := md5.Sum(fmt.Appendf(nil, "%d.%d", 17321, at.UnixMilli()))
			return hex.EncodeToString(s[:])
		}},
		"process and counter": {"number of a process", tryDeep, func(i int, _ time.Time) string {
			s := sha256.Sum256(fmt.Appendf(nil, "%d:%d", 17321, 2100+i))
			return hex.EncodeToString(s[:])
		}},
		"address, port and clock": {"address and port and the time", tryDeep, func(i int, at time.Time) string {
			s := md5.Sum(fmt.Appendf(nil, "127.0.0.1%d%d", 40_000+i, at.UnixMilli()))
			return hex.EncodeToString(s[:])
		}},
		"instance and counter": {"number of an instance", tryInstances, func(i int, _ time.Time) string {
			s := sha1.Sum(fmt.Appendf(nil, "%d-%d", 1+i%4, 120+i/4))
			return uuid(s[:16], 4)
		}},
		"word, instance and counter": {"number of an instance", tryInstances, func(i int, _ time.Time) string {
			s := sha256.Sum256(fmt.Appendf(nil, "visitor:%d:%d", i%2, 9_000+i/2))
			return hex.EncodeToString(s[:16])
		}},
		"a moment as PostgreSQL prints it": {"the time of asking", tryClocks, func(_ int, at time.Time) string {
			s := md5.Sum([]byte(at.Format("2006-01-02 15:04:05.000000-07")))
			return hex.EncodeToString(s[:])
		}},
		"a moment as Python prints it": {"the time of asking", tryClocks, func(_ int, at time.Time) string {
			s := sha1.Sum([]byte(at.Format("2006-01-02T15:04:05.000000-07:00")))
			return hex.EncodeToString(s[:])
		}},
		"start and counter": {"time of its start", tryDeep, func(i int, at time.Time) string {
			s := sha256.Sum256(fmt.Appendf(nil, "%d-%d", i+1, time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC).Unix()))
			return hex.EncodeToString(s[:])
		}},
		"who asks and when": {"User-Agent", tryAbout, func(i int, at time.Time) string {
			s := sha256.Sum256(fmt.Appendf(nil, "127.0.0.1Mozilla/5.0 (compatible; webchatspec)%d%d", at.UnixMilli(), i%7))
			return hex.EncodeToString(s[:])
		}},
		"who asks in which second": {"User-Agent", tryAbout, func(i int, at time.Time) string {
			s := sha1.Sum(fmt.Appendf(nil, "127.0.0.1|Mozilla/5.0 (compatible; webchatspec)|%d|%d", at.Unix(), i%400))
			return hex.EncodeToString(s[:])
		}},
		"a KSUID of java.util.Random": {"java.util.Random", trySeeds, func(_ int, at time.Time) string {
			return base(otherDigits[0], append(binary.BigEndian.AppendUint32(nil, uint32(at.Unix()-1_400_000_000)), seeded(at.UnixMilli())...))
		}},
		"base 58 of a hash": {"SHA-256", tryCounters, func(i int, _ time.Time) string {
			s := sha256.Sum256(fmt.Append(nil, 5000+i))
			return base(otherDigits[1], s[:])
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			samples := made(test.id)
			texts := make([]string, len(samples))
			for i, sample := range samples {
				texts[i] = sample.Text
			}
			all := readings(texts)
			what := ""
			if test.try == nil {
				for _, r := range all {
					what = cmp.Or(what, bytesPicked(r))
				}
			} else {
				s := searchFor(samples, all)
				test.try(s, samples, all)
				what = s.found
			}
			if !strings.Contains(what, test.says) {
				t.Errorf("%q (ids such as %s)", what, samples[0].Text)
			}
		})
	}
}

// TestShares are digits that are shares of the outputs of java.util.Random.
func TestShares(t *testing.T) {
	for _, test := range []struct{ base, perID, steps int }{{16, 32, 1}, {16, 30, 2}, {62, 12, 2}, {62, 20, 2}, {36, 14, 2}, {32, 16, 1}, {10, 24, 2}} {
		state := uint64(0x123456789abc)
		s := digitStream{base: test.base, perID: test.perID}
		for range 100 * test.perID {
			for range test.steps {
				state = (state*javaFactor + javaTerm) & javaMask
			}
			s.digits = append(s.digits, int(state>>16*uint64(test.base)>>32))
		}
		if what := s.shared(); what == "" {
			t.Errorf("%d of %d", test.base, test.perID)
		}
		for i := range s.digits {
			s.digits[i] = int(random(1)[0]) % test.base
		}
		if what := s.shared(); what != "" {
			t.Errorf("random digits: %s", what)
		}
	}
}

// TestSamplesByMathRandom are characters that were taken out of an alphabet, as lodash's
// sampleSize does by swapping, and splice by taking away.
func TestSamplesByMathRandom(t *testing.T) {
	for name, swap := range map[string]bool{"swapped": true, "taken away": false} {
		v := &v8{s0: 0x123456789abcdef, s1: 0xfedcba987654321}
		texts := make([]string, 200)
		for i := range texts {
			left := []byte(alphabets[1])
			for range 16 {
				r := int(v.next() * float64(len(left)))
				texts[i] += string(left[r])
				if swap {
					left[r] = left[0]
					left = left[1:]
				} else {
					left = append(left[:r], left[r+1:]...)
				}
			}
		}
		if what := mathRandom(make([]Sample, len(texts)), texts); what == "" {
			t.Error(name)
		}
	}
}
