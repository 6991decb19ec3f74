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
		also       int // users who say the same as the first two
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
		"of a server": {
			open: func(user, _ int) string { return fmt.Sprintf(`{"node":"server-%d"}`, user) },
			load: func(user, round int) string { return fmt.Sprintf(`{"node":"server-%d"}`, (user+round)%3) },
			also: 2,
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
			for i, u := range newUsers(max(1, c.also), 1, nil)[:c.also] {
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

// TestBelongingsAmongStrangeOnes: a visitor who came under load leaves a value that nobody
// had before. The claim is one person's all the same where its users mostly have their own.
func TestBelongingsAmongStrangeOnes(t *testing.T) {
	for name, c := range map[string]struct {
		load func(user, round int) string
		want bool
	}{
		"crossed, and a newcomer's": {func(user, round int) string {
			switch {
			case round == 3 && user == 1:
				return `{"cart":"of-a-newcomer"}`
			case round%5 == 4:
				user = (user + 1) % 4
			}
			return fmt.Sprintf(`{"cart":"number-%d"}`, user)
		}, true},
		"their own, and a newcomer's": {func(user, round int) string {
			if round == 3 && user == 1 {
				return `{"cart":"of-a-newcomer"}`
			}
			return fmt.Sprintf(`{"cart":"number-%d"}`, user)
		}, false},
		"another's each time, and a newcomer's": {func(user, round int) string {
			if round == 3 && user == 1 {
				return `{"cart":"of-a-newcomer"}`
			}
			return fmt.Sprintf(`{"cart":"number-%d"}`, (user+1)%4)
		}, true},
		"drawn anew, half of it of what somebody had": {func(user, round int) string {
			return fmt.Sprintf(`{"cart":"number-%d"}`, (7*round+3*user)%8)
		}, false},
		"new ones, after a while": {func(user, round int) string {
			if round > 9 {
				round, user = 10, 10+user
			}
			return fmt.Sprintf(`{"cart":"number-%d"}`, (user+round/9)%20)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			users := newUsers(4, 1, nil)
			b := newBelongings()
			for i, u := range users {
				b.open(u, said(t, fmt.Sprintf(`{"cart":"number-%d"}`, i)))
			}
			for round := range 30 {
				for i, u := range users {
					b.observe(u, said(t, c.load(i, round)))
				}
			}
			if most := b.most(); (most != nil) != c.want {
				t.Errorf("%+v", most)
			}
		})
	}
}
