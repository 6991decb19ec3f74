package loadgen

import (
	"crypto/sha256"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// inspector looks at each token as it comes. Its keys are read once.
type inspector struct {
	keys   []*verifier.Key
	batch  *verifier.Batch // with a single key: signatures are checked together
	maxAge time.Duration   // 0: a token may be as old as its user's session
	forms  forms
	clock  serverClock
}

func newInspector(client *endpoint.Client, config Config) *inspector {
	keys := client.Keys()
	i := &inspector{keys: keys, maxAge: config.MaxAge, forms: forms{
		examine: client.Examine, profile: config.Profile, broken: map[string][]rulebook.Breach{},
	}}
	if len(keys) == 1 {
		i.batch = keys[0].NewBatch()
	}
	return i
}

// confirm has the signature of a token checked, now or later. If it is wrong,
// refuted is called with the verifier's message.
func (i *inspector) confirm(found facts, refuted func(message string)) {
	if i.batch != nil {
		i.batch.Add(found.unchecked, func(v verifier.Verdict) { refuted(v.Message) })
	}
}

// settle checks the signatures that are still waiting.
func (i *inspector) settle() {
	if i.batch != nil {
		i.batch.Settle()
	}
}

// facts is what one token was found to be.
type facts struct {
	fingerprint [16]byte // equal for equal tokens
	sub         string
	hasSub      bool
	issued      int64              // iat in seconds, the time of receipt where there is none nearby
	iat, exp    float64            // as they stand there, 0 where there is none nearby
	asked, came time.Time          // when its request was sent, and when it was received
	invalid     string             // the verifier's message; empty when accepted or not judged
	stale       string             // why the token is not new; empty when it is
	broken      []rulebook.Breach  // the rules of a single token that one which is accepted and new breaks, the SHOULDs only where its form shows them
	belongings  []belonging        // what else it says of its user
	unchecked   verifier.Unchecked // its signature, where that is not checked yet
}

// inspect looks at the token that was received, in an answer with the header, by
// a user whose session began at since.
func (i *inspector) inspect(token string, header http.Header, received, since time.Time) facts {
	came := i.clock.read(header, received)
	found := facts{issued: received.Unix(), came: received}

	payload, verdict, unchecked := i.verify(token, received)
	if found.unchecked = unchecked; unchecked.Fingerprint != [sha256.Size]byte{} {
		found.fingerprint = [16]byte(unchecked.Fingerprint[:16])
	} else {
		found.fingerprint = fingerprint(token)
	}
	switch {
	case verdict.Accepted:
	case verdict.Name == "TokenExpiredError":
		found.stale = "no longer live"
	default:
		found.invalid = verdict.Message
	}
	found.belongings = belongingsOf(payload)
	if sub := payload.Get("sub"); sub.Kind() == verifier.String {
		found.sub, found.hasSub = sub.Text(), true
	}
	i.age(&found, payload.Get("iat"), came, since)
	found.iat, found.exp = nearby(payload.Get("iat"), received), nearby(payload.Get("exp"), received)
	if found.invalid == "" && found.stale == "" {
		found.broken = i.forms.breaches(token, header, payload, received)
	}
	return found
}

// nearby is a time in seconds that lies within some thirty years of now, 0 otherwise.
func nearby(value verifier.Value, now time.Time) float64 {
	if value.Kind() != verifier.Number || math.Abs(value.Float()-float64(now.Unix())) > 1e9 {
		return 0
	}
	return value.Float()
}

// setBack is by how much sites set iat back by right, to allow for clocks that differ or
// to round it. Of one that comes to lag only under load, usual tells.
const setBack = time.Minute

// age notes when a token was issued and whether it is too old for a session that began
// at since.
func (i *inspector) age(found *facts, iat verifier.Value, came receipt, since time.Time) {
	now := came.atServer
	if iat.Kind() != verifier.Number || math.Abs(iat.Float()-float64(now.Unix())) > 1e9 {
		return
	}
	issued := time.Unix(int64(iat.Float()), 0)
	if now.Sub(issued).Abs() < windowSeconds*time.Second {
		found.issued = issued.Unix()
	}
	oldest := since.Add(now.Sub(came.received)).Add(-setBack) // the session's beginning on the server's clock
	if i.maxAge > 0 {
		oldest = now.Add(-i.maxAge)
	}
	if late := oldest.Add(-came.tolerance).Sub(issued); late > 0 && found.stale == "" {
		age := record.Span(now.Sub(issued).Round(time.Second).Seconds())
		found.stale = fmt.Sprintf("issued %s ago, in a session of %s", age, record.Span(came.received.Sub(since).Round(time.Second).Seconds()))
	}
}

// verify asks the keys, in turn, whether one accepts the token; where none does,
// the one that came furthest says why. Without any key the token is not judged
// and only its payload is read.
func (i *inspector) verify(token string, now time.Time) (payload verifier.Value, verdict verifier.Verdict, unchecked verifier.Unchecked) {
	if i.batch != nil {
		verdict, unchecked = i.batch.Verify(token, now)
		return verdict.Payload, verdict, unchecked
	}
	for _, key := range i.keys {
		one := key.Verify(token, now)
		if one.Accepted {
			return one.Payload, one, unchecked
		}
		if one.Step > verdict.Step {
			verdict = one
		}
	}
	if len(i.keys) > 0 {
		return verdict.Payload, verdict, unchecked
	}
	if segments := strings.Split(token, "."); len(segments) == 3 {
		payload, _ = verifier.ParseJSON(record.DecodeSegment(segments[1]))
	}
	expired := payload.Get("exp").Kind() == verifier.Number && payload.Get("exp").Float() <= float64(now.Unix())
	if expired {
		return payload, verifier.Verdict{Name: "TokenExpiredError"}, unchecked
	}
	return payload, verifier.Verdict{Accepted: true}, unchecked
}

func fingerprint(token string) [16]byte {
	sum := sha256.Sum256([]byte(token))
	return [16]byte(sum[:16])
}

// serverClock follows the server's clock by the Date of its answers. A cache
// repeats an old Date, so the latest, measured against our own clock, counts.
type serverClock struct {
	offset atomic.Pointer[time.Duration] // server's clock minus ours, nil while unknown
	seen   atomic.Pointer[string]        // the latest Date
}

const (
	// knownClock covers the second to which Date is cut, and the way of the answer.
	knownClock = 5 * time.Second
	// unknownClock is what two machines without common time may well differ by.
	unknownClock = time.Minute
	// oddClock is an offset too large to be one: such a Date is not followed.
	oddClock = 24 * time.Hour
)

// receipt is when an answer came, by our clock and by the server's.
type receipt struct {
	received, atServer time.Time
	tolerance          time.Duration // by how much the latter may be wrong
}

// read tells the time of receipt on the server's clock, too.
func (c *serverClock) read(header http.Header, received time.Time) receipt {
	if text := header.Get("Date"); text != "" {
		c.look(text, received)
	}
	if offset := c.offset.Load(); offset != nil {
		return receipt{received, received.Add(*offset), knownClock}
	}
	return receipt{received, received, unknownClock}
}

// look reads a Date, once each.
func (c *serverClock) look(text string, received time.Time) {
	if seen := c.seen.Load(); seen != nil && *seen == text {
		return // the same second, read sooner after it began
	}
	if date, err := http.ParseTime(text); err == nil {
		c.seen.Store(&text)
		c.follow(date.Sub(received))
	}
}

func (c *serverClock) follow(offset time.Duration) {
	if offset.Abs() > oddClock {
		return
	}
	for {
		known := c.offset.Load()
		if known != nil && *known >= offset || c.offset.CompareAndSwap(known, &offset) {
			return
		}
	}
}
