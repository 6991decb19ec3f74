package endpoint

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/url"
	"strings"

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

// maxLearnt is how many cookie names of the site are tried.
const maxLearnt = 4

// maxIdentifiers is how many texts that point to a user are tried as a cookie.
const maxIdentifiers = 5

var forgedCookiesProbe = probe{
	name: record.ProbeForgedCookies,
	requests: func(*Client) int {
		return 1 + maxLearnt*18 + len(usualIdentityCookies) + len(usualLoginCookies)*3 + 3 + maxLearnt*(3+maxIdentifiers)
	},
	skip:      onlyAnonymous,
	intrusive: true,
	gather:    gatherForgedCookies,
}

// gatherForgedCookies sends cookies that the site has never issued.
func gatherForgedCookies(ctx context.Context, g *gathering) string {
	victim := g.askFresh(ctx, ask{probe: record.ProbeForgedCookies, variant: "victim"})
	cookies := g.first.cookies(g.endpoint)
	for _, cookie := range cookies[:min(len(cookies), maxLearnt)] {
		g.forgeIdentity(ctx, cookie, victim.sub)
	}
	for _, name := range usualIdentityCookies {
		g.forge(ctx, "identity "+name+": unissued value", Cookie{name, mark()}, nil)
	}
	select {
	case <-g.login.learnt:
	case <-ctx.Done():
		return ""
	}
	g.forgeLogins(ctx)
	return ""
}

// forge sends one forged cookie, alone or among others, and looks for the marks
// in the answer. Without inputs the cookie's whole value is the mark.
func (g *gathering) forge(ctx context.Context, variant string, cookie Cookie, inputs map[string]string, among ...Cookie) *answer {
	if inputs == nil {
		inputs = map[string]string{"cookie " + cookie.Name: cookie.Value}
	}
	return g.askFresh(ctx, ask{
		probe: record.ProbeForgedCookies, variant: variant, odd: true, inputs: inputs,
		exact: true, cookies: withCookie(among, cookie.Name, cookie.Value),
	})
}

// forgeIdentity forges a cookie that the site gives to anonymous visitors.
func (g *gathering) forgeIdentity(ctx context.Context, cookie Cookie, victimSub string) {
	about := "identity " + cookie.Name + ": "
	unissued := Cookie{cookie.Name, mark()}
	alike, part := sameShape(cookie.Value)
	// Twice each: a sub that is made from the cookie by a hash is then the same.
	for range timesEach {
		g.forge(ctx, about+"unissued value", unissued, nil)
		if part != "" {
			g.forge(ctx, about+"unissued value of the same form", Cookie{cookie.Name, alike}, map[string]string{"cookie " + cookie.Name: part})
		}
	}
	if part != "" {
		// The signature of another cookie may cover this one, or nothing at all.
		own := g.askFresh(ctx, ask{probe: record.ProbeForgedCookies, variant: about + "issued value"})
		if own.ok() {
			others := withoutCookie(own.visitor.cookies(g.endpoint), cookie.Name)
			g.forge(ctx, about+"unissued value among issued cookies", Cookie{cookie.Name, alike}, map[string]string{"cookie " + cookie.Name: part}, others...)
		}
	}
	if len(victimSub) >= 4 {
		stolen := map[string]string{"sub of another visitor": victimSub}
		g.forge(ctx, about+"sub of another visitor", Cookie{cookie.Name, url.PathEscape(victimSub)}, stolen)
		if rest := signaturePart(cookie.Value); rest != "" {
			g.forge(ctx, about+"sub of another visitor with an old signature", Cookie{cookie.Name, url.PathEscape(victimSub) + rest}, stolen)
		}
	}
	for form, value := range rewritten(cookie.Value) {
		g.forge(ctx, about+form, Cookie{cookie.Name, value.text}, map[string]string{"cookie " + cookie.Name: value.mark})
	}
	for form, value := range withOtherSub(cookie.Value, g.firstAnswer.sub, victimSub) {
		g.forge(ctx, about+"sub of another visitor, "+form, Cookie{cookie.Name, value}, map[string]string{"sub of another visitor": victimSub})
	}
}

