package loadgen

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// belonging is a claim beside sub that may say whose a token is: an e-mail address,
// a customer's number, the id of a session. Its value is kept as a hash.
type belonging struct {
	claim string
	value uint64
}

// valueSeed is for this process alone: the hashes go nowhere.
var valueSeed = maphash.MakeSeed()

const (
	// mostBelongings bounds how many claims of a token are looked at.
	mostBelongings = 16
	// shortestBelonging is how long a value is that is one person's, in bytes:
	// shorter ones are words such as "gold" that many share.
	shortestBelonging = 6
)

// belongingsOf returns the claims of a payload that may belong to one person.
func belongingsOf(payload verifier.Value) []belonging {
	var all []belonging
	for name, value := range payload.Members() {
		if name == "sub" || value.Kind() != verifier.String && value.Kind() != verifier.Number && value.Kind() != verifier.Object {
			continue
		}
		raw := value.Raw()
		if len(raw) < shortestBelonging && name != "jti" || len(name) > 100 {
			continue
		}
		if all = append(all, belonging{name, maphash.String(valueSeed, raw)}); len(all) == mostBelongings {
			break
		}
	}
	return all
}

// belongings watches whether a claim that says one thing of each user says another's
// to somebody. Whose a value is, the sessions tell as they are opened, before there
// is any load. A claim that ever has a value which nobody had then is one that
// changes, such as a time, and belongs to nobody.
type belongings struct {
	owners  map[belonging]*user // nil for a value that several have
	changes map[string]bool     // claims
	crossed map[string]*crossing
	given   given
}

// crossing counts how often a claim had another user's value.
type crossing struct {
	count int64
	told  string // of the first
	since time.Time
	owner *user // whose value the first was
	// several is set once values of more than one user have come to others. What
	// changes for everybody, a date at midnight, looks like one user's until then.
	several bool
}

func newBelongings() belongings {
	return belongings{owners: map[belonging]*user{}, changes: map[string]bool{}, crossed: map[string]*crossing{}, given: newGiven()}
}

// open notes what the first token of a session says of its user.
func (b *belongings) open(u *user, all []belonging) {
	for _, one := range all {
		b.given.open(u, one)
		if owner, known := b.owners[one]; known && (owner == nil || !owner.same(u)) {
			b.owners[one] = nil
			continue
		}
		b.owners[one] = u
	}
}

// observe compares what a token under load says with what the openings told.
func (b *belongings) observe(u *user, all []belonging) {
	for _, one := range all {
		b.given.observe(u, one)
		switch owner, known := b.owners[one]; {
		case b.changes[one.claim]:
		case !known:
			b.changes[one.claim] = true
			delete(b.crossed, one.claim)
		case owner != nil && !owner.same(u):
			b.cross(u, owner, one.claim)
		}
	}
}

// cross notes that a user got the claim of its owner.
func (b *belongings) cross(u, owner *user, claim string) {
	c := b.crossed[claim]
	if c == nil {
		c = &crossing{owner: owner, since: time.Now(), told: fmt.Sprintf("user %d got the claim %s of user %d", u.number, excerpt(claim), owner.number)}
		b.crossed[claim] = c
	}
	c.count++
	c.several = c.several || !c.owner.same(owner)
}

// most returns the claim that was crossed most often; nil where none surely was.
func (b *belongings) most() *crossing {
	var most *crossing
	for _, claim := range slices.Sorted(maps.Keys(b.crossed)) {
		if c := b.crossed[claim]; c.several && (most == nil || c.count > most.count) {
			most = c
		}
	}
	return most
}
