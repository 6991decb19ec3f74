package randomness

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	clockSlack   = 1500 * time.Millisecond
	microseconds = 3_000
	nanoseconds  = 250_000
)

func tryChain(s *search, samples []Sample, all []reading) {
	algorithms := slices.Concat(algorithms, namedIn(all))
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

// seldomWords do, too: shorter and longer ones, and what somebody takes for a secret.
var seldomWords = []string{"anonymous", "chat", "web", "uid", "sub", "u", "v", "s", "c", "g", "secret", "salt", "changeme"}

var joints = []string{"", "-", "_", ":"}

// manyJoints are for where there is not so much to try.
var manyJoints = []string{"", "-", "_", ":", ".", "|", " ", ","}

// localAddresses are how a server on this machine sees us.
var localAddresses = []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"}

// tryBeside takes two texts in both orders, with each of the joints between them.
func (s *search) tryBeside(what, one, other string, joints []string, by []algorithm) {
	for _, joint := range joints {
		s.text = append(append(append(s.text[:0], one...), joint...), other...)
		s.try(what, s.text, by)
		s.text = append(append(append(s.text[:0], other...), joint...), one...)
		s.try(what, s.text, by)
	}
}

// counterSteps are numbers of which a thousand visitors in a row meet some, wherever
// their counter stands: the first ones, and some of each thousand above. The steps
// are primes, so that one server of several meets them, too.
func counterSteps(first, end int) []int {
	var steps []int
	for n := 0; n < end; {
		steps = append(steps, n)
		switch {
		case n < first:
			n++
		case n < 100_000:
			n += 197
		default:
			n += 331
		}
	}
	return steps
}

const (
	dense     = 2_000
	few       = 100
	seldomEnd = 4_000      // of those under hashes that take long
	namedEnd  = 300_000    // of counters with something beside them
	plainEnd  = 10_000_000 // of counters in decimal
	drawnEnd  = 800_000    // of numbers drawn from up to a thousand times as many
	keyedEnd  = 100_000
	aCounter  = "a counter or another small number"
	withWords = "a word and a counter"
)

// tryNamed takes counters with words beside them.
func tryNamed(s *search, _ []Sample, all []reading) {
	by := slices.Concat(common, namedIn(all))
	var text []byte
	for _, n := range counterSteps(few, namedEnd) {
		number := strconv.Itoa(n)
		for _, word := range slices.Concat(words, seldomWords) {
			for _, joint := range joints {
				text = append(append(append(text[:0], word...), joint...), number...)
				s.try(withWords, text, by)
			}
			s.try(withWords, append(append(text[:0], number...), word...), common)
			s.try(withWords, append(append(append(text[:0], word...), number...), "@example.com"...), common)
		}
		if n < seldomEnd {
			for _, word := range words {
				for _, joint := range joints {
					s.try(withWords, append(append(append(text[:0], word...), joint...), number...), seldom)
				}
			}
		}
		if s.over() {
			return
		}
	}
}

// tryKeyed takes counters and clocks under secrets that can be guessed.
func tryKeyed(s *search, samples []Sample, _ []reading) {
	by := keyed()
	for _, n := range counterSteps(dense, keyedEnd) {
		number := strconv.Itoa(n)
		s.try(aCounter, []byte(number), by)
		for _, word := range words[:3] {
			for _, joint := range joints {
				if n%197 == 0 || n >= dense { // those are far apart anyway
					s.try(withWords, []byte(word+joint+number), by)
				}
			}
		}
		if s.over() {
			return
		}
	}
	clock, most := samples[0].From.UnixMilli()-5, 500
	for n := range most {
		s.try("the time of asking", strconv.AppendInt(nil, clock+int64(n), 10), by)
	}
}

// tryCounters takes counters in all their clothing.
func tryCounters(s *search, _ []Sample, all []reading) {
	algorithms := slices.Concat(algorithms, namedIn(all))
	for _, n := range counterSteps(dense, namedEnd) {
		if s.over() {
			return
		}
		number := int64(n)
		s.try(aCounter, strconv.AppendInt(nil, number, 10), algorithms)
		s.try(aCounter, strconv.AppendInt(nil, number, 16), common)
		for _, width := range []int{4, 5, 6, 8, 10} {
			s.try(aCounter, fmt.Appendf(nil, "%0*d", width, n), common)
		}
		s.try(aCounter, binary.BigEndian.AppendUint64(nil, uint64(number)), common)
		s.try(aCounter, binary.LittleEndian.AppendUint64(nil, uint64(number)), common)
		s.try(aCounter, binary.BigEndian.AppendUint32(nil, uint32(number)), common)
		s.try(aCounter, binary.LittleEndian.AppendUint32(nil, uint32(number)), common)
	}
	for n := int64(namedEnd); n < plainEnd && !s.over(); n += 251 {
		s.try(aCounter, strconv.AppendInt(nil, n, 10), common)
	}
	for n := range int64(dense) {
		for _, begin := range []int64{1e7, 1e8, 1e9} {
			s.try(aCounter, strconv.AppendInt(nil, begin+n, 10), common)
		}
	}
}

// tryDrawn takes numbers drawn by chance from not too many, such as 31 bits or those of
// so many digits.
func tryDrawn(s *search, _ []Sample, _ []reading) {
	const eight = 1e7 // digits; those with fewer are met as counters are
	s.tryNumbers("a random number of eight digits", eight, eight+drawnOf(eight), common)
	s.tryNumbers("a counter or a random number of at most 31 bits", dense, drawnEnd, common[:2])
}

// tryNumbers takes all numbers from the first to before the end, in decimal.
func (s *search) tryNumbers(what string, first, end int64, by []algorithm) {
	for n := first; n < end && !s.over(); n++ {
		s.text = strconv.AppendInt(s.text[:0], n, 10)
		s.try(what, s.text, by)
	}
}

// drawnOf is how many of the numbers of so many digits are tried: of a thousand that are
// drawn from all of them five are among these, give or take two.
func drawnOf(least int64) int64 { return 9 * least / 1000 * 5 }

// tryStretched takes a few random bytes, as they are or in hexadecimal.
func tryStretched(s *search, _ []Sample, _ []reading) {
	const end = 60_000 // of 2^24: more than three of a thousand ids are among them
	for n := uint32(0); n < end && !s.over(); n++ {
		bytes := binary.BigEndian.AppendUint32(nil, n*257) // so that no byte is always the same
		s.try("three random bytes", bytes[1:], common)
		s.try("three random bytes", hex.AppendEncode(nil, bytes[1:]), common)
	}
}

// tryPlain takes the numbers of 31 bits that rand gives, where the id is nothing but the
// hash of one: some of a thousand are among the first of them.
func tryPlain(s *search, _ []Sample, all []reading) {
	const end = 6_500_000 // of 2^31: three of a thousand ids are among them
	var by []algorithm
	for _, r := range all {
		for i, size := range []int{md5.Size, sha1.Size} {
			if r.whole && !r.uuid && strings.Contains(r.how, "hexadecimal") && len(r.bytes[0]) == size {
				by = common[i : i+1]
			}
		}
	}
	if by == nil {
		return
	}
	const nine = 1e8 // digits
	s.tryNumbers("a random number of at most 31 bits", drawnEnd, end, by)
	s.tryNumbers("a random number of nine digits", nine, nine+drawnOf(nine), by)
}

// tryDated takes counters with the day beside them.
func tryDated(s *search, samples []Sample, _ []reading) {
	day := samples[0].From.UTC()
	for _, n := range counterSteps(few, keyedEnd) {
		if s.over() {
			return
		}
		number := strconv.Itoa(n)
		for _, date := range []string{day.Format("2006-01-02"), day.Format("20060102"), day.Format("2006")} {
			s.tryBeside("a counter and the day", number, date, joints, common)
		}
	}
}

func tryAddresses(s *search, _ []Sample, _ []reading) {
	const firstPort, lastPort, numbers = 32768, 60999, 2000 // the ports that Linux gives to clients
	for _, address := range localAddresses {
		for port := firstPort; port <= lastPort && !s.over(); port++ {
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
func tryClocks(s *search, samples []Sample, all []reading) {
	algorithms := slices.Concat(algorithms, namedIn(all))
	const what = "the time of asking"
	begin, end := samples[0].From.Add(-clockSlack), samples[len(samples)-1].Until.Add(clockSlack)
	const most = 8 * time.Second
	for t := begin.Truncate(time.Millisecond); t.Before(end) && t.Sub(begin) < most && !s.over(); t = t.Add(time.Millisecond) {
		for _, text := range millisecondTexts(t) {
			s.try(what, []byte(text), common)
		}
		s.try(what, strconv.AppendInt(nil, t.UnixMilli(), 10), algorithms)
		s.try(what, binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli())), common)
		s.try(what, binary.LittleEndian.AppendUint64(nil, uint64(t.UnixMilli())), common)
	}
	sharp := sharpest(samples)
	s.tryMicroseconds(sharp.From, common)
	for _, sample := range []Sample{samples[0], samples[len(samples)/2]} {
		s.tryMicroseconds(sample.From.Add(-microseconds/2*time.Microsecond), common)
	}
}

// tryMicroseconds takes the clock in microseconds from then on.
func (s *search) tryMicroseconds(from time.Time, by []algorithm) {
	t := from.Truncate(time.Microsecond)
	for n := 0; n < microseconds && !s.over(); n++ {
		for _, text := range append(microsecondTexts(t), zoned(t)...) {
			s.try("the time of asking", []byte(text), by)
		}
		t = t.Add(time.Microsecond)
	}
}

// sharpest is the one of which the time is known best.
func sharpest(samples []Sample) Sample {
	return slices.MinFunc(samples, func(a, b Sample) int { return cmp.Compare(a.Until.Sub(a.From), b.Until.Sub(b.From)) })
}

// tryNarrow tries more where the time is known best: nanoseconds, and clocks with
// something small beside them.
func tryNarrow(s *search, samples []Sample, _ []reading) {
	best := sharpest(samples)
	for n := time.Duration(0); n < min(best.Until.Sub(best.From), nanoseconds) && !s.over(); n++ {
		s.try("the time of asking", strconv.AppendInt(nil, best.From.UnixNano()+int64(n), 10), common)
	}
	const numbers, slack = 1500, 1 // milliseconds
	by := append(slices.Clone(common), fnv1a)
	for ms := best.From.UnixMilli() - slack; ms <= best.Until.UnixMilli()+slack && ms < best.From.UnixMilli()+10 && !s.over(); ms++ {
		clock := strconv.FormatInt(ms, 10)
		beside := slices.Concat(localAddresses, words)
		for n := range numbers {
			beside = append(beside, strconv.Itoa(n))
		}
		for _, small := range beside {
			s.tryBeside("the time of asking and a small number, a word or an address", clock, small, joints, by)
		}
	}
}

// tryAbout takes what a request says of who asks with the clock and a small number: the
// address and the User-Agent, in each order. Of a number that begins anew each second the
// first are met in some second.
func tryAbout(s *search, samples []Sample, _ []reading) {
	const inMillisecond, inSecond, slack, most = 20, 3, 1, 10 // numbers, numbers, milliseconds, of either
	sharp := sharpest(samples)
	for ms := sharp.From.UnixMilli() - slack; ms <= sharp.Until.UnixMilli()+slack && ms < sharp.From.UnixMilli()+most && !s.over(); ms++ {
		s.tryAsked(sharp.Agent, strconv.FormatInt(ms, 10), inMillisecond)
	}
	first, last := samples[0].From.Unix(), samples[len(samples)-1].Until.Unix()
	for second := first; second <= last && second < first+most; second++ {
		s.tryAsked(sharp.Agent, strconv.FormatInt(second, 10), inSecond)
	}
}

// tryAsked takes so many small numbers, or none, beside a clock.
func (s *search) tryAsked(agent, clock string, numbers int) {
	for n := -1; n < numbers; n++ {
		last := ""
		if n >= 0 {
			last = strconv.Itoa(n)
		}
		for _, address := range slices.Concat([]string{""}, localAddresses) {
			for _, order := range [][]string{{address, agent, clock, last}, {agent, address, clock, last}, {clock, address, agent, last}, {clock, agent, address, last}, {last, address, agent, clock}} {
				parts := slices.DeleteFunc(order, func(part string) bool { return part == "" })
				for _, joint := range manyJoints {
					s.try("the User-Agent, the address and the time of asking", []byte(strings.Join(parts, joint)), common)
				}
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
		shortFloat(micro),                    // and microtime(true)
		microtime(micro),
		t.UTC().Format("2006-01-02 15:04:05.000000"),
		t.UTC().Format("2006-01-02T15:04:05.000000"),
	}
}
