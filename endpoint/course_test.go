package endpoint

import (
	"net/http"
	"slices"
	"testing"
)

// TestCourses tells users who ask in their own way, steps that follow redirects, and
// what answers give.
func TestCourses(t *testing.T) {
	client := newClient(t, Config{
		URL: "http://localhost/token", TokenIn: "html:script#chat | json:token", Take: map[string]string{"csrf": "json:next"},
		Visit: []Request{{URL: "/", Follow: true, Take: map[string]string{"csrf": "query:state"}}},
		Users: []User{{Name: "ann", URL: "/u/1/token"}, {Name: "bob", Body: `{"x": 1}`, Header: http.Header{"X-User": {"bob"}}}, {Name: "eve"}},
	})
	const place = "; the token is in the answer's JSON member token in its element script#chat; takes csrf from the answer's JSON member next"
	want := map[string]string{
		"visit":        "GET /; redirects are followed; takes csrf from the answer's parameter state",
		"token":        "GET http://localhost/token" + place,
		"token of ann": "GET /u/1/token" + place,
		"token of bob": "GET http://localhost/token, header Content-Type, X-User, a body" + place,
	}
	for _, course := range client.Courses() {
		if !slices.Equal(course.Requests, []string{want[course.Name]}) {
			t.Errorf("%s: %q", course.Name, course.Requests)
		}
		delete(want, course.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
