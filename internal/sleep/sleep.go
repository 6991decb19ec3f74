// Package sleep waits as long as somebody still wants what comes after it.
package sleep

import (
	"context"
	"time"
)

// For waits for the length d. It returns early with the context's error when the
// context ends. A length of zero or less does not wait.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return ctx.Err()
}
