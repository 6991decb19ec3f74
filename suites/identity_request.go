package suites

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "sub-not-from-request", Area: AreaIdentity, Level: record.Must,
	Title:       "The query, headers and body of a request determine neither the sub nor anyone else whom the token names",
	Why:         "Whoever can choose whom the token names can impersonate anyone.",
	Fix:         "Take the identity from the server's own session only; ignore query, headers and body. Behind a proxy that tells who asks, let the proxy alone reach the server, and verify what it signs.",
	Source:      "RFC 8725 §3.10; OWASP",
	Faults:      []string{"sub-from-query", "sub-from-query-known", "sub-from-own-form", "sub-from-cloud-proxy", "sub-from-path", "sub-from-post", "sub-from-user-id", "claim-from-header", "user-from-header", "user-acts-as", "sub-from-query-hashed", "sub-from-strict-query", "sub-from-old-token", "sub-from-inner-network", "sub-from-device", "sub-from-visit"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared", "sub-not-from-network"},
	Needs:       []string{record.ProbeRequestIdentity},
	NeedsTokens: true,
	judge:       subNotFromRequest,
})

// subNotFromRequest looks for the offered identity in the token, for a user's own claims in
// somebody else's token, and for a sub that two senders share only because they have
// offered the same identity.
func subNotFromRequest(e *evidence) judgement {
	of, usual := e.usersOwn(), e.anonymousPayload()
	anyway := of.carriedAnyway(e.Tokens(record.ProbeRequestIdentity))
	if anyway { // the claims do not depend on the request
		of, usual = nil, true
	}
	colliding := e.collidingSubs()
	offers := collect(e.answers(record.ProbeRequestIdentity), func(x record.Exchange) *record.Finding {
		t, ok := e.Token(x.Token)
		if !ok || colliding[string(t.Claims["sub"])] {
			return beside
		}
		if x.Variant == record.VariantVictim {
			return nil
		}
		if echo, where := chosen(x); echo != "" && (!anyway || where != record.EchoPayload) {
			return found(x.ID, notChosen, "the %s stands in %s", echo, where)
		}
		says := anyClaim
		if x.Variant == record.VariantOthersRequest { // the other user's page may send values that say nothing of a person
			says = namesSomebody
		}
		if user, claim := of.carriedIn(t, says); user != "" {
			return found(x.ID, notChosen, "the token has the %s of %s (%s)", claim, record.Quote(user), sentAs(x))
		}
		if t.UserPayload != nil && t.User == "" && !usual {
			return found(x.ID, notChosen, "the token has a user_payload, as no token of an anonymous visitor has (%s)", sentAs(x))
		}
		return nil
	})
	if len(offers.findings) == 0 {
		offers = offers.with(e.sharedByOffer(colliding)...)
	}
	return offers.judge()
}

const notChosen = "the request does not determine whom the token names"

// sharedByOffer finds a sub, or another claim that stays the same for a visitor, that several
// senders have who offered the same identity, and nobody else has: it is made from that
// offer. Of several such offers the last one says most about the cause.
// An offer in the place of the visitor's own id does not count: the configuration says that
// this id identifies the visitor, and it is as good as a cookie if the sub does not show it.
func (e *evidence) sharedByOffer(colliding map[string]bool) []record.Finding {
	tokens := slices.DeleteFunc(e.firstOf(record.ProbeRequestIdentity), func(t Token) bool { return t.Variant == record.VariantVisitorID })
	bearers := map[string][]Token{} // by claim and value
	steady, usual := e.steadyClaims(), e.usualSubs(colliding)
	for _, t := range tokens {
		for claim, value := range t.Claims {
			if claim == "sub" && !usual[string(value)] || claim != "sub" && steady(claim, value) {
				bearers[claim+"="+string(value)] = append(bearers[claim+"="+string(value)], t)
			}
		}
	}
	var told *record.Finding
	for _, t := range tokens {
		for _, claim := range slices.Sorted(maps.Keys(t.Claims)) {
			if onlyOfOffer(bearers[claim+"="+string(t.Claims[claim])], offerOf(t)) {
				told = found(t.Exchange, notChosen, "two visitors who offered the same %s got the same %s", offerOf(t), claim)
			}
		}
	}
	if told == nil {
		return nil
	}
	return []record.Finding{*told}
}

