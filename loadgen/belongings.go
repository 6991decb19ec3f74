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
// is any load. A claim with values which nobody had then is one that changes, such as a
// time, and belongs to nobody, unless most of its values are those of a session (see changes).
type belongings struct {
	owners  map[belonging]*user // nil for a value that several have
	kept    map[string]int64    // by claim, how often its user had the own value
	strange map[string]int64    // by claim, how often the value was one that nobody had
	crossed map[string]*crossing
	people  map[any]bool // accounts, and users without one
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
	return belongings{owners: map[belonging]*user{}, kept: map[string]int64{}, strange: map[string]int64{}, crossed: map[string]*crossing{}, people: map[any]bool{}, given: newGiven()}
}

// open notes what the first token of a session says of its user.
func (b *belongings) open(u *user, all []belonging) {
	if u.account != nil {
		b.people[u.account] = true
	} else {
		b.people[u] = true
	}
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
		case !known:
			b.strange[one.claim]++
		case owner == nil:
		case owner.same(u):
			b.kept[one.claim]++
		default:
			b.cross(u, owner, one.claim)
		}
	}
}

// fewestKnown is how often values of a claim were those of a session, one's own or
// another's, at least, where the claim is one person's although it had strange values, too:
// those of visitors who came later, and of one whose own value went to somebody else as the
// sessions opened. Four times as many as the strange ones have to be known. Of values that
// are drawn anew for each token at most some four in nine are, where three in four had one
// of their own at first: sixty known and fifteen strange ones have odds below 1e-8 then.
const fewestKnown = 60

// changes says whether a claim has other values all the time.
func (b *belongings) changes(claim string) bool {
	known, strange := b.kept[claim], b.strange[claim]
	if c := b.crossed[claim]; c != nil {
		known += c.count
	}
	return strange > 0 && (known < fewestKnown || known < 4*strange)
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

// isPersonal says whether at least three in four had a value of their own of the claim as
// the sessions opened. What several servers say of themselves, of whom one gets now this
// one and now that, is shared by more.
func (b *belongings) isPersonal(claim string) bool {
	own := 0
	for one, owner := range b.owners {
		if owner != nil && one.claim == claim {
			own++
		}
	}
	return 4*own >= 3*len(b.people)
}

// most returns the claim that was crossed most often; nil where none surely was.
func (b *belongings) most() *crossing {
	var most *crossing
	for _, claim := range slices.Sorted(maps.Keys(b.crossed)) {
		if c := b.crossed[claim]; c.several && !b.changes(claim) && b.isPersonal(claim) && (most == nil || c.count > most.count) {
			most = c
		}
	}
	return most
}
