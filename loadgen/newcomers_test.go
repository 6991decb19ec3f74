package loadgen

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// TestNewcomersCount: a site that serves the visitors it has, and nobody who comes
// under load. What it says to those who come too fast is no failure.
func TestNewcomersCount(t *testing.T) {
	const users, due = 3, 200
	for name, c := range map[string]struct {
		config Config
		status int
		failed int64
	}{
		"no more sessions":  {Config{Rate: 100}, http.StatusServiceUnavailable, int64(atOnce * len(newcomersAt))},
		"too many sessions": {Config{Rate: 100}, http.StatusTooManyRequests, 0},
		"a bounded rate":    {Config{Rate: 100, MaxRate: 100}, http.StatusServiceUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sessions atomic.Int64
			client := serving(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie("session"); err != nil {
					if sessions.Add(1) > users {
						w.WriteHeader(c.status)
						return
					}
					http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
				}
				_, _ = w.Write([]byte("a.b.c"))
			})
			c.config.Duration, c.config.Users = due*10*time.Millisecond, users
			load, err := Run(t.Context(), client, c.config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if load.Failed() != c.failed || load.Requests-c.failed+load.Unsent != due {
				t.Errorf("%d failed of %d requests (%v), %d unsent", load.Failed(), load.Requests, load.Failures, load.Unsent)
			}
			told := slices.ContainsFunc(load.Tokens.Examples, func(e record.LoadExample) bool { return strings.HasPrefix(e.Text, "for somebody new") })
			if told != (c.failed > 0) {
				t.Errorf("examples %v", load.Tokens.Examples)
			}
			if load.Failures[record.FailureThrottled] > 0 {
				t.Errorf("failures %v", load.Failures)
			}
		})
	}
}
