package endpoint

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// alike is how many fresh visitors ask from the same address with the same agent.
	alike = 3
	// apart is how many fresh visitors differ from them in one of the two.
	apart = 3
)

var networkProbe = probe{
	name: record.ProbeNetwork,
	requests: func(c *Client) int {
		if c.loopback {
			return alike + 3*apart
		}
		return alike + apart
	},
	skip:   onlyAnonymous,
	gather: gatherNetwork,
}

// gatherNetwork asks for fresh visitors who have the address and the agent in common, and
// for some who differ in one of them.
func gatherNetwork(ctx context.Context, g *gathering) string {
	for i := range alike {
		// After a pause, so that a token that is cached by address shows its earlier times.
		if i == alike-1 && sleep.For(ctx, g.apart) != nil {
			return ""
		}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantSameNetwork})
	}
	for i := range apart {
		agent := http.Header{"User-Agent": {agents[1+i%(len(agents)-1)]}}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantOtherAgent, header: agent})
	}
	if !g.loopback {
		return ""
	}
	for i := range apart {
		v := g.newVisitor()
		v.local = loopbackAddress(10 + i)
		g.begin(ctx, v, v.number)
		g.send(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantOtherAddress, visitor: v})
	}
	for i := range apart { // the first two from one address
		address := fmt.Sprintf("203.0.113.%d", 10+i/2) // RFC 5737: for documentation
		forwarded := http.Header{"X-Forwarded-For": {address}, "X-Real-Ip": {address}, "Forwarded": {"for=" + address}}
		g.askFresh(ctx, ask{probe: record.ProbeNetwork, variant: record.VariantForwardedAddress, about: address, header: forwarded})
	}
	return ""
}

var hostsProbe = probe{
	name:      record.ProbeHosts,
	requests:  func(*Client) int { return 2 },
	intrusive: true,
	gather:    gatherHosts,
}

// gatherHosts asks under another name that leads to the same endpoint. An endpoint may
// well refuse names that it does not know.
func gatherHosts(ctx context.Context, g *gathering) string {
	other := "localhost"
	if g.endpoint.Hostname() == other {
		other = "127.0.0.1"
	}
	if port := g.endpoint.Port(); port != "" {
		other = net.JoinHostPort(other, port)
	}
	g.askFresh(ctx, ask{probe: record.ProbeHosts, variant: record.VariantOtherHost, odd: true, header: http.Header{"Host": {other}}})
	g.askFresh(ctx, ask{probe: record.ProbeHosts, variant: record.VariantForwardedHost, odd: true, header: http.Header{"X-Forwarded-Host": {"other.example"}}})
	return ""
}
