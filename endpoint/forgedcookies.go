package endpoint

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// usualLoginCookies are names under which careless sites keep who is logged in;
// the first is the one of the vendor's example.
var usualLoginCookies = []string{
	"SESSION_INFO", "session", "user", "userId", "user_id", "username", "login", "auth", "account", "customerId", "customUserID", "remember_me",
}

// usualIdentityCookies are names under which anonymous ids are kept; the first
// is the one of the vendor's example.
var usualIdentityCookies = []string{"ANONYMOUS_USER_ID", "anonymous_id", "anonymousId", "visitor_id", "visitorId", "uid"}

// timesEach is how often a forged value is sent. An endpoint that hashes it to make the sub
// then gives two fresh visitors the same one.
const timesEach = 2

// maxLearnt is how many cookie names of the site are tried.
const maxLearnt = 4

// maxIdentifiers is how many texts that point to a user are tried as a cookie.
const maxIdentifiers = 5

var forgedCookiesProbe = probe{
	name: record.ProbeForgedCookies,
	requests: func(c *Client) int {
		return 1 + maxLearnt*24 + len(usualIdentityCookies) + c.atOnce()
	},
	skip:      onlyAnonymous,
	intrusive: true,
	gather:    gatherForgedCookies,
}

// gatherForgedCookies sends identity cookies that the site has never issued.
func gatherForgedCookies(ctx context.Context, g *gathering) string {
	f := cookieForger{g, record.ProbeForgedCookies}
	victim := g.askFresh(ctx, ask{probe: f.probe, variant: record.VariantVictim})
	cookies := g.first.cookies(g.endpoint)
	g.jobs(
		func() {
			each(g, cookies[:min(len(cookies), maxLearnt)], func(cookie Cookie) { f.identity(ctx, cookie, cookies, victim.sub) })
		},
		func() {
			each(g, usualIdentityCookies, func(name string) { f.send(ctx, record.VariantUnissued, Cookie{name, mark()}, nil) })
		},
		func() { f.all(ctx, usualIdentityCookies, victim, record.VariantUnissued) },
	)
	return ""
}

var forgedLoginsProbe = probe{
	name: record.ProbeForgedLogins,
	requests: func(c *Client) int {
		return 1 + len(usualLoginCookies)*3 + 3 + maxLearnt*(7+maxIdentifiers) + c.atOnce() + maxUsers + 1
	},
	skip: func(c *Client) string {
		if slices.ContainsFunc(c.config.Users, hasLogin) {
			return "" // the cookies of a login can be guessed wherever there is one
		}
		if slices.ContainsFunc(c.config.Users, func(u User) bool { return len(u.Cookies) > 0 }) {
			return ""
		}
		return onlyAnonymous(c)
	},
	intrusive: true,
	gather:    gatherForgedLogins,
}

// gatherForgedLogins sends login cookies that the site has never issued, also
// under the names of those that a login has set.
func gatherForgedLogins(ctx context.Context, g *gathering) string {
	select {
	case <-g.login.learnt:
	case <-ctx.Done():
		return ""
	}
	g.remadeCookies(ctx)
	f := cookieForger{g, record.ProbeForgedLogins}
	if !g.anonymous {
		f.ofOthers(ctx) // without a session, made-up logins get no token
		return ""
	}
	each(g, usualLoginCookies, func(name string) {
		value := mark()
		info := loginJSON(value)
		inputs := inCookie(name, value)
		f.send(ctx, record.VariantLoginJSON, Cookie{name, url.PathEscape(info)}, inputs)
		f.send(ctx, record.VariantLoginPlain, Cookie{name, value}, nil)
		f.send(ctx, record.VariantLoginBase64, Cookie{name, base64.StdEncoding.EncodeToString([]byte(info))}, inputs)
	})
	name, value := usualLoginCookies[0], mark()
	inputs := inCookie(name, value)
	f.send(ctx, record.VariantLoginRawJSON, Cookie{name, loginJSON(value)}, inputs)
	f.send(ctx, record.VariantLoginPrefixed, Cookie{name, url.PathEscape("j:" + loginJSON(value))}, inputs)
	f.send(ctx, record.VariantLoginUnsigned, Cookie{name, unsigned(map[string]any{"sub": value, "customUserID": value})}, inputs)
	names := usualLoginCookies
	for i := range g.config.Users { // also the cookies by which a site knows its users without a login
		for _, cookie := range g.config.Users[i].Cookies {
			if !slices.Contains(names, cookie.Name) && len(names) < len(usualLoginCookies)+maxLearnt {
				names = append(slices.Clip(names), cookie.Name)
			}
		}
	}
	f.all(ctx, names, f.askFresh(ctx, ask{probe: f.probe, variant: record.VariantVictim}), record.VariantLoginPlain)
	each(g, g.login.cookies[:min(len(g.login.cookies), maxLearnt)], func(cookie Cookie) { f.login(ctx, cookie) })
	return ""
}

// cookieForger sends cookies that were never issued, for one of the probes.
type cookieForger struct {
	*gathering
	probe string
}

// send sends one forged cookie, alone or among others, and looks for the marks
// in the answer. Without inputs the cookie's whole value is the mark.
func (f cookieForger) send(ctx context.Context, variant record.Variant, cookie Cookie, inputs map[string]string, among ...Cookie) *answer {
	if inputs == nil {
		inputs = inCookie(cookie.Name, cookie.Value)
	}
	return f.askFresh(ctx, ask{
		probe: f.probe, variant: variant, about: cookie.Name, odd: true, inputs: inputs,
		exact: true, cookies: withCookie(among, cookie.Name, cookie.Value),
	})
}

