package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// Config says how much load there is, for how long, and what is expected. The
// zero value is the default load: five seconds at a modest rate.
type Config struct {
	// Name is what the load is called in the record; "" is "load".
	Name string
	// Role is one of record's Role constants for a load that is part of a
	// search or of an overload; "" otherwise.
	Role string
	// Rate is the requests a second; 0 is 120. It has no meaning with Stages.
	Rate float64
	// Duration is how long requests are sent, after the warm-up; 0 is 5 s.
	Duration time.Duration
	// WarmUp is how long requests are sent before anything counts; 0 is none.
	WarmUp time.Duration
	// Stages are rates that follow each other, in the place of Rate and Duration.
	Stages []Stage
	// Users is how many users take turns; 0 is 20. It is the total of all shards,
	// as the rate is.
	Users int
	// Accounts are people with a login, in the place of anonymous visitors, for an
	// endpoint that serves no others. Users take turns as them, so that one
	// account may have several sessions.
	Accounts []endpoint.User
	// Objective is what the figures are held to; its zero value is 500 ms at the
	// 99th percentile, without failures.
	Objective record.Objective
	// Timeout bounds one request; 0 is 10 s.
	Timeout time.Duration
	// MaxInFlight bounds how many requests may wait for their answer at once, and
	// with it the memory. 0 is as many as can be due within Timeout, 500 at
	// most. A run that reaches it is inconclusive.
	MaxInFlight int
	// MaxRequests bounds the requests of a run; 0 is 10 million. A schedule
	// beyond it is refused. [endpoint.Bounds] count what is sent.
	MaxRequests int64
	// MaxRate bounds the rate of every stage, in requests a second; 0 does not. A
	// schedule beyond it is refused. The logins before a load keep to
	// [endpoint.Bounds].
	MaxRate float64
	// MaxAge is the age from which a token does not count as newly issued. 0
	// allows a token as old as its user's session, which an issuer that keeps a
	// visitor's live token may hand out again.
	MaxAge time.Duration
	// Profile is the contract whose rules the tokens are held to; the zero value is
	// the default one's.
	Profile profiles.Profile
	// AllowHosts are hosts other than loopback that load may go to.
	AllowHosts []string
	// Shard is the part of the schedule that this generator sends.
	Shard Shard
	// StartAt is when the load begins, so that shards begin together; zero is at once.
	StartAt time.Time
	// AbortOn is the share of failed requests, 0 to 1, above which the load stops
	// before its time. Whatever it is, the load stops when nothing but failures has
	// come for ten seconds.
	AbortOn float64
	// RawFile is a file that each answer is written to in vegeta's own format; ""
	// is none.
	RawFile string
	// Metrics is the address, as in "127.0.0.1:9464", at which the figures can be
	// read by Prometheus while the load runs; "" is none.
	Metrics string
	// Default marks a load that is part of a default run: see [record.Load].
	Default bool
}

// Defaults of a Config.
const (
	DefaultRate        = 120
	DefaultDuration    = 5 * time.Second
	DefaultUsers       = 20
	DefaultTimeout     = 10 * time.Second
	DefaultMaxRequests = 10_000_000
)

// DefaultObjective is what a load is held to when nothing else is said.
func DefaultObjective() record.Objective { return record.Objective{Percentile: 99, Latency: 0.5} }

const (
	mostUsers    = 100_000
	mostInFlight = 500
	mostRate     = 100_000
	longestStage = 24 * time.Hour
)

// ErrNotAllowed is returned for load on a host that is neither loopback nor allowed.
var ErrNotAllowed = errors.New("load may go to loopback only")

// Length is how long the load takes, from its begin.
func (c Config) Length() time.Duration {
	length := c.WarmUp
	for _, stage := range c.Stages {
		length += stage.Duration
	}
	if len(c.Stages) == 0 {
		length += cmp.Or(c.Duration, DefaultDuration)
	}
	if wait := time.Until(c.StartAt); wait > 0 {
		length += wait
	}
	return length
}

// Planned is how many requests the load sends, those that open its sessions among them
// once for each user.
func (c Config) Planned() int {
	c.Rate, c.Duration, c.Users = cmp.Or(c.Rate, DefaultRate), cmp.Or(c.Duration, DefaultDuration), cmp.Or(c.Users, DefaultUsers)
	if len(c.Stages) == 0 {
		c.Stages = []Stage{Constant(c.Rate, c.Duration)}
	}
	return int(c.schedule().total) + c.Users
}

// Check returns an error for a load that cannot be, before anything is sent.
func (c Config) Check() error {
	_, err := c.complete()
	return err
}

// complete fills in what was left out and refuses what cannot be done.
func (c Config) complete() (Config, error) {
	if c.Name == "" {
		c.Name = "load"
	}
	c.Rate = cmp.Or(c.Rate, DefaultRate)
	c.Duration = cmp.Or(c.Duration, DefaultDuration)
	c.Users = cmp.Or(c.Users, DefaultUsers)
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.MaxRequests = cmp.Or(c.MaxRequests, DefaultMaxRequests)
	usual := DefaultObjective()
	c.Objective.Typed = c.Objective.Latency != 0 || c.Objective.Percentile != 0
	c.Objective.Percentile = cmp.Or(c.Objective.Percentile, usual.Percentile)
	c.Objective.Latency = cmp.Or(c.Objective.Latency, usual.Latency)
	if len(c.Stages) == 0 {
		c.Stages = []Stage{Constant(c.Rate, c.Duration)}
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("load %q: %w", c.Name, err)
	}
	if c.MaxInFlight == 0 {
		due := c.peak() / float64(c.Shard.count()) * c.Timeout.Seconds()
		c.MaxInFlight = min(mostInFlight, max(64, int(math.Ceil(due))))
	}
	return c, nil
}

