package randomness

import (
	"strconv"
	"time"
)

// Sites with several processes put the number of the process before what it counts, so that no
// two give out the same id.

const (
	withInstance = "a counter and the number of an instance"
	instances    = 8
)

// tryInstances takes counters with the small number of an instance before or behind them, and
// with a word before both.
func tryInstances(s *search, _ []Sample, all []reading) {
	by := append(common[:len(common):len(common)], namedIn(all)...)
	for _, n := range counterSteps(few, keyedEnd) {
		if s.over() {
			return
		}
		number := strconv.Itoa(n)
		for instance := range instances {
			for _, joint := range instanceJoints {
				s.tryBeside(withInstance, strconv.Itoa(instance), number, []string{joint}, by)
				for _, word := range words {
					s.text = append(append(append(s.text[:0], word...), joint...), strconv.Itoa(instance)...)
					s.text = append(append(s.text, joint...), number...)
					s.try(withInstance, s.text, by)
				}
			}
		}
	}
}

// tryProcessCounters takes counters with the number of a process, which is one of many: the
// counter is at a certain number that a thousand visitors in a row meet. There is something
// between the two, or they would be any number.
func (s *search) tryProcessCounters(by []algorithm) {
	const pids, first, met, end = 32_768, 500, 997, 4_000
	const what = "a counter and the number of a process"
	for n := first; n < end; n += met {
		number := strconv.Itoa(n)
		for pid := 1; pid < pids && !s.over(); pid++ {
			s.tryBeside(what, strconv.Itoa(pid), number, deepJoints[1:], by)
		}
	}
}

// tryPorts takes the address and the port of a request with the clock.
func (s *search) tryPorts(by []algorithm, sharp Sample) {
	const firstPort, lastPort, slack, most = 32_768, 60_999, 1, 4 // the ports that Linux gives to clients; milliseconds
	const what = "the network address and port and the time of asking"
	for ms := sharp.From.UnixMilli() - slack; ms <= sharp.Until.UnixMilli()+slack && ms < sharp.From.UnixMilli()+most; ms++ {
		clock := strconv.FormatInt(ms, 10)
		for port := firstPort; port <= lastPort && !s.over(); port++ {
			for _, address := range localAddresses {
				for _, joint := range []string{"", ":"} {
					s.tryBeside(what, address+joint+strconv.Itoa(port), clock, portJoints, by)
				}
			}
		}
	}
}

// portJoints are those between a port and a clock, and instanceJoints between the numbers of an
// instance and of a counter.
var portJoints, instanceJoints = []string{"", "-", ":"}, []string{"-", ":", "_"}

// zoned are a clock in microseconds as databases and Python print it with its time zone.
func zoned(t time.Time) (texts []string) {
	for _, date := range []string{"2006-01-02 15:04:05.000000", "2006-01-02T15:04:05.000000"} {
		for _, zone := range []string{"-07", "-07:00", "Z07:00"} {
			texts = append(texts, t.UTC().Format(date+zone))
			if _, away := t.Local().Zone(); away != 0 {
				texts = append(texts, t.Local().Format(date+zone))
			}
		}
	}
	return texts
}
