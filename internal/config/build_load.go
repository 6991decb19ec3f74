package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
)

// buildLoad makes the configuration of the load part.
func (s Settings) buildLoad(c *webchatspec.Config) error {
	l := s.Load
	c.Load = loadgen.Config{
		Rate: l.Rate, Duration: l.Duration, WarmUp: l.WarmUp, Users: l.Users,
		Timeout: l.Timeout, MaxAge: l.MaxAge, AllowHosts: l.AllowHosts,
		MaxInFlight: l.MaxInFlight, RawFile: l.Raw, Metrics: l.Metrics,
		Objective: record.Objective{
			Percentile: l.Objective.Percentile, Latency: l.Objective.Latency.Seconds(), ErrorShare: l.Objective.ErrorShare,
		},
	}
	if l.Capacity {
		c.Capacity = &loadgen.Search{To: l.CapacityTo}
	}
	if l.Overload {
		c.Overload = &loadgen.Overload{Factor: l.OverloadFactor}
	}
	var errs []error
	var before float64 // the rate with which the stage before ends
	for _, text := range l.Stages {
		stage, err := parseStage(text, before)
		errs = append(errs, s.at("load.stages", err))
		c.Load.Stages, before = append(c.Load.Stages, stage), stage.To
	}
	if l.Shard != "" {
		shard, err := parseShard(l.Shard, os.LookupEnv)
		errs = append(errs, s.at("load.shard", err))
		c.Load.Shard = shard
	}
	if l.StartAt != "" {
		at, err := parseStart(l.StartAt, time.Now())
		errs = append(errs, s.at("load.startAt", err))
		c.Load.StartAt = at
	}
	if l.AbortOn != "" {
		share, err := parseAbort(l.AbortOn)
		errs = append(errs, s.at("load.abortOn", err))
		c.Load.AbortOn = share
	}
	return errors.Join(errs...)
}

// parseStage reads "200:1m", "10..200:30s", or in k6's order "30s:200": a ramp
// from the rate before.
func parseStage(text string, before float64) (loadgen.Stage, error) {
	rates, length, _ := strings.Cut(text, ":")
	if duration, err := time.ParseDuration(rates); err == nil {
		if to, err := strconv.ParseFloat(length, 64); err == nil {
			return loadgen.Stage{From: before, To: to, Duration: duration}, nil
		}
	}
	first, last, ramp := strings.Cut(rates, "..")
	if !ramp {
		last = first
	}
	from, errFrom := strconv.ParseFloat(first, 64)
	to, errTo := strconv.ParseFloat(last, 64)
	duration, errLength := time.ParseDuration(length)
	if errors.Join(errFrom, errTo, errLength) != nil {
		return loadgen.Stage{}, fmt.Errorf("%q: write it as 200:1m, 10..200:30s for a ramp, or 30s:200 for a ramp from the rate before", text)
	}
	return loadgen.Stage{From: from, To: to, Duration: duration}, nil
}

// parseStart reads an instant: RFC 3339, Unix seconds, or a time from now. One in
// the past is refused: the shards of a load would not begin together.
func parseStart(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if after, found := strings.CutPrefix(text, "+"); found {
		pause, bad := time.ParseDuration(after)
		at, err = now.Add(pause), bad
	} else if seconds, bad := strconv.ParseFloat(text, 64); bad == nil && seconds > 0 && seconds < 1e11 {
		at, err = time.UnixMilli(int64(1000*seconds)), nil
	}
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is not an instant such as 2027-01-31T12:00:00Z, 1801396800 (Unix seconds) or +30s", text)
	case at.Before(now):
		return at, fmt.Errorf("%s has passed, %s ago: give a time to come", text, now.Sub(at).Round(time.Second))
	}
	return at, nil
}

// parseAbort reads "failures=5%", or "failures=0.05".
func parseAbort(text string) (float64, error) {
	value, named := strings.CutPrefix(text, "failures=")
	number, percent := strings.CutSuffix(value, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if !named || err != nil || share <= 0 || share > 1 {
		return 0, fmt.Errorf("%q: write it as failures=5%%", text)
	}
	return share, nil
}
