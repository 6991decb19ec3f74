package endpoint

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// noAddress lets the system choose the address to send from.
var noAddress netip.Addr

// gathering is one run of the probes: the notebook that all of them write to,
// and what they learn from each other.
type gathering struct {
	*Client
	pace     *pace
	halted   atomic.Pointer[record.Failure] // why nothing more is sent
	progress func(done, planned int, stage string)

	mu       sync.Mutex
	evidence record.Evidence
	probes   map[string]*record.Probe
	planned  int
	done     int
	odd      map[string]int      // odd exchanges noted, by bulk probe
	tokens   map[string]struct{} // fingerprints of tokens seen outside the bulk
	visitors int

	// starters are the first visitors; first is the one of the very first
	// request, whose cookies all probes may know.
	starters    []*visitor
	first       *visitor
	firstAnswer *answer
	login       loginLesson
}

// Gather sends the named probes and returns what was seen. It always returns
// what there is. The error is an [*Unreachable] when the endpoint could not be
// asked at all, or that of the context. Progress is called after every request
// with how many are done and planned and what is under way; it may be nil.
func (c *Client) Gather(ctx context.Context, probes []string, progress func(done, planned int, stage string)) (record.Evidence, error) {
	if progress == nil {
		progress = func(int, int, string) {}
	}
	g := &gathering{
		Client:   c,
		pace:     newPace(c.config.Rate, c.config.Concurrency),
		progress: progress,
		probes:   map[string]*record.Probe{},
		odd:      map[string]int{},
		tokens:   map[string]struct{}{},
		login:    loginLesson{learnt: make(chan struct{})},
	}
	defer c.transports.closeIdle()
	g.evidence = record.Evidence{
		Keys: c.describeKeys(), Probes: c.Plan(probes),
		Tokens: []record.Token{}, Exchanges: []record.Exchange{},
	}
	for i := range g.evidence.Probes {
		probe := &g.evidence.Probes[i]
		g.probes[probe.Name] = probe
		if probe.Skipped == "" {
			g.planned += probe.Requests
		}
	}
	if len(g.probes) == 0 {
		return g.evidence, nil
	}
	if err := g.reach(ctx); err != nil {
		return g.finish(), err
	}
	g.runProbes(ctx)
	return g.finish(), ctx.Err()
}

// reach sends the first request, on which all others rest.
func (g *gathering) reach(ctx context.Context) error {
	for i := range freshVisitors {
		g.starters = append(g.starters, g.setApart(g.newVisitor(), i))
	}
	g.first = g.starters[0]
	g.begin(ctx, g.first, 0)
	g.firstAnswer = g.send(ctx, ask{probe: record.ProbeVisitors, visitor: g.first})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure := g.firstAnswer.exchange.Failure
	if failure == nil || g.firstAnswer.status != 0 {
		return nil
	}
	return &Unreachable{Endpoint: g.endpoint.String(), Failure: *failure}
}

// runProbes runs all planned probes at once; they take their turns at sending.
func (g *gathering) runProbes(ctx context.Context) {
	if login := g.probes[record.ProbeLogin]; login == nil || login.Skipped != "" {
		close(g.login.learnt)
	}
	var running sync.WaitGroup
	for _, p := range probeTable {
		planned := g.probes[p.name]
		if planned == nil || planned.Skipped != "" || p.gather == nil {
			continue
		}
		running.Go(func() {
			started := time.Now()
			skipped := p.gather(ctx, g)
			g.mu.Lock()
			defer g.mu.Unlock()
			planned.Skipped, planned.Seconds = skipped, time.Since(started).Seconds()
		})
	}
	running.Wait()
}

