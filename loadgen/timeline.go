package loadgen

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
)

// mostRows is how many rows a timeline has at most: one for each second of an hour.
const mostRows = 3600

// lastSecond bounds what a run file may say of when something was due, in seconds: a
// lifetime.
const lastSecond = 1 << 31

// timeline gathers what was due over time, in rows of a second each. When there would
// be more than mostRows of them, each is joined with the next one, so that neither the
// memory nor the run file grows with the length of a load. What a row counts stays
// exact, its quantiles are those of all answers in it.
type timeline struct {
	step   int          // seconds of a row, a power of two
	most   int          // rows
	rows   map[int]*row // by their first second
	open   []*row       // those that have a histogram, at most
	newest int
}

// row is what was due within one step.
type row struct {
	end                       int // the second after it
	requests, failures, wrong int64

	latency *hdrhistogram.Histogram // nil for a closed row
	closed  []bin
}

// bin is how many answers of a closed row took so long, in microseconds.
type bin struct{ value, count int64 }

func newTimeline() *timeline { return &timeline{step: 1, most: mostRows, rows: map[int]*row{}} }

// first is the first second of the row in which second n is. As steps are powers of
// two, the rows of a coarser timeline begin where rows of a finer one do.
func (t *timeline) first(n int) int { return n &^ (t.step - 1) }

// at returns the row of second n, to be added to. Rows that ended more than so many
// seconds before are closed: they take little memory, and opening them again takes time.
func (t *timeline) at(n, closing int) *row {
	if there := t.rows[t.first(n)]; there != nil {
		if there.latency == nil {
			there.reopen()
			t.open = append(t.open, there)
		}
		return there
	}
	t.newest = max(t.newest, n)
	t.open = slices.DeleteFunc(t.open, func(r *row) bool {
		over := r.end < t.newest-closing
		if over {
			r.close()
		}
		return over
	})
	t.rows[t.first(n)] = &row{end: t.first(n) + t.step}
	for len(t.rows) > t.most {
		t.coarsen(2 * t.step)
	}
	return t.at(n, closing)
}

// coarsen makes rows of so many seconds.
func (t *timeline) coarsen(step int) {
	finer := t.rows
	t.step, t.rows = step, map[int]*row{}
	for n, r := range finer {
		r.end = t.first(n) + step
		if there := t.rows[t.first(n)]; there != nil {
			there.join(r)
		} else {
			t.rows[t.first(n)] = r
		}
	}
}

// join adds another row to this one, which is closed by that.
func (r *row) join(other *row) {
	r.close()
	other.close()
	r.requests, r.failures, r.wrong = r.requests+other.requests, r.failures+other.failures, r.wrong+other.wrong
	r.closed = joined(r.closed, other.closed)
}

// joined are the bins of two rows.
func joined(one, other []bin) []bin {
	all := slices.Concat(one, other)
	slices.SortFunc(all, func(a, b bin) int { return cmp.Compare(a.value, b.value) })
	kept := all[:0]
	for _, b := range all {
		if last := len(kept) - 1; last >= 0 && kept[last].value == b.value {
			kept[last].count += b.count
			continue
		}
		kept = append(kept, b)
	}
	return slices.Clip(kept)
}

// close gives back the memory of the histogram, which has a place for each time that
// there may be.
func (r *row) close() {
	if r.latency == nil {
		return
	}
	r.closed, r.latency = binsOf(r.latency), nil
}

func binsOf(h *hdrhistogram.Histogram) []bin {
	var bins []bin
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			bins = append(bins, bin{bar.From, bar.Count})
		}
	}
	return bins
}

// reopen makes a closed row one that can be added to.
func (r *row) reopen() {
	r.latency = newHistogram(coarse)
	fillFrom(r.latency, r.closed)
	r.closed = nil
}

func fillFrom(h *hdrhistogram.Histogram, bins []bin) {
	for _, b := range bins {
		_ = h.RecordValues(b.value, b.count) // they came from one like it
	}
}

// list returns the rows in their order, each with its histogram where it is to be
// merged with those of other shards.
func (t *timeline) list(histograms bool) []record.LoadSecond {
	series := make([]record.LoadSecond, 0, len(t.rows))
	latency := newHistogram(coarse)
	for _, n := range slices.Sorted(maps.Keys(t.rows)) {
		t.rows[n].close()
		told := t.rows[n].told(n, latency)
		if histograms {
			told.Histogram = encode(latency)
		}
		series = append(series, told)
	}
	return series
}

// told is the row from second n as it is recorded. Latency is where it is put together.
func (r *row) told(n int, latency *hdrhistogram.Histogram) record.LoadSecond {
	if r.latency != nil {
		latency = r.latency
	} else {
		latency.Reset()
		fillFrom(latency, r.closed)
	}
	return record.LoadSecond{
		Second: n, Requests: r.requests, Failures: r.failures, Wrong: r.wrong,
		P50: at(latency, 50), P99: at(latency, 99), Max: seconds(latency.Max()),
	}
}

// merge adds the series of a shard, whose file may hold anything.
func (t *timeline) merge(shard record.Load) error {
	step := shard.RowSeconds()
	if bits.OnesCount(uint(step)) != 1 || step > lastSecond {
		return fmt.Errorf("its series has rows of %d s, which no shard has", step)
	}
	if step > t.step {
		t.coarsen(step)
	}
	for _, told := range shard.Series {
		if told.Second < 0 || told.Second > lastSecond {
			return errors.New("its series is out of range")
		}
		there := t.at(told.Second, lastSecond) // its histogram is kept: that of the next shard is added to it
		if err := mergeText(there.latency, told.Histogram); err != nil {
			return err
		}
		there.requests, there.failures, there.wrong = there.requests+told.Requests, there.failures+told.Failures, there.wrong+told.Wrong
	}
	return nil
}
