package endpoint

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// What the configuration says of a user, in the hands of somebody else.

// asOthers asks for what the page of another user asks for, in the first user's
// session, or in nobody's where everybody is served. Who has a session is known by it,
// whatever the address, the body and the values in them say.
func (o *offers) asOthers(ctx context.Context) {
	for i := range o.config.Users[:min(len(o.config.Users), maxUsers)] {
		other := &o.config.Users[i]
		if other == o.first.user || !other.hasCredential() || !o.asksOtherwise(other) {
			continue
		}
		v := o.fresh
		if !o.anonymous {
			v = func(context.Context) *visitor { return o.first.copyJar(o.newVisitor().name, o.endpoint) }
		}
		a := ask{probe: o.probe, variant: record.VariantOthersRequest, about: other.Name, odd: true, visitor: v(ctx)}
		a.inputs, a.users = o.marksOf(other)
		known := a.visitor.valuesAs(other)
		address, err := o.endpoint.Parse(known.inAddress(cmp.Or(other.URL, o.config.URL)))
		if err != nil {
			continue // checked before: cannot happen
		}
		a.address, a.body = address, known.inBody(cmp.Or(other.Body, o.config.Body))
		o.send(ctx, a)
	}
}

// hasCredential says whether something else than the address and the body says who the
// user is.
func (u *User) hasCredential() bool {
	return len(u.Login)+len(u.Header)+len(u.Cookies) > 0
}

// asksOtherwise says whether the address or the body of the user's requests for a token
// is not that of everybody.
func (c *Client) asksOtherwise(user *User) bool {
	hasValue := func(text string) bool {
		for name := range user.Values {
			if strings.Contains(text, "{"+name+"}") {
				return true
			}
		}
		return false
	}
	return user.URL != "" || user.Body != "" || hasValue(c.config.URL) || hasValue(c.config.Body)
}

// remadeHeaders asks as nobody with headers that name a user as the user's own do, and
// are invented for the rest, where headers are all that says who a user is.
func (o *offers) remadeHeaders(ctx context.Context) {
	if len(o.config.Users) == 0 || len(o.config.Users[0].Cookies) > 0 {
		return
	}
	if made := o.config.Users[0].remade(); made.invented {
		o.sendRemade(ctx, ask{probe: o.probe, variant: record.VariantRemadeHeader}, made)
	}
}

// remadeCookies does so with the cookies that say who a user is, also where they are
// such as anybody can make who knows the user.
func (g *gathering) remadeCookies(ctx context.Context) {
	if len(g.config.Users) == 0 || len(g.config.Users[0].Cookies) == 0 {
		return
	}
	if made := g.config.Users[0].remade(); len(made.how) > 0 {
		g.sendRemade(ctx, ask{probe: record.ProbeForgedLogins, variant: record.VariantLoginGuessed}, made)
	}
}

func (g *gathering) sendRemade(ctx context.Context, a ask, made remade) {
	a.visitor, a.odd, a.about = g.newVisitor(), true, strings.Join(made.how, "; ")
	g.steps(ctx, a.visitor, record.VariantVisit, g.config.Visit)
	a.header, a.beside = a.visitor.valuesOrNone().inHeader(made.header), made.cookies
	a.inputs, a.users = g.marksOf(&g.config.Users[0])
	g.send(ctx, a)
}

// remade is what says who a user is, with what is not known to others invented.
type remade struct {
	header   http.Header
	cookies  []Cookie
	how      []string // by name, what was made and how
	invented bool     // something is; otherwise all is such as others know
}

// remade is empty where a login says who the user is.
func (u *User) remade() (made remade) {
	if len(u.Login) > 0 {
		return made
	}
	guesser, made := newGuesser(u, time.Now()), remade{header: u.Header.Clone()}
	again := func(name, value string) string {
		if how := guesser.guesses(value); how != "" || valuePlace.MatchString(value) {
			made.how = append(made.how, name+", "+cmp.Or(how, "as it was given"))
			return value
		}
		made.invented = true
		made.how = append(made.how, name+" with an invented rest")
		return invented(value, u.identifiers())
	}
	for _, name := range slices.Sorted(maps.Keys(u.Header)) {
		if !slices.Contains(usualRequestHeaders, name) {
			made.header[name] = []string{again(name, u.Header.Get(name))}
		}
	}
	for _, cookie := range u.Cookies {
		made.cookies = append(made.cookies, Cookie{cookie.Name, again("cookie "+cookie.Name, cookie.Value)})
	}
	return made
}

// invented is a value that names the user as another one does, in the same form, and
// has nothing else in common with it.
func invented(value string, identifiers []string) string {
	if encoded, isBasic := strings.CutPrefix(value, "Basic "); isBasic {
		pair, _ := base64.StdEncoding.DecodeString(encoded) // what is none has no colon
		name, _, found := strings.Cut(string(pair), ":")
		if !found {
			return value[:len(value)-1]
		}
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+mark()))
	}
	scheme, credential := "", value
	if at := strings.IndexByte(value, ' '); at > 0 {
		scheme, credential = value[:at+1], value[at+1:]
	}
	if claims := claimsOf(credential); claims != nil {
		return scheme + unsigned(claims)
	}
	for _, id := range identifiers {
		if before, after, named := strings.Cut(credential, id); named {
			return scheme + otherRest(before) + id + otherThan(after)
		}
	}
	return scheme + otherRest(credential)
}

// kindOfKey matches the words at the beginning of a value that say what it is, as those of
// "sk_live_…" and "ak-…": they are the same in all of them.
var kindOfKey = regexp.MustCompile(`^(?:[A-Za-z]{1,8}[_:.|~-])+`)

// otherRest is a text of the same kind and form, but another.
func otherRest(text string) string {
	kind := kindOfKey.FindString(text)
	return kind + otherThan(text[len(kind):])
}

// otherThan is a text of the same form, but another.
func otherThan(text string) string {
	for range 20 { // a short one may come out as it was
		if other := shaped(text); other != text || text == "" {
			return other
		}
	}
	return text + mark()
}
