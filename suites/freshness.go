package suites

import (
	"net/http"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// sameSecond is how far apart two requests may be that fell into one second
	// for the server, with its clock read in between.
	sameSecond = 1500 * time.Millisecond
	// cacheTime is how long a token kept for everybody may be given out before it
	// counts as hard-coded.
	cacheTime = 10 * time.Second
)

var _ = add(Check{
	ID: "token-not-hardcoded", Area: AreaFreshness, Level: record.Must,
	Title:       "Two new visitors, two seconds apart, do not get the same token from before either of them came",
	Why:         "A token in the code or the settings is the same for everybody, and once it has expired the chat fails for all.",
	Fix:         "Sign in the handler of the request, for the visitor who asks.",
	Source:      `vendor: enable "Do not hardcode"`,
	Faults:      []string{"static-token"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       tokenNotHardcoded,
})

// tokenNotHardcoded compares the first and the last fresh visitor. A token that
// both got was hard-coded if it is older than the first request, or is still
// given out when any short cache has ended; else it is cached for all, which is
// token-not-shared's matter.
func tokenNotHardcoded(e *evidence) judgement {
	fresh := e.tokensWhere(func(t Token) bool { return t.Call <= 1 && t.Claims != nil }, record.ProbeVisitors)
	if len(fresh) < 2 {
		return notRun("fewer than two fresh visitors got a token")
	}
	first, last := fresh[0], fresh[len(fresh)-1]
	apart := last.ReceivedAt.Sub(first.ReceivedAt)
	if first.Fingerprint != last.Fingerprint || first.person() == last.person() || apart < sameSecond {
		return saw(len(fresh), "fresh visitor").judge()
	}
	if apart <= cacheTime && !e.mintedBefore(first) {
		return saw(len(fresh), "fresh visitor").judge()
	}
	return fail(*found(last.Exchange, "two fresh visitors, asked seconds apart, get different tokens", "the same token text for visitors %s and %s, %s apart%s", first.Visitor, last.Visitor, record.Span(apart.Seconds()), mintedText(first)))
}

// mintedBefore says whether the token was made before it was asked for.
func (e *evidence) mintedBefore(t Token) bool {
	iat, ok := t.NumberClaim("iat")
	if !ok {
		return true
	}
	asked := t.ServerTime().Add(-sameSecond)
	if x, ok := e.Exchange(t.Exchange); ok && t.ServerTime().Sub(t.ReceivedAt).Abs() < 2*time.Second {
		asked = x.StartedAt
	}
	return iat < float64(asked.Unix())
}

func mintedText(t Token) string {
	if iat, ok := t.NumberClaim("iat"); ok && iat > 0 && iat < 1e11 {
		return ", issued at " + time.Unix(int64(iat), 0).UTC().Format(time.RFC3339)
	}
	return ""
}

var _ = add(Check{
	ID: "token-renewed", Area: AreaFreshness, Level: record.Must,
	Title:    "A token requested after the previous one has expired is valid",
	Why:      "The widget asks for a fresh token because the old one was refused; if it gets the old one again, it asks again, many times a second.",
	Fix:      "Sign a new token for each request, or drop a cached one some time before it expires.",
	Source:   "vendor: {event}",
	Faults:   []string{"cache-until-exp"},
	YieldsTo: []string{"exp-ahead"},
	Needs:    []string{record.ProbeRenewal},
	judge:    tokenRenewed,
})

func tokenRenewed(e *evidence) judgement {
	var tokens []Token
	for _, t := range e.Tokens(record.ProbeRenewal) {
		if t.Variant != record.VariantFirst {
			tokens = append(tokens, t)
		}
	}
	if len(tokens) == 0 {
		return notRun("no token was served around the expiry")
	}
	return collect(tokens, func(t Token) *record.Finding {
		if t.Variant == record.VariantBeforeExpiry {
			return beside
		}
		ahead, ok := t.Ahead(t.ServerTime())
		if !ok {
			return beside
		}
		if ahead > 0 {
			return nil
		}
		return found(t.Exchange, "a token asked for after the expiry is live", "it had expired %s before", record.Span(-ahead.Seconds()))
	}).judge()
}

var _ = add(Check{
	ID: "users-isolated", Area: AreaFreshness, Level: record.Must,
	Title:       "When 50 visitors ask at the same instant, each always gets their own sub",
	Why:         "Under parallel requests one visitor gets the identity of another: the worst that can happen here.",
	Fix:         "Keep the request's identity in local variables; nothing of it in shared state.",
	Source:      "vendor: one user one JWT",
	Faults:      []string{"crosses-users"},
	YieldsTo:    []string{"cookies-kept", "sub-unique-anonymous", "sub-no-collision", "sub-stable", "user-sub"},
	Needs:       []string{record.ProbeParallel},
	NeedsTokens: true,
	judge:       usersIsolated,
})

func usersIsolated(e *evidence) judgement {
	own := map[string]Token{}   // by visitor: the first token of each
	owner := map[string]Token{} // by sub: the first token with it
	return collect(e.Tokens(record.ProbeParallel), func(t Token) *record.Finding {
		if t.subText() == "" {
			return beside
		}
		mine, seen := own[t.Visitor]
		if !seen {
			own[t.Visitor], mine = t, t
		}
		first, known := owner[t.subText()]
		if !known {
			owner[t.subText()] = t
			first = t
		}
		switch {
		case first.person() != t.person():
			return found(t.Exchange, "no visitor gets the sub of another while many ask at once", "visitor %s got sub %s of visitor %s", t.Visitor, record.QuoteJSON(t.Claims["sub"]), first.Visitor)
		case mine.subText() != t.subText():
			return found(t.Exchange, "each visitor gets one sub while many ask at once", "visitor %s got sub %s, before that %s", t.Visitor, record.QuoteJSON(t.Claims["sub"]), record.QuoteJSON(mine.Claims["sub"]))
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "mint-not-wasted", Area: AreaFreshness, Level: record.May,
	Title:  "HEAD, OPTIONS and prefetch requests create no new visitor",
	Why:    "Every new sub may be billed as a user; crawlers, prefetching browsers and monitors send such requests all day.",
	Fix:    "Create an identity on GET only, and not when Sec-Purpose says prefetch.",
	Source: "vendor: MAU billing; OWASP API4",
	Faults: []string{"mints-on-head"},
	Needs:  []string{record.ProbeMethods, record.ProbeCookieRoles},
	judge:  mintNotWasted,
})

// mintNotWasted looks at requests that nobody makes to chat.
func mintNotWasted(e *evidence) judgement {
	idle := func(x record.Exchange) bool {
		switch x.Variant {
		case record.VariantPrefetch:
			return true
		case record.VariantMethodOfNobody: // where only users are served, that makes nobody
			return false
		}
		return x.Request.Method == http.MethodHead || x.Request.Method == http.MethodOptions
	}
	return collect(e.answers(record.ProbeMethods), func(x record.Exchange) *record.Finding {
		if !idle(x) {
			return beside
		}
		for _, cookie := range x.Response.Cookies {
			if carriesIdentity(cookie) {
				return found(x.ID, "no new identity on "+idleName(x), "the cookie %s was set", record.Quote(cookie.Name))
			}
		}
		return nil
	}).judge()
}

// idleName names a request that nobody makes to chat.
func idleName(x record.Exchange) string {
	if x.Variant == record.VariantPrefetch {
		return "prefetching"
	}
	return x.Request.Method
}