// withOtherSub returns what an issued cookie becomes when the sub in it gives way
// to another, for the forms in which sites wrap an id: among other text, in
// base64 and in hexadecimal, with the old signature where there is one.
func withOtherSub(issued, sub, other string) map[string]string {
	forms := map[string]string{}
	if len(sub) < 6 || len(other) < 4 {
		return forms
	}
	plain := issued
	if unescaped, err := url.PathUnescape(issued); err == nil {
		plain = unescaped
	}
	if strings.Contains(plain, sub) && plain != sub {
		forms["in its place"] = url.PathEscape(strings.ReplaceAll(plain, sub, other))
	}
	body, proof := plain, ""
	if dot := strings.IndexByte(plain, '.'); dot > 0 {
		body, proof = plain[:dot], plain[dot:]
	}
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		if decoded, err := encoding.DecodeString(body); err == nil && strings.Contains(string(decoded), sub) {
			forms["in base64"] = url.PathEscape(encoding.EncodeToString([]byte(strings.ReplaceAll(string(decoded), sub, other))) + proof)
			break
		}
	}
	if decoded, err := hex.DecodeString(body); err == nil && strings.Contains(string(decoded), sub) {
		forms["in hexadecimal"] = hex.EncodeToString([]byte(strings.ReplaceAll(string(decoded), sub, other))) + proof
	}
	return forms
}

// forgeLogins forges cookies that say who is logged in.
func (g *gathering) forgeLogins(ctx context.Context) {
	for _, name := range usualLoginCookies {
		value := mark()
		info := loginJSON(value)
		inputs := map[string]string{"cookie " + name: value}
		g.forge(ctx, "login "+name+": JSON", Cookie{name, url.PathEscape(info)}, inputs)
		g.forge(ctx, "login "+name+": plain", Cookie{name, value}, nil)
		g.forge(ctx, "login "+name+": base64 JSON", Cookie{name, base64.StdEncoding.EncodeToString([]byte(info))}, inputs)
	}
	name, value := usualLoginCookies[0], mark()
	inputs := map[string]string{"cookie " + name: value}
	g.forge(ctx, "login "+name+": raw JSON", Cookie{name, loginJSON(value)}, inputs)
	g.forge(ctx, "login "+name+": j:JSON", Cookie{name, url.PathEscape("j:" + loginJSON(value))}, inputs)
	g.forge(ctx, "login "+name+": unsigned token", Cookie{name, unsigned(map[string]any{"sub": value, "customUserID": value})}, inputs)
	for _, cookie := range g.login.cookies[:min(len(g.login.cookies), maxLearnt)] {
		about := "login " + cookie.Name + ": "
		g.forge(ctx, about+"learnt name, JSON", Cookie{cookie.Name, url.PathEscape(loginJSON(value))}, map[string]string{"cookie " + cookie.Name: value})
		for form, changed := range rewritten(cookie.Value) {
			g.forge(ctx, about+form, Cookie{cookie.Name, changed.text}, map[string]string{"cookie " + cookie.Name: changed.mark})
		}
		for i := range g.config.Users[:min(len(g.config.Users), 1)] {
			ids := g.config.Users[i].identifiers()
			for _, id := range ids[:min(len(ids), maxIdentifiers)] {
				g.forge(ctx, about+"name of a user", Cookie{cookie.Name, url.PathEscape(id)}, map[string]string{"identifier of " + g.config.Users[i].Name: id})
			}
		}
	}
}

// loginJSON is what the vendor's example keeps in its login cookie, with the
// value under each of the names that sites use.
func loginJSON(value string) string {
	text, _ := json.Marshal(map[string]string{
		"customUserID": value, "userID": value, "userId": value, "user": value, "userName": value, "username": value,
		"id": value, "sub": value, "email": value, "name": value,
	})
	return string(text)
}

