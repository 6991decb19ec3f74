package browser

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
)

func TestCredentialsAreNumberedWithoutBeingKept(t *testing.T) {
	o := newTestObserver(t)
	for i, headers := range []network.Headers{
		{"Authorization": "Bearer ann", "Accept": "text/plain"},
		{"authorization": "Bearer ann", "Accept": "*/*"},
		{"Authorization": "Bearer ben"},
		{"X-Api-Key": "the shop's", "Cookie": "visitor=1"},
		{"X-User-Session": "ann"},
	} {
		o.traffic.onEvent(teller{}, &network.EventRequestWillBeSent{
			RequestID: network.RequestID(rune('a' + i)), Type: network.ResourceTypeFetch,
			Request: &network.Request{URL: "http://127.0.0.1/token", Method: "GET", Headers: headers},
		})
	}
	var numbers []int
	for _, r := range o.page.Requests {
		numbers = append(numbers, r.Credentials)
	}
	if !slices.Equal(numbers, []int{1, 1, 2, 0, 3}) {
		t.Errorf("numbered %v", numbers)
	}
}

// TestARequestThatIsKeptOpenIsNoUnrest is for pages that listen to their server: what
// visitors do is tried on them, too, and they are not given up.
func TestARequestThatIsKeptOpenIsNoUnrest(t *testing.T) {
	o := newTestObserver(t)
	o.started = time.Now().Add(-10 * time.Second)
	o.loading.loaded = time.Now().Add(-5 * time.Second)
	v := &visitor{seen: o}
	for at, quiet := range map[float64]bool{9.5: false, 2: true} {
		o.traffic.inFlight[network.RequestID("1")] = &flight{index: -1, at: at}
		if state := v.widgetState(); state.quiet > quietGrace != quiet {
			t.Errorf("a request that began at %.1f s of 10: quiet for %s", at, state.quiet)
		}
	}
	if !v.waits(time.Second) {
		t.Error("the page is given up while a request is under way")
	}
}
