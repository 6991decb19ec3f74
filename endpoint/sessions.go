package endpoint

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/webchatspec/webchatspec/record"
)

// heldSessions are the users' sessions on a site on which a second login of a user ends the
// first session. A site may do that. All visitors who are the same user then share one
// session.
type heldSessions struct {
	mu     sync.Mutex
	byUser map[*User]*visitor
}

// learnSessions finds out whether the users of a site that serves only users may have
// several sessions: the first user logs in a second time, and asks in both sessions.
func (g *gathering) learnSessions(ctx context.Context) {
	if g.anonymous || g.tokenless || len(g.config.Users[0].Login) == 0 || !g.firstAnswer.ok() {
		return
	}
	again := g.newVisitor()
	again.local, again.agent = g.first.local, g.first.agent
	g.steps(ctx, again, record.VariantVisit, g.config.Visit)
	before := again.cookies(g.endpoint)
	if !g.logIn(ctx, again, &g.config.Users[0]) {
		return
	}
	question := ask{probe: record.ProbeSession, odd: true}
	question.visitor = again
	second := g.send(ctx, question)
	question.visitor = g.first
	first := g.send(ctx, question)
	g.several = first.ok() && second.ok()
	if first.ok() || !second.ok() {
		return
	}
	g.held = &heldSessions{byUser: map[*User]*visitor{&g.config.Users[0]: again}}
	g.first.share(again)
	g.login.teach(changedCookies(before, again.cookies(g.endpoint)), second.sub)
}

// learnSeveral finds out on a slow site, on which it takes long to let users log in one
// after the other, whether a user who logs in again and again stays logged in everywhere.
func (g *gathering) learnSeveral(ctx context.Context) {
	if !g.anonymous || g.tokenless || !g.pace.isSlow() || !g.notes.sends(record.ProbeLogin) || len(g.config.Users[0].Login) == 0 {
		return
	}
	const enough = 4 // sessions: as many as there are at a time later on
	user, visitors := &g.config.Users[0], make([]*visitor, enough)
	for i := range visitors {
		visitors[i] = g.newVisitor()
	}
	each(g, visitors, func(v *visitor) {
		g.steps(ctx, v, record.VariantVisit, g.config.Visit)
		g.logIn(ctx, v, user)
	})
	var asked sync.Mutex
	subs, known := map[string]int{}, 0
	each(g, visitors, func(v *visitor) {
		question := ask{probe: record.ProbeSession, visitor: v, odd: true}
		question.inputs, question.users = g.marksOf(user)
		result := g.send(ctx, question)
		asked.Lock()
		defer asked.Unlock()
		subs[result.sub]++
		if slices.ContainsFunc(result.exchange.Echoes, func(echo record.Echo) bool { return echo.User == user.Name }) {
			known++ // a site may keep the visitor's sub, and say elsewhere who the user is
		}
	})
	delete(subs, "")
	g.several = known == enough || len(subs) == 1 && slices.Collect(maps.Values(subs))[0] == enough
}

// join puts the visitor into the session of the user, and begins one if there is none.
func (h *heldSessions) join(ctx context.Context, g *gathering, v *visitor, user *User) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if session := h.byUser[user]; session != nil {
		v.share(session)
	} else if g.logIn(ctx, v, user) {
		h.byUser[user] = v
	}
}

// share puts the visitor into the session of another one, in the same browser.
func (v *visitor) share(session *visitor) {
	session.mu.Lock()
	jar, user, local, agent := session.jar, session.user, session.local, session.agent
	known, sameSite, values := maps.Clone(session.known), maps.Clone(session.sameSite), maps.Clone(session.values)
	follows := maps.Clone(session.follows)
	session.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.jar, v.user, v.local, v.agent = jar, user, local, agent
	v.known, v.sameSite, v.values, v.follows = known, sameSite, values, follows
}
