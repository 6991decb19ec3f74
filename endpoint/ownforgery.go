package endpoint

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// given is what a login has given its user: a cookie, or a value that later requests send
// along, such as a bearer token.
type given struct {
	name, value string
	isCookie    bool
}

// givenBy are the cookies that a login has set and the values that were taken from
// its answers, as the visitor has them.
func givenBy(v *visitor, user *User, set []Cookie) []given {
	var all []given
	for _, cookie := range set {
		all = append(all, given{cookie.Name, cookie.Value, true})
	}
	known := v.valuesOrNone()
	for _, step := range user.Login {
		for _, name := range slices.Sorted(maps.Keys(step.Take)) {
			if !strings.HasPrefix(step.Take[name], placeCookie+":") && known[name] != "" {
				all = append(all, given{name, known[name], false})
			}
		}
	}
	return all[:min(len(all), maxLearnt)]
}

// forgeOwn asks as a newcomer who has forged what the login gives. It sends what anybody
// can make who knows the user, tokens without the site's signature, and values that
// have nothing but the form of the site's.
func (g *gathering) forgeOwn(ctx context.Context, v *visitor, user *User, set []Cookie) {
	if !g.notes.sends(record.ProbeForgedLogins) {
		return
	}
	guesser := newGuesser(user, time.Now())
	var guessed, words []given
	var how []string
	all := givenBy(v, user, set)
	for _, own := range all {
		what := guesser.guesses(own.value)
		if what == "" && guesser.signsAnother(own, all) || guesser.isSignedByAnother(own, all) {
			what = "a signature under a well-known secret"
		}
		if what != "" {
			guessed, how = append(guessed, own), append(how, own.name+", "+what)
			continue
		}
		if guesser.pieces(own.value) == aWord { // such as a flag beside the user's number
			words = append(words, own)
			continue
		}
		for _, made := range append(forgedAs(own.value, user.identifiers(), g.config.PublicKeys), guesser.unproved(own.value)...) {
			g.sendMade(ctx, user, own.name+", "+made.how[0], []given{{own.name, made.text, own.isCookie}})
		}
	}
	if len(guessed) > 0 {
		g.sendMade(ctx, user, strings.Join(how, "; "), append(guessed, words...))
	}
}

// signsAnother says whether the cookie is the signature of another one that names the
// user, made with a well-known secret.
func (g *guesser) signsAnother(own given, all []given) bool {
	signed, isProof := strings.CutSuffix(own.name, ".sig")
	i := slices.IndexFunc(all, func(other given) bool { return other.name == signed })
	return isProof && i >= 0 && g.signedBeside(signed, all[i].value, own.value)
}

// isSignedByAnother says whether there is such a signature of this cookie.
func (g *guesser) isSignedByAnother(own given, all []given) bool {
	return slices.ContainsFunc(all, func(other given) bool { return other.name == own.name+".sig" && g.signsAnother(other, all) })
}

