package randomness

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	mathrand "math/rand"
	"strconv"
	"strings"
	"testing"
	"time"
)

// made makes a thousand ids, one in each few milliseconds.
func made(id func(i int, at time.Time) string) []Sample {
	samples := make([]Sample, 1000)
	at := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.UTC)
	for i := range samples {
		samples[i] = Sample{Text: id(i, at), From: at.Add(-80 * time.Microsecond), Until: at.Add(90 * time.Microsecond), Agent: "Mozilla/5.0 (compatible; webchatspec)"}
		at = at.Add(time.Duration(1+i%3) * 1234567)
	}
	return samples
}

func random(n int) []byte { b := make([]byte, n); rand.Read(b); return b }

func uuid(b []byte, version byte) string {
	b[6], b[8] = b[6]&0x0f|version<<4, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func randomDouble() float64 { return float64(binary.BigEndian.Uint64(random(8))>>11) / (1 << 53) }

func hashed(text string) []byte { s := sha256.Sum256([]byte(text)); return s[:] }

func TestRandomIDsAreRecognisedAsNothing(t *testing.T) {
	ulid := func(at time.Time, tail []byte) []byte {
		return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))[2:], tail...)
	}
	key := string(random(16))
	for name, id := range map[string]func(int, time.Time) string{
		"uuid v4":         func(int, time.Time) string { return uuid(random(16), 4) },
		"uuid v7":         func(_ int, at time.Time) string { return uuid(ulid(at, random(10)), 7) },
		"ulid":            func(_ int, at time.Time) string { return strings.ToUpper(hex.EncodeToString(ulid(at, random(10)))) },
		"64 bits":         func(int, time.Time) string { return hex.EncodeToString(random(8)) },
		"64 bits, digits": func(int, time.Time) string { return new(big.Int).SetBytes(random(8)).String() },
		"base64url":       func(int, time.Time) string { return base64.RawURLEncoding.EncodeToString(random(16)) },
		"base64":          func(int, time.Time) string { return base64.StdEncoding.EncodeToString(random(18)) },
		"prefixed":        func(int, time.Time) string { return "anon-" + hex.EncodeToString(random(16)) },
		"base 36":         func(int, time.Time) string { return new(big.Int).SetBytes(random(16)).Text(36) },
		"base64 of hex": func(int, time.Time) string {
			return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(random(16))))
		},
		"72 bits, digits":                   func(int, time.Time) string { return fmt.Sprintf("%022s", new(big.Int).SetBytes(random(9)).String()) },
		"push id":                           func(_ int, at time.Time) string { return fmt.Sprintf("-%08x%x", at.UnixMilli()&0xffffffff, random(9)) },
		"doubled":                           func(int, time.Time) string { r := hex.EncodeToString(random(8)); return r + "-" + r },
		"two doubles":                       func(int, time.Time) string { return fmt.Sprint(randomDouble(), "-", randomDouble()) },
		"secret hash":                       func(i int, _ time.Time) string { return hex.EncodeToString(hashed(key + fmt.Sprint(i))) },
		"counter and random":                func(i int, _ time.Time) string { return fmt.Sprintf("%d-%x", i, random(12)) },
		"time and random":                   func(_ int, at time.Time) string { return fmt.Sprintf("%d.%x", at.UnixMilli(), random(12)) },
		"shard by turns, second and random": func(i int, at time.Time) string { return fmt.Sprintf("EU%d-%08X-%X", 1+i%3, at.Unix(), random(10)) },
		"sqids of random numbers": func(int, time.Time) string {
			// The first character says by which alphabet the others are written, padding included.
			chosen := int(random(1)[0]) % 62
			id := []byte{alphabets[2][chosen]}
			for place, b := range random(15) {
				id = append(id, alphabets[2][(int(b)+chosen*place)%62])
			}
			for place := range 8 {
				id = append(id, alphabets[2][chosen*(place+3)%62])
			}
			return string(id)
		},
		"nanoid": func(int, time.Time) string {
			id := make([]byte, 21)
			for i, b := range random(21) {
				id[i] = alphabets[8][b&63]
			}
			return string(id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			samples := made(id)
			if what := Recognise(samples); what != "" {
				t.Errorf("%s (ids such as %s)", what, samples[0].Text)
			}
			t.Log(time.Since(begin))
		})
	}
}

