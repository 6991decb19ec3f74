package loadgen

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// once are the claims whose value no two users have, whatever it says: an id of the
// token, and a ciphertext.
var once = []string{"jti", "user_payload"}

// mostGiven is how many of their values are known at a time, and half of it at least.
const mostGiven = 20_000

// given watches whether two users get one value of such a claim.
type given struct {
	latest, before map[belonging]*user
	common         map[string]bool // claims of which that was so before any load: no matter of the load
	twice          map[string]int64
	told           map[string]string // of the first
}

func newGiven() given {
	return given{latest: map[belonging]*user{}, common: map[string]bool{}, twice: map[string]int64{}, told: map[string]string{}}
}

// open notes what the first token of a session has.
func (g *given) open(u *user, one belonging) {
	if owner := g.own(u, one); owner != nil {
		g.common[one.claim] = true
	}
}

// observe compares what a token under load has with what others got lately.
func (g *given) observe(u *user, one belonging) {
	owner := g.own(u, one)
	if owner == nil || g.common[one.claim] {
		return
	}
	if g.twice[one.claim]++; g.told[one.claim] == "" {
		g.told[one.claim] = fmt.Sprintf("user %d got the %s of user %d", u.number, one.claim, owner.number)
	}
}

// own returns who else got the value lately, nil where nobody did.
func (g *given) own(u *user, one belonging) *user {
	if !slices.Contains(once, one.claim) {
		return nil
	}
	owner, known := g.latest[one]
	if !known {
		owner, known = g.before[one]
	}
	if known && !owner.same(u) {
		return owner
	}
	if len(g.latest) >= mostGiven/2 {
		g.latest, g.before = map[belonging]*user{}, g.latest
	}
	g.latest[one] = u
	return nil
}

// repeated adds to the figures what two users got.
func (b *belongings) repeated(tokens *record.LoadTokens) {
	if n := b.given.twice["user_payload"]; n > 0 {
		tokens.Shared += n
		tokens.Examples = append(tokens.Examples, record.LoadExample{Kind: record.ExampleShared, Text: b.given.told["user_payload"]})
	}
	if n := b.given.twice["jti"]; n > 0 {
		addTo(&tokens.Advised, map[string]int64{"jti-unique": n})
		tokens.Examples = append(tokens.Examples, record.LoadExample{Kind: record.ExampleBroken, Text: "jti-unique: " + b.given.told["jti"]})
	}
}
