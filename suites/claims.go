package suites

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// clockError is how far off a server's clock may be.
const clockError = time.Minute

var _ = addRules(AreaClaims, map[string]wider{
	"sub-impersonal":          {judge: subImpersonal, uses: []string{record.ProbeLogin}},
	"claims-no-personal-data": {judge: claimsNoPersonalData, uses: []string{record.ProbeLogin}},
	"exp-short-lived":         {judge: expShortLived, uses: []string{record.ProbeRequestIdentity}},
	"exp-bounded":             {judge: expBounded, uses: []string{record.ProbeRequestIdentity}},
})

func expShortLived(e *evidence, ofTokens look) judgement {
	return e.livesAsAsked("exp-short-lived", ofTokens)
}

func expBounded(e *evidence, ofTokens look) judgement {
	return e.livesAsAsked("exp-bounded", ofTokens)
}

// livesAsAsked looks for a life that a rule calls too long and that a request has asked for,
// where other tokens do not live so long. The last of these requests says most about it.
func (e *evidence) livesAsAsked(id string, ofTokens look) judgement {
	if len(ofTokens.findings) > 0 {
		return ofTokens.judge()
	}
	rules := rulebook.Rules(AreaClaims)
	rule := rules[slices.IndexFunc(rules, func(r rulebook.Rule) bool { return r.ID == id })]
	var told []record.Finding
	for _, t := range e.Tokens(record.ProbeRequestIdentity) {
		if finding := rule.Check(t.Token); t.Variant == record.VariantChosenLife && finding != nil {
			finding.Actual += fmt.Sprintf(", because the request asks for it (%s)", t.About)
			finding.Hint = "Set exp on the server: let no parameter and no member of the body say how long a token lives."
			told = []record.Finding{*finding}
		}
	}
	return ofTokens.with(told...).judge()
}

// subImpersonal looks for the login names of the configured users, too.
func subImpersonal(e *evidence, ofTokens look) judgement {
	named := collect(e.answers(record.ProbeLogin), func(x record.Exchange) *record.Finding {
		for _, echo := range x.Echoes {
			if echo.Where == "sub" {
				return found(x.ID, "a sub that does not hold the login name", "the %s stands in sub%s", echo.Input, hashText(echo))
			}
		}
		return nil
	})
	return ofTokens.with(named.findings...).judge()
}

// hashText says that it is the hash of an input that came back, if it is.
func hashText(echo record.Echo) string {
	if echo.Hashed == "" {
		return ""
	}
	return ", hashed by " + echo.Hashed + " without a key: whoever has a list of addresses finds out whose it is"
}

// claimsNoPersonalData looks for the names with which the configured users log in, too.
// What says how somebody is logged in, such as a role, may have the same name.
func claimsNoPersonalData(e *evidence, ofTokens look) judgement {
	if len(ofTokens.findings) > 0 {
		return ofTokens.judge()
	}
	always := e.always()
	named := collect(e.Tokens(record.ProbeLogin), func(t Token) *record.Finding {
		x, _ := e.Exchange(t.Exchange)
		for _, echo := range x.Echoes {
			claim, ok := strings.CutPrefix(echo.Where, "claim:")
			own := strings.HasPrefix(echo.Input, record.InputLoginName) || echo.Hashed != ""
			if ok && own && !impersonal.MatchString(claim) && !t.masks(claim) && !loggedIn.MatchString(lastMember(claim)) && !slices.Contains(always, echo.User) {
				return found(x.ID, "no personal data in clear text claims", "the %s stands in the claim %s%s", echo.Input, record.Quote(claim), hashText(echo))
			}
		}
		return nil
	})
	return ofTokens.with(named.findings...).judge()
}

var _ = add(Check{
	ID: "iss-constant", Area: AreaClaims, Level: record.May,
	Title:       "iss and aud, where present, are the same in all tokens",
	Why:         "An issuer or audience that changes with the request is taken from the request: it identifies nothing.",
	Fix:         "Configure iss and aud as constants.",
	Source:      "RFC 8725 §3.8-3.9",
	Faults:      []string{"iss-varies"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true, Uses: []string{record.ProbeHosts}, judge: issConstant,
})

func issConstant(e *evidence) judgement {
	named := 0
	for _, name := range []string{"iss", "aud"} {
		values := map[string]Token{}
		for _, t := range append(e.Tokens(), e.Tokens(record.ProbeHosts)...) {
			if raw, ok := t.Claims[name]; ok {
				values[string(raw)] = t
				named++
			}
		}
		if len(values) > 1 {
			shown := slices.Sorted(maps.Keys(values))
			return fail(*found(values[shown[1]].Exchange, name+" is the same in all tokens", "%d values, among them %s and %s", len(values), record.QuoteJSON(json.RawMessage(shown[0])), record.QuoteJSON(json.RawMessage(shown[1]))))
		}
	}
	return saw(named, "issuer").judgeOr(notApplicable("no token names an issuer or an audience"))
}

var _ = add(Check{
	ID: "jti-unique", Area: AreaClaims, Level: record.May,
	Title:       "jti, where present, differs in every token",
	Why:         "A jti that repeats cannot revoke or recognise one token.",
	Fix:         "Generate a random jti for each token, or leave it out.",
	Source:      "RFC 7519 §4.1.7",
	Faults:      []string{"jti-constant"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       jtiUnique,
})

func jtiUnique(e *evidence) judgement {
	fingerprint := map[string]string{}
	return collect(e.Tokens(), func(t Token) *record.Finding {
		raw, ok := t.Claims["jti"]
		if !ok {
			return beside
		}
		first, seen := fingerprint[string(raw)]
		if fingerprint[string(raw)] = t.Fingerprint; seen && first != t.Fingerprint {
			return found(t.Exchange, "a jti of its own for each token", "jti %s again", record.QuoteJSON(raw))
		}
		return nil
	}).judgeOr(notApplicable("no token has a jti"))
}

var _ = add(Check{
	ID: "server-clock", Area: AreaClaims, Level: record.Should,
	Title:       "The server's clock is correct to within a minute",
	Why:         "With a wrong clock exp is wrong too: tokens expire early or live too long, because the assistant has the right time.",
	Fix:         "Run a time service (NTP) on the server.",
	Source:      "RFC 9110 §6.6.1",
	Faults:      []string{"clock-slow"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyAnswer(serverClock),
})

func serverClock(x record.Exchange) *record.Finding {
	date, err := time.Parse(time.RFC1123, header(x, "Date"))
	if err != nil {
		return beside
	}
	received := x.StartedAt.Add(time.Duration(x.Seconds * float64(time.Second)))
	if off := date.Sub(received); off.Abs() > clockError {
		return found(x.ID, "a Date within a minute of true time", "%s off", record.Span(off.Round(time.Second).Seconds()))
	}
	return nil
}

// masks says whether a secret was found in the claim, which is told as one.
func (t Token) masks(claim string) bool {
	return slices.ContainsFunc(t.Payload.Masked, func(m record.Masked) bool { return m.Path == claim })
}
