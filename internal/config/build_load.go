package config

import (
	"errors"
	"fmt"
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
	for _, text := range l.Stages {
		stage, err := parseStage(text)
		errs = append(errs, s.at("load.stages", err))
		c.Load.Stages = append(c.Load.Stages, stage)
	}
	if l.Shard != "" {
		shard, err := parseShard(l.Shard)
		errs = append(errs, s.at("load.shard", err))
		c.Load.Shard = shard
	}
	if l.StartAt != "" {
		at, err := time.Parse(time.RFC3339, l.StartAt)
		if err != nil {
			err = fmt.Errorf("%q is not an instant such as 2027-01-31T12:00:00Z", l.StartAt)
		}
		errs = append(errs, s.at("load.startAt", err))
		c.Load.StartAt = at
	}
	return errors.Join(errs...)
}

// parseStage reads "200:1m" or "10..200:30s".
func parseStage(text string) (loadgen.Stage, error) {
	rates, length, _ := strings.Cut(text, ":")
	first, last, ramp := strings.Cut(rates, "..")
	if !ramp {
		last = first
	}
	from, errFrom := strconv.ParseFloat(first, 64)
	to, errTo := strconv.ParseFloat(last, 64)
	duration, errLength := time.ParseDuration(length)
	if errors.Join(errFrom, errTo, errLength) != nil {
		return loadgen.Stage{}, fmt.Errorf("%q: write it as 200:1m, or 10..200:30s for a ramp", text)
	}
	return loadgen.Stage{From: from, To: to, Duration: duration}, nil
}

// parseShard reads "2/3", the second of three.
func parseShard(text string) (loadgen.Shard, error) {
	var i, n int
	if _, err := fmt.Sscanf(text, "%d/%d", &i, &n); err != nil || i < 1 || i > n {
		return loadgen.Shard{}, fmt.Errorf("%q: write it as 2/3 for the second of three", text)
	}
	return loadgen.Shard{Index: i - 1, Count: n}, nil
}
