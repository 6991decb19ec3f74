package endpoint

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// TestPaceFindsTheRateThatIsBorne asks endpoints that count requests in windows, or let
// them drip, and say nothing of how long to wait: few are refused, none four times, and
// the rate ends near the one that is borne.
func TestPaceFindsTheRateThatIsBorne(t *testing.T) {
	for name, test := range map[string]struct {
		window time.Duration
		most   int // in a window
		retry  string
	}{
		"sixty in ten seconds": {10 * time.Second, 60, ""},
		"twelve in a second":   {time.Second, 12, "1"},
		"ten in five seconds":  {5 * time.Second, 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPace(1000, 50, 16, 10*time.Second)
				began, window, in := time.Now(), time.Now(), 0
				const requests = 300
				for range requests {
					for tries := 1; ; tries++ {
						if err := p.wait(t.Context(), 1); err != nil {
							t.Fatal(err)
						}
						sent := time.Now()
						time.Sleep(5 * time.Millisecond)
						if time.Since(window) >= test.window {
							window, in = window.Add(time.Since(window).Truncate(test.window)), 0
						}
						if in++; in <= test.most {
							p.note(nil, nil, sent)
							break
						}
						header := http.Header{}
						if test.retry != "" {
							header.Set("Retry-After", test.retry)
						}
						if enough := p.note(&record.Failure{Class: record.FailureThrottled}, header, sent); enough != "" || tries > maxTries {
							t.Fatalf("gave up: %s, after %d tries", enough, tries)
						}
					}
				}
				borne := float64(test.most) / test.window.Seconds()
				if took, fair := time.Since(began).Seconds(), requests/borne; took > 1.7*fair+20 {
					t.Errorf("took %.0f s, where %.0f s would do", took, fair)
				}
				if told := p.told(1000); told.Throttled > 12 {
					t.Errorf("was refused %d times", told.Throttled)
				}
			})
		})
	}
}
