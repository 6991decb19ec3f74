package config

import (
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/loadgen"
)

func TestShard(t *testing.T) {
	for text, c := range map[string]struct {
		env  string // NAME=value, by blanks
		want loadgen.Shard
		fail string
	}{
		"2/3":     {want: loadgen.Shard{Index: 1, Count: 3}},
		"0/4":     {fail: "shards count from 1; where an engine counts from 0, as Kubernetes does, write auto/4"},
		"4/3":     {fail: "write it as 2/3"},
		"two":     {fail: "write it as 2/3"},
		"auto/4":  {env: "JOB_COMPLETION_INDEX=0", want: loadgen.Shard{Index: 0, Count: 4}},
		"auto":    {env: "SLURM_PROCID=3 SLURM_NTASKS=4", want: loadgen.Shard{Index: 3, Count: 4}},
		"auto/2":  {env: "JOB_COMPLETION_INDEX=2", fail: "number 3 of 2"},
		"auto/3":  {env: "CI_NODE_INDEX=3 CI_NODE_TOTAL=3", want: loadgen.Shard{Index: 2, Count: 3}},
		"auto/5":  {env: "CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=6", fail: "Cloud Run has 6"},
		"auto/":   {fail: "write it as 2/3"},
		"auto/6":  {env: "OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=6", fail: "is not a number"},
		"auto/8":  {env: "SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=8 SLURM_PROCID=0 SLURM_NTASKS=1", want: loadgen.Shard{Index: 2, Count: 8}},
		"auto/10": {fail: "no job engine tells"},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := parseShard(text, environment(c.env))
			if c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) || c.fail == "" && (err != nil || got != c.want) {
				t.Errorf("%+v, %v, want %+v, %q", got, err, c.want, c.fail)
			}
		})
	}
	if _, err := parseShard("auto", environment("JOB_COMPLETION_INDEX=1")); err == nil || !strings.Contains(err.Error(), "does not tell how many") {
		t.Errorf("without a count: %v", err)
	}
}

// environment looks up in NAME=value pairs.
func environment(pairs string) func(string) (string, bool) {
	values := map[string]string{}
	for _, pair := range strings.Fields(pairs) {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) (string, bool) { value, set := values[name]; return value, set }
}

func TestStage(t *testing.T) {
	for text, want := range map[string]loadgen.Stage{
		"200:1m":         {From: 200, To: 200, Duration: time.Minute},
		"10..200:30s":    {From: 10, To: 200, Duration: 30 * time.Second},
		"30s:200":        {From: 50, To: 200, Duration: 30 * time.Second},
		"0.5..1.5:100ms": {From: 0.5, To: 1.5, Duration: 100 * time.Millisecond},
	} {
		if got, err := parseStage(text, 50); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "200", "200:", ":30s", "a..b:1s", "1..2..3:1s", "30s:fast"} {
		if got, err := parseStage(text, 0); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestStart(t *testing.T) {
	now := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2027-01-31T12:00:30Z": now.Add(30 * time.Second), "+30s": now.Add(30 * time.Second), "1801396830": now.Add(30 * time.Second),
	} {
		if got, err := parseStart(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{"noon": "not an instant", "2027-01-31T11:59:00Z": "has passed, 1m0s ago", "1801396700": "has passed", "+soon": "not an instant"} {
		if _, err := parseStart(text, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestAbort(t *testing.T) {
	for text, want := range map[string]float64{"failures=5%": 0.05, "failures=0.2": 0.2, "failures=100%": 1} {
		if got, err := parseAbort(text); err != nil || got != want {
			t.Errorf("%s: %g, %v", text, got, err)
		}
	}
	for _, text := range []string{"5%", "failures=0", "failures=101%", "errors=5%"} {
		if got, err := parseAbort(text); err == nil {
			t.Errorf("%s is taken for %g", text, got)
		}
	}
}
