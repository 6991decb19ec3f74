package browser

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/network"
)

func TestCredentialsAreNumberedWithoutBeingKept(t *testing.T) {
	o := newTestObserver(t)
	for i, headers := range []network.Headers{
		{"Authorization": "Bearer ann", "Accept": "text/plain"},
		{"authorization": "Bearer ann", "Accept": "*/*"},
		{"Authorization": "Bearer ben"},
		{"X-Api-Key": "the shop's", "Accept": "*/*"},
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
