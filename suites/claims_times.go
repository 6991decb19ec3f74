package suites

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
	bounded       = 24 * time.Hour   // beyond it a token is a password
	lifetimeSlack = time.Minute      // for an iat set back to allow for skew
	skewRoom      = 30 * time.Second // by how much the assistant's clock may lag
	freshAge      = time.Minute      // how old a token made for this request may be
	iatSlack      = 2 * time.Second  // Date headers are cached and whole seconds
	farAhead      = 10 * 365.25 * 24 * time.Hour
)

// timeClaims are the registered claims that hold a NumericDate.
var timeClaims = []string{"exp", "nbf", "iat"}

func expPresent(t Token) *record.Finding {
	if _, ok := t.Claims["exp"]; ok || t.Claims == nil {
		return nil
	}
	return found(t.Exchange, "a claim exp", "none; the claims are %s", claimNames(t))
}

func timesNumeric(t Token) *record.Finding {
	for _, name := range timeClaims {
		raw, ok := t.Claims[name]
		if _, isNumber := t.NumberClaim(name); ok && !isNumber {
			return found(t.Exchange, name+" is a JSON number", "%s %s", name, quoteJSON(raw))
		}
	}
	return nil
}

func timesInteger(t Token) *record.Finding {
	for _, name := range timeClaims {
		if n, ok := t.NumberClaim(name); ok && !math.IsInf(n, 0) && n != math.Trunc(n) {
			return found(t.Exchange, name+" is a whole number of seconds", "%s %s", name, quoteJSON(t.Claims[name]))
		}
	}
	return nil
}

// ahead is how far exp lies after from; false when there is no numeric exp.
func (t Token) ahead(from time.Time) (time.Duration, bool) {
	exp, ok := t.NumberClaim("exp")
	if !ok {
		return 0, false
	}
	seconds := exp - float64(from.UnixNano())/1e9
	const most = float64(math.MaxInt64 / int64(time.Second))
	return time.Duration(max(-most, min(most, seconds)) * float64(time.Second)), true
}

func expInSeconds(t Token) *record.Finding {
	if ahead, ok := t.ahead(t.ServerTime()); !ok || ahead < farAhead {
		return nil
	}
	return found(t.Exchange, "exp in Unix seconds, less than ten years ahead", "exp %s, which is %s", quoteJSON(t.Claims["exp"]), farInstant(t))
}

// farInstant says what instant exp is, read as seconds and as milliseconds.
func farInstant(t Token) string {
	exp, _ := t.NumberClaim("exp")
	if asMillis := time.UnixMilli(int64(min(exp, math.MaxInt64/2))); exp < 1e14 {
		return "centuries ahead; read as milliseconds it is " + asMillis.UTC().Format(time.RFC3339)
	}
	return "beyond any calendar"
}

func expAhead(t Token) *record.Finding {
	ahead, ok := t.ahead(t.ServerTime())
	if !ok || ahead >= expFloor-iatSlack {
		return nil
	}
	return found(t.Exchange, fmt.Sprintf("exp at least %s after the server's time", expFloor), "%s: exp %s, the server's time was %d", ahead.Round(time.Second), quoteJSON(t.Claims["exp"]), t.ServerTime().Unix())
}

func expShortLived(t Token) *record.Finding {
	return lifetimeWithin(t, shortLived, "a lifetime of at most an hour")
}

func expBounded(t Token) *record.Finding {
	return lifetimeWithin(t, bounded, "a lifetime of at most a day")
}

func lifetimeWithin(t Token, most time.Duration, expected string) *record.Finding {
	life, ok := t.ahead(t.IssuedAt())
	if !ok || life <= most+lifetimeSlack || life >= farAhead {
		return nil
	}
	return found(t.Exchange, expected, "%s", life.Round(time.Second))
}

// nbfPast takes the later of the two clocks, so that a difference between ours
// and the server's is no finding.
func nbfPast(t Token) *record.Finding {
	nbf, ok := t.NumberClaim("nbf")
	latest := max(t.ServerTime().Unix(), t.ReceivedAt.Unix())
	if !ok || nbf <= float64(latest) {
		return nil
	}
	return found(t.Exchange, "nbf not later than the server's time", "%.0f s later", nbf-float64(t.ServerTime().Unix()))
}

func nbfSkewRoom(t Token) *record.Finding {
	nbf, ok := t.NumberClaim("nbf")
	room := float64(t.IssuedAt().Unix()) - nbf
	if server := float64(t.ServerTime().Unix()) - nbf; server < room {
		room = server
	}
	if !ok || room >= skewRoom.Seconds()-iatSlack.Seconds() {
		return nil
	}
	return found(t.Exchange, fmt.Sprintf("nbf at least %s before the time of signing", skewRoom), "%.0f s before", room)
}

func iatPresent(t Token) *record.Finding {
	if _, ok := t.Claims["iat"]; ok || t.Claims == nil {
		return nil
	}
	return found(t.Exchange, "a claim iat", "none")
}

func iatNotFuture(t Token) *record.Finding {
	iat, ok := t.NumberClaim("iat")
	if !ok {
		return nil
	}
	late := time.Duration(max(-1e9, min(1e9, iat-float64(t.ServerTime().Unix()))) * float64(time.Second))
	switch {
	case late > iatSlack:
		return found(t.Exchange, "iat not later than the Date header", "%s later", late.Round(time.Second))
	case t.Call <= 1 && -late > freshAge+iatSlack:
		return found(t.Exchange, "iat of a fresh token within a minute of the Date header", "%s before it", (-late).Round(time.Second))
	}
	return nil
}

func serverClock(x record.Exchange) *record.Finding {
	date, err := time.Parse(time.RFC1123, header(x, "Date"))
	if err != nil {
		return nil
	}
	received := x.StartedAt.Add(time.Duration(x.Seconds * float64(time.Second)))
	if off := date.Sub(received); off.Abs() > freshAge {
		return found(x.ID, "a Date within a minute of true time", "%s off", off.Round(time.Second))
	}
	return nil
}
