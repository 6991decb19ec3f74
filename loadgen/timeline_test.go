package loadgen

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// long is the length of a load, in seconds, with an answer every fifth one.
const long = 20_000

func longFigures(shard bool) *figures {
	f := newFigures(0, long*time.Second, time.Minute)
	f.shard, f.timeline.most = shard, mostRows/10
	began := time.Now()
	for second := 0; second < long; second += 5 {
		due := began.Add(time.Duration(second) * time.Second)
		a := answer{due: due, sent: due, done: due.Add(time.Duration(1+second/5%8) * 10 * time.Millisecond), answered: true}
		if second%1000 == 0 {
			a.failure = record.FailureTimeout
		}
		if second == 105 {
			a.facts.stale = "old"
		}
		f.add(a, began)
	}
	return f
}

// However long a load is, it has so many rows, none of its answers is lost, and its file
// can be read.
func TestALongLoadHasFewRowsWithExactSums(t *testing.T) {
	load := longFigures(true).load(Config{Stages: []Stage{Constant(0.2, long*time.Second)}}, long*time.Second)
	if len(load.Series) > mostRows/10 || load.Step != 64 {
		t.Fatalf("%d rows of %d s", len(load.Series), load.Step)
	}
	var requests, failures, wrong int64
	for i, row := range load.Series {
		requests, failures, wrong = requests+row.Requests, failures+row.Failures, wrong+row.Wrong
		if row.Second != i*load.Step || row.P50 < 0.02 || row.P50 > 0.06 || row.Max < 0.07 || row.Max > 0.082 {
			t.Fatalf("row %d: %+v", i, row)
		}
	}
	if requests != long/5 || failures != long/1000 || wrong != 1 {
		t.Errorf("%d requests, %d failures, %d wrong", requests, failures, wrong)
	}
	var file bytes.Buffer
	if err := record.WriteLine(&file, record.Run{SchemaVersion: record.SchemaVersion, Load: []record.Load{load}}); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Read(&file); err != nil {
		t.Error(err)
	}
}

// Shards whose rows have different lengths, as when one was stopped early, are joined
// in rows of the longer ones.
func TestShardsOfDifferentLengthAreMerged(t *testing.T) {
	row := newHistogram(coarse)
	note(row, 20*time.Millisecond)
	merged := newTimeline()
	for _, shard := range []record.Load{
		{Series: []record.LoadSecond{{Second: 3, Requests: 1, Histogram: encode(row)}, {Second: 5, Requests: 2, Wrong: 1, Histogram: encode(row)}}},
		{Step: 4, Series: []record.LoadSecond{{Second: 0, Requests: 10, Histogram: encode(row)}, {Second: 4, Requests: 20, Failures: 2, Histogram: encode(row)}}},
	} {
		if err := merged.merge(shard); err != nil {
			t.Fatal(err)
		}
	}
	list := merged.list(false)
	if merged.step != 4 || len(list) != 2 || list[0].Requests != 11 || list[1].Requests != 22 || list[1].Wrong != 1 || list[1].Failures != 2 || list[0].P50 < 0.019 {
		t.Errorf("%d: %+v", merged.step, list)
	}
	for _, wrong := range []record.Load{{Step: 3}, {Step: 1 << 40}, {Series: []record.LoadSecond{{Second: -1, Histogram: encode(row)}}}, {Series: []record.LoadSecond{{Second: 1 << 40, Histogram: encode(row)}}}} {
		if newTimeline().merge(wrong) == nil {
			t.Errorf("merged: %+v", wrong)
		}
	}
}

// An answer that comes very late is counted in its row all the same.
func TestALateAnswerIsCountedInItsRow(t *testing.T) {
	line := newTimeline()
	line.at(1, 1).requests++
	note(line.at(1, 1).latency, time.Millisecond)
	for n := range 100 {
		line.at(n, 1)
	}
	if line.rows[1].latency != nil {
		t.Fatal("a row that is long over keeps its histogram")
	}
	note(line.at(1, 1).latency, time.Second)
	list := line.list(false)
	if i := slices.IndexFunc(list, func(r record.LoadSecond) bool { return r.Second == 1 }); list[i].Max < 0.99 || list[i].P50 > 0.002 {
		t.Errorf("%+v", list[i])
	}
}
