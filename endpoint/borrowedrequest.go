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

// The requests in this file are those of a configured user, sent by somebody else.

// asOthers sends the request of another user in the first user's session, or without a
// session where the endpoint serves everybody. A site must know its users by their
// session, whatever the address and the body of a request say.
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

// hasCredential says whether the user proves who it is by more than the address and the
// body of its requests.
func (u *User) hasCredential() bool {
	return len(u.Login)+len(u.Header)+len(u.Cookies) > 0
}

// asksOtherwise says whether the user's requests for a token have an address or a body
// that differs from those of other visitors.
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

// remadeHeaders is for sites that know a user by headers alone. It asks without a session,
// with headers that name the user as the real ones do, and have the rest invented.
func (o *offers) remadeHeaders(ctx context.Context) {
	if len(o.config.Users) == 0 || len(o.config.Users[0].Cookies) > 0 {
		return
	}
	if made := o.config.Users[0].remade(); made.invented {
		o.sendRemade(ctx, ask{probe: o.probe, variant: record.VariantRemadeHeader}, made)
	}
}

// remadeCookies does the same with cookies. It also sends those in which nothing had to be
// invented, because anybody who knows the user can make them.
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

// remade are the headers and cookies of a user, made by somebody who knows the user but
// none of its secrets: these are invented.
type remade struct {
	header   http.Header
	cookies  []Cookie
	how      []string // what was made and how, each beginning with its name
	invented bool     // at least one value is invented; otherwise others can know them all
}

// remade returns nothing for a user who logs in: then it is the login that says who it is.
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

// invented returns a value of the same form that names the user as the given one does, and
// has nothing else in common with it.
func invented(value string, identifiers []string) string {
	if encoded, isBasic := strings.CutPrefix(value, "Basic "); isBasic {
		pair, _ := base64.StdEncoding.DecodeString(encoded) // a text that is not base64 leaves no colon
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

// kindOfKey matches the beginning of a value that says what kind of key it is, such as
// "sk_live_" or "ak-". It is the same in all keys of that kind.
var kindOfKey = regexp.MustCompile(`^(?:[A-Za-z]{1,8}[_:.|~-])+`)

// otherRest returns another text of the same form that begins with the same kind of key.
func otherRest(text string) string {
	kind := kindOfKey.FindString(text)
	return kind + otherThan(text[len(kind):])
}

// otherThan returns another text of the same form.
func otherThan(text string) string {
	for range 20 { // by chance, a short text may come out unchanged
		if other := shaped(text); other != text || text == "" {
			return other
		}
	}
	return text + mark()
}
