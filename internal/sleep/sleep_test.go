package sleep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/internal/sleep"
)

func TestFor(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	const tooLong = time.Hour // the test would not end
	for name, test := range map[string]struct {
		ctx    context.Context
		length time.Duration
		want   error
	}{
		"to its end":                {t.Context(), time.Millisecond, nil},
		"no length":                 {t.Context(), 0, nil},
		"in the past":               {t.Context(), -tooLong, nil},
		"stopped":                   {stopped, tooLong, context.Canceled},
		"stopped, and of no length": {stopped, 0, context.Canceled},
	} {
		if err := sleep.For(test.ctx, test.length); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
