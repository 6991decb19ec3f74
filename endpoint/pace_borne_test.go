package endpoint

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// windows is an endpoint that counts requests in windows.
type windows struct {
	length time.Duration
	most   int // in a window
	began  time.Time
	in     int
}

func (w *windows) serves() bool {
	if time.Since(w.began) >= w.length {
		w.began, w.in = w.began.Add(time.Since(w.began).Truncate(w.length)), 0
	}
	w.in++
	return w.in <= w.most
}

// TestPaceFindsTheRateThatIsBorne asks endpoints that count requests in windows, some of
// them in crowds, and that mostly do not say how long to wait: few are refused, none four
// times, and the rate ends near the one that is borne.
func TestPaceFindsTheRateThatIsBorne(t *testing.T) {
	for name, test := range map[string]struct {
		window time.Duration
		most   int // in a window
		retry  string
		crowds bool // every fifteenth time as many at the same instant as the pace allows
	}{
		"sixty in ten seconds":         {10 * time.Second, 60, "", false},
		"twelve in a second":           {time.Second, 12, "1", false},
		"twelve in a second, not told": {time.Second, 12, "", false},
		"twelve in a second, crowds":   {time.Second, 12, "", true},
		"ten in five seconds":          {5 * time.Second, 10, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPace(1000, 50, 16, 10*time.Second)
				began, site := time.Now(), &windows{length: test.window, most: test.most, began: time.Now()}
				header := http.Header{}
				if test.retry != "" {
					header.Set("Retry-After", test.retry)
				}
				tooOften := &record.Failure{Class: record.FailureThrottled}
				const requests = 300
				for served, turn := 0, 0; served < requests; turn++ {
					due := 1
					if test.crowds && turn%15 == 14 {
						due = p.crowd()
					}
					for tries := 1; due > 0; tries++ {
						if err := p.wait(t.Context(), due); err != nil {
							t.Fatal(err)
						}
						sent := time.Now()
						time.Sleep(5 * time.Millisecond)
						for range due {
							if site.serves() {
								p.note(nil, nil, sent)
								served, due = served+1, due-1
							} else if enough := p.note(tooOften, header, sent); enough != "" || tries > maxTries {
								t.Fatalf("gave up: %s, after %d tries", enough, tries)
							}
						}
					}
				}
				borne := float64(test.most) / test.window.Seconds()
				if took, fair := time.Since(began).Seconds(), requests/borne; took > 1.7*fair+20 {
					t.Errorf("took %.0f s, where %.0f s would do", took, fair)
				}
				if told := p.told(1000); told.Throttled > 12 || told.LoweredTo < borne/2 {
					t.Errorf("was refused %d times, and asked %.1f times a second in the end", told.Throttled, told.LoweredTo)
				}
			})
		})
	}
}
