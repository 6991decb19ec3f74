package loadgen

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

func signed(t testing.TB, role string, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(keys.For(role))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestInspect(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	since := now.Add(-time.Minute)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, c := range map[string]struct {
		role    string
		claims  jwt.MapClaims
		maxAge  time.Duration
		skew    time.Duration // the server's clock minus ours
		noDate  bool
		invalid string
		stale   bool
	}{
		"right":                         {claims: jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}},
		"second key":                    {role: "vendor", claims: jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}},
		"other key":                     {role: "stranger", claims: jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}, invalid: "invalid signature"},
		"expired":                       {claims: jwt.MapClaims{"iat": at(-time.Hour), "exp": at(0)}, stale: true},
		"kept for its user":             {claims: jwt.MapClaims{"iat": at(-59 * time.Second), "exp": at(time.Hour)}},
		"set back, or rounded":          {claims: jwt.MapClaims{"iat": at(-110 * time.Second), "exp": at(time.Hour)}},
		"from before the session":       {claims: jwt.MapClaims{"iat": at(-3 * time.Minute), "exp": at(time.Hour)}, stale: true},
		"older than allowed":            {claims: jwt.MapClaims{"iat": at(-40 * time.Second), "exp": at(time.Hour)}, maxAge: 30 * time.Second, stale: true},
		"within the age":                {claims: jwt.MapClaims{"iat": at(-2 * time.Minute), "exp": at(time.Hour)}, maxAge: 3 * time.Minute},
		"no iat":                        {claims: jwt.MapClaims{"exp": at(time.Hour)}},
		"iat in milliseconds":           {claims: jwt.MapClaims{"iat": at(0) * 1000, "exp": at(time.Hour)}},
		"iat is a text":                 {claims: jwt.MapClaims{"iat": "yesterday", "exp": at(time.Hour)}},
		"server is ten minutes behind":  {claims: jwt.MapClaims{"iat": at(-10 * time.Minute), "exp": at(time.Hour)}, skew: -10 * time.Minute},
		"a minute off, without a clock": {claims: jwt.MapClaims{"iat": at(-110 * time.Second), "exp": at(time.Hour)}, noDate: true},
	} {
		t.Run(name, func(t *testing.T) {
			var public []endpoint.KeyText
			for _, role := range []string{"site", "vendor"} {
				public = append(public, endpoint.KeyText{Text: keys.PublicPEM(&keys.For(role).PublicKey)})
			}
			i := newInspector(client(t, endpoint.Config{URL: "http://localhost/", PublicKeys: public}), Config{MaxAge: c.maxAge})
			header := http.Header{}
			if !c.noDate {
				header.Set("Date", now.Add(c.skew).Format(http.TimeFormat))
			}
			role := "site"
			if c.role != "" {
				role = c.role
			}
			c.claims["sub"] = "someone"
			found := i.inspect(signed(t, role, c.claims), header, now, since)
			i.confirm(found, func(message string) { found.invalid = message })
			i.settle()
			if found.invalid != c.invalid || (found.stale != "") != c.stale || found.sub != "someone" {
				t.Errorf("found %+v, want invalid %q, stale %t", found, c.invalid, c.stale)
			}
		})
	}
}

// Without a key the claims are read and nothing is said of the signature.
func TestInspectWithoutKey(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	i := newInspector(client(t, endpoint.Config{URL: "http://localhost/"}), Config{})
	live := i.inspect(signed(t, "site", jwt.MapClaims{"sub": "a", "exp": now.Add(time.Hour).Unix()}), http.Header{}, now, now)
	if live.sub != "a" || live.invalid != "" || live.stale != "" {
		t.Errorf("found %+v", live)
	}
	if dead := i.inspect(signed(t, "site", jwt.MapClaims{"sub": "a", "exp": now.Unix()}), http.Header{}, now, now); dead.stale == "" {
		t.Errorf("found %+v, of an expired token", dead)
	}
	if none := i.inspect("a.b.c", http.Header{}, now, now); none.hasSub {
		t.Errorf("found %+v", none)
	}
}

// A cache repeats an old Date; the freshest one seen tells the server's clock.
func TestServerClock(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	var clock serverClock
	for _, step := range []struct {
		date      time.Duration
		offset    time.Duration
		tolerance time.Duration
	}{
		{48 * time.Hour, 0, unknownClock}, // no clock is that wrong
		{-10 * time.Minute, -10 * time.Minute, knownClock},
		{0, 0, knownClock},
		{-10 * time.Minute, 0, knownClock},
	} {
		header := http.Header{"Date": {now.Add(step.date).Format(http.TimeFormat)}}
		came := clock.read(header, now)
		if came.atServer.Sub(now) != step.offset || came.tolerance != step.tolerance {
			t.Errorf("Date %s off: %s, %s, want %s, %s", step.date, came.atServer.Sub(now), came.tolerance, step.offset, step.tolerance)
		}
	}
}

func TestNotToken(t *testing.T) {
	for text, want := range map[string]string{
		"": failureEmpty, "<html>": failureHTML, "{}": failureNoToken, "Bad Gateway": failureNoToken,
		"a.b": failureNoToken, "a.b.c": "", "one. two. three": failureNoToken,
	} {
		if got := notToken(text, []byte(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for body, want := range map[string]string{"": failureEmpty, `{"error":"x"}`: failureNoToken, " <!doctype html>": failureHTML} {
		if got := notToken("", []byte(body)); got != want {
			t.Errorf("no such place in %q is %q, want %q", body, got, want)
		}
	}
}
