package suites

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// networkCookies matches the cookies of load balancers, firewalls and statistics, which say
// nothing about the visitor.
var networkCookies = regexp.MustCompile(`(?i)^(?:AWSALB|__cf|cf_|_ga|_gid|ARRAffinity|BIGip|TS[0-9a-f]{6,}|incap_|visid_|nlbi_|ak_|bm_|_abck|akaalb|__utm|datadome|_dd_s|SERVERID|SRV_?ID$|AWSELB|GCLB|INGRESSCOOKIE$|BALANCEID$|sticky$|X-Oracle-)`)

var _ = add(Check{
	ID: "cookies-kept", Area: AreaIdentity, Level: record.Must,
	Title:  "Browsers keep each cookie that is set, and send it to the token endpoint",
	Why:    "A cookie that browsers drop or do not send loses the visitor's identity: each call seems to come from a new visitor, or the login has no effect. Tools that do not apply the browser's rules, such as curl, do not show it.",
	Fix:    "Set the cookie with Path=/, without Domain unless other hosts of the site need it, and with SameSite=Lax; SameSite=None and the prefixes __Host- and __Secure- require Secure. Keep it far below 4,096 bytes.",
	Source: "RFC 6265bis §5.6, §5.7",
	Faults: []string{"cookie-none-insecure", "cookie-other-domain", "cookie-host-prefix", "cookie-too-long", "cookie-elsewhere", "cookie-renewal-dropped", "cookie-cut", "cookie-joined", "cookie-expired", "login-cookie-too-long"},
	Needs:  []string{record.ProbeVisitors},
	Uses:   []string{record.ProbeLogin, record.ProbeSession, record.ProbeCookieRoles},
	judge:  cookiesKept,
})

// cookiesKept looks at the cookies that matter: at all of them where a visitor gets another
// sub at each call, and else at those that were kept at another time. Nothing depends on
// the others, such as one for another domain of the company.
func cookiesKept(e *evidence) judgement {
	if len(e.Tokens()) == 0 {
		return e.sessionsLost()
	}
	answers := slices.Concat(e.answers(), e.answers(record.ProbeSession, record.ProbeCookieRoles))
	l := saw(0, "cookie")
	said, kept := map[string]bool{}, map[string]bool{}
	for _, x := range answers {
		for _, cookie := range x.Response.Cookies {
			kept[cookie.Name] = kept[cookie.Name] || keeps(x, cookie)
		}
	}
	lost := subStable(e).State == record.Failed
	for _, x := range answers {
		for _, cookie := range x.Response.Cookies {
			if cookie.MaxAge < 0 || networkCookies.MatchString(cookie.Name) {
				continue
			}
			l.seen++
			why, fix := cookie.Dropped, ""
			owes := x.Probe != record.ProbeSession || x.Variant == record.VariantVisit && !e.sendsCookies(answers)
			switch {
			case lost && owes && why == "":
				why, fix = e.whyLost(x, cookie)
			case !lost && !kept[cookie.Name]:
				why = ""
			}
			if why != "" && !said[cookie.Name+why] {
				said[cookie.Name+why] = true
				finding := found(x.ID, "browsers keep the cookie, and send it to the endpoint", "the cookie %s: %s%s", record.Quote(cookie.Name), why, lostText(lost))
				finding.Hint = fix
				l = l.with(*finding)
			}
		}
	}
	return l.and(e.loginsUnseen()).judgeOr(notApplicable("no cookie was set"))
}

// whyLost says why a cookie that browsers do not refuse tells the endpoint nothing all the
// same, and what to do about it; "" when it may.
func (e *evidence) whyLost(x record.Exchange, cookie record.Cookie) (why, fix string) {
	switch {
	case !reaches(cookie, x.Request.URL, e.Run.Target.Endpoint):
		return "its path " + pathOf(cookie, x.Request.URL) + " is not that of the endpoint, to which it is never sent", ""
	case expired(x, cookie) && !e.keepsElsewhere(cookie.Name):
		return "its Expires lies in the past, so that browsers delete it at once",
			"Give the cookie a Max-Age in seconds, or an Expires that lies ahead: often the cause is 0, or seconds where milliseconds are wanted."
	case cookie.Cut != "":
		return cookie.Cut, "Set each cookie in a Set-Cookie header of its own, and encode values that may hold semicolons, with encodeURIComponent or base64url."
	}
	return "", ""
}

// shortestMeant is the length of a value, in bytes, that may mean somebody. Cookies are deleted
// with an empty value, or with a word such as "deleted".
const shortestMeant = 8

// expired says whether a cookie with a value had expired when it was set. A Max-Age comes
// before the Expires.
func expired(x record.Exchange, cookie record.Cookie) bool {
	return cookie.MaxAge == 0 && !cookie.Expires.IsZero() && cookie.Expires.Before(x.StartedAt) && cookie.ValueBytes >= shortestMeant
}

// keeps says whether browsers keep the cookie of an answer.
func keeps(x record.Exchange, cookie record.Cookie) bool {
	return cookie.Dropped == "" && cookie.MaxAge >= 0 && !expired(x, cookie)
}

// sendsCookies says whether browsers send the endpoint any cookie that one of the answers has
// set. If so, what a visit sets for another path may have another purpose.
func (e *evidence) sendsCookies(answers []record.Exchange) bool {
	return slices.ContainsFunc(answers, func(x record.Exchange) bool {
		return slices.ContainsFunc(x.Response.Cookies, func(c record.Cookie) bool {
			ofLogin := x.Probe == record.ProbeSession && x.Variant != record.VariantVisit
			return c.MaxAge >= 0 && !ofLogin && !networkCookies.MatchString(c.Name) && e.unsent(x, c) == ""
		})
	})
}

