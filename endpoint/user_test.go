package endpoint

import (
	"net/http"
	"testing"
)

// A user is named where the requests tell the site who it is. A visit that anybody
// makes begins another session each time, with another sub.
func TestWhoIsNamed(t *testing.T) {
	visit := []Request{{URL: "/"}}
	for name, c := range map[string]struct {
		users []User // the first is asked about
		want  bool
	}{
		"a form":                   {[]User{{Login: []Request{{URL: "/login", Form: map[string]string{"user": "ann"}}}}}, true},
		"JSON after a visit":       {[]User{{Login: []Request{{URL: "/"}, {URL: "/login", JSON: `{"user":"ann"}`}}}}, true},
		"a query":                  {[]User{{Login: []Request{{URL: "/login?user=ann"}}}}, true},
		"an address for each":      {[]User{{Name: "ann", Login: []Request{{URL: "/as/ann"}}}, {Name: "bob", Login: []Request{{URL: "/as/bob"}}}}, true},
		"a header":                 {[]User{{Header: http.Header{"X-User": {"ann"}}}}, true},
		"a cookie":                 {[]User{{Cookies: []Cookie{{Name: "s", Value: "1"}}}}, true},
		"values":                   {[]User{{Values: map[string]string{"id": "1"}, Login: visit}}, true},
		"the same visit for all":   {[]User{{Name: "one", Login: visit}, {Name: "two", Login: visit}}, false},
		"a visit of the only user": {[]User{{Name: "one", Login: visit}}, false},
	} {
		if got := c.users[0].isNamed(c.users); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A user with a token endpoint on a host of its own is asked about there, also when the
// session is over, and with the headers of the configuration.
func TestAUsersOwnHost(t *testing.T) {
	bob := User{Name: "bob", URL: "http://south.localhost/{tenant}/token", Values: map[string]string{"tenant": "s"}}
	client := newClient(t, Config{URL: "http://north.localhost/token", Header: http.Header{"X-Key": {"k"}}, Users: []User{{Name: "ann"}, bob}})
	v := newVisitor("v1")
	own := client.leftBy(v, &client.config.Users[1])
	if own == nil || own.String() != "http://south.localhost/s/token" || client.leftBy(v, &client.config.Users[0]) != nil {
		t.Fatalf("bob's endpoint for nobody: %v", own)
	}
	for address, want := range map[string]string{"http://south.localhost/s/token": "k", "http://north.localhost/token": "k", "http://id.localhost/login": ""} {
		to, err := client.endpoint.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		request, err := client.request(t.Context(), &ask{visitor: v, address: to})
		if err != nil || request.Header.Get("X-Key") != want {
			t.Errorf("%s: %q, %v", address, request.Header.Get("X-Key"), err)
		}
	}
}

// What an answer gives that the configuration has for a user's subject is no secret: it is
// compared with the one in the user's tokens.
func TestASubjectThatAnAnswerGives(t *testing.T) {
	client := newClient(t, Config{URL: "http://shop.localhost/token", Users: []User{{Name: "ann", Sub: "customer-a81f3c77", Identifiers: []string{"account-4711-0815"}}}})
	for value, kept := range map[string]bool{"customer-a81f3c77": false, "account-4711-0815": false, "bearer-of-one-visitor": true} {
		client.keepBack("id", value)
		if masked := client.live.MaskValues(value); (masked != value) != kept {
			t.Errorf("%s is noted as %s", value, masked)
		}
	}
}

// TestWhatPointsToSomebodyIsNoSecret: a value that the configuration expects as a sub is
// compared with those of tokens, and so must stand as it is.
func TestWhatPointsToSomebodyIsNoSecret(t *testing.T) {
	user := User{Name: "ann", Sub: "acct_7Qm2xZ81", Values: map[string]string{"uid": "acct_7Qm2xZ81", "key": "k-55aa10ff"}}
	known := Config{URL: "http://localhost/token?uid={uid}", Users: []User{user}}.Secrets()
	if got := known.Mask("acct_7Qm2xZ81 k-55aa10ff"); got != "acct_7Qm2xZ81 «key of ann»" {
		t.Error(got)
	}
}
