package endpoint

import (
	"testing"
	"testing/synctest"
	"time"
)

// What no schedule sends, such as logins, waits for the rate that the site bears.
func TestWhatIsNotScheduledWaitsForTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBounds(0, 4, nil)
		began := time.Now()
		for range 12 {
			if err := b.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 2*time.Second { // four at once, then four a second; by a clock that only the test moves
			t.Errorf("twelve requests were let go within %s", took)
		}
	})
}

func TestTheEndOfTheRequestsIsToldOnce(t *testing.T) {
	told := 0
	b := NewBounds(3, 0, func() { told++ })
	refused := 0
	for range 6 {
		if b.Take() != nil {
			refused++
		}
	}
	if refused != 3 || told != 1 {
		t.Errorf("%d of 6 were refused, told %d times", refused, told)
	}
	if (*Bounds)(nil).Take() != nil {
		t.Error("no bounds refuse")
	}
}

// At a rate that the site was said to bear no crowd of fifty comes at one instant.
func TestNoCrowdIsLargerThanTheRate(t *testing.T) {
	for rate, want := range map[float64]int{0: crowd, 0.5: 2, 5: 5, 500: crowd} {
		if c := newClient(t, Config{URL: "http://127.0.0.1:9/", Rate: rate}); c.burst != want {
			t.Errorf("at %g a second, %d at once", rate, c.burst)
		}
	}
}
