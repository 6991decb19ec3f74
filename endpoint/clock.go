package endpoint

import (
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// dateLag is how far behind the clock a busy server's Date may be: many make the
// text once a second, when they find the time. What is further off is the clock
// of another instance.
const dateLag = 15 * time.Second

// setClocks corrects the Date of answers that lags behind what the others say:
// the server's clock is at least as far ahead as the best of them shows.
func setClocks(tokens []record.Token) {
	var ahead time.Duration
	seen := false
	for _, token := range tokens {
		if token.ServerDate.IsZero() {
			continue
		}
		if offset := token.ServerDate.Sub(token.ReceivedAt); !seen || offset > ahead {
			ahead, seen = offset, true
		}
	}
	for i := range tokens {
		token := &tokens[i]
		if token.ServerDate.IsZero() {
			continue
		}
		clock := token.ReceivedAt.Add(ahead).Truncate(time.Second)
		if lag := clock.Sub(token.ServerDate); lag > 0 && lag <= dateLag {
			token.ServerDate = clock.UTC()
		}
	}
}
