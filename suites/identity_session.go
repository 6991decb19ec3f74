package suites

import (
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// loginTokens returns the tokens of one variant of the login probe.
func (e *evidence) loginTokens(variant record.Variant) []Token {
	return e.tokensWhere(func(t Token) bool { return t.Variant == variant }, record.ProbeLogin)
}

// servesUsersOnly says whether nobody got a token before a login.
func (e *evidence) servesUsersOnly() bool {
	return len(e.loginTokens(record.VariantBeforeLogin)) == 0
}

var _ = add(Check{
	ID: "login-keeps-sub", Area: AreaIdentity, Level: record.Must,
	Title:       "The sub stays the same when a visitor logs in within a session",
	Why:         "The sub cannot change within a session: the widget refuses the new token, and the chat stops at login.",
	Fix:         "Keep the anonymous sub after login, put the user into user_payload and call {update}.",
	Source:      "vendor: develop-security",
	Faults:      []string{"sub-switches-on-login", "login-begins-sub", "login-recalls-sub"},
	YieldsTo:    []string{"cookies-kept", "sub-stable", "token-not-hardcoded", "token-not-shared"},
	Needs:       []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       loginKeepsSub,
})

func loginKeepsSub(e *evidence) judgement {
	before := map[string]Token{}
	for _, t := range e.loginTokens(record.VariantBeforeLogin) {
		before[t.Visitor] = t
	}
	if len(before) == 0 {
		return notApplicable("no token is served before the login")
	}
	return collect(slices.Concat(e.loginTokens(record.VariantAfterLogin), e.loginTokens(record.VariantSecondSession)), func(t Token) *record.Finding {
		first, ok := before[t.Visitor]
		switch {
		case !ok:
			return beside
		case first.subText() == t.subText():
			return nil
		}
		return found(t.Exchange, "the same sub after a login within the session", "sub %s before, %s after", record.QuoteJSON(first.Claims["sub"]), record.QuoteJSON(t.Claims["sub"]))
	}).judge()
}

var _ = add(Check{
	ID: "logout-drops-user", Area: AreaIdentity, Level: record.Must,
	Title:       "After a logout the token no longer names the former user",
	Why:         "The next person at this computer chats as the one before.",
	Fix:         "Clear the user from the session on logout, so that the next token does not name that user.",
	Source:      "vendor: authenticate (Logging out)",
	Faults:      []string{"logout-keeps-payload", "logout-keeps-plan", "logout-keeps-flag"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared", "token-renewed"},
	Needs:       []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       logoutDropsUser,
})

func logoutDropsUser(e *evidence) judgement {
	after := e.loginTokens(record.VariantAfterLogout)
	if len(after) == 0 {
		return notApplicable("no logout request is configured, or no token is served after it")
	}
	anonymous, own := e.anonymousPayload(), e.ownValues()
	const expected = "the token after a logout does not carry the former user"
	return collect(after, func(t Token) *record.Finding {
		x, _ := e.Exchange(t.Exchange)
		user, claim := own.in(t, "")
		switch {
		case echoIn(x, "sub") != "" || echoIn(x, "claim:") != "":
			return found(x.ID, expected, "the %s%s stands in its claims", echoIn(x, "sub"), echoIn(x, "claim:"))
		case user != "":
			return found(x.ID, expected, "the %s is still that of %s", claim, record.Quote(user))
		case t.UserPayload == nil:
			return nil
		case len(t.UserPayload.Users) > 0:
			return found(x.ID, expected, "the user %s stands in user_payload", record.Quote(t.UserPayload.Users[0]))
		case t.UserPayload.Decrypted != "ok" && !anonymous:
			return found(x.ID, expected, "it has a user_payload, as only tokens after the login had")
		case !anonymous && e.likeUsersPayload(t):
			return found(x.ID, expected, "it has a user_payload with the members of those after the login")
		}
		return nil
	}).judge()
}

// identityCookieAge is how long the documentation keeps the anonymous id.
const identityCookieAge = 45 * 24 * time.Hour

// identityCookie is a cookie that carries the identity, where it was set.
type identityCookie struct {
	record.Cookie
	exchange record.Exchange
}

// carriesIdentity says whether the cookie carries the identity and is the site's own. The
// cookie of a load balancer seems to carry it, too, where each instance has its own
// sessions, but its attributes are not the site's choice.
func carriesIdentity(c record.Cookie) bool {
	return c.Identity && c.MaxAge >= 0 && !networkCookies.MatchString(c.Name)
}

// identityCookies returns the identity cookies that ordinary answers set.
func (e *evidence) identityCookies() []identityCookie {
	var cookies []identityCookie
	for _, x := range e.answers(record.ProbeVisitors) {
		for _, cookie := range x.Response.Cookies {
			if carriesIdentity(cookie) {
				cookies = append(cookies, identityCookie{cookie, x})
			}
		}
	}
	return cookies
}

const noIdentityCookie = "no cookie that the endpoint sets carries the identity"

// everyIdentityCookie makes a judge that looks at each identity cookie.
func everyIdentityCookie(look func(identityCookie) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement {
		cookies := e.identityCookies()
		if len(cookies) == 0 {
			return notApplicable(noIdentityCookie)
		}
		return collect(cookies, look).judge()
	}
}

var _ = add(Check{
	ID: "identity-cookie-httponly", Area: AreaIdentity, Level: record.Should,
	Title:       "The cookie with the anonymous id is HttpOnly",
	Why:         "A script injected into the page can read the id and pass it on.",
	Fix:         "Set the cookie with HttpOnly.",
	Source:      "vendor: develop-security (httpOnly: true)",
	Faults:      []string{"cookie-js"},
	Needs:       []string{record.ProbeVisitors, record.ProbeCookieRoles},
	NeedsTokens: true,
	judge:       everyIdentityCookie(identityCookieHTTPOnly),
})

func identityCookieHTTPOnly(c identityCookie) *record.Finding {
	if c.HTTPOnly {
		return nil
	}
	return found(c.exchange.ID, "the identity cookie is HttpOnly", "the cookie %s is not", record.Quote(c.Name))
}

var _ = add(Check{
	ID: "identity-cookie-secure", Area: AreaIdentity, Level: record.Should,
	Title:       "On https the cookie with the anonymous id is Secure and has a SameSite attribute",
	Why:         "Without Secure the id travels in the clear on the first plain request; without SameSite other sites use it.",
	Fix:         "Set the cookie with Secure and SameSite=Lax.",
	Source:      "RFC 6265bis; OWASP",
	Faults:      []string{"cookie-insecure"},
	Needs:       []string{record.ProbeVisitors, record.ProbeCookieRoles},
	NeedsTokens: true,
	judge:       identityCookieSecure,
})

func identityCookieSecure(e *evidence) judgement {
	overTLS := func(x record.Exchange) bool { return x.Response.TLS != nil }
	if !slices.ContainsFunc(e.answers(record.ProbeVisitors), overTLS) {
		return notApplicable("the endpoint is on plain http")
	}
	return everyIdentityCookie(func(c identityCookie) *record.Finding {
		switch {
		case !c.Secure:
			return found(c.exchange.ID, "the identity cookie is Secure", "the cookie %s is not", record.Quote(c.Name))
		case c.SameSite == "":
			return found(c.exchange.ID, "the identity cookie has SameSite", "the cookie %s has none", record.Quote(c.Name))
		}
		return nil
	})(e)
}

var _ = add(Check{
	ID: "identity-cookie-lifetime", Area: AreaIdentity, Level: record.Should,
	Title:       "The cookie with the anonymous id lives for at least 45 days and is renewed on each call",
	Why:         "A visitor who comes back within the month counts as a new user, and finds the conversation gone.",
	Fix:         "Set the cookie with Max-Age of at least 45 days on each answer.",
	Source:      "vendor: develop-security",
	Faults:      []string{"cookie-session"},
	Needs:       []string{record.ProbeVisitors, record.ProbeCookieRoles},
	NeedsTokens: true,
	judge:       identityCookieLifetime,
})

func identityCookieLifetime(e *evidence) judgement {
	cookies := e.identityCookies()
	if len(cookies) == 0 {
		return notApplicable(noIdentityCookie)
	}
	set := collect(cookies, func(c identityCookie) *record.Finding {
		if life := c.life(); life < identityCookieAge-time.Minute {
			return found(c.exchange.ID, "the identity cookie lives at least 45 days", "the cookie %s lives %s", record.Quote(c.Name), lifeText(life))
		}
		return nil
	})
	renewed := collect(e.served(), func(x record.Exchange) *record.Finding {
		if x.Probe != record.ProbeVisitors || x.Call < 2 || slices.ContainsFunc(x.Response.Cookies, carriesIdentity) {
			return nil
		}
		return found(x.ID, "the identity cookie is renewed on each call", "call %d of visitor %s did not set it", x.Call, x.Visitor)
	})
	return set.with(renewed.findings...).judge()
}

// life is how long the cookie lives after it was set; 0 for a session cookie.
func (c identityCookie) life() time.Duration {
	switch {
	case c.MaxAge > 0:
		return time.Duration(c.MaxAge) * time.Second
	case c.Expires.IsZero():
		return 0
	}
	from := c.exchange.StartedAt
	if date, err := time.Parse(time.RFC1123, header(c.exchange, "Date")); err == nil {
		from = date
	}
	return c.Expires.Sub(from)
}

func lifeText(life time.Duration) string {
	if life <= 0 {
		return "until the browser is closed"
	}
	return record.Span(life.Seconds())
}