// forgedAs forges a value without the site's key. A token keeps its claims and is sent
// unsigned, with one more claim under the old signature, or signed by HMAC with the
// public key as the secret. Another value is replaced by a random one of the same form,
// and by one that still names the user.
func forgedAs(value string, identifiers []string, keys []KeyText) (made []form) {
	segments := strings.Split(value, ".")
	claims := claimsOf(value)
	if len(segments) != 3 || claims == nil {
		if alike, _ := sameShape(value); alike != "" && alike != value {
			made = append(made, form{alike, []string{"of the form of the site's"}})
		}
		if named := sameName(value, identifiers); named != "" {
			made = append(made, form{named, []string{"with the user's name and another rest"}})
		}
		return made
	}
	changed := maps.Clone(claims)
	changed["jti"] = mark()
	payload, _ := json.Marshal(changed) // decoded from JSON, so it can be encoded
	made = []form{
		{unsigned(claims), []string{"a token with alg none"}},
		{segments[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + segments[2], []string{"a changed token with the old signature"}},
	}
	if header := decodeObject(segments[0]); len(keys) > 0 && strings.HasPrefix(fmt.Sprint(header["alg"]), "RS") {
		forger := &forger{header: header, payload: claims, token: segments}
		texts := verifier.KeyTexts(keys[0].Text)
		for _, text := range texts[:min(len(texts), 2)] { // with the last line break of the file, and without it
			made = append(made, form{forger.hmac("HS256", text, nil), []string{"a token with HS256 under the public key"}})
		}
	}
	return made
}

// unproved are values in which anybody can make all but the proof at the end: without that
// proof, with an empty one, and with another one. A site may look at the proof only where
// there is one.
func (g *guesser) unproved(value string) (made []form) {
	plain := unescaped(value)
	write := func(text string) string {
		if plain != value {
			return url.PathEscape(text)
		}
		return text
	}
	at := strings.LastIndexAny(plain, ".|:~")
	if at < 1 || len(plain)-at <= shortestProof || g.guesses(plain[:at]) == "" {
		return nil
	}
	return []form{
		{write(plain[:at]), []string{"without its signature"}},
		{write(plain[:at+1]), []string{"with an empty signature"}},
		{write(plain[:at+1] + otherThan(plain[at+1:])), []string{"with another signature"}},
	}
}

// sameName returns a value that names the user as the site's does and has another rest,
// or "" where the site's value does not name the user.
func sameName(value string, identifiers []string) string {
	plain := unescaped(value)
	for _, id := range identifiers {
		before, after, named := strings.Cut(plain, id)
		if made := otherRest(before) + id + otherThan(after); named && made != plain {
			return url.PathEscape(made)
		}
	}
	return ""
}

// sendMade asks with the forged values, and with nothing else that the login gives.
func (g *gathering) sendMade(ctx context.Context, user *User, how string, made []given) {
	v := g.visiting(ctx)
	var cookies []Cookie
	for _, own := range made {
		if own.isCookie {
			cookies = append(cookies, Cookie{own.name, own.value})
		} else {
			v.set(own.name, own.value)
		}
	}
	a := g.asking(v, user, record.VariantLoginGuessed)
	a.probe, a.about, a.beside, a.header = record.ProbeForgedLogins, how, cookies, givenHeader(v, user)
	g.send(ctx, a)
}

// forgeByLikeness asks as somebody who has a login of the site, too, and has made the other
// user's cookies of it: what stands in the cookies of both is no secret.
func (g *gathering) forgeByLikeness(ctx context.Context, one, other *visitor) {
	user := other.user
	if !g.notes.sends(record.ProbeForgedLogins) || len(user.Login) == 0 {
		return
	}
	var made []given
	var how []string
	held := one.cookies(g.endpoint)
	for _, cookie := range other.cookies(g.endpoint) {
		guesser := newGuesser(user, time.Now())
		own := slices.IndexFunc(held, func(own Cookie) bool { return own.Name == cookie.Name && own.Value != cookie.Value })
		if own < 0 || guesser.guesses(cookie.Value) != "" { // each user's session has shown that
			continue
		}
		guesser.see(held[own].Value)
		if what := guesser.guesses(cookie.Value); what != "" && len(made) < maxLearnt {
			made, how = append(made, given{cookie.Name, cookie.Value, true}), append(how, cookie.Name+", "+what+", after the model of one's own")
		}
	}
	if len(made) > 0 {
		g.sendMade(ctx, user, strings.Join(how, "; "), made)
	}
}

// forgeBeside asks in the session of one user, with those cookies of the other that anybody
// can make. Beside a valid session they must not count.
func (g *gathering) forgeBeside(ctx context.Context, one, other *visitor) {
	user := other.user
	if !g.notes.sends(record.ProbeForgedLogins) || len(user.Login) == 0 {
		return
	}
	guesser, held := newGuesser(user, time.Now()), one.cookies(g.endpoint)
	var made []Cookie
	var names []string
	for _, cookie := range other.cookies(g.endpoint) {
		i := slices.IndexFunc(held, func(own Cookie) bool { return own.Name == cookie.Name })
		if i >= 0 && held[i].Value != cookie.Value && len(made) < maxLearnt && guesser.guesses(cookie.Value) != "" {
			made, names = append(made, cookie), append(names, cookie.Name)
		}
	}
	if len(made) == 0 || len(made) == len(held) { // with all cookies replaced it would be the other user's session
		return
	}
	a := g.asking(one, user, record.VariantLoginGuessed)
	a.probe, a.beside = record.ProbeForgedLogins, made
	a.about = strings.Join(names, " and ") + " of " + user.Name + " in the session of " + one.user.Name
	a.inputs, a.users = g.marksOf(user)
	g.send(ctx, a)
}
