package suites

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// carried returns the configured users whom a token names in a claim or in the decrypted
// payload.
func (e *evidence) carried(t Token) []string {
	var names []string
	if t.UserPayload != nil {
		names = append(names, t.UserPayload.Users...)
	}
	x, _ := e.Exchange(t.Exchange)
	for _, echo := range x.Echoes {
		if echo.User != "" && (echo.Where == "sub" || strings.HasPrefix(echo.Where, "claim:")) {
			names = append(names, echo.User)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// named returns the configured users whom an answer names outside of its token.
func named(x record.Exchange) []string {
	var names []string
	for _, echo := range x.Echoes {
		if echo.User != "" && echo.Where == "body" {
			names = append(names, echo.User)
		}
	}
	return names
}

// always returns the users whom answers name before anybody has logged in: there the words
// must mean something else.
func (e *evidence) always() []string {
	var names []string
	for _, t := range e.Tokens(record.ProbeVisitors) {
		if x, _ := e.Exchange(t.Exchange); t.User == "" {
			names = append(append(names, e.carried(t)...), named(x)...)
		}
	}
	return names
}

var _ = add(Check{
	ID: "login-own-user", Area: AreaIdentity, Level: record.Must,
	Title:       "The token of a session names the user who last logged in there, and nobody else",
	Why:         "Somebody sees the data of another customer in the chat.",
	Fix:         "Take the user from the session of this request; let a new login replace the one before.",
	Source:      "vendor: authenticate; OWASP session management",
	Faults:      []string{"payload-of-last-login", "first-login-stays", "user-kept-per-process", "plan-of-last-login", "users-crossed-at-once"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared", "token-renewed"},
	Needs:       []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       loginOwnUser,
})

func loginOwnUser(e *evidence) judgement {
	var tokens []Token
	for _, variant := range []record.Variant{record.VariantBeforeLogin, record.VariantLoginIncomplete, record.VariantAfterLogin, record.VariantSecondSession, record.VariantNextUser, record.VariantBesideUser} {
		tokens = append(tokens, e.loginTokens(variant)...)
	}
	if !slices.ContainsFunc(tokens, func(t Token) bool {
		return t.Variant != record.VariantBeforeLogin && t.Variant != record.VariantLoginIncomplete
	}) {
		return notRun("no user who had logged in got a token")
	}
	own, always, lost := e.ownValues(), e.always(), e.payloadOfAll()
	return collect(tokens, func(t Token) *record.Finding {
		const expected = "the token carries the user of its session"
		x, _ := e.Exchange(t.Exchange)
		whose := "the session of " + record.Quote(t.About)
		switch t.Variant {
		case record.VariantBeforeLogin:
			whose, t.About = "a visitor who has not logged in", ""
		case record.VariantLoginIncomplete:
			if e.servesUsersOnly() && len(e.loginTokens(record.VariantNobodyYet)) == 0 {
				return found(t.Exchange, expected, "somebody who has not completed the login of %s got a token, as only users do", record.Quote(t.About))
			}
			whose, t.About = "somebody who has not completed a login", ""
		}
		for _, name := range append(e.carried(t), named(x)...) {
			if name != t.About && !slices.Contains(always, name) {
				return found(t.Exchange, expected, "%s got an answer that carries %s (%s)", whose, record.Quote(name), t.Variant)
			}
		}
		if user, claim := own.in(t, t.About); user != "" {
			return found(t.Exchange, expected, "%s got a token with the %s of %s (%s)", whose, claim, record.Quote(user), t.Variant)
		}
		if t.UserPayload == nil && lost[t.About] {
			return found(t.Exchange, expected, "%s got a token without a user_payload, as the first session had (%s)", whose, t.Variant)
		}
		return nil
	}).judge()
}

// payloadOfAll returns the users whose tokens all have a user_payload in their first session.
// There are none if anonymous visitors have one, too.
func (e *evidence) payloadOfAll() map[string]bool {
	with := map[string]bool{}
	if e.anonymousPayload() {
		return with
	}
	for _, t := range e.loginTokens(record.VariantAfterLogin) {
		before, seen := with[t.About]
		with[t.About] = t.UserPayload != nil && (before || !seen)
	}
	return with
}

// likeUsersPayload says whether the payload of a token has the same members as those of
// users, whatever their values.
func (e *evidence) likeUsersPayload(t Token) bool {
	return len(t.UserPayload.Members) > 0 && slices.ContainsFunc(e.loginTokens(record.VariantAfterLogin), func(of Token) bool {
		return of.UserPayload != nil && slices.Equal(of.UserPayload.Members, t.UserPayload.Members)
	})
}

// ownValues are the values by which a user's tokens differ from all others, by user and path
// of the claim.
type ownValues map[string]map[string]string

// ownValues finds them in the sessions in which only one user logs in: the values that all
// tokens of the user have there, and no other token has.
func (e *evidence) ownValues() ownValues {
	own, sessions := ownValues{}, slices.Concat(e.loginTokens(record.VariantAfterLogin), e.loginTokens(record.VariantSecondSession))
	for _, t := range sessions {
		values := leaves(t)
		if own[t.About] == nil {
			own[t.About] = values
			continue
		}
		maps.DeleteFunc(own[t.About], func(path, value string) bool { return values[path] != value })
	}
	drop := func(t Token, but string) {
		for path, value := range leaves(t) {
			for user, values := range own {
				if user != but && values[path] == value && (but == "" || !loggedIn.MatchString(lastMember(path))) {
					delete(values, path)
				}
			}
		}
	}
	for _, t := range e.loginTokens(record.VariantBeforeLogin) {
		drop(t, "")
	}
	for _, t := range e.Tokens(record.ProbeVisitors) {
		if t.User == "" {
			drop(t, "")
		}
	}
	for _, t := range sessions {
		drop(t, t.About)
	}
	return own
}

// in returns another user than that of the session whose own value stands in the token, and
// the claim. Claims that only say that somebody is logged in do not count while somebody
// is; session is "" when nobody is.
func (own ownValues) in(t Token, session string) (user, claim string) {
	values := leaves(t)
	for name, known := range own {
		for path, value := range known {
			if name != session && values[path] == value && (session == "" || !loggedIn.MatchString(lastMember(path))) {
				return name, "claim " + record.Quote(path)
			}
		}
	}
	return "", ""
}

var (
	// loggedIn matches the names of claims that say whether somebody is logged in.
	loggedIn = regexp.MustCompile(`(?i)^(?:is_?)?(?:logged_?in|signed_?in|authenticated|auth|known)$|^(?:user_?)?(?:role|type|kind)s?$`)
	// chosenOnPage matches the names of claims that a visitor chooses on the page, and that
	// may stay after a logout, and those of times.
	chosenOnPage = regexp.MustCompile(`(?i)^(?:locale|lang|language|currency|time_?zone|tz|theme|region|country|store|branch|channel|nonce|state|returning|consent\w*|iat|exp|nbf|jti)$`)
)

// leaves returns the values in a token that may distinguish users, by path, down to the
// innermost members. Of the payload and its members it has the fingerprints.
func leaves(t Token) map[string]string {
	values := map[string]string{}
	for name, raw := range t.Claims {
		var value any
		if name != "user_payload" && json.Unmarshal(raw, &value) == nil {
			addLeaves(values, name, value, maxLeafDepth)
		}
	}
	if p := t.UserPayload; p != nil && p.ClearFingerprint != "" && p.ClearKind == "object" && len(p.Members) > 0 {
		values["user_payload"] = p.ClearFingerprint
		for i, print := range p.MemberPrints[:min(len(p.MemberPrints), len(p.Members))] {
			if print != "" && !chosenOnPage.MatchString(p.Members[i]) {
				values["user_payload."+p.Members[i]] = print
			}
		}
	}
	return values
}

const (
	maxLeafDepth  = 6
	mostLeaves    = 200
	shortestValue = 3 // characters: shorter ones are flags and counts
)

func addLeaves(values map[string]string, path string, value any, depth int) {
	if depth == 0 || len(values) > mostLeaves || chosenOnPage.MatchString(lastMember(path)) {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			addLeaves(values, path+"."+name, inner, depth-1)
		}
	case []any:
		for _, inner := range v {
			addLeaves(values, path+".", inner, depth-1)
		}
	case string:
		if len(v) >= shortestValue || loggedIn.MatchString(lastMember(path)) {
			values[path] = v
		}
	case float64:
		if v >= 1000 {
			values[path] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	case bool:
		if loggedIn.MatchString(lastMember(path)) {
			values[path] = strconv.FormatBool(v)
		}
	}
}

var _ = add(Check{
	ID: "session-not-fixed", Area: AreaIdentity, Level: record.Must,
	Title:       "Cookies from before a login do not identify the user after it",
	Why:         "An attacker who plants a session on a victim is logged in as the victim from then on.",
	Fix:         "Make a new session id at each login (req.session.regenerate, session_regenerate_id), and forget the old one.",
	Source:      "OWASP session fixation",
	Faults:      []string{"session-fixed", "session-adopted", "session-kept-beside"},
	YieldsTo:    []string{"login-own-user", "login-works", "login-cookie-forged", "logout-drops-user"},
	Needs:       []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       sessionNotFixed,
})

func sessionNotFixed(e *evidence) judgement {
	return e.strangers(record.VariantFixedSession, "the cookies from before the login do not give the user", "no user logs in by a request")
}

var _ = add(Check{
	ID: "logout-on-server", Area: AreaIdentity, Level: record.Should,
	Title:       "After a logout the session's cookies are no longer valid, even where they were copied",
	Why:         "A logout that only deletes the cookie in the browser leaves the session open to whoever has a copy.",
	Fix:         "End the session on the server at logout, not only its cookie.",
	Source:      "OWASP session management",
	Faults:      []string{"logout-in-browser-only", "logout-of-sealed-session", "logout-by-new-session"},
	YieldsTo:    []string{"logout-drops-user", "login-own-user", "login-cookie-forged"},
	Needs:       []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       logoutOnServer,
})

func logoutOnServer(e *evidence) judgement {
	return e.strangers(record.VariantKeptSession, "the cookies from before the logout do not give the user", "no logout request is configured")
}

// strangers judges requests with cookies that must not give a user's token. None is the
// reason when there are no such requests.
func (e *evidence) strangers(variant record.Variant, expected, none string) judgement {
	asked := slices.DeleteFunc(e.answers(record.ProbeLogin), func(x record.Exchange) bool { return x.Variant != variant })
	if len(asked) == 0 {
		return notApplicable(none)
	}
	usual, own := e.anonymousPayload(), e.ownValues()
	usersOnly := e.servesUsersOnly()
	return collect(asked, func(x record.Exchange) *record.Finding {
		t, ok := e.Token(x.Token)
		user, claim := own.in(t, "")
		switch names := e.carried(t); {
		case !ok:
			return nil
		case len(names) > 0:
			return found(x.ID, expected, "the token carries %s", record.Quote(names[0]))
		case usersOnly:
			return found(x.ID, expected, "a token, which only users get")
		case user != "":
			return found(x.ID, expected, "the token has the %s of %s", claim, record.Quote(user))
		case t.UserPayload != nil && !usual:
			return found(x.ID, expected, "the token has a user_payload, as only those of users have")
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "user-sub", Area: AreaIdentity, Level: record.Must,
	Title:       "The tokens of a user have the sub that the configuration expects; where only users are served, the same at each login, and each user another",
	Why:         "Another sub is another person to the assistant: the history is lost, or somebody else's.",
	Fix:         "Compare users[].sub of the configuration with what the site signs, and correct the one that is wrong.",
	Source:      "webchatspec: configured subject",
	Faults:      []string{"user-sub-other", "sub-per-login", "sub-per-browser"},
	YieldsTo:    []string{"sub-unique-anonymous", "login-keeps-sub", "sub-stable", "login-own-user", "login-works"},
	Needs:       []string{record.ProbeLogin},
	Uses:        []string{record.ProbeForgedLogins},
	NeedsTokens: true,
	judge:       userSub,
})

func userSub(e *evidence) judgement {
	expected, unnamed := map[string]string{}, map[string]bool{}
	for _, user := range e.Run.Evidence.Users {
		if user.Sub != "" {
			expected[user.Name] = user.Sub
		}
		unnamed[user.Name] = user.Unnamed
	}
	usersOnly := e.Run.Evidence.UsersOnly != "" || e.servesUsersOnly() && len(e.loginTokens(record.VariantSecondSession)) > 0
	if len(expected) == 0 && !usersOnly {
		return notApplicable("no user has an expected sub in the configuration")
	}
	tokens := e.tokensWhere(func(t Token) bool {
		return expected[t.User] != "" || usersOnly && t.Probe == record.ProbeLogin && t.User != "" && !unnamed[t.User]
	})
	respelled := e.tokensWhere(func(t Token) bool {
		return t.Variant == record.VariantRespelledName && (expected[t.User] != "" || !unnamed[t.User])
	}, record.ProbeForgedLogins)
	if len(tokens) == 0 {
		return notRun("no user with an expected sub got a token")
	}
	first, whose := map[string]Token{}, map[string]string{} // by user, and by sub
	return collect(slices.Concat(tokens, respelled), func(t Token) *record.Finding {
		sub, _ := t.Sub()
		before, seen := first[t.User]
		if !seen {
			first[t.User], before = t, t
		}
		if whose[sub] == "" {
			whose[sub] = t.User
		}
		switch other, _ := before.Sub(); {
		case expected[t.User] != "" && sub != expected[t.User]:
			return found(t.Exchange, "sub "+record.Quote(expected[t.User])+" for "+t.User, "%s", record.QuoteJSON(t.Claims["sub"]))
		case usersOnly && sub != other:
			as := ""
			if t.Variant == record.VariantRespelledName {
				as = ", logged in under the same name in other capitals"
			}
			return found(t.Exchange, "the same sub at each login of a user", "%s had sub %s, and has %s%s", t.User, record.Quote(other), record.QuoteJSON(t.Claims["sub"]), as)
		case usersOnly && sub != "" && whose[sub] != t.User && expected[t.User] == "":
			return found(t.Exchange, "a sub of its own for each user", "%s has sub %s, which is that of %s", t.User, record.Quote(sub), whose[sub])
		}
		return nil
	}).judge()
}