func lostText(lost bool) string {
	if lost {
		return "; the visitor gets another sub at each call"
	}
	return ""
}

// loginsUnseen looks for logins whose cookies never reach the endpoint, if no token carries a
// user either. Where nobody is served without a login, the tokens prove that it has worked:
// the user may be known by a bearer token, and the cookie only renews that.
func (e *evidence) loginsUnseen() look {
	served := e.loginTokens(record.VariantAfterLogin)
	if len(served) > 0 && e.servesUsersOnly() && len(e.loginTokens(record.VariantNobodyYet)) == 0 {
		return look{}
	}
	if slices.ContainsFunc(served, func(t Token) bool {
		return t.UserPayload != nil || len(e.carried(t)) > 0
	}) {
		return look{}
	}
	own := e.ownValues()
	if slices.ContainsFunc(served, func(t Token) bool {
		delete(own[t.About], "sub") // which may be that of the browser
		return len(own[t.About]) > 0
	}) {
		return look{}
	}
	var wrong, never *record.Finding // a cookie that is not sent, and one that no browser keeps
	seen, sent := 0, false
	for _, x := range e.answers(record.ProbeSession) {
		for _, cookie := range x.Response.Cookies {
			if x.Variant != record.VariantLogin || cookie.MaxAge < 0 || networkCookies.MatchString(cookie.Name) {
				continue
			}
			seen++
			why := e.lostInLogin(x, cookie)
			if sent = sent || why == ""; why == "" {
				continue
			}
			wrong = found(x.ID, "the session of a login is kept, and sent to the endpoint", "the cookie %s: %s, so that no token knows of the login", record.Quote(cookie.Name), why)
			if neverKept(cookie) && !e.keepsElsewhere(cookie.Name) {
				never = wrong
			}
		}
	}
	if sent { // another cookie may hold the login, unless this one was meant to
		wrong = never
	}
	if wrong == nil {
		return look{}
	}
	return saw(seen, "cookie", *wrong)
}

// neverKept says whether no browser keeps the cookie, for whatever host or path it was meant.
func neverKept(cookie record.Cookie) bool {
	return cookie.Dropped != "" && !strings.HasPrefix(cookie.Dropped, "Domain")
}

// keepsElsewhere says whether browsers keep the cookie of that name from another answer.
func (e *evidence) keepsElsewhere(name string) bool {
	return slices.ContainsFunc(slices.Concat(e.answers(), e.answers(record.ProbeSession, record.ProbeCookieRoles)), func(x record.Exchange) bool {
		return slices.ContainsFunc(x.Response.Cookies, func(c record.Cookie) bool { return c.Name == name && keeps(x, c) })
	})
}

// sessionsLost looks for cookies of a visit or a login that browsers do not send to the
// endpoint. Where no token was served at all, they are the cause.
func (e *evidence) sessionsLost() judgement {
	l := saw(0, "cookie")
	for _, x := range e.answers(record.ProbeSession) {
		for _, cookie := range x.Response.Cookies {
			if cookie.MaxAge < 0 || networkCookies.MatchString(cookie.Name) {
				continue
			}
			why := e.lostInLogin(x, cookie)
			if l.seen++; why != "" && len(l.findings) == 0 {
				l = l.with(*found(x.ID, "the session is kept, and sent to the endpoint", "the cookie %s of the %s: %s, so that the endpoint knows of no session and serves no token", record.Quote(cookie.Name), x.Variant, why))
			}
		}
	}
	if len(l.findings) == 0 {
		nothing := notRun("no token was served")
		nothing.Wanted = true
		return nothing
	}
	return l.judge()
}

// lostInLogin says why a cookie of a login tells the endpoint nothing, or is "".
func (e *evidence) lostInLogin(x record.Exchange, cookie record.Cookie) string {
	if why := e.unsent(x, cookie); why != "" {
		return why
	}
	why, _ := e.whyLost(x, cookie)
	return why
}

// unsent says why browsers do not send the cookie to the endpoint, or is "".
func (e *evidence) unsent(x record.Exchange, cookie record.Cookie) string {
	if cookie.Dropped == "" && !reaches(cookie, x.Request.URL, e.Run.Target.Endpoint) {
		return "it has the path " + pathOf(cookie, x.Request.URL)
	}
	return cookie.Dropped
}

// reaches says whether a browser sends the cookie, which came from one address, with a
// request to the endpoint (RFC 6265bis §5.1.4).
func reaches(cookie record.Cookie, from, endpoint string) bool {
	target, err := url.Parse(endpoint)
	if err != nil {
		return true
	}
	scope, asked := pathOf(cookie, from), target.EscapedPath()
	if asked == "" {
		asked = "/"
	}
	return asked == scope || strings.HasPrefix(asked, scope) && (strings.HasSuffix(scope, "/") || asked[len(scope)] == '/')
}

// pathOf is the path of a cookie: its attribute, or the folder of the address that has set
// it.
func pathOf(cookie record.Cookie, from string) string {
	if strings.HasPrefix(cookie.Path, "/") {
		return cookie.Path
	}
	address, err := url.Parse(from)
	if err != nil || !strings.HasPrefix(address.EscapedPath(), "/") {
		return "/"
	}
	return path.Dir(address.EscapedPath())
}