// sameShape returns a value of the same form as an issued one but never issued:
// each letter and digit replaced by another of its kind. Part is its longest
// run of letters, digits and dashes, which is what would come back as sub. Both
// are "" for a value that is too short to be an id.
func sameShape(issued string) (value, part string) {
	plain := issued
	if unescaped, err := url.PathUnescape(issued); err == nil {
		plain = unescaped
	}
	shaped := []byte(plain)
	hexOnly := !strings.ContainsFunc(plain, func(r rune) bool { return r >= 'g' && r <= 'z' || r >= 'G' && r <= 'Z' })
	for i, c := range shaped {
		switch {
		case c >= '0' && c <= '9':
			shaped[i] = pick("0123456789")
		case c >= 'a' && c <= 'z' && hexOnly:
			shaped[i] = pick("abcdef")
		case c >= 'A' && c <= 'Z' && hexOnly:
			shaped[i] = pick("ABCDEF")
		case c >= 'a' && c <= 'z':
			shaped[i] = pick("abcdefghijklmnopqrstuvwxyz")
		case c >= 'A' && c <= 'Z':
			shaped[i] = pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		}
	}
	if part = longestWord(string(shaped)); len(part) < 8 {
		return "", ""
	}
	return url.PathEscape(string(shaped)), part
}

// longestWord returns the longest run of letters, digits and dashes in text.
func longestWord(text string) (word string) {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) }) {
		if len(run) > len(word) {
			word = run
		}
	}
	return word
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// pick returns one of the characters by chance.
func pick(characters string) byte {
	n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(characters)))) // never fails
	return characters[n.Int64()]
}

// signaturePart returns what follows the id in a cookie of the form "id.proof"
// or "s:id.proof", with its separator; "" when it has none.
func signaturePart(value string) string {
	if dot := strings.LastIndexAny(value, ".|~"); dot > 0 && len(value)-dot > 8 {
		return value[dot:]
	}
	return ""
}

// changedValue is a cookie's value with marks put into it.
type changedValue struct{ text, mark string }

// rewritten returns what an issued value becomes when the strings in it are
// replaced, for the forms that sites keep data in: JSON, base64 of JSON, and a
// token with its algorithm set to none or its old signature.
func rewritten(issued string) map[string]changedValue {
	forms := map[string]changedValue{}
	plain := issued
	if unescaped, err := url.PathUnescape(issued); err == nil {
		plain = unescaped
	}
	prefix := ""
	if rest, found := strings.CutPrefix(plain, "j:"); found {
		prefix, plain = "j:", rest
	}
	if text, value, ok := markJSON(plain); ok {
		forms["changed JSON"] = changedValue{url.PathEscape(prefix + text), value}
	}
	body, proof, _ := strings.Cut(plain, ".")
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		decoded, err := encoding.DecodeString(body)
		if err != nil {
			continue
		}
		if text, value, ok := markJSON(string(decoded)); ok && proof == "" {
			forms["changed base64 JSON"] = changedValue{encoding.EncodeToString([]byte(text)), value}
		} else if ok {
			forms["changed base64 JSON with the old signature"] = changedValue{encoding.EncodeToString([]byte(text)) + "." + proof, value}
		}
		break
	}
	if claims := claimsOf(plain); claims != nil && strings.Count(plain, ".") == 2 {
		segments := strings.Split(plain, ".")
		value := mark()
		markValues(claims, value)
		forms["token with alg none"] = changedValue{unsigned(claims), value}
		payload, _ := json.Marshal(claims)
		forms["changed token with the old signature"] = changedValue{segments[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + segments[2], value}
	}
	return forms
}

// markJSON replaces every string in a JSON object with a mark.
func markJSON(text string) (changed, value string, ok bool) {
	var object map[string]any
	if json.Unmarshal([]byte(text), &object) != nil || len(object) == 0 {
		return "", "", false
	}
	value = mark()
	if markValues(object, value) == 0 {
		return "", "", false
	}
	out, err := json.Marshal(object)
	return string(out), value, err == nil
}