// atOnce is how many requests at most are sent with cookies of all usual names at once.
func (c *Client) atOnce() int {
	return 2 + (1+mostUserIDs*min(len(c.config.Users), maxUsers))*2 + mostSearching
}

// all sends cookies of all names at once, as a newcomer and as a visitor whom the site
// knows: with values of the form of the site's, with ids of another visitor and of users.
// Cookies that the site itself has set are left out, because they are forged one by one.
func (f cookieForger) all(ctx context.Context, names []string, victim *answer, own record.Variant) {
	held := f.first.cookies(f.endpoint)
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(held, func(c Cookie) bool { return c.Name == name })
	})
	o := newOffers(f.gathering, f.probe)
	o.meet(victim)
	send := func(variant record.Variant, p *pretence) { o.pretend(ctx, cookieCarrier(variant, names), p) }
	send(own, nobody("").inSession(f.first))
	if o.alike() != "" {
		send(record.VariantUnissuedAlike, inventing("", func() (string, string) { id := o.alike(); return id, id }))
	}
	each(o.gathering, o.others(), func(p *pretence) {
		variant := record.VariantOtherSub
		if p.user != nil {
			variant = record.VariantLoginNameOfAUser
		}
		send(variant, p)
		send(variant, p.inSession(f.first))
	})
}

// ofOthers sends cookies of all usual names with the ids of other users, in the first user's
// session and without a session.
func (f cookieForger) ofOthers(ctx context.Context) {
	held := f.first.cookies(f.endpoint)
	names := slices.DeleteFunc(slices.Clone(usualLoginCookies), func(name string) bool {
		return slices.ContainsFunc(held, func(c Cookie) bool { return c.Name == name })
	})
	o, carrier := newOffers(f.gathering, f.probe), cookieCarrier(record.VariantLoginNameOfAUser, names)
	each(o.gathering, o.others(), func(p *pretence) {
		o.pretend(ctx, carrier, p)
		o.pretend(ctx, carrier, o.fromNobody(ctx, p))
	})
}

func cookieCarrier(variant record.Variant, names []string) carrier {
	return carrier{variant: variant, about: "all usual names at once,", names: names, put: func(a *ask, values map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			a.beside = append(a.beside, Cookie{name, url.PathEscape(values[name])})
		}
	}}
}

// inCookie is a mark in a cookie, as an input to be looked for in the answer.
func inCookie(name, mark string) map[string]string { return map[string]string{"cookie " + name: mark} }

// identity forges a cookie that the site gives to anonymous visitors, among others.
func (f cookieForger) identity(ctx context.Context, cookie Cookie, all []Cookie, victimSub string) {
	unissued := Cookie{cookie.Name, mark()}
	alike, part := sameShape(cookie.Value)
	for range timesEach {
		f.send(ctx, record.VariantUnissued, unissued, nil)
		if part != "" {
			f.send(ctx, record.VariantUnissuedAlike, Cookie{cookie.Name, alike}, inCookie(cookie.Name, part))
		}
	}
	if part != "" {
		// The signature of another cookie may cover this one, or nothing at all.
		own := f.askFresh(ctx, ask{probe: f.probe, variant: record.VariantIssued, about: cookie.Name})
		if own.ok() {
			others := withoutCookie(own.visitor.cookies(f.endpoint), cookie.Name)
			f.send(ctx, record.VariantAmongIssued, Cookie{cookie.Name, alike}, inCookie(cookie.Name, part), others...)
		}
	}
	for variant, changed := range rewritten(cookie.Value) {
		f.send(ctx, variant, Cookie{cookie.Name, changed.text}, inCookie(cookie.Name, changed.mark))
	}
	f.steal(ctx, cookie, victimSub)
	f.reseal(ctx, cookie, all, victimSub)
}

// steal puts the sub of another visitor into a cookie.
func (f cookieForger) steal(ctx context.Context, cookie Cookie, victimSub string) {
	if len(victimSub) < 4 {
		return
	}
	stolen := map[string]string{"sub of another visitor": victimSub}
	f.send(ctx, record.VariantOtherSub, Cookie{cookie.Name, url.PathEscape(victimSub)}, stolen)
	if rest := signaturePart(cookie.Value); rest != "" {
		f.send(ctx, record.VariantOtherSubSigned, Cookie{cookie.Name, url.PathEscape(victimSub) + rest}, stolen)
	}
	for variant, value := range withOtherSub(cookie.Value, f.firstAnswer.sub, victimSub) {
		f.send(ctx, variant, Cookie{cookie.Name, value}, stolen)
	}
}

// login forges a cookie that a login has set.
func (f cookieForger) login(ctx context.Context, cookie Cookie) {
	value := mark()
	f.send(ctx, record.VariantLoginJSON, Cookie{cookie.Name, url.PathEscape(loginJSON(value))}, inCookie(cookie.Name, value))
	for variant, changed := range rewritten(cookie.Value) {
		f.send(ctx, variant, Cookie{cookie.Name, changed.text}, inCookie(cookie.Name, changed.mark))
	}
	user := &f.config.Users[0]
	ids := user.identifiers()
	for _, id := range ids[:min(len(ids), maxIdentifiers)] {
		f.send(ctx, record.VariantLoginNameOfAUser, Cookie{cookie.Name, url.PathEscape(id)}, map[string]string{"identifier of " + user.Name: id})
	}
}

// loginJSON is the content of the login cookie in the vendor's example, with the value under
// each of the names that sites use.
func loginJSON(value string) string {
	text, _ := json.Marshal(map[string]string{
		"customUserID": value, "userID": value, "userId": value, "user": value, "userName": value, "username": value,
		"id": value, "sub": value, "email": value, "name": value,
	})
	return string(text)
}
