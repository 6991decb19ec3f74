package endpoint

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/record"
)

// probe is one group of requests: how many it sends at most, when it cannot be
// sent, and how it is sent.
type probe struct {
	name     string
	requests func(*Client) int
	// skip says why the probe cannot be sent, or "".
	skip func(*Client) string
	// remedy is the setting that would let it be sent where skip says why not.
	remedy    string
	intrusive bool
	// tellsWithoutTokens is set for what is worth sending when nobody gets a token.
	tellsWithoutTokens bool
	// asks are the addresses that it asks; nil is the token endpoint's.
	asks func(*Client) []*url.URL
	// gather sends the probe. It returns why it was not sent, if that turned out
	// only on the way, else "". Nil is for a probe whose requests others send.
	gather func(context.Context, *gathering) (skipped string)
}

// probeTable has all probes, in the order in which they are listed.
var probeTable = []probe{
	visitorsProbe, cookieRolesProbe, networkProbe, hostsProbe, anonymousProbe, parallelProbe,
	requestIdentityProbe, forgedCookiesProbe, forgedLoginsProbe, hostileCookiesProbe, loginProbe, sessionProbe, crossSiteLoginProbe,
	renewalProbe, methodsProbe, originsProbe, validatorsProbe, scriptsProbe, badInputProbe,
	reflectionProbe, pathsProbe, jwksProbe, tlsProbe, busyProbe, relyingProbe,
}

// Plan returns the named probes, with the highest number of requests that each sends, or
// why it will not be sent. Probes on which the named ones depend are added: the visitors,
// from whom all others learn, and the logins.
func (c *Client) Plan(probes []string) []record.Probe {
	var planned []record.Probe
	visits, sum, hops := 0, 0, withHops(c.config.Visit)
	for _, p := range probeTable {
		if slices.Contains(probes, p.name) || c.rests(p.name, probes) {
			skipped, remedy, notApplicable := p.reason(c)
			limited := false
			cost := p.requests(c) * (1 + hops)
			if most := c.config.MaxRequests; skipped == "" && most > 0 && sum+cost > most && p.name != record.ProbeVisitors {
				limited, skipped, remedy = true, fmt.Sprintf("its %d requests are more than the limit of %d leaves: --max-requests", cost, most), "--max-requests"
			} else if skipped == "" {
				sum, visits = sum+cost, visits+p.requests(c)
			}
			planned = append(planned, record.Probe{
				Name: p.name, Requests: p.requests(c), Intrusive: p.intrusive, Skipped: skipped, Remedy: remedy, NotApplicable: notApplicable, Wanted: limited,
			})
		}
	}
	if i := slices.IndexFunc(planned, func(p record.Probe) bool { return p.Name == record.ProbeSession }); i >= 0 {
		planned[i].Requests += visits * hops
	}
	return planned
}

// rests says whether one of the named probes depends on the one of that name.
func (c *Client) rests(name string, named []string) bool {
	switch name {
	case record.ProbeVisitors:
		return slices.ContainsFunc(probeTable, func(p probe) bool { return slices.Contains(named, p.name) })
	case record.ProbeSession:
		return slices.Contains(named, record.ProbeLogin) ||
			(!*c.config.Anonymous || len(c.config.Visit) > 0) && c.rests(record.ProbeVisitors, named)
	}
	return false
}

// reason says why the probe will not be sent, or "". Remedy is what would let it be sent;
// notApplicable says that the site has nothing for it to test.
func (p probe) reason(c *Client) (skipped, remedy string, notApplicable bool) {
	if p.skip != nil {
		if reason := p.skip(c); reason != "" {
			return reason, p.remedy, true
		}
	}
	if !p.intrusive || c.config.Consent {
		return "", "", false
	}
	for _, u := range p.addresses(c) {
		if !c.local(u) {
			return fmt.Sprintf("it intrudes on %s, which is not this machine, and wants your consent: --yes", u.Host), "--yes, if the host is yours", false
		}
	}
	return "", "", false
}

// addresses are those that the probe asks.
func (p probe) addresses(c *Client) []*url.URL {
	if p.asks == nil {
		return []*url.URL{c.endpoint}
	}
	return p.asks(c)
}

// local says whether a request to the address stays on this machine.
func (c *Client) local(u *url.URL) bool {
	if u.Host == c.endpoint.Host {
		return c.loopback
	}
	return address.Book(c.config.Resolve).IsLocal(context.Background(), u)
}

// Asked is how many requests a host gets of a plan.
type Asked struct {
	Host      string
	Local     bool // whether it is this machine
	Requests  int  // at most
	Intrusive int  // how many of them are intrusive
}

// Hosts returns how many requests each host gets of the named probes at most, the
// token endpoint's first.
func (c *Client) Hosts(probes []string) []Asked {
	var hosts []Asked
	for _, planned := range c.Plan(probes) {
		i := slices.IndexFunc(probeTable, func(p probe) bool { return p.name == planned.Name })
		all := probeTable[i].addresses(c)
		if probeTable[i].asks == nil {
			all = append(all, c.ofUsers()...)
		}
		if planned.Skipped != "" || len(all) == 0 {
			continue
		}
		told := map[string]bool{} // a probe may send all of its requests to any one of its hosts
		for _, u := range all {
			if told[u.Host] {
				continue
			}
			told[u.Host] = true
			at := slices.IndexFunc(hosts, func(a Asked) bool { return a.Host == u.Host })
			if at < 0 {
				at, hosts = len(hosts), append(hosts, Asked{Host: u.Host, Local: c.local(u)})
			}
			hosts[at].Requests += planned.Requests
			if planned.Intrusive {
				hosts[at].Intrusive += planned.Requests
			}
		}
	}
	return hosts
}

// addressesOf are the addresses of requests, as far as they are known beforehand.
func (c *Client) addressesOf(requests ...[]Request) []*url.URL {
	var all []*url.URL
	for _, list := range requests {
		for i := range list {
			if u, err := c.endpoint.Parse(list[i].URL); err == nil {
				all = append(all, u)
			}
		}
	}
	return all
}

// ofUsers are the token endpoints of users who have one of their own.
func (c *Client) ofUsers() []*url.URL {
	var own []Request
	for _, user := range c.config.Users {
		if user.URL != "" {
			own = append(own, Request{URL: user.URL})
		}
	}
	return c.addressesOf(own)
}

// steps are the addresses of visits, logins and logouts, and the further hosts to which
// these may lead.
func (c *Client) steps() []*url.URL {
	all := c.addressesOf(c.config.Visit)
	for _, user := range c.config.Users {
		all = append(all, c.addressesOf(user.Login, user.Logout)...)
	}
	for _, host := range c.config.Hosts {
		all = append(all, &url.URL{Scheme: c.endpoint.Scheme, Host: host})
	}
	return all
}

// onlyAnonymous is the skip of probes that need visitors without a login.
func onlyAnonymous(c *Client) string {
	if !*c.config.Anonymous {
		return "the endpoint serves no anonymous visitors"
	}
	return ""
}
