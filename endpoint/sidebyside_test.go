package endpoint

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// TestPartsOfAProbeSideBySide: for a slow site all wait together, for a fast one each has
// its turn.
func TestPartsOfAProbeSideBySide(t *testing.T) {
	g := &gathering{sender: &sender{Client: &Client{config: Config{Concurrency: 4}}, pace: newPace(100, crowd, 4, time.Second)}, helpers: helpersFor(4)}
	g.pace.took(2 * patience)
	var together sync.WaitGroup
	together.Add(3)
	each(g, []int{1, 2, 3}, func(int) { together.Done(); together.Wait() }) // never ends if they take turns
	g.pace.took(patience / 2)
	var order []int
	each(g, []int{1, 2, 3}, func(n int) { order = append(order, n) })
	if !slices.Equal(order, []int{1, 2, 3}) {
		t.Errorf("a fast site was asked in the order %v", order)
	}
}

// TestPartsWithinParts: whoever helps may have parts for helpers, too, and waits for none of
// them that all are busy elsewhere.
func TestPartsWithinParts(t *testing.T) {
	g := &gathering{sender: &sender{Client: &Client{config: Config{Concurrency: 4}}, pace: newPace(100, crowd, 4, time.Second)}, helpers: helpersFor(4)}
	g.pace.took(2 * patience)
	var done atomic.Int64
	items := []int{1, 2, 3, 4, 5}
	each(g, items, func(int) {
		each(g, items, func(int) {
			each(g, items, func(int) { done.Add(1) })
		})
	})
	if done.Load() != 125 {
		t.Errorf("%d of 125 parts were done", done.Load())
	}
}

// TestWhatIsTurnedAwayTellsNothingOfTheTime: a broken request is refused at once by a site
// that takes seconds for a token, and is no sign that it is fast.
func TestWhatIsTurnedAwayTellsNothingOfTheTime(t *testing.T) {
	s := &sender{Client: &Client{config: Config{Method: http.MethodGet}}}
	for name, test := range map[string]struct {
		ask    ask
		status int
		want   bool
	}{
		"token":          {ask{}, 200, true},
		"forged cookie":  {ask{odd: true}, 200, true},
		"no answer":      {ask{}, 0, true},
		"refused":        {ask{odd: true}, 400, false},
		"another method": {ask{method: http.MethodOptions, odd: true}, 204, false},
		"another file":   {ask{foreign: true}, 200, false},
		"bad input":      {ask{probe: record.ProbeBadInput}, 200, false},
	} {
		if got := s.worksFor(&test.ask, &answer{status: test.status}); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
