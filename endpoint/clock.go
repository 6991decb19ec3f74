package endpoint

import (
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// dateLag is how far a busy server's Date may lag behind its clock: many servers format
// it once a second, when they find the time. A larger difference means that the answer
// came from another instance, with another clock.
const dateLag = 15 * time.Second

// setClocks corrects each Date that lags behind those of the other answers: the server's
// clock is at least as far ahead as the one furthest ahead shows.
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
