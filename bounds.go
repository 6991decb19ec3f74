package webchatspec

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/suites"
)

// bound holds every part of the run to what was said of how much the site bears. What
// has no rate and no size of its own is fitted; what is asked for is not changed, and
// refused if it is more.
func (c *Config) bound() {
	if c.Endpoint.Rate > 0 {
		c.boundRate(c.Endpoint.Rate)
	}
	if c.Endpoint.MaxRequests > 0 {
		c.divideRequests(c.Endpoint.MaxRequests)
	}
}

// boundRate holds the stages of each load to so many requests a second.
func (c *Config) boundRate(most float64) {
	c.Load.MaxRate = most
	if c.Load.Rate == 0 && len(c.Load.Stages) == 0 {
		c.Load.Rate = min(most, loadgen.DefaultRate)
		if c.Overload != nil {
			c.Load.Rate = min(c.Load.Rate, loadgen.RecoveryRate, most/c.Overload.Times())
		}
	}
	if c.Capacity != nil && c.Capacity.To == 0 {
		search := *c.Capacity
		search.To = min(most, loadgen.SearchTo)
		c.Capacity = &search
	}
}

// divideRequests divides the requests that the site bears among the parts of the run,
// so that the first leaves something for those after it: a quarter to the page, and to
// a load what it is to send, or a quarter. Each part may have what others leave.
func (c *Config) divideRequests(most int) {
	rest := most
	if c.Wants(suites.PartLoad) {
		rest -= c.shareOfLoad(most)
	}
	if c.Wants(suites.PartPage) {
		rest -= most / 4
	}
	c.Endpoint.MaxRequests = max(1, rest)
}

// Shares says how the requests that the site bears are divided among the parts of the
// run, or "" where there is one part or no such number.
func (c Config) Shares() string {
	most := c.Endpoint.MaxRequests
	tokens := c.Composed().Endpoint.MaxRequests
	if most == tokens {
		return ""
	}
	return fmt.Sprintf(": %d while checking tokens, the others after it", tokens)
}

// shareOfLoad is how many of the requests the load gets.
func (c *Config) shareOfLoad(most int) int {
	load := &c.Load
	share := most / 4
	switch {
	case !c.Wants(suites.PartToken) && !c.Wants(suites.PartPage):
		share = most
	case c.Capacity != nil || c.Compare != nil:
		share = most / 2
	}
	if c.Capacity != nil || c.Compare != nil { // how many they send shows on the way
		return share
	}
	load.MaxRequests = int64(most)
	if c.Overload != nil {
		return min(most, c.Overload.Planned(*load))
	}
	if load.Users == 0 {
		load.Users = max(1, min(loadgen.DefaultUsers, share/4))
	}
	if load.Duration == 0 && len(load.Stages) == 0 {
		fitting := float64(share-load.Users) / cmp.Or(load.Rate, loadgen.DefaultRate)
		load.Duration = max(min(loadgen.DefaultDuration, time.Duration(fitting*float64(time.Second))), time.Millisecond)
	}
	return min(most, load.Planned())
}

// checkBounds returns an error for what was asked for and is more than the site was
// said to bear, before anything is sent.
func (c *Config) checkBounds() error {
	if !c.Wants(suites.PartLoad) {
		return nil
	}
	if c.Compare != nil {
		for _, named := range c.Compare.Contenders {
			if named.Endpoint.Rate > 0 {
				return errors.New("a comparison asks each endpoint as fast as it answers, which --rate does not allow: leave the rate out")
			}
		}
		return nil
	}
	if most := c.Endpoint.Rate; c.Capacity != nil && most > 0 && c.Capacity.To > most {
		return fmt.Errorf("a search up to %g requests a second is more than the %g that the endpoint may get (--rate): lower the one (--capacity-to) or raise the other", c.Capacity.To, most)
	}
	if c.Overload != nil {
		if err := c.Overload.Check(c.Load); err != nil {
			return err
		}
	}
	return c.Load.Check()
}
