package mockassistant_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
)

func plan(t testing.TB, s *mockassistant.Server, faults ...string) {
	t.Helper()
	for _, text := range faults {
		fault, err := mockassistant.ParseFault(text)
		if err == nil {
			err = s.AddFault(fault)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaultStrikesAsPlanned(t *testing.T) {
	for _, test := range []struct {
		faults   []string
		statuses []int // of one message after the other
		text     string
	}{
		{[]string{"token-expired,for=1"}, []int{401, 200}, "token expired"},
		{[]string{"token-expired"}, []int{401, 401, 401}, "token expired"},
		{[]string{"bare-401,for=2"}, []int{401, 401, 200}, http.StatusText(http.StatusUnauthorized)},
		{[]string{"forbidden,for=1"}, []int{403, 200}, "Forbidden"},
		{[]string{"token-malformed,for=1"}, []int{400, 200}, "token provided is malformed"},
		{[]string{"header-malformed,for=1"}, []int{400, 200}, "Authorization header provided but does not follow JWT format"},
		{[]string{"session-not-found,for=1"}, []int{404, 200}, "Session not found"},
		{[]string{"not-found,for=1"}, []int{404, 200}, "Not Found"},
		{[]string{"rate-limited,for=1"}, []int{429, 200}, "Too Many Requests"},
		{[]string{"server-error,for=1"}, []int{500, 200}, "Internal Server Error"},
		{[]string{"unavailable,for=1"}, []int{503, 200}, "Service Unavailable"},
		{[]string{"no-cors,for=1"}, []int{401, 200}, "token expired"},
		{[]string{"another-key,for=1"}, []int{403, 200}, "identity token rejected"},
		{[]string{"clock-skew=2h,for=1"}, []int{401, 200}, "token expired"},
		{[]string{"server-error,for=1", "token-expired,for=1"}, []int{500, 401, 200}, "Internal Server Error"},
		{[]string{"server-error,on=notes"}, []int{200}, ""},
	} {
		t.Run(strings.Join(test.faults, " "), func(t *testing.T) {
			assistant := newAssistant(t, nil)
			plan(t, assistant, test.faults...)
			for i, want := range test.statuses {
				r := message(ourSite().sign(t, nil), "", "hi").send(t, assistant)
				if r.StatusCode != want {
					t.Fatalf("message %d got %d, want %d", i+1, r.StatusCode, want)
				}
				if text := read(t, r).Error; i == 0 && text != test.text {
					t.Errorf("text %q, want %q", text, test.text)
				}
				if hasCORS := r.Header.Get("Access-Control-Allow-Origin") != ""; i == 0 && hasCORS == (test.faults[0] == "no-cors,for=1") {
					t.Errorf("CORS headers: %t", hasCORS)
				}
			}
			assistant.ClearFaults()
			if r := message(ourSite().sign(t, nil), "", "hi").send(t, assistant); r.StatusCode != http.StatusOK {
				t.Errorf("after clearing: %d", r.StatusCode)
			}
		})
	}
}

func TestFaultStrikesTheCallsAskedFor(t *testing.T) {
	assistant := newAssistant(t, nil)
	token := ourSite().sign(t, nil)
	session := begin(t, assistant, token)
	plan(t, assistant, "server-error,on=config+notes+delete")
	for path, method := range map[string]string{
		"/public/chat/shop/config":                                      http.MethodGet,
		"/public/chat/shop/channel_conversations/" + session + "/notes": http.MethodGet,
		"/public/chat/shop/sessions/" + session:                         http.MethodDelete,
	} {
		if r := (call{method: method, path: path, token: token}).send(t, assistant); r.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: got %d", path, r.StatusCode)
		}
	}
	for _, c := range []call{message(token, session, "hi"), {path: "/public/chat/shop/config?type=init"}} {
		if r := c.send(t, assistant); r.StatusCode != http.StatusOK {
			t.Errorf("%s was struck, too: %d", c.path, r.StatusCode)
		}
	}
}

// The token is judged when the slow answer is due: that is how a token expires
// on its way.
func TestSlowAnswer(t *testing.T) {
	token := ourSite().sign(t, jwt.MapClaims{"exp": time.Date(2000, 1, 1, 0, 0, 4, 0, time.UTC).Unix()})
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01 00:00:00 UTC
		assistant := newAssistant(t, nil)
		plan(t, assistant, "slow=3s,for=2")
		start := time.Now()
		if r := message(token, "", "hi").send(t, assistant); r.StatusCode != http.StatusOK || time.Since(start) != 3*time.Second {
			t.Errorf("first: %d after %s", r.StatusCode, time.Since(start))
		}
		if r := message(token, "", "hi").send(t, assistant); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("second: %d, want 401: the token expired while the answer was held back", r.StatusCode)
		}
	})
}

func TestSlowAnswerEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assistant := newAssistant(t, nil)
		plan(t, assistant, "slow=5m")
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/public/chat/shop/config", nil)
		plan(t, assistant, "slow=5m,on=config")
		start := time.Now()
		assistant.ServeHTTP(httptest.NewRecorder(), r)
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("the request was held for %s after its client had gone", waited)
		}
	})
}

func TestClockExpiresTokens(t *testing.T) {
	clock := new(mockassistant.Clock)
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.Clock = clock })
	token := ourSite().sign(t, nil) // for an hour
	session := begin(t, assistant, token)
	for _, step := range []struct {
		name   string
		move   func()
		status int
	}{
		{"advanced past exp", func() { clock.Advance(61 * time.Minute) }, 401},
		{"back in time, in the same session", func() { clock.Reset() }, 200},
		{"set past exp", func() { clock.Set(time.Now().Add(2 * time.Hour)) }, 401},
		{"behind", func() { clock.Skew(-time.Hour) }, 200},
	} {
		step.move()
		if r := message(token, session, "hi").send(t, assistant); r.StatusCode != step.status {
			t.Errorf("%s: got %d, want %d", step.name, r.StatusCode, step.status)
		}
	}
}

func TestFaultText(t *testing.T) {
	for _, text := range []string{"token-expired", "slow=5s,for=3", "clock-skew=-2m0s", "server-error,for=1,on=config+message", "forbidden,on=delete"} {
		if f, err := mockassistant.ParseFault(text); err != nil || f.String() != text {
			t.Errorf("%s: reads as %q, %v", text, f, err)
		}
	}
	for text, want := range map[string]string{
		"":                  "unknown fault",
		"token-expire":      "unknown fault",
		"slow":              "wants a duration",
		"slow=x":            "is not a duration",
		"slow=-1s":          "outside",
		"slow=1000h":        "outside",
		"forbidden=5s":      "takes no duration",
		"forbidden,for=0":   "is not a number of calls",
		"forbidden,for=":    "is not a number of calls",
		"forbidden,times=2": "unknown option",
		"forbidden,on=init": "unknown call",
		"forbidden,on=":     "unknown call",
	} {
		if _, err := mockassistant.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
	if !slices.IsSorted(mockassistant.FaultNames()) {
		t.Error("the names are not sorted")
	}
}

func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{"token-expired", "slow=5s,for=3", "server-error,for=1,on=config+message", "x=,for=,on="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := mockassistant.ParseFault(text)
		if err != nil {
			return
		}
		again, err := mockassistant.ParseFault(fault.String())
		if err != nil || again.String() != fault.String() {
			t.Errorf("%q is written as %q, which reads as %q, %v", text, fault, again, err)
		}
	})
}

func TestChoices(t *testing.T) {
	var choices mockassistant.Choices
	for _, text := range []string{"rejected-token=401:invalid signature", "missing-token=401", "missing-sub=400:no sub: none", "other-sub=403"} {
		if err := choices.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.Choices = choices })
	mine := ourSite().sign(t, nil)
	session := begin(t, assistant, mine)
	for _, test := range []struct {
		token, session string
		status         int
		text           string
	}{
		{otherSite().sign(t, nil), "", 401, "invalid signature"},
		{"", "", 401, http.StatusText(http.StatusUnauthorized)},
		{ourSite().sign(t, jwt.MapClaims{"sub": ""}), "", 400, "no sub: none"},
		{ourSite().sign(t, jwt.MapClaims{"sub": "user-2"}), session, 403, "Forbidden"},
		{ourSite().sign(t, jwt.MapClaims{"nbf": time.Now().Add(time.Hour).Unix()}), "", 403, "identity token not yet valid"},
	} {
		r := message(test.token, test.session, "hi").send(t, assistant)
		if text := read(t, r).Error; r.StatusCode != test.status || text != test.text {
			t.Errorf("got %d %q, want %d %q", r.StatusCode, text, test.status, test.text)
		}
	}
	for _, text := range []string{"rejected-token", "rejected-token=200", "rejected-token=abc", "rejected=403", "=403", "other-sub=999"} {
		if err := choices.Set(text); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
}
