package endpoint

import (
	"fmt"
	"slices"
	"sync"

	"github.com/webchatspec/webchatspec/record"
)

// notebook collects the evidence of all probes. It is safe for concurrent use.
type notebook struct {
	progress func(done, planned int, probe string)

	mu       sync.Mutex
	evidence record.Evidence
	probes   map[string]*record.Probe
	planned  int
	expected map[string]int // requests by probe, of which planned is the sum
	done     int
	odd      map[string]int  // by probe, how many odd exchanges of a crowd were noted
	over     map[string]bool // probes that are complete
}

// newNotebook begins with the plan: the probes, as far as they will be sent.
func newNotebook(keys []record.Key, plan []record.Probe, progress func(done, planned int, probe string)) *notebook {
	n := &notebook{progress: progress, probes: map[string]*record.Probe{}, odd: map[string]int{}, over: map[string]bool{}}
	if progress == nil {
		n.progress = func(int, int, string) {}
	}
	n.evidence = record.Evidence{Keys: keys, Probes: plan, Tokens: []record.Token{}, Exchanges: []record.Exchange{}}
	n.expected = map[string]int{}
	for i := range plan {
		n.probes[plan[i].Name] = &plan[i]
		if plan[i].Skipped == "" {
			n.expectLocked(plan[i].Name, plan[i].Requests)
		}
	}
	return n
}

// sends says whether the probe is planned and was not skipped.
func (n *notebook) sends(probe string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	planned := n.probes[probe]
	return planned != nil && planned.Skipped == ""
}

// intrudes says whether the requests of the probe need consent.
func (n *notebook) intrudes(probe string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	planned := n.probes[probe]
	return planned != nil && planned.Intrusive
}

// ended notes that a probe is over, and how long it took. Skipped says why it was not
// sent, or is ""; remedy is the setting with which it would have been sent.
func (n *notebook) ended(probe, skipped, remedy string, seconds float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.probes[probe].Skipped, n.probes[probe].Seconds = skipped, seconds
	if skipped != "" {
		n.probes[probe].Remedy = remedy
	}
	n.expectLocked(probe, n.probes[probe].Sent)
}

// expectLocked has so many requests of a probe expected in all, that progress tells.
func (n *notebook) expectLocked(probe string, requests int) {
	n.planned += requests - n.expected[probe]
	n.expected[probe] = requests
}

// through notes that a probe is through with so many of its parts: what the others take is
// told from these, and no longer from the plan, which has the most that there can be.
func (n *notebook) through(probe string, parts, of int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.probes[probe]; p != nil && parts > 0 {
		n.expectLocked(probe, min(n.expected[probe], p.Sent*of/parts))
	}
}

// shortened notes why a probe has sent fewer requests than it has.
func (n *notebook) shortened(probe, why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.probes[probe].Shortened = why
}

// complete notes that a probe has sent all of its requests.
func (n *notebook) complete(probe string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.over[probe] = true
}

// cutShort notes that the run was ended early, which has cut short the probes that are not
// complete.
func (n *notebook) cutShort() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, probe := range n.probes {
		probe.Cut = probe.Skipped == "" && !n.over[probe.Name]
	}
}

// note adds an exchange and its token to the evidence, and numbers them.
func (n *notebook) note(a *ask, result *answer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.done++
	probe := n.probes[a.probe]
	if probe != nil {
		probe.Sent++
	}
	full := n.inFullLocked(a, result)
	if full {
		result.exchange.ID = fmt.Sprintf("e%d", len(n.evidence.Exchanges)+1)
	}
	if token := result.token; token != nil {
		token.ID = fmt.Sprintf("t%d", len(n.evidence.Tokens)+1)
		result.exchange.Token = token.ID
		token.Exchange = result.exchange.ID
		if a.ofCrowd() && (token.Verdict.Accepted || !full) || a.probe != record.ProbeVisitors && isLong(token) {
			token.Compact()
		}
		n.evidence.Tokens = append(n.evidence.Tokens, *token)
	}
	if full {
		n.evidence.Exchanges = append(n.evidence.Exchanges, result.exchange)
	}
	if class := shortfall(a, result); class != "" {
		n.countLocked(a.probe, class)
	}
	if probe != nil && a.probe == record.ProbeBusy && result.exchange.Response != nil {
		probe.Latencies = append(probe.Latencies, result.exchange.Seconds)
	}
	n.progress(n.done, max(n.planned, n.done), a.probe)
}

// tell says what the run is waiting for while nothing is sent.
func (n *notebook) tell(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress(n.done, max(n.planned, n.done), text)
}

// maxOdd is how many odd exchanges of a crowd are noted in full.
const maxOdd = 12

// longSegments is the size of header and payload together, in bytes, above which tokens
// are noted in full only for the first visitors.
const longSegments = 4 << 10

func isLong(token *record.Token) bool {
	return len(token.Header.JSON)+len(token.Payload.JSON) > longSegments
}

// inFullLocked says whether the exchange is noted. Of a crowd, only a few odd ones are.
func (n *notebook) inFullLocked(a *ask, result *answer) bool {
	if !a.ofCrowd() {
		return true
	}
	if !isOdd(a, result) || n.odd[a.probe] >= maxOdd {
		return false
	}
	n.odd[a.probe]++
	return true
}

// isOdd says whether an answer is anything but a good token.
func isOdd(a *ask, result *answer) bool {
	if a.foreign {
		return result.exchange.Failure != nil || result.exchange.Refused != "" || result.status >= 400
	}
	return !result.ok() || result.exchange.Failure != nil || len(result.exchange.Leaks) > 0 ||
		result.token.Verdict.Judged && !result.token.Verdict.Accepted
}

// shortfall says why there is no token where one was owed: a failure's class,
// "status <code>" or "no token". It is "" when nothing is missing.
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

// contended notes how busy this machine was while the probe measured a site on it.
func (n *notebook) contended(probe string, contention float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.probes[probe].Contention = max(n.probes[probe].Contention, contention)
}

// count counts a request that was not sent as a failure of its probe.
func (n *notebook) count(probe, class string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.countLocked(probe, class)
}

func (n *notebook) countLocked(probe, class string) {
	p := n.probes[probe]
	if p == nil {
		return
	}
	if p.Failures == nil {
		p.Failures = map[string]int{}
	}
	p.Failures[class]++
}

// amend changes an exchange that is already noted.
func (n *notebook) amend(id string, change func(*record.Exchange)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.evidence.Exchanges, func(exchange record.Exchange) bool { return exchange.ID == id })
	if i >= 0 {
		change(&n.evidence.Exchanges[i])
	}
}

// close sorts the evidence by time and returns it. Sub is that of the very first token.
func (n *notebook) close(sub string) record.Evidence {
	n.mu.Lock()
	defer n.mu.Unlock()
	markIdentityCookies(&n.evidence, sub)
	setClocks(n.evidence.Tokens)
	slices.SortStableFunc(n.evidence.Tokens, func(a, b record.Token) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	slices.SortStableFunc(n.evidence.Exchanges, func(a, b record.Exchange) int { return a.StartedAt.Compare(b.StartedAt) })
	return n.evidence
}