func TestRecognise(t *testing.T) {
	seeded, drawn := mathrand.New(mathrand.NewSource(42)), mathrand.New(mathrand.NewSource(7))
	java := uint64(0x1234567890ab)
	javaNext := func() uint32 { java = (java*javaFactor + javaTerm) & javaMask; return uint32(java >> 16) }
	lcg := uint64(88172645463325252)
	minstd := uint64(20261126)
	xorshift := uint64(88172645463325252)
	mt := newTwister(4711)
	chain := hex.EncodeToString(hashed("start"))
	stars := &xoshiro{1234567, 89101112, 13141516, 17181920}
	plus, ansi, lfsr := &xorshiftPlus{0x123456789abcdef, 0xfedcba987654321}, uint64(20261127), uint64(88172645463325253)
	browser := &v8{s0: 0x123456789abcdef, s1: 0xfedcba987654321}
	uuidByRandom := func(int, time.Time) string {
		return strings.Map(func(r rune) rune {
			switch r {
			case 'x':
				return rune("0123456789abcdef"[int(browser.next()*16)])
			case 'y':
				return rune("0123456789abcdef"[int(browser.next()*16)&3|8])
			}
			return r
		}, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx")
	}
	for name, test := range map[string]struct {
		says string
		id   func(i int, at time.Time) string
	}{
		"counter":                {"grow", func(i int, _ time.Time) string { return fmt.Sprintf("user-%016d", 4711+i) }},
		"counter in hexadecimal": {"grow", func(i int, _ time.Time) string { return fmt.Sprintf("%032x", 4711+i) }},
		"falling":                {"fall", func(i int, _ time.Time) string { return fmt.Sprintf("user-%d", 1<<60-i) }},
		"base64 of a counter": {"grow", func(i int, _ time.Time) string {
			return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "visitor:%09d", i))
		}},
		"hex of a counter text": {"grow", func(i int, _ time.Time) string { return hex.EncodeToString(fmt.Appendf(nil, "visitor-%09d", i)) }},
		"nanoseconds":           {"grow", func(_ int, at time.Time) string { return fmt.Sprintf("%032x", at.UnixNano()) }},
		"two workers":           {"runs", func(i int, _ time.Time) string { return fmt.Sprintf("%016x", uint64(1+i%2)<<48+uint64(i)) }},
		"md5 of a counter": {"MD5 of a counter", func(i int, _ time.Time) string {
			s := md5.Sum(fmt.Append(nil, 1000+i))
			return hex.EncodeToString(s[:])
		}},
		"uuid of a hashed counter": {"SHA-256 of a word and a counter", func(i int, _ time.Time) string { return uuid(hashed(fmt.Sprintf("visitor-%d", i)), 4) }},
		"cut hash":                 {"SHA-1 of a counter", func(i int, _ time.Time) string { s := sha1.Sum(fmt.Append(nil, i)); return hex.EncodeToString(s[:10]) }},
		"hash in base64url":        {"SHA-256 of a counter", func(i int, _ time.Time) string { return base64.RawURLEncoding.EncodeToString(hashed(fmt.Sprint(i))) }},
		"small numbers":            {"small number", func(int, time.Time) string { return hex.EncodeToString(hashed(fmt.Sprint(mathrand.Intn(900_000)))) }},
		"uuid v5": {"UUID of the DNS", func(i int, _ time.Time) string {
			space, _ := hex.DecodeString("6ba7b8109dad11d180b400c04fd430c8")
			s := sha1.Sum(append(space, fmt.Append(nil, i)...))
			return uuid(s[:], 5)
		}},
		"uuid v3": {"MD5 (UUID of the URL name space) of a word and a counter", func(i int, _ time.Time) string {
			space, _ := hex.DecodeString("6ba7b8119dad11d180b400c04fd430c8")
			s := md5.Sum(append(space, fmt.Appendf(nil, "visitor-%d", 7000+i)...))
			return uuid(s[:], 3)
		}},
		"milliseconds": {"the time of asking", func(_ int, at time.Time) string { return hex.EncodeToString(hashed(fmt.Sprint(at.UnixMilli()))) }},
		"microseconds": {"the time of asking", func(_ int, at time.Time) string {
			return uuid(hashed(fmt.Sprintf("%.6f", float64(at.UnixMicro())/1e6)), 4)
		}},
		"address and microtime": {"who asks", func(_ int, at time.Time) string {
			s := md5.Sum(fmt.Appendf(nil, "127.0.0.1"+"0.%06d00 %d", at.UnixMicro()%1e6, at.Unix()))
			return hex.EncodeToString(s[:])
		}},
		"microtime as a number": {"the time of asking", func(_ int, at time.Time) string {
			return hex.EncodeToString(hashed("::1-" + strconv.FormatFloat(float64(at.UnixMicro()/100)/1e4, 'f', -1, 64)))
		}},
		"nanoseconds, hashed": {"the time of asking", func(_ int, at time.Time) string { return hex.EncodeToString(hashed(fmt.Sprint(at.UnixNano()))) }},
		"clock and counter": {"small number", func(i int, at time.Time) string {
			return hex.EncodeToString(hashed(fmt.Sprintf("%d-%d", at.UnixMilli(), 60+i)))
		}},
		"port": {"address and port", func(i int, _ time.Time) string {
			return hex.EncodeToString(hashed(fmt.Sprintf("127.0.0.1:%d", 40000+i*2)))
		}},
		"chain": {"the id before", func(int, time.Time) string {
			id := chain
			chain = hex.EncodeToString(hashed(id))
			return id
		}},
		"64-bit generator": {"congruential", func(int, time.Time) string {
			lcg = lcg*6364136223846793005 + 1442695040888963407
			return fmt.Sprintf("%016x", lcg)
		}},
		"two outputs": {"congruential", func(int, time.Time) string {
			high := lcg*6364136223846793005 + 1442695040888963407
			lcg = high*6364136223846793005 + 1442695040888963407
			return fmt.Sprintf("anon-%016x%016x", high, lcg)
		}},
		"four words": {"congruential", func(int, time.Time) string {
			var b strings.Builder
			for range 4 {
				minstd = minstd * 48271 % (1<<31 - 1)
				fmt.Fprintf(&b, "%08x", minstd)
			}
			return b.String()
		}},
		"multiplied counter": {"congruential", func(i int, _ time.Time) string { return fmt.Sprintf("%016x", uint64(i)*0x9E3779B97F4A7C15) }},
		"java": {"java.util.Random", func(int, time.Time) string {
			return fmt.Sprintf("%08x%08x%08x%08x", javaNext(), javaNext(), javaNext(), javaNext())
		}},
		"java longs": {"java.util.Random", func(int, time.Time) string {
			long := func() uint64 { high := uint64(javaNext()) << 32; return high + uint64(int64(int32(javaNext()))) }
			return fmt.Sprintf("%016x%016x", long(), long())
		}},
		"xorshift": {"shift register", func(int, time.Time) string {
			xorshift ^= xorshift << 13
			xorshift ^= xorshift >> 7
			xorshift ^= xorshift << 17
			return fmt.Sprintf("%016x", xorshift)
		}},
		"mersenne twister": {"Mersenne Twister", func(int, time.Time) string {
			w := [4]uint32{mt.next(), mt.next(), mt.next(), mt.next()}
			return fmt.Sprintf("%08x%08x%08x%08x", w[3], w[2], w[1], w[0]) // as Python prints getrandbits(128)
		}},
		"mersenne twister, uuid": {"Mersenne Twister", func(int, time.Time) string {
			b := binary.BigEndian.AppendUint32(nil, mt.next())
			for range 3 {
				b = binary.BigEndian.AppendUint32(b, mt.next())
			}
			return uuid(b, 4)
		}},
		"seeded Go":     {"additive", func(int, time.Time) string { return fmt.Sprintf("%016x%016x", seeded.Uint64(), seeded.Uint64()) }},
		"half constant": {"bits change", func(int, time.Time) string { return hex.EncodeToString(append(random(5), "0123456789A"...)) }},
		"checksum": {"bits change", func(int, time.Time) string {
			b := random(4)
			x := b[0] ^ b[1]
			return hex.EncodeToString(append(b, x, b[2]^b[3], b[0]^b[3], b[1]^b[2], b[0]^b[2]^1, b[3]))
		}},
		"uuid of a generator": {"congruential", func(int, time.Time) string {
			b := make([]byte, 0, 16)
			for range 2 {
				lcg = lcg*6364136223846793005 + 1442695040888963407
				b = binary.BigEndian.AppendUint64(b, lcg)
			}
			return uuid(b, 4)
		}},
		"uuid of a generator that others use, too": {"congruential", func(i int, _ time.Time) string {
			b := make([]byte, 0, 16)
			for range 1 + (i*i)%5 { // what others drew in between
				lcg = lcg*6364136223846793005 + 1442695040888963407
			}
			for range 2 {
				lcg = lcg*6364136223846793005 + 1442695040888963407
				b = binary.BigEndian.AppendUint64(b, lcg)
			}
			return uuid(b, 4)
		}},
		"mersenne twister, 31 bits": {"Mersenne Twister", func(int, time.Time) string {
			return fmt.Sprintf("%08x%08x%08x", mt.next()>>1, mt.next()>>1, mt.next()>>1)
		}},
		"mersenne twister, doubles": {"Mersenne Twister", func(int, time.Time) string { return fmt.Sprint(mt.double(), "-", mt.double()) }},
		"mersenne twister, 16 digits": {"Mersenne Twister", func(int, time.Time) string {
			return fmt.Sprintf("%.16f-%.16f", mt.double(), mt.double())
		}},
		"java doubles": {"java.util.Random", func(int, time.Time) string {
			double := func() float64 {
				high := uint64(javaNext() >> 6)
				return float64(high<<27+uint64(javaNext()>>5)) / (1 << 53)
			}
			return fmt.Sprint(double(), "-", double())
		}},
		"minimal standard, doubles": {"congruential", func(int, time.Time) string {
			double := func() float64 { minstd = minstd * 16807 % (1<<31 - 1); return float64(minstd) / (1<<31 - 1) }
			return fmt.Sprint(double(), ":", double())
		}},
		"splitmix": {"SplitMix64", func(i int, _ time.Time) string {
			mix := func(z uint64) uint64 {
				z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
				z = (z ^ z>>27) * 0x94d049bb133111eb
				return z ^ z>>31
			}
			return fmt.Sprintf("%016x%016x", mix(uint64(2*i)*0x9e3779b97f4a7c15+7), mix(uint64(2*i+1)*0x9e3779b97f4a7c15+7))
		}},
		"murmur of a counter": {"MurmurHash3", func(i int, _ time.Time) string {
			z := uint64(i + 4711)
			z = (z ^ z>>33) * 0xff51afd7ed558ccd
			z = (z ^ z>>33) * 0xc4ceb9fe1a85ec53
			return fmt.Sprintf("%016x", z^z>>33)
		}},
		"murmur of a snowflake, with a tail": {"MurmurHash3", func(i int, at time.Time) string {
			z := uint64(at.UnixMilli()<<22 | int64(i%4096))
			z = (z ^ z>>33) * 0xff51afd7ed558ccd
			z = (z ^ z>>33) * 0xc4ceb9fe1a85ec53
			return fmt.Sprintf("%016x0000", z^z>>33)
		}},
		"xoshiro256**": {"xoshiro", func(int, time.Time) string { return fmt.Sprintf("%016x%016x", stars.next(), stars.next()) }},
		"far counter behind a word": {"a word and a counter", func(i int, _ time.Time) string {
			return hex.EncodeToString(hashed(fmt.Sprintf("visitor-%d", 187_654+i)))
		}},
		"one server of four": {"a word and a counter", func(i int, _ time.Time) string {
			if i%4 != 2 {
				return hex.EncodeToString(random(32))
			}
			return hex.EncodeToString(hashed(fmt.Sprintf("v%d", i)))
		}},
		"hash of a hash": {"MD5 of the hexadecimal SHA-1", func(i int, _ time.Time) string {
			inner := sha1.Sum(fmt.Append(nil, 12_345+i))
			s := md5.Sum([]byte(hex.EncodeToString(inner[:])))
			return hex.EncodeToString(s[:])
		}},
		"guessable secret": {"HMAC with SHA-256 under the secret", func(i int, _ time.Time) string {
			mac := hmac.New(sha256.New, []byte("secret"))
			fmt.Fprint(mac, 10_500+i)
			return hex.EncodeToString(mac.Sum(nil))
		}},
		"word and counter under no secret": {"HMAC with SHA-256 under the secret", func(i int, _ time.Time) string {
			mac := hmac.New(sha256.New, nil)
			fmt.Fprintf(mac, "user-%d", 7_300+i)
			return hex.EncodeToString(mac.Sum(nil))
		}},
		"seeded with a counter": {"puts out when seeded with a counter", func(i int, _ time.Time) string {
			anew := newTwister(uint32(700 + i))
			return fmt.Sprintf("%08x%08x%08x%08x", anew.next(), anew.next(), anew.next(), anew.next())
		}},
		"block under a guessable key": {"key of AES", func(i int, _ time.Time) string {
			block, _ := aes.NewCipher(make([]byte, 16))
			id := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(40_000+i))
			block.Encrypt(id, id)
			return hex.EncodeToString(id)
		}},
		"permuted alphabet":   {"families", func(i int, _ time.Time) string { return permuted(i) }},
		"uuid by Math.random": {"Math.random", uuidByRandom},
		"rand of C": {"rand in the C standard", func(int, time.Time) string {
			var b strings.Builder
			for range 8 {
				ansi = (ansi*1103515245 + 12345) & (1<<31 - 1)
				fmt.Fprintf(&b, "%04x", ansi>>16)
			}
			return b.String()
		}},
		"java, base 36": {"java.util.Random", func(int, time.Time) string {
			padded := func() string { return fmt.Sprintf("%07s", strconv.FormatUint(uint64(javaNext()), 36)) }
			return padded() + padded() + padded()
		}},
		"mersenne twister, padded": {"Mersenne Twister", func(int, time.Time) string {
			return fmt.Sprintf("u-%010d%010d", mt.next()>>1, mt.next()>>1) // mt_rand
		}},
		// Which of a thousand lie among the numbers that are tried is a matter of luck:
		// these ones have it.
		"eight digits, as a UUID": {"random number", func(int, time.Time) string {
			s := md5.Sum([]byte(fmt.Sprint(10_000_000 + mathrand.Intn(90_000_000))))
			return uuid(s[:], 3)
		}},
		"md5 of nine digits": {"random number", func(int, time.Time) string {
			s := md5.Sum([]byte(fmt.Sprint(100_000_000 + mathrand.Intn(900_000_000))))
			return hex.EncodeToString(s[:])
		}},
		"md5 of rand": {"random number", func(int, time.Time) string {
			s := md5.Sum(fmt.Append(nil, drawn.Int31()))
			return hex.EncodeToString(s[:])
		}},
		"counter and day": {"a counter and the day", func(i int, at time.Time) string {
			return hex.EncodeToString(hashed(fmt.Sprintf("%d:%s", 54_321+i, at.Format("2006-01-02"))))
		}},
		"lfsr": {"shift register", func(int, time.Time) string {
			for range 64 {
				lfsr = lfsr>>1 ^ -(lfsr&1)&0xd800000000000000
			}
			return fmt.Sprintf("%016x", lfsr)
		}},
		"xorshift128+": {"xorshift128+", func(int, time.Time) string {
			return fmt.Sprintf("%016x%016x", plus.next(), plus.next())
		}},
		"hexadecimal pieces by Math.random": {"one after the other", func(int, time.Time) string {
			s4 := func() string { return fmt.Sprintf("%04x", int(browser.next()*65536)) }
			return s4() + s4() + "-" + s4() + "-" + s4() + "-" + s4() + "-" + s4() + s4() + s4()
		}},
		"bytes by Math.random": {"one after the other", func(int, time.Time) string {
			b := make([]byte, 16)
			for i := range b {
				b[i] = byte(browser.next() * 256)
			}
			return uuid(b, 4)
		}},
		"little words by Math.random": {"one after the other", func(int, time.Time) string {
			var b []byte
			for range 4 {
				b = binary.LittleEndian.AppendUint32(b, uint32(browser.next()*(1<<32)))
			}
			return uuid(b, 4)
		}},
		"clock and Math.random": {"the clock and Math.random", func(_ int, at time.Time) string {
			return clocked(browser, at.UnixMilli(), 0)
		}},
		"clock, start and Math.random": {"the clock and Math.random", func(_ int, at time.Time) string {
			return clocked(browser, at.UnixMilli(), at.UnixMicro()%1_000_000_000)
		}},
		"whole numbers by Math.random": {"whole numbers", func(int, time.Time) string {
			return fmt.Sprintf("%d-%d", int64(browser.next()*(1<<53)), int64(browser.next()*(1<<53)))
		}},
		"padded whole numbers by Math.random": {"whole numbers", func(int, time.Time) string {
			return fmt.Sprintf("%014x%014x", int64(browser.next()*(1<<53-1)), int64(browser.next()*(1<<53-1)))
		}},
		"Math.random of which one is not shown": {"in base 36", func(int, time.Time) string {
			browser.next()
			return browser.base36(11) + browser.base36(11)
		}},
		"Math.random in base 36": {"Math.random", func(int, time.Time) string { return browser.base36(11) + browser.base36(11) }},
		"letters by Math.random": {"Math.random", func(int, time.Time) string {
			id := make([]byte, 24)
			for i := range id {
				id[i] = alphabets[2][int(browser.next()*62)]
			}
			return string(id)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			samples := made(test.id)
			if what := Recognise(samples); !strings.Contains(what, test.says) {
				t.Errorf("%q lacks %q (ids such as %s, %s)", what, test.says, samples[0].Text, samples[1].Text)
			}
			t.Log(time.Since(begin))
		})
	}
}

func BenchmarkRecognise(b *testing.B) {
	samples := made(func(int, time.Time) string { return uuid(random(16), 4) })
	for b.Loop() {
		Recognise(samples)
	}
}
