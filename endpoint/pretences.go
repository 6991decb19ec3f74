package endpoint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pretence is the identity that a request claims for its sender: the same one under all
// names, or a different one under each.
type pretence struct {
	what   string   // describes the identity, and the session in which it is sent
	as     *visitor // in whose session it is sent; nil for a newcomer, or the first user where only users are served
	one    string   // the identity under all names; "" for a different one under each
	user   *User    // the user to whom it points; nil for none
	invent func() (text, marked string)
	made   map[string][2]string // what was invented, by name
}

// under returns the text that is sent under the name, and the word in it that is looked
// for in the answer.
func (p *pretence) under(name string) (text, marked string) {
	if p.one != "" {
		return p.one, p.one
	}
	if _, made := p.made[name]; !made {
		text, marked := p.invent()
		p.made[name] = [2]string{text, marked}
	}
	return p.made[name][0], p.made[name][1]
}

func inventing(what string, invent func() (text, marked string)) *pretence {
	return &pretence{what: what, invent: invent, made: map[string][2]string{}}
}

// nobody pretends to be somebody whom the site does not know.
func nobody(what string) *pretence {
	return inventing(what, func() (string, string) { m := mark(); return m, m })
}

// inSession is the same pretence in the session of a visitor whom the site knows.
func (p *pretence) inSession(of *visitor) *pretence {
	known := *p
	known.as, known.what = of, strings.TrimSpace(p.what+" from a known visitor")
	return &known
}

// saying is the same pretence, whose description ends with the word.
func (p *pretence) saying(word string) *pretence {
	told := *p
	told.what = strings.TrimSpace(p.what + " " + word)
	return &told
}

// fromNobody is the same pretence without a session, for sites that serve only users: they
// may take an identity from the request only when there is no session.
func (o *offers) fromNobody(ctx context.Context, p *pretence) *pretence {
	o.meeting.Do(func() { o.stranger = o.visiting(ctx) })
	alone := *p
	alone.as, alone.what = o.stranger, p.what+" from nobody"
	return &alone
}

// someoneAlike pretends to be somebody whose id has the form of the site's. It is nil where
// the site's ids have none.
func (o *offers) someoneAlike() *pretence {
	if o.alike() == "" {
		return nil
	}
	return inventing("id of the site's form", func() (string, string) { id := o.alike(); return id, id })
}

// others are pretences to be somebody else: another visitor, and the users.
func (o *offers) others() []*pretence {
	var list []*pretence
	if o.victim != nil {
		list = append(list, &pretence{what: "id of another visitor", one: o.victim.sub})
	}
	for i := range o.config.Users[:min(len(o.config.Users), maxUsers)] {
		user := &o.config.Users[i]
		if user == o.first.user {
			continue
		}
		ids := o.idsOf(user)
		for n, id := range ids[:min(len(ids), mostUserIDs)] {
			list = append(list, &pretence{what: fmt.Sprintf("id %d of %s", n+1, user.Name), one: id, user: user})
		}
	}
	return list
}

// idsOf are the texts by which a request can point to a user: the sub, if it is the user's
// own, and the identifiers.
func (g *gathering) idsOf(user *User) []string {
	ids := []string{user.Sub}
	if user == &g.config.Users[0] {
		ids = append(ids, g.login.sub)
	}
	ids = append(ids, user.identifiers()...)
	if user.namesItself() {
		ids = append(ids, user.Name)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	slices.SortStableFunc(ids, func(a, b string) int { // sites rarely identify users by names of several words
		return strings.Count(a, " ") - strings.Count(b, " ")
	})
	var distinct []string
	for _, id := range ids {
		if !slices.Contains(distinct, id) {
			distinct = append(distinct, id)
		}
	}
	return distinct
}

// namesItself says whether the user's requests contain the user's name.
func (u *User) namesItself() bool {
	said := func(text string) bool {
		return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`/?&=:,"{}[] `, r) }), u.Name)
	}
	for _, values := range u.Header {
		if slices.Contains(values, u.Name) {
			return true
		}
	}
	return said(u.URL) || said(u.Body) || slices.ContainsFunc(u.Cookies, func(c Cookie) bool { return c.Value == u.Name }) ||
		slices.Contains(slices.Collect(maps.Values(u.Values)), u.Name)
}

// alike returns an id that has the form of the site's and that it has not given, or "".
func (o *offers) alike() string {
	if o.victim == nil {
		return alikeTo(o.firstAnswer.sub, o.firstAnswer.sub)
	}
	return alikeTo(o.firstAnswer.sub, o.victim.sub)
}
