package loadgen

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/webchatspec/webchatspec/endpoint"
)

func got(sub string, issued int64, token byte) facts {
	return facts{sub: sub, hasSub: sub != "", issued: issued, fingerprint: [16]byte{token}}
}

func TestIsolation(t *testing.T) {
	users := newUsers(3, 1, nil)
	ada, bob, eve := users[0], users[1], users[2]
	ada.settled, bob.settled, eve.settled = true, true, false
	o := newIsolation()
	for i, step := range []struct {
		user    *user
		facts   facts
		shared  *user
		changed bool
	}{
		{ada, got("a", 100, 1), nil, false},
		{bob, got("b", 100, 2), nil, false},
		{ada, got("a", 100, 1), nil, false}, // the same second, the same claims: the same bytes
		{ada, got("a", 101, 3), nil, false},
		{bob, got("a", 100, 1), ada, false}, // ada's token
		{bob, got("a", 102, 4), ada, false}, // a new token with ada's sub
		{bob, got("b", 103, 5), nil, false}, // his own again
		{ada, got("x", 103, 6), nil, true},  // another sub, nobody else's
		{bob, got("x", 104, 7), ada, false},
		{bob, got("a", 104, 8), ada, false}, // and her first is still hers
		{eve, got("e1", 104, 9), nil, false},
		{eve, got("e2", 104, 10), nil, false}, // her requests crossed each other at the beginning
		{ada, got("", 105, 11), nil, false},
		{bob, got("", 105, 11), nil, false}, // without a sub, equal tokens say nobody
		{bob, got("", 105-windowSeconds-1, 12), nil, false},
	} {
		shared, changed := o.observe(step.user, step.facts)
		if shared != step.shared || changed != step.changed {
			t.Errorf("step %d: shared %v, changed %t, want %v, %t", i, shared, changed, step.shared, step.changed)
		}
	}
}

// The memory does not grow with the run, even where every answer has a new sub.
func TestIsolationStaysSmall(t *testing.T) {
	users := newUsers(2, 1, nil)
	o := newIsolation()
	for i := range int64(50_000) {
		sub := string(rune('A'+i%26)) + string(rune(0x4e00+i%20_000)) + string(rune(0x4e00+i/20_000))
		f := facts{sub: sub, hasSub: true, issued: i / 100}
		f.fingerprint[0], f.fingerprint[1], f.fingerprint[2] = byte(i), byte(i>>8), byte(i>>16)
		o.observe(users[i%2], f)
	}
	kept := 0
	for _, second := range o.tokens.seconds {
		kept += len(second)
	}
	if most := 2 * len(users); len(o.owners) > most {
		t.Errorf("%d subs are kept, want %d at most", len(o.owners), most)
	}
	if most := (windowSeconds + 1) * 100; kept > most {
		t.Errorf("%d tokens are kept, want %d at most", kept, most)
	}
}

// Browsers keep Secure cookies of loopback on plain http.
func TestSecureCookiesOnLoopback(t *testing.T) {
	for address, want := range map[string]int{
		"http://127.0.0.1:8080/token": 1, "http://localhost/token": 1, "http://[::1]/token": 1,
		"https://shop.example/token": 1, "http://shop.example/token": 0,
	} {
		u := newUsers(1, 1, nil)[0]
		from, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		u.jar.SetCookies(cookieURL(from), []*http.Cookie{{Name: "id", Value: "1", Secure: true, Path: "/"}})
		if cookies := u.jar.Cookies(cookieURL(from)); len(cookies) != want {
			t.Errorf("%s: cookies %v, want %d", address, cookies, want)
		}
	}
}

func TestTurns(t *testing.T) {
	users := newTurns(newUsers(2, 1, nil))
	first, firstDone := users.next()
	second, secondDone := users.next()
	if first == second {
		t.Error("a user asks again before its answer, while another is free")
	}
	_, extraDone := users.next() // all are waiting
	extraDone()
	secondDone()
	if u, done := users.next(); u != second {
		t.Error("the user who is free is not the next")
	} else {
		done()
	}
	firstDone()
	if len(users.free) != len(users.all) {
		t.Errorf("%d of %d users are free after all answers", len(users.free), len(users.all))
	}
}

// Two sessions of one account may have one sub, two accounts may not.
func TestIsolationOfAccounts(t *testing.T) {
	users := newUsers(4, 1, []endpoint.User{{Name: "ada"}, {Name: "bob"}})
	o := newIsolation()
	for i, step := range []struct {
		user   int
		sub    string
		shared bool
	}{{0, "a", false}, {2, "a", false}, {1, "b", false}, {3, "b", false}, {3, "a", true}, {2, "b", true}} {
		if owner, _ := o.observe(users[step.user], got(step.sub, 100, byte(i))); (owner != nil) != step.shared {
			t.Errorf("user %d with sub %s: owner %v", step.user, step.sub, owner)
		}
	}
}
