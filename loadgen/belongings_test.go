package loadgen

import (
	"fmt"
	"testing"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// said is what a token says of its user, as JSON.
func said(t *testing.T, payloadText string) []belonging {
	t.Helper()
	payload, err := verifier.ParseJSON([]byte(payloadText))
	if err != nil {
		t.Fatal(err)
	}
	return belongingsOf(payload)
}

func TestBelongings(t *testing.T) {
	for name, c := range map[string]struct {
		open, load func(user, round int) string
		want       int64
	}{
		"own mail": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"mail":"user%d@example"}`, user) },
			load: func(user, _ int) string { return fmt.Sprintf(`{"mail":"user%d@example"}`, user) },
		},
		"each round the next one's": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"mail":"user%d@example"}`, user) },
			load: func(user, round int) string { return fmt.Sprintf(`{"mail":"user%d@example"}`, (user+round)%3) },
			want: 6, // of nine, three rounds of which the first is right
		},
		"of an object": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"user_payload":{"id":%d}}`, 1000+user) },
			load: func(user, _ int) string { return fmt.Sprintf(`{"user_payload":{"id":%d}}`, 1000+(user+1)%3) },
			want: 9,
		},
		"the plan of many": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"plan":"golden-%d"}`, user%2) },
			load: func(user, round int) string { return fmt.Sprintf(`{"plan":"golden-%d"}`, (user+round)%2) },
		},
		"a new id each time": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"jti":"number-%d"}`, user) },
			load: func(user, round int) string { return fmt.Sprintf(`{"jti":"number-%d"}`, user+round) },
		},
		"a date that changes as the last session opens": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"date":"2030-01-0%d"}`, 1+user/2) },
			load: func(int, int) string { return `{"date":"2030-01-02"}` },
		},
	} {
		t.Run(name, func(t *testing.T) {
			users := newUsers(3, 1, nil)
			b := newBelongings()
			for i, u := range users {
				b.open(u, said(t, c.open(i, 0)))
			}
			for round := range 3 {
				for i, u := range users {
					b.observe(u, said(t, c.load(i, round)))
				}
			}
			var count int64
			if most := b.most(); most != nil {
				count = most.count
			}
			if count != c.want {
				t.Errorf("%d tokens said another's, want %d", count, c.want)
			}
		})
	}
}