// usualSubs are the subs, as JSON, of those who offer nothing, with those that collide. In a
// user's session every token has that user's sub, whatever the request offers.
func (e *evidence) usualSubs(colliding map[string]bool) map[string]bool {
	usual := maps.Clone(colliding)
	for _, t := range e.Tokens(record.ProbeVisitors, record.ProbeNetwork) {
		usual[string(t.Claims["sub"])] = true
	}
	return usual
}

// collidingSubs are the subs, as JSON, that several of the thousand visitors got who are
// not the same user. Whoever offers such a sub may get it by chance.
func (e *evidence) collidingSubs() map[string]bool {
	person, colliding := map[string]string{}, map[string]bool{}
	for _, t := range e.firstOf(record.ProbeAnonymous) {
		sub := string(t.Claims["sub"])
		if other, seen := person[sub]; seen && other != t.person() {
			colliding[sub] = true
		}
		person[sub] = t.person()
	}
	return colliding
}

// onlyOfOffer says whether the bearers of a value are several who have offered the same
// identity, and nobody who has offered another one.
func onlyOfOffer(bearers []Token, offered string) bool {
	alike := 0
	for _, t := range bearers {
		words := offerOf(t)
		if !strings.HasPrefix(words, offered) && !strings.HasPrefix(offered, words) {
			return false
		}
		if words == offered {
			alike++
		}
	}
	return alike > 1
}

// steadyClaims returns a function that says whether a text in a claim may be an identity:
// no visitor has it without an offer, and the claim does not change with each call.
func (e *evidence) steadyClaims() func(claim string, value json.RawMessage) bool {
	usual, moving, last := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, t := range e.Tokens(record.ProbeVisitors, record.ProbeNetwork) {
		for claim, value := range t.Claims {
			usual[claim+"="+string(value)] = true
			if before, again := last[t.Visitor+" "+claim]; again && before != string(value) {
				moving[claim] = true
			}
			last[t.Visitor+" "+claim] = string(value)
		}
	}
	return func(claim string, value json.RawMessage) bool {
		const shortest = 10 // with its quotes: a digest is longer
		return len(value) >= shortest && value[0] == '"' && !moving[claim] && !usual[claim+"="+string(value)] && !slices.Contains(ofOneToken, claim)
	}
}

// offerOf describes what the request for a token has offered, and where.
func offerOf(t Token) string { return inWords(t.Variant, t.About) }

// chosen returns the offered input that came back in the token, and the place.
func chosen(x record.Exchange) (input, where string) {
	repeats := map[string]bool{} // places in which the request is repeated as a whole
	for _, echo := range x.Echoes {
		if echo.Input == record.InputControl {
			repeats[echo.Where] = true
		}
	}
	for _, echo := range x.Echoes {
		claim, isClaim := strings.CutPrefix(echo.Where, "claim:")
		switch {
		case repeats[echo.Where] || echo.Input == record.InputControl:
		case echo.Where == "sub":
			return echo.Input, "sub"
		case echo.Where == record.EchoPayload:
			return echo.Input, "user_payload"
		case isClaim && echo.User != "", isClaim && !impersonal.MatchString(claim) && (!ownValue(x) || identityName.MatchString(lastMember(claim)) || identityName.MatchString(lastMember(echo.Input))):
			return echo.Input, "the claim " + record.Quote(claim)
		}
	}
	return "", ""
}

// ownValue says whether the request offered an identity in the place of a value that the
// site's page sends, which need not say who asks.
func ownValue(x record.Exchange) bool {
	return x.Variant == record.VariantConfigured || x.Variant == record.VariantVisitorID || x.Variant == record.VariantBelow
}

var (
	// impersonal matches the names of claims that a client may choose, and that name no person.
	impersonal = regexp.MustCompile(`(?i)^(?:nonce|state|jti|c_hash|locale|lang(?:uage)?)$`)
	// identityName matches the names of claims and parameters that say who somebody is.
	identityName = regexp.MustCompile(`(?i)user|visitor|customer|account|member|person|subject|identity|mail|login|principal|^(?:sub|uid|id|name|anonymous_?id)$`)
)