func (c Config) check() error {
	for _, stage := range c.Stages {
		if !inRange(stage.From, 0, mostRate) || !inRange(stage.To, 0, mostRate) || stage.From+stage.To <= 0 {
			return fmt.Errorf("a rate from %g to %g a second: give rates above 0, up to %d", stage.From, stage.To, mostRate)
		}
		if stage.Duration <= 0 || stage.Duration > longestStage {
			return fmt.Errorf("a duration of %s: give one above 0, up to %s", stage.Duration, longestStage)
		}
	}
	switch {
	case c.WarmUp < 0 || c.WarmUp > longestStage:
		return fmt.Errorf("a warm-up of %s: give none, or one up to %s", c.WarmUp, longestStage)
	case c.Users < 1 || c.Users > mostUsers:
		return fmt.Errorf("%d users: give 1 to %d", c.Users, mostUsers)
	case c.Timeout < 0 || c.MaxInFlight < 0 || c.MaxRequests < 0 || c.MaxAge < 0:
		return errors.New("time-out, requests in flight, requests and age cannot be below 0")
	case !inRange(c.Objective.Percentile, 1, 100) || !inRange(c.Objective.ErrorShare, 0, 1) || c.Objective.Latency < 0:
		return fmt.Errorf("objective %gth percentile, %g s, error share %g: give a percentile up to 100 and a share up to 1",
			c.Objective.Percentile, c.Objective.Latency, c.Objective.ErrorShare)
	case !inRange(c.AbortOn, 0, 1):
		return fmt.Errorf("to stop at a share of %g failures: give one from 0 to 1", c.AbortOn)
	case c.Users < c.Shard.Count:
		return fmt.Errorf("%d users for %d shards: users are the total of all shards, give one for each at least", c.Users, c.Shard.Count)
	case c.Shard.Count < 0 || c.Shard.Index < 0 || c.Shard.Index >= max(1, c.Shard.Count):
		return fmt.Errorf("shard %d of %d: Index counts from 0", c.Shard.Index, c.Shard.Count)
	}
	if c.MaxRate > 0 && c.peak() > c.MaxRate {
		return fmt.Errorf("%g requests a second, more than the %g that the endpoint may get (--rate): lower the one or raise the other", c.peak(), c.MaxRate)
	}
	if planned := c.schedule().total + int64(c.Users); planned > c.MaxRequests {
		return fmt.Errorf("%d requests, more than the limit of %d: raise the limit (--max-requests) or lower rate, duration or users", planned, c.MaxRequests)
	}
	return nil
}

func inRange(x, low, high float64) bool { return x >= low && x <= high }

// users are the numbers of this shard's users: the first, and how many.
func (c Config) users() (first, count int) {
	shards := int(c.Shard.count())
	return c.Users*c.Shard.Index/shards + 1, c.Users*(c.Shard.Index+1)/shards - c.Users*c.Shard.Index/shards
}

// peak is the highest rate of the stages.
func (c Config) peak() float64 {
	var highest float64
	for _, stage := range c.Stages {
		highest = max(highest, stage.From, stage.To)
	}
	return highest
}

// mean is the mean rate of the stages, of this shard alone.
func (c Config) mean() float64 {
	var requests, length float64
	for _, stage := range c.Stages {
		requests += stage.requests(stage.Duration.Seconds())
		length += stage.Duration.Seconds()
	}
	return requests / length / float64(c.Shard.count())
}

// schedule has the warm-up, at the rate with which the first stage begins, and
// the stages. What could not be sent in time is tried for one more second.
func (c Config) schedule() *schedule {
	stages := c.Stages
	if c.WarmUp > 0 {
		first := cmp.Or(stages[0].From, stages[0].To)
		stages = slices.Concat([]Stage{Constant(first, c.WarmUp)}, stages)
	}
	return newSchedule(stages, c.Shard, time.Second)
}

// transport is the client's, held to this machine unless the host is allowed.
func (c Config) transport(client *endpoint.Client) (*http.Transport, error) {
	transport := client.Transport(c.MaxInFlight)
	// Requests and tokens are short, and each connection has its own buffers.
	transport.WriteBufferSize, transport.ReadBufferSize = 1<<10, 2<<10
	if address.Names(c.AllowHosts, client.Endpoint()) {
		return transport, nil
	}
	if !client.IsLocal() {
		return nil, fmt.Errorf("%w, and %s is not allowed: add it to the hosts that load may go to if it is yours to test", ErrNotAllowed, client.Endpoint().Hostname())
	}
	transport.Proxy = nil
	transport.DialContext = onlyLocal(transport.DialContext)
	return transport, nil
}

// onlyLocal refuses connections that lead to another machine: DNS may answer
// otherwise under load than it did before.
func onlyLocal(connect address.Dial) address.Dial {
	held := address.OnlyLocal(connect)
	return func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		conn, err := held(ctx, network, hostPort)
		if errors.Is(err, address.ErrElsewhere) {
			err = fmt.Errorf("%w: %w", ErrNotAllowed, err)
		}
		return conn, err
	}
}
