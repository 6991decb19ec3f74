package randomness

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	mathrand "math/rand"
	"strings"
	"testing"
	"time"
)

// TestPickedDigits: a generator shows in the digits that were picked with it.
func TestPickedDigits(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	const all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	python, php, lossy, calls := newTwister(4711), newTwister(815), newTwister(4712), 0
	golang, shift := mathrand.New(mathrand.NewSource(42)), uint32(2463534242)
	java, dotnet := uint64(0x1234567890ab), newSubtractive(20261127)
	ansi, small, minstd, recipes, berry, sine := uint32(99), 4711, 20261127, uint32(815), uint32(4711), 0
	random := func(n int) int {
		i, _ := rand.Int(rand.Reader, big.NewInt(int64(n)))
		return int(i.Int64())
	}
	for name, test := range map[string]struct {
		alphabet string
		length   int
		pick     func(n int) int
		want     string
	}{
		"random.choices of Python": {letters, 20, func(n int) int { return int(python.double() * float64(n)) }, "Mersenne"},
		"random.choices, an id lost": {letters, 20, func(n int) int {
			if calls++; calls == 700*20 {
				for range 20 {
					lossy.double()
				}
			}
			return int(lossy.double() * float64(n))
		}, "Mersenne"},
		"mt_rand of PHP":         {"0123456789abcdef", 32, func(n int) int { return int(php.next()) % n }, "Mersenne"},
		"rand.Intn of Go":        {all, 10, golang.Intn, "additive"},
		"xorshift32, as a share": {all, 12, func(n int) int { return int(float64(xorshift32(&shift)) / (1 << 32) * float64(n)) }, "shift register"},
		"nextInt of Java":        {all, 12, func(n int) int { java = (java*javaFactor + javaTerm) & javaMask; return int(java>>17) % n }, "java.util.Random"},
		"Next of .NET":           {letters, 16, func(n int) int { return int(float64(dotnet()) / (1<<31 - 1) * float64(n)) }, "additive"},
		"rand of the C standard": {letters, 16, func(n int) int { ansi = ansi*1103515245 + 12345; return int(ansi>>16&0x7fff) % n }, "C standard"},
		"9301 49297 233280":      {all, 16, func(n int) int { small = (small*9301 + 49297) % 233280; return small * n / 233280 }, "9301"},
		"minstd, the rest":       {letters, 16, func(n int) int { minstd = minstd * 16807 % mersennePrime; return minstd % n }, "16807"},
		"Numerical Recipes":      {letters, 12, func(n int) int { recipes = recipes*1664525 + 1013904223; return int(uint64(recipes) * uint64(n) >> 32) }, "1664525"},
		"mulberry32":             {letters, 12, func(n int) int { berry += mulberryStep; return int(uint64(mulberry(berry)) * uint64(n) >> 32) }, "mulberry32"},
		"the sine of a counter": {all, 10, func(n int) int {
			sine++
			x := math.Sin(float64(sine)) * 10000
			return int((x - math.Floor(x)) * float64(n))
		}, "sine"},
		"random letters":             {letters, 20, random, ""},
		"random letters of all":      {all, 21, random, ""},
		"random Crockford":           {crockford, 26, random, ""},
		"random decimal digits":      {"0123456789", 24, random, ""},
		"random hexadecimal":         {"0123456789abcdef", 32, random, ""},
		"random with a fixed letter": {letters, 18, func(n int) int { return random(n) }, ""},
	} {
		ids := make([]string, 1000)
		for i := range ids {
			var b strings.Builder
			for range test.length {
				b.WriteByte(test.alphabet[test.pick(len(test.alphabet))])
			}
			if ids[i] = b.String(); strings.Contains(name, "fixed") {
				ids[i] = ids[i][:5] + "x" + ids[i][5:]
			}
		}
		if got := picked(ids); test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestBytesOfDotNet: a UUID made of the bytes of System.Random.
func TestBytesOfDotNet(t *testing.T) {
	next := newSubtractive(4711)
	var texts []string
	for range 200 {
		var b [16]byte
		for i := range b {
			b[i] = byte(next())
		}
		b[7], b[8] = b[7]&0x0f|0x40, b[8]&0x3f|0x80
		texts = append(texts, fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:]))
	}
	found := ""
	for _, r := range readings(texts) {
		found += bytesPicked(r)
	}
	if !strings.Contains(found, "additive") {
		t.Errorf("%q", found)
	}
	for i := range texts {
		b := make([]byte, 16)
		rand.Read(b)
		texts[i] = hex.EncodeToString(b)
	}
	for _, r := range readings(texts) {
		if what := bytesPicked(r); what != "" {
			t.Errorf("random bytes: %q", what)
		}
	}
}

func xorshift32(x *uint32) uint32 {
	*x ^= *x << 13
	*x ^= *x >> 17
	*x ^= *x << 5
	return *x
}

// newSubtractive is System.Random of .NET with a seed.
func newSubtractive(seed int) func() int {
	const most = 1<<31 - 1
	var a [56]int
	mj, mk := 161803398-seed, 1
	a[55] = mj
	for i := 1; i < 55; i++ {
		ii := 21 * i % 55
		a[ii] = mk
		if mk = mj - mk; mk < 0 {
			mk += most
		}
		mj = a[ii]
	}
	for range 4 {
		for i := 1; i < 56; i++ {
			if a[i] -= a[1+(i+30)%55]; a[i] < 0 {
				a[i] += most
			}
		}
	}
	x, y := 0, 21
	return func() int {
		if x++; x == 56 {
			x = 1
		}
		if y++; y == 56 {
			y = 1
		}
		r := a[x] - a[y]
		if r < 0 {
			r += most
		}
		a[x] = r
		return r
	}
}

