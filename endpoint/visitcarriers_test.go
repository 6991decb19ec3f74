package endpoint

import (
	"testing"
)

func TestVisitCarriers(t *testing.T) {
	anonymous := true
	client := newClient(t, Config{URL: "http://localhost/token", Anonymous: &anonymous, Visit: []Request{
		{URL: "/?a=1"}, {URL: "/session", JSON: `{"consent":true}`}, {URL: "/more"},
	}})
	values := map[string]string{"vid": "MARK"}
	var got []string
	for _, c := range client.visitCarriers([]string{"vid"}) {
		for _, step := range c.before(values) {
			got = append(got, step.URL+step.JSON)
		}
	}
	want := []string{
		"/?a=1&vid=MARK", `/session{"consent":true}`, "/more",
		"/?a=1", `/session?vid=MARK{"consent":true}`, "/more",
		"/?a=1", `/session{"consent":true,"vid":"MARK"}`, "/more",
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if client.config.Visit[1].JSON != `{"consent":true}` {
		t.Error("the configuration was changed")
	}
}
