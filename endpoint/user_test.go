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
