package browser

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// notes are the evidence of all visitors. Many write into them, and those who
// drive wait for what they show.
type notes struct {
	started time.Time
	epoch   float64 // what the browser's clock said then, in seconds since 1970

	mu       sync.Mutex
	closed   bool          // the evidence is complete and belongs to the caller
	changed  chan struct{} // closed when something was noted
	page     *record.Page
	at       float64  // when what is being noted came about, in seconds since the start; 0: now
	by       dating   // how that is known
	datings  []dating // of the lines of the timeline
	tokens   *tokenBook
	contract *contract
	fence    *fence               // nil for a browser of somebody else
	cookies  secrets.Known        // their values, which nothing that is noted may hold
	sources  []source             // texts of the page's documents and scripts
	kept     int                  // their bytes
	headers  map[string]exchanged // of the requests, by their ids; nil where nobody wants them
}

func newNotes(page *record.Page, tokens *tokenBook, chosen profiles.Profile) *notes {
	started := time.Now()
	return &notes{
		started: started, epoch: float64(started.UnixMicro()) / 1e6, changed: make(chan struct{}),
		page: page, tokens: tokens, contract: newContract(chosen),
	}
}

// note changes the evidence and wakes those who wait for it.
func (n *notes) note(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	change()
	close(n.changed)
	n.changed = make(chan struct{})
}

// look reads the evidence.
func (n *notes) look(read func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	read()
}

