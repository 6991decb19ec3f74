package randomness

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// digestsOf are the hashes that the ids are as long as, where they are nothing else: there
// more is worth a try. A UUID is as long as an MD5 but seldom one.
func digestsOf(all []reading) (by []algorithm) {
	for _, a := range common {
		size := len(a.sum(nil, nil))
		for _, r := range all {
			if r.whole && !r.uuid && len(r.bytes[0]) == size && r.plain {
				by = append(by, a)
				break
			}
		}
	}
	return by
}

// deepJoints are those that are tried there.
var deepJoints = manyJoints[:6]

// tryDeep takes what has more unknown than other ids are worth the time for.
func tryDeep(s *search, samples []Sample, all []reading) {
	if slices.ContainsFunc(all, reading.mayBeCut) {
		s.tryCaller(common, sharpest(samples))
	}
	by := digestsOf(all)
	if len(by) == 0 {
		return
	}
	s.trySalted(by)
	s.tryProcess(by, sharpest(samples))
	s.tryStarted(by, samples)
	s.tryProcessCounters(by)
	s.tryPorts(by, sharpest(samples))
}

// mayBeCut says whether the ids may be the beginning of a digest, or all of it.
func (r reading) mayBeCut() bool {
	const shortest = 12 // bytes
	size := len(r.bytes[0])
	return r.whole && r.plain && !r.uuid && size >= shortest && size <= sha256.Size
}

// trySalted takes counters with words before or behind them that somebody takes for a secret.
func (s *search) trySalted(by []algorithm) {
	const step, far = 331, 2_000_000 // three of a thousand visitors in a row
	for n := 7; n < far && !s.over(); n += step {
		number := strconv.Itoa(n)
		for _, word := range saltWords {
			s.tryBeside(withWords, word, number, deepJoints, by)
		}
	}
}

// saltWords are those of guides, of settings that nobody has filled in, and what is hashed
// with the number.
var saltWords = []string{
	"salt", "mysalt", "secret", "mysecret", "supersecret", "secretkey", "key", "password", "changeme", "pepper", "test", "dev", "prod",
	"chat", "webchat", "user", "visitor", "guest", "anon", "session", "id", "site", "shop", "app",
}

// tryProcess takes the number of a process with the clock.
func (s *search) tryProcess(by []algorithm, sharp Sample) {
	const pids, slack, most = 32_768, 1, 4 // those that Linux gives unless told otherwise; milliseconds
	const what = "the time of asking and the number of a process"
	for ms := sharp.From.UnixMilli() - slack; ms <= sharp.Until.UnixMilli()+slack && ms < sharp.From.UnixMilli()+most; ms++ {
		clock := strconv.FormatInt(ms, 10)
		for pid := 1; pid < pids && !s.over(); pid++ {
			s.tryBeside(what, strconv.Itoa(pid), clock, deepJoints, by)
		}
	}
}

// tryStarted takes counters with the second in which their process may have begun to
// count, within the last days: the thousand visitors met one number for certain, where the
// first of them came soon.
func (s *search) tryStarted(by []algorithm, samples []Sample) {
	const back, met = 2 * 24 * 60 * 60, 500
	const what = "a counter and the time of its start"
	number := strconv.Itoa(met)
	for second := samples[0].Until.Add(time.Second).Unix(); second > samples[0].From.Unix()-back && !s.over(); second-- {
		s.tryBeside(what, strconv.FormatInt(second, 10), number, deepJoints, by)
	}
}

// tryCaller takes the clock in microseconds, as PHP prints it, beside what a request says of
// who asks.
func (s *search) tryCaller(by []algorithm, sharp Sample) {
	const slack, most = time.Millisecond, 6 * time.Millisecond
	const what = "the time of asking in microseconds and who asks"
	callers := slices.Clone(localAddresses)
	if sharp.Agent != "" {
		for _, address := range localAddresses {
			callers = append(callers, address+sharp.Agent)
		}
		callers = append(callers, sharp.Agent)
	}
	begin, end := sharp.From.Add(-slack).Truncate(time.Microsecond), sharp.Until.Add(slack)
	for t := begin; t.Before(end) && t.Sub(begin) < most && !s.over(); t = t.Add(time.Microsecond) {
		for _, clock := range phpTexts(t) {
			for _, caller := range callers {
				s.tryBeside(what, caller, clock, deepJoints, by)
			}
		}
	}
}

// phpTexts are what microtime() gives, as a text, in microseconds and, each hundred of them,
// as a number, which has four decimals when it is printed.
func phpTexts(t time.Time) []string {
	micro := t.UnixMicro()
	texts := []string{microtime(micro), strconv.FormatInt(micro, 10)}
	if micro%100 == 0 {
		texts = append(texts, shortFloat(micro))
	}
	return texts
}

// microtime is a clock as PHP's function of that name prints it.
func microtime(micro int64) string { return fmt.Sprintf("0.%06d00 %d", micro%1e6, micro/1e6) }

// shortFloat is a clock in seconds with as many decimals as a text of fourteen digits has.
func shortFloat(micro int64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", micro/1e6, micro%1e6/100), "0"), ".")
}
