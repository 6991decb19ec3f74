package suites

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/randomness"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// person is who a token was made for: a configured user, or an anonymous visitor.
func (t Token) person() string {
	return cmp.Or(t.User, t.Visitor)
}

// subText is the sub claim as it stands in the token, whatever its type.
func (t Token) subText() string { return string(t.Claims["sub"]) }

// firstOf returns the first token of each visitor of the probes, in order.
func (e *evidence) firstOf(probes ...string) []Token {
	seen := map[string]bool{}
	return e.tokensWhere(func(t Token) bool {
		again := seen[t.Visitor]
		seen[t.Visitor] = true
		return !again && t.subText() != ""
	}, probes...)
}

// sharedSub returns two tokens of different people with the same sub.
func sharedSub(tokens []Token) (a, b Token, shared bool) {
	bySub := map[string]Token{}
	for _, t := range tokens {
		first, seen := bySub[t.subText()]
		if seen && first.person() != t.person() {
			return first, t, true
		}
		if !seen {
			bySub[t.subText()] = t
		}
	}
	return Token{}, Token{}, false
}

var _ = add(Check{
	ID: "sub-unique-anonymous", Area: AreaIdentity, Level: record.Must,
	Title:       "Two visitors without cookies get different subs",
	Why:         "Visitors who share a sub share a session and its history, and count as one user.",
	Fix:         "Generate an id (crypto.randomUUID()) for each visitor without one, and keep it in a cookie.",
	Source:      `vendor: enable "do not reuse the same sub"`,
	Faults:      []string{"sub-constant", "sub-of-all-users", "sub-of-cut-number", "sub-of-first-user"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared", "sub-string", "sub-not-from-request"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       subUniqueAnonymous,
})

func subUniqueAnonymous(e *evidence) judgement {
	visitors := e.firstOf(record.ProbeVisitors, record.ProbeNetwork)
	if _, _, network := e.sharedByNetwork(); network || e.subsCollide() {
		return otherSubs(visitors).judge() // other checks report these
	}
	if a, b, shared := e.sharedAfterLogout(); shared {
		return fail(*found(b.Exchange, "a sub of its own for each visitor", "visitors %s and %s, where %s and %s have logged out, both got sub %s", a.Visitor, b.Visitor, a.About, b.About, record.QuoteJSON(b.Claims["sub"])))
	}
	if a, b, shared := sharedSub(visitors); shared {
		return fail(*found(b.Exchange, "a sub of its own for each visitor", "visitors %s and %s, without cookies, both got sub %s", a.Visitor, b.Visitor, record.QuoteJSON(b.Claims["sub"])))
	}
	return otherSubs(visitors).judge()
}

// sharedAfterLogout returns two visitors with the same sub, in whose browsers two different
// users have logged out.
func (e *evidence) sharedAfterLogout() (a, b Token, shared bool) {
	bySub := map[string]Token{}
	for _, t := range e.loginTokens(record.VariantAfterLogout) {
		first, seen := bySub[t.subText()]
		if seen && first.Visitor != t.Visitor && first.About != t.About {
			return first, t, true
		}
		if !seen && t.subText() != "" {
			bySub[t.subText()] = t
		}
	}
	return Token{}, Token{}, false
}

// sharedByNetwork returns two visitors who look alike on the network and share a
// sub, while others have another one.
func (e *evidence) sharedByNetwork() (a, b Token, shared bool) {
	network := e.firstOf(record.ProbeNetwork)
	for _, variant := range alikeOnNetwork {
		alike := slices.DeleteFunc(slices.Clone(network), func(t Token) bool { return t.Variant != variant })
		if a, b, shared = sharedSub(alike); !shared {
			continue
		}
		others := append(e.firstOf(record.ProbeVisitors), network...)
		if slices.ContainsFunc(others, func(t Token) bool { return t.subText() != a.subText() }) {
			return a, b, true
		}
	}
	return Token{}, Token{}, false
}

// alikeOnNetwork are the variants of fresh visitors who look alike on the network. Those of
// the second one seem to come through a proxy.
var alikeOnNetwork = []record.Variant{record.VariantSameNetwork, record.VariantForwardedAddress}

// subsCollide says whether most ids of a thousand visitors differ, but not all.
func (e *evidence) subsCollide() bool {
	tokens := e.firstOf(record.ProbeAnonymous)
	distinct := distinctSubs(tokens)
	return distinct < len(tokens) && distinct*3 > len(tokens)
}

// otherSubs is a look at the subs of all visitors but the first, with which they are
// compared.
func otherSubs(tokens []Token) look {
	subs := 0
	for _, t := range tokens {
		if t.subText() != "" {
			subs++
		}
	}
	return saw(max(0, subs-1), "sub of another visitor")
}

func distinctSubs(tokens []Token) int {
	subs := map[string]bool{}
	for _, t := range tokens {
		subs[t.subText()] = true
	}
	return len(subs)
}

var _ = add(Check{
	ID: "sub-not-from-network", Area: AreaIdentity, Level: record.Must,
	Title:       "The sub of an anonymous visitor does not depend on the IP address or the User-Agent",
	Why:         "Visitors behind one address, as in an office or a mobile network, become one user; and a visitor whose address changes becomes a new one.",
	Fix:         "Generate a random id; derive nothing from the IP address or the User-Agent.",
	Source:      "vendor: unique user",
	Faults:      []string{"sub-from-ip"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared"},
	Needs:       []string{record.ProbeVisitors, record.ProbeNetwork},
	NeedsTokens: true,
	judge:       subNotFromNetwork,
})

func subNotFromNetwork(e *evidence) judgement {
	a, b, shared := e.sharedByNetwork()
	if !shared {
		return otherSubs(e.firstOf(record.ProbeNetwork)).judge()
	}
	return fail(*found(b.Exchange, "fresh visitors from one address and agent get different subs", "visitors %s and %s both got sub %s, visitors from elsewhere another", a.Visitor, b.Visitor, record.QuoteJSON(b.Claims["sub"])))
}

var _ = add(Check{
	ID: "token-not-shared", Area: AreaIdentity, Level: record.Must,
	Title:       "Two visitors never get the same token",
	Why:         "Whoever gets somebody else's token chats as that person.",
	Fix:         "Sign a token for each visitor; cache at most per visitor, never for all.",
	Source:      `vendor: enable "do not share JWTs"`,
	Faults:      []string{"token-cache"},
	YieldsTo:    []string{"token-not-hardcoded"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       tokenNotShared,
})

// tokenNotShared allows equal tokens within a second or two where visitors share a sub: for
// one sub, RS256 gives the same token within a second. The shared sub is reported by
// another check.
func tokenNotShared(e *evidence) judgement {
	shared := distinctSubs(e.firstOf(record.ProbeVisitors, record.ProbeNetwork)) <= 1 || e.subsCollide()
	first := map[string]Token{}
	tokens := e.tokensWhere(func(t Token) bool { return t.Claims != nil }, record.ProbeVisitors, record.ProbeNetwork)
	for _, t := range tokens {
		other, seen := first[t.Fingerprint]
		if !seen {
			first[t.Fingerprint] = t
			continue
		}
		apart := t.ReceivedAt.Sub(other.ReceivedAt)
		unlike := t.Probe == record.ProbeVisitors && other.Probe == t.Probe && e.Run.Target.Loopback
		if other.person() != t.person() && (apart > sameSecond || unlike && !shared) {
			return fail(*found(t.Exchange, "no visitor gets the token of another", "visitor %s got the token that visitor %s had got %s before", t.Visitor, other.Visitor, record.Span(apart.Seconds())))
		}
	}
	return saw(max(0, len(tokens)-1), "token of another visitor").judge()
}

var _ = add(Check{
	ID: "sub-stable", Area: AreaIdentity, Level: record.Must,
	Title:       "A visitor who keeps the cookies gets the same sub on each call of a session",
	Why:         "With a new sub on each call every renewal is refused by the widget, the conversation is lost, and each token bills another user.",
	Fix:         "Keep the generated id in a cookie and read it on the next call.",
	Source:      "vendor: authenticate note; develop-security",
	Faults:      []string{"sub-per-request"},
	YieldsTo:    []string{"cookies-kept", "token-not-hardcoded", "token-not-shared"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       subStable,
})

func subStable(e *evidence) judgement {
	first := map[string]Token{}
	return collect(e.Tokens(record.ProbeVisitors), func(t Token) *record.Finding {
		before, seen := first[t.Visitor]
		if !seen {
			first[t.Visitor] = t
			return beside
		}
		if t.subText() == before.subText() {
			return nil
		}
		return found(t.Exchange, "the same sub on each call of a visitor who keeps the cookies", "call %d got sub %s, call %d sub %s", before.Call, record.QuoteJSON(before.Claims["sub"]), t.Call, record.QuoteJSON(t.Claims["sub"]))
	}).judge()
}

// fewIDs is the number of different ids that are needed for an estimate.
const fewIDs = 200

var _ = add(Check{
	ID: "sub-unguessable", Area: AreaIdentity, Level: record.Should,
	Title:       "The ids of anonymous visitors have at least 64 unpredictable bits, estimated from a thousand of them",
	Why:         "A guessed id opens the chat history of another visitor.",
	Fix:         "Generate ids with at least 64 random bits from a cryptographic source: crypto.randomUUID().",
	Source:      "vendor: develop-security uses uuid; RFC 8725 §3.5 idea; OWASP session id 64 bits",
	Faults:      []string{"sub-short", "sub-hash-counter", "sub-chain", "sub-congruential", "sub-permuted-counter", "sub-clock"},
	YieldsTo:    []string{"sub-no-collision"},
	Needs:       []string{record.ProbeAnonymous},
	NeedsTokens: true,
	judge:       subUnguessable,
})

func subUnguessable(e *evidence) judgement {
	const expected = "ids with at least 64 unguessable bits"
	ids := e.anonymousIDs()
	if how := randomness.Recognise(ids); how != "" {
		return fail(*found("", expected, "%s; seen in %d ids such as %s and %s", how, len(ids), record.Quote(ids[0].Text), record.Quote(ids[1].Text)))
	}
	if len(ids) < fewIDs {
		return notRun(fmt.Sprintf("only %d different ids were seen, too few to estimate from", len(ids)))
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.Text
	}
	if bits := entropyOf(texts); bits < enoughEntropy {
		return fail(*found("", expected, "about %.0f bits, estimated from %d ids such as %s and %s", bits, len(ids), record.Quote(texts[0]), record.Quote(texts[1])))
	}
	return saw(len(ids), "id").judge()
}

// anonymousIDs returns the different subs of a thousand visitors in the order in which they
// were made: each visitor asked after the one before had its answer.
func (e *evidence) anonymousIDs() []randomness.Sample {
	seen := map[string]bool{}
	var ids []randomness.Sample
	var before time.Time
	agent := "" // the requests of the thousand are not kept, but have the same User-Agent as these
	for _, x := range e.Exchanges(record.ProbeVisitors) {
		agent = cmp.Or(agent, cmp.Or(x.Request.Header["User-Agent"]...))
	}
	for _, t := range e.firstOf(record.ProbeAnonymous) {
		from := before
		if before = t.ReceivedAt; from.IsZero() {
			from = before.Add(-time.Second)
		}
		if id := strings.Trim(t.subText(), `"`); !seen[id] {
			seen[id] = true
			ids = append(ids, randomness.Sample{Text: id, From: from, Until: before, Agent: agent})
		}
	}
	return ids
}

var _ = add(Check{
	ID: "sub-no-collision", Area: AreaIdentity, Level: record.Must,
	Title:       "A thousand anonymous visitors get a thousand different subs",
	Why:         "Two visitors with the same id see each other's chat.",
	Fix:         "Generate ids with enough random bits: crypto.randomUUID().",
	Source:      "vendor: unique user",
	Faults:      []string{"sub-wraps"},
	YieldsTo:    []string{"sub-unique-anonymous", "sub-not-from-network"},
	Needs:       []string{record.ProbeAnonymous},
	NeedsTokens: true,
	judge:       subNoCollision,
})

func subNoCollision(e *evidence) judgement {
	tokens := e.firstOf(record.ProbeAnonymous)
	first := map[string]Token{}
	for _, t := range tokens {
		if other, seen := first[t.subText()]; seen {
			return fail(*found(t.Exchange, fmt.Sprintf("%d different subs for %d visitors", len(tokens), len(tokens)), "%d: visitors %s and %s both got %s", distinctSubs(tokens), other.Visitor, t.Visitor, record.QuoteJSON(t.Claims["sub"])))
		}
		first[t.subText()] = t
	}
	return otherSubs(tokens).judge()
}

// echoIn returns the input that came back in a place that begins with where, or "".
func echoIn(x record.Exchange, where string) string {
	for _, echo := range x.Echoes {
		if strings.HasPrefix(echo.Where, where) {
			return echo.Input
		}
	}
	return ""
}

var _ = add(Check{
	ID: "identity-cookie-forged", Area: AreaIdentity, Level: record.Should,
	Title:       "The endpoint ignores a forged id cookie, whether its id was never issued or belongs to another visitor",
	Why:         "Whoever can write the cookie can impersonate any visitor, or plant a known id on a victim.",
	Fix:         "Sign the id cookie, or look it up among the ids that were issued.",
	Source:      "vendor: complex example weakness; session fixation (OWASP)",
	Faults:      []string{"cookie-trust", "cookie-checksum", "anonymous-from-cookie-form"},
	YieldsTo:    []string{"sub-unique-anonymous", "token-not-shared", "token-not-hardcoded", "sub-not-from-network"},
	Needs:       []string{record.ProbeForgedCookies},
	NeedsTokens: true,
	judge:       identityCookieForged,
})

// identityCookieForged also finds a sub that is a hash of the cookie: two fresh visitors with
// the same forged value then share it.
func identityCookieForged(e *evidence) judgement {
	const expected = "a forged identity cookie is not taken for an identity"
	type offer struct{ as, visitor string }
	bearer := map[string]offer{} // by sub
	honest := map[string]bool{}
	for _, t := range e.Tokens(record.ProbeVisitors) {
		honest[t.subText()] = true
	}
	return collect(e.answers(record.ProbeForgedCookies), func(x record.Exchange) *record.Finding {
		if input, where := chosen(x); input != "" {
			return found(x.ID, expected, "the %s stands in %s (%s)", input, where, sentAs(x))
		}
		t, ok := e.Token(x.Token)
		if !ok || t.subText() == "" || honest[t.subText()] { // a visitor whom the site knows keeps the sub
			return nil
		}
		before, now := bearer[t.subText()], offer{sentAs(x), t.Visitor}
		if bearer[t.subText()] = now; before.as != now.as || before.visitor == now.visitor {
			return nil // a visitor who asks again keeps the sub
		}
		return found(x.ID, expected, "two visitors with the same forged cookie got the same sub (%s)", sentAs(x))
	}).judge()
}

var _ = add(Check{
	ID: "login-cookie-forged", Area: AreaIdentity, Level: record.Must,
	Title:       "A forged login cookie logs nobody in",
	Why:         "Whoever can write the cookie can impersonate any customer.",
	Fix:         "Keep the login in a server-side session, or verify a signature on the cookie.",
	Source:      "vendor: complex example comment",
	Faults:      []string{"session-info-json", "login-from-cookie-known", "login-cookie-base64", "login-cookie-digest", "login-cookie-members", "login-token-unverified", "login-signature-optional"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared"},
	Needs:       []string{record.ProbeForgedLogins},
	NeedsTokens: true,
	judge:       loginCookieForged,
})

// loginCookieForged looks for the forged user in the claims and in user_payload. An encrypted
// user_payload gives itself away by being there, if anonymous visitors have none.
func loginCookieForged(e *evidence) judgement {
	of, usual := e.usersOwn(), e.anonymousPayload()
	usersOnly := e.servesUsersOnly()
	return collect(e.answers(record.ProbeForgedLogins), func(x record.Exchange) *record.Finding {
		if x.Variant == record.VariantRespelledName { // a login of the user's own
			return beside
		}
		const expected = "a forged login cookie does not get into the token"
		if input, where := chosen(x); input != "" {
			return found(x.ID, expected, "the %s stands in %s (%s)", input, where, sentAs(x))
		}
		t, ok := e.Token(x.Token)
		user, claim := of.carried(t)
		switch {
		case !ok:
			return nil
		case user != "":
			return found(x.ID, expected, "the token has the %s of %s (%s)", claim, record.Quote(user), sentAs(x))
		case t.User != "": // beside a session of the user's own, who gets a token by it
			return nil
		case t.UserPayload != nil && !usual:
			return found(x.ID, expected, "the token has a user_payload, as no token of an anonymous visitor has (%s)", sentAs(x))
		case x.Variant == record.VariantLoginGuessed && usersOnly:
			return found(x.ID, expected, "a token, which only users get (%s)", sentAs(x))
		}
		return nil
	}).judgeOr(notApplicable("no login gives a cookie or a value that could be forged"))
}

var _ = add(Check{
	ID: "cookie-hostile", Area: AreaIdentity, Level: record.Must,
	Title:  "No hostile cookie value, such as one with a line break, quotes or 8 KiB of text, reaches sub",
	Why:    "The sub travels on as a header: a line break smuggled into it injects headers, other characters break parsers.",
	Fix:    "Accept only ids of the form that the server generates, checked before use.",
	Source: "RFC 7230 §3.2",
	Faults: []string{"cookie-raw"},
	Needs:  []string{record.ProbeHostileCookies},
	judge:  cookieHostile,
})

func cookieHostile(e *evidence) judgement {
	return collect(e.answers(record.ProbeHostileCookies), func(x record.Exchange) *record.Finding {
		const expected = "no hostile cookie value reaches sub or a header"
		if _, injected := x.Response.Header["X-Injected"]; injected {
			return found(x.ID, expected, "a line break in the cookie made a header of its own (%s)", sentAs(x))
		}
		t, ok := e.Token(x.Token)
		sub, isString := t.Sub()
		// A very long sub is kept as its fingerprint.
		kept := !strings.HasPrefix(sub, "sha256:")
		if !ok || !isString || echoIn(x, "sub") == "" {
			return nil
		}
		if kept && rulebook.HeaderSafe(sub) && !strings.ContainsAny(sub, " \t,;=\"'<>") && len(sub) <= rulebook.MaxSubBytes {
			return nil
		}
		return found(x.ID, expected, "sub %s (%s)", record.Quote(sub), sentAs(x))
	}).judge()
}