// markValues replaces the strings in a decoded JSON value, at any depth, and
// returns how many there were.
func markValues(value any, with string) (count int) {
	replace := func(inner any) any {
		if _, isText := inner.(string); isText {
			count++
			return with
		}
		count += markValues(inner, with)
		return inner
	}
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = replace(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = replace(v[name])
		}
	}
	return count
}

// hostileValues are cookie values that must not get into a sub. The mark stands
// for a value that is made anew for each request.
var hostileValues = []struct{ variant, value string }{
	{"encoded CR LF", "MARK%0d%0aX-Injected:%20MARK"},
	{"encoded LF", "MARK%0aMARK"},
	{"encoded NUL", "MARK%00MARK"},
	{"encoded quotes", "MARK%22%27MARK"},
	{"quotes", `"MARK"`},
	{"inner quote", `MARK"MARK`},
	{"encoded non-ASCII", "MARK%C3%A9%E2%82%AC"},
	{"non-ASCII", "MARKé€"},
	{"Latin-1", "MARK\xe9"},
	{"encoded blank", "MARK%20MARK"},
	{"separators", "MARK%3B%3D%2CMARK"},
	{"markup", "MARK%3Cscript%3E"},
	{"8 KiB", "MARK" + longText},
}

var longText = strings.Repeat("a", 8<<10)

var hostileCookiesProbe = probe{
	name:      record.ProbeHostileCookies,
	requests:  func(*Client) int { return len(hostileValues)*(maxHostile+1) + len(lineEnds) },
	skip:      onlyAnonymous,
	intrusive: true,
	gather:    gatherHostileCookies,
}

// maxHostile is how many of the site's cookies are filled with hostile values.
const maxHostile = 2

// gatherHostileCookies puts hostile values into the site's cookies, after an
// issued value too, as a check of the beginning alone would let it through.
func gatherHostileCookies(ctx context.Context, g *gathering) string {
	cookies := g.first.cookies(g.endpoint)
	cookies = cookies[:min(len(cookies), maxHostile)]
	if len(cookies) == 0 {
		cookies = []Cookie{{Name: usualIdentityCookies[0]}}
	}
	for _, cookie := range cookies {
		for _, hostile := range hostileValues {
			g.sendHostile(ctx, cookie.Name, "", hostile.variant, hostile.value)
		}
	}
	for _, hostile := range hostileValues {
		if alike, part := sameShape(cookies[0].Value); part != "" {
			g.sendHostile(ctx, cookies[0].Name, alike, "after an id, "+hostile.variant, hostile.value)
		}
	}
	for _, hostile := range lineEnds {
		issued := cookies[0].Value
		if id := longestWord(issued); len(id) >= 8 {
			g.hostile(ctx, cookies[0].Name, "after an issued id, "+hostile.variant, issued+hostile.value, id)
		}
	}
	return ""
}

// lineEnds follow an id at once: to many patterns, "$" is the end of a line.
var lineEnds = []struct{ variant, value string }{
	{"encoded LF", "%0a"},
	{"encoded CR LF and a header", "%0d%0aX-Injected:%20yes"},
	{"encoded NUL", "%00"},
}

func (g *gathering) sendHostile(ctx context.Context, name, before, variant, value string) {
	marked := mark()
	g.hostile(ctx, name, variant, before+strings.ReplaceAll(value, "MARK", marked), marked)
}

// hostile sends one cookie and looks for input in the answer.
func (g *gathering) hostile(ctx context.Context, name, variant, value, input string) {
	g.askFresh(ctx, ask{
		probe: record.ProbeHostileCookies, variant: name + ": " + variant, odd: true,
		inputs: map[string]string{"cookie " + name: input},
		exact:  true, cookies: []Cookie{{name, value}},
	})
}