// TestWordsOfSmallGenerators: 32 bits at a time, and a UUID that hides some of them.
func TestWordsOfSmallGenerators(t *testing.T) {
	state := [4]uint32{123456789, 362436069, 521288629, 88675123}
	xoshiro := func() uint32 {
		t := state[1] << 9
		state[2] ^= state[0]
		state[3] ^= state[1]
		state[1] ^= state[2]
		state[0] ^= state[3]
		state[2] ^= t
		state[3] = bits.RotateLeft32(state[3], 11)
		return state[1]
	}
	count, berry := uint32(4711), uint32(0xcafe1234)
	splitmix := func() uint32 {
		count += 0x9e3779b9
		z := (count ^ count>>16) * 0x21f0aaad
		z = (z ^ z>>15) * 0x735a2d97
		return z ^ z>>15
	}
	for name, test := range map[string]struct {
		next func() uint32
		uuid bool
		want string
	}{
		"xoshiro128**":    {func() uint32 { return bits.RotateLeft32(xoshiro()*5, 7) * 9 }, true, "xoshiro128**"},
		"xoshiro128+":     {func() uint32 { xoshiro(); return state[0] + state[3] }, false, "sum of shift registers"},
		"SplitMix32":      {splitmix, true, "SplitMix32"},
		"mulberry32":      {func() uint32 { berry += mulberryStep; return mulberry(berry) }, true, "mulberry32"},
		"random":          {mathrand.Uint32, false, ""},
		"random in UUIDs": {mathrand.Uint32, true, ""},
	} {
		var texts []string
		for range 1000 {
			var b []byte
			for range 4 {
				b = binary.BigEndian.AppendUint32(b, test.next())
			}
			text := hex.EncodeToString(b)
			if test.uuid {
				text = uuid(b, 4)
			}
			texts = append(texts, text)
		}
		found := ""
		for _, r := range readings(texts) {
			found += mixed(r) + summed(r) + walkedWords(r)
		}
		if test.want == "" && found != "" || !strings.Contains(found, test.want) {
			t.Errorf("%s: %q, want %q", name, found, test.want)
		}
	}
}

// TestSplitMixInUUIDs: java.util.SplittableRandom, whose step is its own, where a UUID
// hides some of the bits.
func TestSplitMixInUUIDs(t *testing.T) {
	state, step := uint64(88172645463325252), uint64(0x123456789abcdef1)
	var texts []string
	for range 1000 {
		var b []byte
		for range 2 {
			state += step
			z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			b = binary.BigEndian.AppendUint64(b, z^z>>31)
		}
		texts = append(texts, uuid(b, 4))
	}
	found := ""
	for _, r := range readings(texts) {
		found += mixed(r)
	}
	if !strings.Contains(found, "SplitMix64") {
		t.Errorf("%q", found)
	}
}

// TestFewIDs: what a slow site has given out until the time is up is little evidence.
func TestFewIDs(t *testing.T) {
	for _, n := range []int{100, 150, 200, 270, 330} {
		var texts []string
		for range n {
			texts = append(texts, uuid(random(16), 4))
		}
		for _, r := range readings(texts) {
			for _, look := range []func(reading) string{sequence, congruential, mersenneTwister, additive, bytesPicked, mixed, summed, linear} {
				if what := look(r); r.whole && what != "" {
					t.Errorf("%d random UUIDs: %s", n, what)
				}
			}
		}
		if what := picked(texts); what != "" {
			t.Errorf("%d random UUIDs: %s", n, what)
		}
	}
}

// TestTemplateWithASmallGenerator: the digits of a UUID, drawn one by one.
func TestTemplateWithASmallGenerator(t *testing.T) {
	state := uint32(815)
	var texts []string
	for range 1000 {
		texts = append(texts, strings.Map(func(r rune) rune {
			if r != 'x' && r != 'y' {
				return r
			}
			state = state*1664525 + 1013904223
			if r == 'y' {
				return rune("89ab"[state>>28&3])
			}
			return rune("0123456789abcdef"[state>>28])
		}, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"))
	}
	if got := picked(texts); !strings.Contains(got, "1664525") {
		t.Errorf("%q", got)
	}
}

// TestClockAndMathRandom: a ULID whose random part is none, written from its end.
func TestClockAndMathRandom(t *testing.T) {
	browser := &v8{s0: 0x123456789abcdef, s1: 0xfedcba987654321}
	samples := made(func(_ int, at time.Time) string {
		id := make([]byte, 26)
		for i := 25; i >= 10; i-- {
			id[i] = crockford[int(browser.next()*32)]
		}
		for i, ms := 9, at.UnixMilli(); i >= 0; i, ms = i-1, ms/32 {
			id[i] = crockford[ms%32]
		}
		return string(id)
	})
	texts := make([]string, len(samples))
	for i := range texts {
		texts[i] = samples[i].Text
	}
	if got := mathRandom(samples, strip(texts)); !strings.Contains(got, "Math.random") {
		t.Errorf("%q (%s)", got, texts[0])
	}
}

// TestSeldomHashes: a word and a counter under hashes that few use, as base32 and cut.
func TestSeldomHashes(t *testing.T) {
	for _, a := range seldom {
		var texts []string
		for i := range 120 {
			texts = append(texts, strings.ToLower(base32.StdEncoding.EncodeToString(a.sum(nil, fmt.Appendf(nil, "user%d", i+1)))[:26]))
		}
		s := newSearch()
		for _, r := range readings(texts) {
			for _, id := range r.bytes {
				if len(id) >= 8 {
					s.learn(known{id, r.uuid})
				}
			}
		}
		if tryNamed(s, nil, nil); !strings.Contains(s.found, a.name) {
			t.Errorf("%s: %q", a.name, s.found)
		}
	}
}
