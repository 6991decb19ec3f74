package loadgen

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
)

// shards runs a load in parts, one after the other.
func shards(t *testing.T, count int) []record.Load {
	t.Helper()
	client := site(t, "")
	var loads []record.Load
	for i := range count {
		load, err := Run(t.Context(), client, Config{
			Rate: 150, Duration: 400 * time.Millisecond, Users: 9, Shard: Shard{Index: i, Count: count},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		loads = append(loads, load)
	}
	return loads
}

func TestMerge(t *testing.T) {
	parts := shards(t, 3)
	for i := range parts { // as if they had run at one time, on idle machines
		parts[i].StartedAt = parts[0].StartedAt.Add(time.Duration(i) * time.Millisecond)
		parts[i].LatenessHistogram = encode(newHistogram(fine))
	}
	merged, err := Merge([]record.Load{parts[2], parts[0], parts[1]})
	if err != nil {
		t.Fatal(err)
	}
	if merged.Requests+merged.Unsent != 60 || merged.Users != 9 || merged.Requested != 150 || merged.Shard != nil {
		t.Errorf("%d requests of %d users at %g a second, shard %v", merged.Requests, merged.Users, merged.Requested, merged.Shard)
	}
	if merged.Tokens.Verified != merged.Requests || merged.Tokens.Shared > 0 || merged.Tokens.Subs != nil {
		t.Errorf("tokens %+v", merged.Tokens)
	}
	slowest := slices.MaxFunc(parts, func(a, b record.Load) int { return int(1e6 * (a.Latency.Max - b.Latency.Max)) })
	if merged.Latency.Max != slowest.Latency.Max {
		t.Errorf("the slowest answer took %g s, want %g", merged.Latency.Max, slowest.Latency.Max)
	}
	if len(merged.Series) != 1 || merged.Series[0].Requests != merged.Requests {
		t.Errorf("series %+v", merged.Series)
	}
	if judged := merged.Judged(); judged.Verdict == record.LoadInconclusive && merged.Unsent == 0 {
		t.Errorf("verdict %s: %s", judged.Verdict, judged.Reason)
	}

	t.Run("one sub in two shards", func(t *testing.T) {
		shared := slices.Clone(parts)
		shared[1].Tokens.Subs = append(slices.Clone(shared[1].Tokens.Subs), shared[0].Tokens.Subs[0])
		merged, err := Merge(shared)
		if err != nil || merged.Tokens.Shared != 1 || merged.Judged().Verdict != record.LoadMisses {
			t.Errorf("error %v, tokens %+v, verdict %s", err, merged.Tokens, merged.Verdict)
		}
	})
	t.Run("not at one time", func(t *testing.T) {
		apart := slices.Clone(parts)
		apart[2].StartedAt = apart[2].StartedAt.Add(time.Minute)
		merged, err := Merge(apart)
		if err != nil || merged.Apart < 59 {
			t.Errorf("error %v, the shards began %g s apart", err, merged.Apart)
		}
	})
	for name, c := range map[string]struct {
		change func([]record.Load) []record.Load
		want   string
	}{
		"none":            {func([]record.Load) []record.Load { return nil }, "there is none"},
		"missing in it":   {func(l []record.Load) []record.Load { return []record.Load{l[0], l[2]} }, "shard 2 of 3 is missing"},
		"missing at end":  {func(l []record.Load) []record.Load { return l[:2] }, "shard 3 of 3 is missing"},
		"twice":           {func(l []record.Load) []record.Load { return []record.Load{l[0], l[1], l[1]} }, "shard 2 of 3 is there twice"},
		"two missing":     {func(l []record.Load) []record.Load { return l[1:2] }, "the shards 1, 3 of 3 are missing"},
		"whole":           {func(l []record.Load) []record.Load { l[0].Shard = nil; return l }, "is not a shard"},
		"of another run":  {func(l []record.Load) []record.Load { l[1].Shard = &record.LoadShard{Index: 1, Count: 3}; return l }, "other settings"},
		"spoilt":          {func(l []record.Load) []record.Load { l[1].Histogram = "AAAA"; return l }, "shard 2 of 3: its histogram cannot be read"},
		"without figures": {func(l []record.Load) []record.Load { l[1].ServiceHistogram = ""; return l }, "cannot be read: EOF"},
		"of another make": {func(l []record.Load) []record.Load { l[2].Histogram = encode(newHistogram(coarse)); return l }, "shard 3 of 3: its histogram has values"},
		"very long":       {func(l []record.Load) []record.Load { l[0].Histogram = strings.Repeat("A", 2<<20); return l }, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Merge(c.change(slices.Clone(parts))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	config := Config{Rate: 100, Shard: Shard{Index: 0, Count: 2}}
	other := config
	other.Shard.Index, other.AllowHosts = 1, []string{"shop.example"}
	if config.plan("http://shop.example/") != other.plan("http://shop.example/") {
		t.Error("shards of one run have different plans")
	}
	other.Rate = 101
	if config.plan("http://shop.example/") == other.plan("http://shop.example/") {
		t.Error("shards with different rates have one plan")
	}
	if config.plan("http://shop.example/") == config.plan("http://stage.example/") {
		t.Error("shards with different endpoints have one plan")
	}
}

// A run file may come from anywhere: its histograms are refused, never fatal.
func FuzzMergeText(f *testing.F) {
	h := newHistogram(fine)
	note(h, time.Millisecond)
	f.Add(encode(h))
	f.Add(encode(hdrhistogram.New(1, math.MaxInt64, 5)))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		into := newHistogram(fine)
		if err := mergeText(into, text); err == nil && into.TotalCount() < 0 {
			t.Errorf("%d values", into.TotalCount())
		}
	})
}
