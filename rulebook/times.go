package rulebook

import (
	"fmt"
	"math"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// The profile's bounds on times.
const (
	expFloor      = 5 * time.Second  // a fresh token must live at least this long, to reach the assistant at all
	shortLived    = time.Hour        // the documentation's example
	lifetimeSlack = time.Minute      // for an iat set back to allow for skew
	skewRoom      = 30 * time.Second // by how much the assistant's clock may lag
	freshAge      = time.Minute      // how old a token made for this request may be
	iatSlack      = 2 * time.Second  // Date headers are cached and whole seconds
	farAhead      = 10 * 365.25 * 24 * time.Hour
)

// timeClaims are the registered claims that hold a NumericDate.
var timeClaims = []string{"exp", "nbf", "iat"}

var _ = add(Rule{
	ID: "exp-present", Area: AreaClaims, Level: record.Must,
	Title:  "exp is present",
	Why:    "The integration accepts a token without exp for ever: whoever copies it keeps access.",
	Fix:    `Set an expiry when signing: expiresIn: "1h" or the claim exp in Unix seconds.`,
	Source: "vendor: enable tip; RFC 8725 §3.10; OWASP",
	Faults: []string{"no-exp"},
	look:   expPresent,
})

func expPresent(t Token) *record.Finding {
	if _, ok := t.Claims["exp"]; ok || t.Claims == nil {
		return nil
	}
	return breaks("a claim exp", "none; the claims are %s", claimNames(t))
}

var _ = add(Rule{
	ID: "times-numeric", Area: AreaClaims, Level: record.Must,
	Title:  "exp is a JSON number, and so are nbf and iat where they are present",
	Why:    "The integration refuses a time that is not a JSON number.",
	Fix:    "Write exp, nbf and iat as numbers: Math.floor(Date.now() / 1000) + 3600.",
	Source: `RFC 7519 §4.1.4; jsonwebtoken "invalid exp value"`,
	Faults: []string{"exp-string"},
	look:   timesNumeric,
})

func timesNumeric(t Token) *record.Finding {
	for _, name := range timeClaims {
		raw, ok := t.Claims[name]
		if _, isNumber := t.NumberClaim(name); ok && !isNumber {
			return breaks(name+" is a JSON number", "%s %s", name, record.QuoteJSON(raw))
		}
	}
	return nil
}

var _ = add(Rule{
	ID: "times-integer", Area: AreaClaims, Level: record.Should,
	Title:  "exp, iat and nbf are whole numbers of seconds",
	Why:    "Some verifiers refuse fractions, others round them: the moment of expiry is unclear.",
	Fix:    "Round the times to whole seconds before signing.",
	Source: "RFC 7519 §2 NumericDate",
	Faults: []string{"exp-float"},
	look:   timesInteger,
})

func timesInteger(t Token) *record.Finding {
	for _, name := range timeClaims {
		if n, ok := t.NumberClaim(name); ok && !math.IsInf(n, 0) && n != math.Trunc(n) {
			return breaks(name+" is a whole number of seconds", "%s %s", name, record.QuoteJSON(t.Claims[name]))
		}
	}
	return nil
}

var _ = add(Rule{
	ID: "exp-in-seconds", Area: AreaClaims, Level: record.Must,
	Title:    "exp is in seconds, not in milliseconds: it lies less than ten years ahead",
	Why:      "Read as seconds, milliseconds lie tens of thousands of years ahead: the token never expires.",
	Fix:      "Divide by 1000: exp is in Unix seconds.",
	Source:   "RFC 7519 §2",
	Faults:   []string{"exp-millis"},
	YieldsTo: []string{"times-numeric"},
	look:     expInSeconds,
})

func expInSeconds(t Token) *record.Finding {
	if ahead, ok := t.Ahead(t.ServerTime()); !ok || ahead < farAhead {
		return nil
	}
	return breaks("exp in Unix seconds, less than ten years ahead", "exp %s, which is %s", record.QuoteJSON(t.Claims["exp"]), farInstant(t))
}

var _ = add(Rule{
	ID: "exp-ahead", Area: AreaClaims, Level: record.Must,
	Title:    "A fresh token expires at least 5 seconds after the server's current time",
	Why:      "The token has expired before it reaches the assistant: every message is refused, and the widget asks for another token at once.",
	Fix:      "Set exp to some minutes or an hour after the time of signing, from the same clock.",
	Source:   "vendor: simple example 10 s",
	Faults:   []string{"born-expired"},
	YieldsTo: []string{"exp-in-seconds", "times-numeric"},
	Fresh:    true,
	look:     expAhead,
})

func expAhead(t Token) *record.Finding {
	ahead, ok := t.Ahead(t.ServerTime())
	if !ok || ahead >= expFloor-time.Second {
		return nil
	}
	finding := breaks(fmt.Sprintf("exp at least %s after the server's time", record.Span(expFloor.Seconds())), "%s: exp %s, the server's time was %d", wholeSpan(ahead), record.QuoteJSON(t.Claims["exp"]), t.ServerTime().Unix())
	if life, known := t.Ahead(t.IssuedAt()); known && life > -time.Second && life <= expFloor && ahead > -lifetimeSlack {
		finding.Hint = `The token lives only ` + wholeSpan(life) + `: its lifetime is taken for milliseconds. expiresIn: "3600" with quotes, as it comes from the environment, is; write expiresIn: "1h" or Number(process.env.…). Elsewhere multiply the seconds by 1000 where milliseconds are added.`
	}
	return finding
}

var _ = add(Rule{
	ID: "exp-short-lived", Area: AreaClaims, Level: record.Should,
	Title:    "A token lives for at most an hour",
	Why:      "The longer a token lives, the longer a copied one can be used.",
	Fix:      "Let tokens live an hour or less; the widget asks for a new one when one expires.",
	Source:   `vendor: enable "for example 1h"`,
	Faults:   []string{"ttl-2h"},
	YieldsTo: []string{"exp-bounded", "exp-in-seconds"},
	Fresh:    true,
	look:     expShortLived,
})

func expShortLived(t Token) *record.Finding {
	return lifetimeWithin(t, shortLived, "a lifetime of at most an hour")
}

var _ = add(Rule{
	ID: "exp-bounded", Area: AreaClaims, Level: record.Must,
	Title:    "A token lives for at most {lifetime}",
	Why:      "A token that lives for long is a password: anyone who copies it chats as that user until then.",
	Fix:      "Set exp to an hour after signing.",
	Source:   "{lifetimeSource}; OWASP",
	Faults:   []string{"ttl-30d", "ttl-over-limit", "instance-old-version"},
	YieldsTo: []string{"exp-in-seconds"},
	Fresh:    true,
	look:     expBounded,
})

func expBounded(t Token) *record.Finding {
	return lifetimeWithin(t, t.Profile.Token.MaxLifetime, "a lifetime of at most {lifetime}")
}

var _ = add(Rule{
	ID: "nbf-past", Area: AreaClaims, Level: record.Must,
	Title:    "nbf is absent, or not later than the server's time",
	Why:      "The integration refuses a token that is not yet valid, without any tolerance.",
	Fix:      "Leave nbf out, or set it a minute before the time of signing.",
	Source:   "RFC 7519 §4.1.5; jsonwebtoken NotBeforeError",
	Faults:   []string{"nbf-plus-30"},
	YieldsTo: []string{"times-numeric"},
	Fresh:    true,
	look:     nbfPast,
})

// nbfPast goes by the clock of the assistant, which is right: what the server
// calls now may lie ahead. A second is left for what the two round.
func nbfPast(t Token) *record.Finding {
	nbf, ok := t.NumberClaim("nbf")
	now := t.ReceivedAt
	if !ok || nbf <= float64(now.Unix())+1 {
		return nil
	}
	finding := breaks("nbf not later than the time of the assistant", "%s later", record.Span(nbf-float64(now.Unix())))
	if ahead := t.ServerTime().Sub(now); ahead > freshAge/2 {
		finding.Hint = fmt.Sprintf("The server's clock is %s ahead: set it by NTP, and leave nbf out or set it a minute back.", wholeSpan(ahead))
	}
	return finding
}

var _ = add(Rule{
	ID: "nbf-skew-room", Area: AreaClaims, Level: record.Should,
	Title:    "nbf is absent, or early enough for an assistant whose clock is 30 seconds slow",
	Why:      "Where the clock of the assistant runs some seconds behind, fresh tokens are refused now and then: the hardest kind of failure to find.",
	Fix:      "Leave nbf out, or set it a minute before the time of signing.",
	Source:   "jsonwebtoken clockTolerance default 0",
	Faults:   []string{"nbf-equals-now"},
	YieldsTo: []string{"nbf-past"},
	Fresh:    true,
	look:     nbfSkewRoom,
})

func nbfSkewRoom(t Token) *record.Finding {
	nbf, ok := t.NumberClaim("nbf")
	room := float64(t.answered().Unix()) - nbf
	if !ok || room >= skewRoom.Seconds()-iatSlack.Seconds() {
		return nil
	}
	return breaks(fmt.Sprintf("nbf at least %s before the time of signing", record.Span(skewRoom.Seconds())), "%s before", record.Span(room))
}

var _ = add(Rule{
	ID: "iat-present", Area: AreaClaims, Level: record.Should,
	Title:  "iat is present",
	Why:    "Without iat nobody can tell how old a token is, for example after an incident.",
	Fix:    "Let the library add iat (do not set noTimestamp).",
	Source: "RFC 7519 §4.1.6",
	Faults: []string{"iat-absent"},
	look:   iatPresent,
})

func iatPresent(t Token) *record.Finding {
	if _, ok := t.Claims["iat"]; ok || t.Claims == nil {
		return nil
	}
	return breaks("a claim iat", "none")
}

var _ = add(Rule{
	ID: "iat-not-future", Area: AreaClaims, Level: record.Should,
	Title:    "iat is not later than the Date of the answer, and on a fresh token at most a minute before it",
	Why:      "An iat that differs from the server's clock points to a wrong clock, a wrong time zone, or a stored token.",
	Fix:      "Take iat from the system clock in UTC at the time of signing.",
	Source:   "RFC 7519 §4.1.6",
	Faults:   []string{"iat-future", "instance-clock-ahead"},
	YieldsTo: []string{"token-not-hardcoded"},
	Fresh:    true,
	look:     iatNotFuture,
})

func iatNotFuture(t Token) *record.Finding {
	iat, ok := t.NumberClaim("iat")
	if !ok {
		return nil
	}
	late := time.Duration(max(-1e9, min(1e9, iat-float64(t.answered().Unix()))) * float64(time.Second))
	switch {
	case late > iatSlack:
		return breaks("iat not later than the Date header", "%s later", wholeSpan(late))
	case t.Call <= 1 && -late > freshAge+iatSlack:
		return breaks("iat of a fresh token within a minute of the Date header", "%s before it", wholeSpan(-late))
	}
	return nil
}

// farInstant says what instant exp is, read as seconds and as milliseconds.
func farInstant(t Token) string {
	exp, _ := t.NumberClaim("exp")
	if asMillis := time.UnixMilli(int64(min(exp, math.MaxInt64/2))); exp < 1e14 {
		return "centuries ahead; read as milliseconds it is " + asMillis.UTC().Format(time.RFC3339)
	}
	return "beyond any calendar"
}

// wholeSpan writes a time to the second: dates in tokens and headers say no more.
func wholeSpan(d time.Duration) string { return record.Span(d.Round(time.Second).Seconds()) }

func lifetimeWithin(t Token, most time.Duration, expected string) *record.Finding {
	life, ok := t.Ahead(t.IssuedAt())
	if left, _ := t.Ahead(t.ServerTime()); left < life { // an iat that is too old does not lengthen it
		life = left
	}
	if !ok || life <= most+lifetimeSlack || life >= farAhead {
		return nil
	}
	return breaks(expected, "%s", wholeSpan(life))
}

// answered is the server's clock when it answered. Busy servers let their Date
// lag by some seconds: where our clock agrees but for these, it counts.
func (t Token) answered() time.Time {
	server := t.ServerTime()
	if lag := t.ReceivedAt.Sub(server); lag > 0 && lag < freshAge/2 {
		return t.ReceivedAt
	}
	return server
}