// finish puts the notes in their order of time.
func (g *gathering) finish() record.Evidence {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.markIdentityCookies()
	slices.SortStableFunc(g.evidence.Tokens, func(a, b record.Token) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	slices.SortStableFunc(g.evidence.Exchanges, func(a, b record.Exchange) int { return a.StartedAt.Compare(b.StartedAt) })
	return g.evidence
}

// newVisitor returns the next visitor, who is nobody yet.
func (g *gathering) newVisitor() *visitor {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.visitors++
	return newVisitor(fmt.Sprintf("v%d", g.visitors))
}

// begin logs the visitor in where only users are served: as one of them, by number.
func (g *gathering) begin(ctx context.Context, v *visitor, number int) {
	if !*g.config.Anonymous {
		g.logIn(ctx, v, &g.config.Users[number%len(g.config.Users)])
	}
}

// note writes down an exchange and its token, and gives them their numbers.
func (g *gathering) note(a *ask, result *answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done++
	probe := g.probes[a.probe]
	if probe != nil {
		probe.Sent++
	}
	full := g.notedInFull(a, result)
	if full {
		result.exchange.ID = fmt.Sprintf("e%d", len(g.evidence.Exchanges)+1)
	}
	if token := result.token; token != nil {
		token.ID = fmt.Sprintf("t%d", len(g.evidence.Tokens)+1)
		result.exchange.Token = token.ID
		token.Exchange = result.exchange.ID
		if a.bulk && (token.Verdict.Accepted || !full) || a.probe != record.ProbeVisitors && isLong(token) {
			token.Compact()
		}
		g.evidence.Tokens = append(g.evidence.Tokens, *token)
	}
	if full {
		g.evidence.Exchanges = append(g.evidence.Exchanges, result.exchange)
	}
	if class := shortfall(a, result); class != "" && probe != nil {
		if probe.Failures == nil {
			probe.Failures = map[string]int{}
		}
		probe.Failures[class]++
	}
	if probe != nil && a.probe == record.ProbeBusy && result.exchange.Response != nil {
		probe.Latencies = append(probe.Latencies, result.exchange.Seconds)
	}
	g.progress(g.done, max(g.planned, g.done), a.probe)
}

// maxOdd is how many odd exchanges of a bulk probe are noted in full.
const maxOdd = 12

// longParts is the size of header and payload from which a token is noted in
// full only for the first visitors.
const longParts = 4 << 10

func isLong(token *record.Token) bool {
	return len(token.Header.JSON)+len(token.Payload.JSON) > longParts
}

// notedInFull says whether the exchange goes into the record. Of a bulk probe
// only odd ones do, and a few of them.
func (g *gathering) notedInFull(a *ask, result *answer) bool {
	if !a.bulk {
		return true
	}
	if !g.isOdd(result) || g.odd[a.probe] >= maxOdd {
		return false
	}
	g.odd[a.probe]++
	return true
}

// isOdd says whether an answer is other than a good token.
func (g *gathering) isOdd(result *answer) bool {
	return !result.ok() || result.exchange.Failure != nil || len(result.exchange.Leaks) > 0 ||
		result.token.Verdict.Judged && !result.token.Verdict.Accepted
}

// shortfall names what is missing where a token was owed: a failure's class,
// "status <code>" or "no token". It is "" for all that is well.
func shortfall(a *ask, result *answer) string {
	switch {
	case result.exchange.Failure != nil:
		return result.exchange.Failure.Class
	case !a.expectsToken() || result.ok():
		return ""
	case result.status < 200 || result.status > 299:
		return fmt.Sprintf("status %d", result.status)
	}
	return "no token"
}

// count adds to the failures of a probe what was not even sent.
func (g *gathering) count(probe, class string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p := g.probes[probe]; p != nil {
		if p.Failures == nil {
			p.Failures = map[string]int{}
		}
		p.Failures[class]++
	}
}

// remember keeps the fingerprint of a token, to know it where it does not belong.
func (g *gathering) remember(a *ask, bare string) {
	if a.bulk {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens[secrets.Fingerprint(bare)] = struct{}{}
}

// isIdentityToken says whether text is a token that this endpoint gave out, or
// one that a key of the configuration signed. Sites have other JWTs, too.
func (g *gathering) isIdentityToken(text string) bool {
	g.mu.Lock()
	_, known := g.tokens[secrets.Fingerprint(text)]
	g.mu.Unlock()
	return known || slices.ContainsFunc(g.keys, func(key *verifier.Key) bool {
		scheme := key.SignatureScheme(text)
		return scheme != verifier.SchemeUnknown && scheme != verifier.SchemeNone && scheme != verifier.SchemeOtherText
	})
}
