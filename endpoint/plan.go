package endpoint

import (
	"context"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// probe is one group of requests: how many it sends at most, when it cannot be
// sent, and how it is sent.
type probe struct {
	name     string
	requests func(*Client) int
	// skip says why the probe cannot be sent, or "".
	skip      func(*Client) string
	intrusive bool
	// tellsWithoutTokens is set for what is worth sending when nobody gets a token.
	tellsWithoutTokens bool
	// gather sends the probe. It returns why it was not sent, if that turned out
	// only on the way, else "". Nil is for a probe whose requests others send.
	gather func(context.Context, *gathering) (skipped string)
}

// probeTable has all probes in the order in which they are told.
var probeTable = []probe{
	visitorsProbe, cookieRolesProbe, networkProbe, hostsProbe, anonymousProbe, parallelProbe,
	requestIdentityProbe, forgedCookiesProbe, forgedLoginsProbe, hostileCookiesProbe, loginProbe, sessionProbe, crossSiteLoginProbe,
	renewalProbe, methodsProbe, originsProbe, validatorsProbe, scriptsProbe, badInputProbe,
	reflectionProbe, pathsProbe, jwksProbe, tlsProbe, busyProbe, relyingProbe,
}

// Plan returns the named probes with the number of requests each will send, at
// most, and the reason why one will not be sent. Those on which others rest are
// among them: the visitors, from whom all others learn, and the logins.
func (c *Client) Plan(probes []string) []record.Probe {
	var planned []record.Probe
	visits := 0
	for _, p := range probeTable {
		if slices.Contains(probes, p.name) || c.rests(p.name, probes) {
			skipped, notApplicable := p.reason(c)
			visits += p.requests(c)
			planned = append(planned, record.Probe{
				Name: p.name, Requests: p.requests(c), Intrusive: p.intrusive, Skipped: skipped, NotApplicable: notApplicable,
			})
		}
	}
	if i := slices.IndexFunc(planned, func(p record.Probe) bool { return p.Name == record.ProbeSession }); i >= 0 {
		planned[i].Requests += visits * len(c.config.Visit)
	}
	return planned
}

// rests says whether one of the named probes rests on the one of that name.
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

// reason says why the probe will not be sent, or "", and whether that is because
// the site has nothing to probe.
func (p probe) reason(c *Client) (skipped string, notApplicable bool) {
	if p.skip != nil {
		if reason := p.skip(c); reason != "" {
			return reason, true
		}
	}
	if p.intrusive && !c.loopback && !c.config.Consent {
		return "it intrudes on a host that is not this machine, and wants your consent: --yes", false
	}
	return "", false
}

// onlyAnonymous is the reason of probes that need visitors without a login.
func onlyAnonymous(c *Client) string {
	if !*c.config.Anonymous {
		return "the endpoint serves no anonymous visitors"
	}
	return ""
}
