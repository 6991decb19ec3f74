package loadgen

import (
	"cmp"
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
	Within   time.Duration // how long the way back may take, at the usual rate; 0 is 5 s
}

const (
	defaultFactor = 4
	defaultRush   = 5 * time.Second
)

// RecoveryRate is the usual rate, before and after an overload, of a load that has none of
// its own, in requests a second: low enough for four times as much to be no more than an
// ordinary machine can send.
const RecoveryRate = DefaultRate / 2

// Times is how many times the usual rate the overload is.
func (o Overload) Times() float64 { return cmp.Or(o.Factor, defaultFactor) }

// Recovery puts a load on the endpoint, then an overload, then the same load as
// before for as long as the way back may take, and the same once more. All of it
// is one run: users do not wait for a queue to drain before they come, and nobody
// opens a session amid the rush. It returns the loads in this order, with their
// roles; [record.Run.Recovery] says how long the endpoint took to recover. Errors are as for
// [Run], with the loads so far.
func Recovery(ctx context.Context, client *endpoint.Client, config Config, overload Overload, progress func(Progress)) ([]record.Load, error) {
	phases := overload.phases(config)
	r, finish, err := prepare(ctx, client, overload.over(config))
	if err != nil {
		return nil, err
	}
	defer finish()
	var parts []Config
	for i, phase := range phases {
		part := r.config
		part.Name, part.Role, part.Stages = phase.role, phase.role, []Stage{phase.stage}
		if i > 0 {
			part.WarmUp = 0
		}
		parts = append(parts, part)
	}
	r.divide(parts...)
	return r.do(progress)
}

// overloaded is a stage with what it is for.
type overloaded struct {
	role  string
	stage Stage
}

func (o Overload) phases(config Config) []overloaded {
	rate, length := cmp.Or(config.Rate, RecoveryRate), cmp.Or(config.Duration, DefaultDuration)
	return []overloaded{
		{record.RoleBaseline, Constant(rate, length)},
		{record.RoleOverload, Constant(rate*o.Times(), cmp.Or(o.Duration, defaultRush))},
		{record.RoleReturn, Constant(rate, cmp.Or(o.Within, defaultRush))},
		{record.RoleRecovery, Constant(rate, length)},
	}
}

// over is the load with the overload in it.
func (o Overload) over(config Config) Config {
	config.Name, config.Stages = "overload", nil
	for _, phase := range o.phases(config) {
		config.Stages = append(config.Stages, phase.stage)
	}
	return config
}

// Check returns an error for an overload that cannot be, before anything is sent.
func (o Overload) Check(config Config) error { return o.over(config).Check() }

// Planned is how many requests the load with the overload sends: see [Config.Planned].
func (o Overload) Planned(config Config) int { return o.over(config).Planned() }