// lastMember is the last name in a path, or in the description of an input.
func lastMember(path string) string {
	return path[strings.LastIndexAny(path, ". ")+1:]
}

// usersOwn are the values of claims that only one user's tokens have, by user and claim.
type usersOwn map[string]map[string]string

// usersOwn finds the values that all tokens of a user have, and no other token of the ordinary
// probes.
func (e *evidence) usersOwn() usersOwn {
	of := e.onlyUsers()
	users := map[string]int{} // how many have the value
	for _, claims := range of {
		for claim, value := range claims {
			users[claim+"="+value]++
		}
	}
	for _, claims := range of {
		maps.DeleteFunc(claims, func(claim, value string) bool { return users[claim+"="+value] > 1 })
	}
	return of
}

// onlyUsers finds the values that all tokens of a user have, and no token of a visitor who is
// not logged in. Values that all users have are among them: they say that somebody has
// logged in.
func (e *evidence) onlyUsers() usersOwn {
	of, others := usersOwn{}, map[string]bool{}
	for _, t := range e.Tokens() {
		if t.Probe == record.ProbeLogin && (t.Variant == record.VariantNobodyYet || t.Variant == record.VariantLoginIncomplete) {
			continue // it was asked for at the address of a user, or after the user's name was given
		}
		if t.User == "" || t.Probe == record.ProbeLogin && t.Variant == record.VariantAfterLogout {
			for claim, value := range t.Claims {
				others[claim+"="+string(value)] = true
			}
			continue
		}
		if of[t.User] == nil {
			of[t.User] = map[string]string{}
			for claim, value := range t.Claims {
				of[t.User][claim] = string(value)
			}
		}
		maps.DeleteFunc(of[t.User], func(claim, value string) bool { return string(t.Claims[claim]) != value })
	}
	for _, claims := range of {
		maps.DeleteFunc(claims, func(claim, value string) bool {
			return others[claim+"="+value] || value == "null" || slices.Contains(ofOneToken, claim)
		})
	}
	return of
}

// ofOneToken are the claims that differ from token to token.
var ofOneToken = []string{"iat", "exp", "nbf", "jti", "user_payload"}

// anonymousPayload says whether tokens of anonymous visitors have a user_payload. Then having
// one is no sign of a login.
func (e *evidence) anonymousPayload() bool {
	return slices.ContainsFunc(slices.Concat(e.Tokens(record.ProbeVisitors, record.ProbeNetwork, record.ProbeAnonymous), e.loginTokens(record.VariantBeforeLogin)), func(t Token) bool {
		return t.User == "" && t.UserPayload != nil
	})
}

// carriedAnyway says whether most tokens have a user's own values although their requests did
// not point to that user.
func (of usersOwn) carriedAnyway(tokens []Token) bool {
	carrying, others := 0, 0
	for _, t := range tokens {
		user, _ := of.carried(t)
		if user != "" && (t.About == user || strings.Contains(t.About, " of "+user)) {
			continue
		}
		others++
		if user != "" {
			carrying++
		}
	}
	return 2*carrying > others && others > 2
}

// carried returns the user whose own claim, or whose data in the payload, is in somebody
// else's token, and the name of that claim.
func (of usersOwn) carried(t Token) (user, claim string) { return of.carriedIn(t, anyClaim) }

func anyClaim(string) bool { return true }

// namesSomebody says whether the claim says who somebody is, by its name.
func namesSomebody(claim string) bool { return identityName.MatchString(claim) }

// carriedIn is carried, but looks only at the claims for which keep returns true.
func (of usersOwn) carriedIn(t Token, keep func(claim string) bool) (user, claim string) {
	if t.UserPayload != nil && of != nil {
		for _, name := range t.UserPayload.Users {
			if name != t.User {
				return name, "user_payload"
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if name == t.User {
			continue
		}
		for _, claim := range slices.Sorted(maps.Keys(of[name])) {
			if keep(claim) && string(t.Claims[claim]) == of[name][claim] {
				return name, claim
			}
		}
	}
	return "", ""
}