// await waits until the evidence is as wanted, and says whether it is. Holds is
// called with the evidence locked.
func (n *notes) await(ctx context.Context, holds func() bool) bool {
	for {
		n.mu.Lock()
		ok, changed := holds(), n.changed
		n.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// shortestCookie is the shortest cookie that is taken out, in bytes: shorter ones
// let nobody in, and stand in many texts.
const shortestCookie = 12

// keepBack makes a cookie of the page known for what lets its visitor in.
func keepBack(cookies *secrets.Known, name, value string) {
	if len(value) >= shortestCookie {
		cookies.AddLive("cookie "+name, value)
	}
}

// since is the time of the timeline: seconds since the start.
func (n *notes) since() float64 { return time.Since(n.started).Seconds() }

// dropLocked counts something that was left out.
func (n *notes) dropLocked(kind string) { n.dropManyLocked(kind, 1) }

func (n *notes) dropManyLocked(kind string, count int) {
	if n.page.Dropped == nil {
		n.page.Dropped = map[string]int{}
	}
	n.page.Dropped[kind] += count
}

// finish completes the evidence and hands it over: which texts were tokens is
// known only now.
func (n *notes) finish() *record.Page {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	n.placeLocked()
	n.findMACSecretsLocked()
	n.page.Tokens = n.tokens.list()
	n.noteDriftLocked()
	for i := range n.page.Requests {
		r := &n.page.Requests[i]
		r.Tokens = n.tokens.known(r.Tokens)
		r.Issuer = r.Issuer || len(r.Tokens) > 0 && isCall(r.Type)
	}
	n.joinWorkersLocked()
	for i := range n.page.Messages {
		n.page.Messages[i].Token = n.tokens.id(n.page.Messages[i].Token)
	}
	for i := range n.page.Assets {
		n.page.Assets[i].Tokens = n.tokens.known(n.page.Assets[i].Tokens)
	}
	n.page.Exposures = slices.DeleteFunc(n.page.Exposures, func(e record.Exposure) bool { return !n.tokens.knows(e.Token) })
	for i := range n.page.Exposures {
		n.page.Exposures[i].Token = n.tokens.id(n.page.Exposures[i].Token)
	}
	n.page.Timeline = slices.DeleteFunc(n.page.Timeline, n.ofOtherRequestLocked)
	n.maskCookiesLocked()
	slices.SortStableFunc(n.page.Timeline, func(a, b record.PageEvent) int { return cmp.Compare(a.At, b.At) })
	return n.page
}

// joinWorkersLocked adds to each handler what workers asked for while it ran: they
// tell of it by a way of their own, now and then too late to be seen at once.
func (n *notes) joinWorkersLocked() {
	for _, r := range n.page.Requests {
		if r.Worker == "" || !isCall(r.Type) {
			continue
		}
		for i := range n.page.Firings {
			f := &n.page.Firings[i]
			ran := f.Visitor == r.Visitor && r.At >= f.At && (r.At <= f.At+f.Seconds || !f.Settled)
			if ran && !slices.Contains(f.Requests, r.ID) {
				f.Requests = append(f.Requests, r.ID)
			}
		}
	}
}

// maskCookiesLocked takes the page's cookies out of what it said itself.
func (n *notes) maskCookiesLocked() {
	for i := range n.page.Timeline {
		n.page.Timeline[i].Text = n.cookies.MaskValues(n.page.Timeline[i].Text)
	}
	for i := range n.page.Visits {
		for j, text := range n.page.Visits[i].PageErrors {
			n.page.Visits[i].PageErrors[j] = n.cookies.MaskValues(text)
		}
	}
}

// leastDrift is what the whole seconds of iat, and a slow answer, hide.
const leastDrift = 2

// noteDriftLocked compares the issuer's clock with ours. The token that was made
// last tells: others may have been kept for a while.
func (n *notes) noteDriftLocked() {
	newest := math.Inf(-1)
	for _, noted := range n.tokens.order {
		if noted.iat > 0 {
			newest = max(newest, noted.iat-float64(noted.token.ReceivedAt.UnixMilli())/1000)
		}
	}
	if math.IsInf(newest, 0) || math.Abs(newest+0.5) < leastDrift {
		return
	}
	n.page.DriftSeconds = math.Round(newest)
	told := fmt.Sprintf("the issuer's clock is about %.0f s ahead of this machine's", newest)
	if newest < 0 {
		told = fmt.Sprintf("the issuer's clock is about %.0f s behind this machine's, or it hands out tokens that it made earlier", -newest)
	}
	n.page.Timeline = append(n.page.Timeline, record.PageEvent{
		At: n.since(), Visitor: record.VisitorFirst, Kind: record.EventClock, From: record.ActorEndpoint, To: record.ActorEndpoint, Text: told,
	})
}

// ofOtherRequestLocked says whether a line is about a request that turned out
// to be none for a token: only now it is known which endpoint gives them.
func (n *notes) ofOtherRequestLocked(e record.PageEvent) bool {
	return e.Request != "" && !slices.ContainsFunc(n.page.Requests, func(r record.PageRequest) bool { return r.ID == e.Request && r.Issuer })
}

// isCall says whether a request of this type is one that a script made.
func isCall(kind string) bool { return kind == record.TypeFetch || kind == record.TypeXHR }

// scene is where something is seen: at whose visit, in which step and in which
// load of the page. What it holds is guarded by the notes' lock.
type scene struct {
	*notes
	visitor string
	step    string
	loading loading
}

// loading is the state of the page's current load.
type loading struct {
	visit  int // index of the visit in the evidence
	begun  bool
	loaded time.Time // when the load event fired; zero before
}

// visitLocked is the page load under way, nil before the first.
func (s *scene) visitLocked() *record.Visit {
	if !s.loading.begun {
		return nil
	}
	return &s.page.Visits[s.loading.visit]
}

func (s *scene) visitIDLocked() string {
	if visit := s.visitLocked(); visit != nil {
		return visit.ID
	}
	return ""
}

// maxTimeline bounds the timeline of all visitors.
const maxTimeline = 2000

// tellLocked adds a line to the timeline, and returns it for more to be added.
func (s *scene) tellLocked(kind, from, to, format string, arguments ...any) *record.PageEvent {
	text := fmt.Sprintf(format, arguments...)
	event := record.PageEvent{
		At: s.momentLocked(), Visitor: s.visitor, Step: s.step, Kind: kind, From: from, To: to, Text: shorten(mask(text), 300),
	}
	if len(s.page.Timeline) >= maxTimeline {
		s.dropLocked("timeline")
		return &event
	}
	s.page.Timeline, s.datings = append(s.page.Timeline, event), append(s.datings, s.by)
	return &s.page.Timeline[len(s.page.Timeline)-1]
}

// problemLocked adds a line about something that went wrong with an actor.
func (s *scene) problemLocked(actor, format string, arguments ...any) {
	s.tellLocked(record.EventProblem, actor, actor, format, arguments...)
}

// mask cuts the signatures off the tokens in text and takes out other secrets.
func mask(text string) string {
	masked, _ := secrets.Mask(text)
	return masked
}

// shorten cuts text to at most n bytes, at a character.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n] + "…"
}
