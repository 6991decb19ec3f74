package loadgen

import (
	"context"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

// Overload says how an endpoint is overloaded and how long it has to recover.
// The zero value is five seconds of four times the rate, and five to recover.
type Overload struct {
	Factor   float64       // times the rate of the configuration; 0 is 4
	Duration time.Duration // 0 is 5 s
	Rest     time.Duration // without load, after it; 0 is 5 s
}

const (
	defaultFactor = 4
	defaultPause  = 5 * time.Second
	// recoveryRate is the usual rate before and after an overload: low enough
	// for four times as much to be no more than an ordinary machine can send.
	recoveryRate = DefaultRate / 2
)

// Recovery runs a load, then an overload, and after a rest the same load again.
// It returns the three, with their roles; whether the endpoint is as fast as
// before is for the check to say. Errors are as for [Run], with the loads so far.
func Recovery(ctx context.Context, client *endpoint.Client, config Config, overload Overload, progress func(Progress)) ([]record.Load, error) {
	rate := orDefault(config.Rate, recoveryRate)
	phases := []struct {
		role     string
		rate     float64
		duration time.Duration
		rest     time.Duration // after it
	}{
		{record.RoleBaseline, rate, config.Duration, 0},
		{record.RoleOverload, rate * orDefault(overload.Factor, defaultFactor), orDefault(overload.Duration, defaultPause), orDefault(overload.Rest, defaultPause)},
		{record.RoleRecovery, rate, config.Duration, 0},
	}
	var loads []record.Load
	for _, phase := range phases {
		config.Name, config.Role, config.Stages = phase.role, phase.role, nil
		config.Rate, config.Duration = phase.rate, phase.duration
		load, err := Run(ctx, client, config, progress)
		if err != nil {
			return loads, err
		}
		loads = append(loads, load)
		if !sleep(ctx, phase.rest) {
			break
		}
	}
	return loads, nil
}

// sleep waits, and says whether it came to the end of the pause.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
