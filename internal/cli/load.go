package cli

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/loadgen"
)

// loadFlags are the flags that only the load command has.
func loadFlags(flags *pflag.FlagSet) {
	flags.Bool("capacity", false, "search for the highest rate that meets the objective")
	flags.Float64("capacity-to", 0, "no higher rate is tried in the search (default 10000)")
	flags.Bool("overload", false, "overload the endpoint, then look whether it recovers")
	flags.Float64("overload-factor", 0, "overload by this many times the rate (default 4)")
	flags.StringArray("stage", nil, "a ramp or a constant rate, as in 10..200:30s or 200:1m; several follow each other")
	flags.Duration("warm-up", 0, "how long requests are sent before anything counts")
	flags.String("shard", "", "the part `I/N` of the load that this machine sends, numbered from 1; merge the runs afterwards")
	flags.String("start-at", "", "instant at which the load begins, RFC 3339, so that shards begin together")
}

// applyLoadFlags puts them into the configuration.
func applyLoadFlags(flags *pflag.FlagSet, c *webchatspec.Config) error {
	if on, _ := flags.GetBool("capacity"); on {
		to, _ := flags.GetFloat64("capacity-to")
		c.Capacity = &loadgen.Search{To: to}
	}
	if on, _ := flags.GetBool("overload"); on {
		factor, _ := flags.GetFloat64("overload-factor")
		c.Overload = &loadgen.Overload{Factor: factor}
	}
	if warmUp, _ := flags.GetDuration("warm-up"); warmUp > 0 {
		c.Load.WarmUp = warmUp
	}
	stages, _ := flags.GetStringArray("stage")
	for _, text := range stages {
		stage, err := parseStage(text)
		if err != nil {
			return err
		}
		c.Load.Stages = append(c.Load.Stages, stage)
	}
	if text, _ := flags.GetString("shard"); text != "" {
		var i, n int
		if _, err := fmt.Sscanf(text, "%d/%d", &i, &n); err != nil || i < 1 || i > n {
			return usageErrorf("--shard %q: write it as 2/3 for the second of three", text)
		}
		c.Load.Shard = loadgen.Shard{Index: i - 1, Count: n}
	}
	if text, _ := flags.GetString("start-at"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return usageErrorf("--start-at %q is no instant such as 2027-01-31T12:00:00Z", text)
		}
		c.Load.StartAt = at
	}
	return nil
}

// parseStage reads "200:1m" or "10..200:30s".
func parseStage(text string) (loadgen.Stage, error) {
	var from, to float64
	var length string
	if _, err := fmt.Sscanf(text, "%g..%g:%s", &from, &to, &length); err != nil {
		if _, err := fmt.Sscanf(text, "%g:%s", &from, &length); err != nil {
			return loadgen.Stage{}, usageErrorf("--stage %q: write it as 200:1m, or 10..200:30s for a ramp", text)
		}
		to = from
	}
	duration, err := time.ParseDuration(length)
	if err != nil {
		return loadgen.Stage{}, usageErrorf("--stage %q: %q is no duration such as 30s", text, length)
	}
	return loadgen.Stage{From: from, To: to, Duration: duration}, nil
}
