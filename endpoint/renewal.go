package endpoint

import (
	"context"
	"fmt"
	"time"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

var renewalProbe = probe{
	name:     record.ProbeRenewal,
	requests: func(*Client) int { return 4 },
	remedy:   "--max-wait",
	skip: func(c *Client) string {
		if c.config.MaxWait < 0 {
			return "no waiting for an expiry is allowed"
		}
		return ""
	},
	gather: gatherRenewal,
}

// gatherRenewal asks again shortly before the first token expires, right after it, and once
// more. The time until the expiry is computed by the server's clock, which may differ
// from ours.
func gatherRenewal(ctx context.Context, g *gathering) string {
	v := g.fresh(ctx)
	first := g.send(ctx, ask{probe: record.ProbeRenewal, variant: record.VariantFirst, visitor: v})
	if !first.ok() {
		return noToken
	}
	exp, ok := first.expiry()
	if !ok {
		return "the token has no exp to wait for"
	}
	received := first.token.ReceivedAt
	clock := received
	if !first.token.ServerDate.IsZero() {
		clock = first.token.ServerDate
	}
	life := exp - float64(clock.UnixMilli())/1000
	if life > g.config.MaxWait.Seconds() {
		return fmt.Sprintf("the token lives longer than the wait allowed, %s: raise --max-wait to see a renewal", record.Span(g.config.MaxWait.Seconds()))
	}
	for _, at := range []struct {
		variant record.Variant
		seconds float64
	}{{record.VariantBeforeExpiry, life - 1.2}, {record.VariantAfterExpiry, life + 0.2}, {record.VariantLater, life + 1.2}} {
		if at.seconds < 0 {
			continue
		}
		wait := time.Duration(at.seconds * float64(time.Second))
		if sleep.For(ctx, time.Until(received.Add(wait))) != nil {
			return ""
		}
		g.send(ctx, ask{probe: record.ProbeRenewal, variant: at.variant, visitor: v})
	}
	return ""
}
