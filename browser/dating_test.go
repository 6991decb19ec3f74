package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/record"
)

// TestTimelineHasOneOrder has the browser tell of a renewal late and in a wrong order:
// an answer comes by the session of a worker, after the page has set a token and the
// assistant has judged it.
func TestTimelineHasOneOrder(t *testing.T) {
	o := newTestObserver(t)
	o.started = o.started.Add(-20e9) // all of it lies behind us
	at := func(seconds float64) float64 { return o.epoch + seconds }
	report := func(seconds float64, json string) {
		when, told := dated(fmt.Sprintf("%.1f %s", 1000*at(seconds), json))
		o.noteOf(when, func() { o.widget.onReport("", told) })
	}
	event := o.contract.page().Event
	report(1, `{"kind":"created"}`)
	o.noteUndated(func() {
		o.traffic.onIssue(&audits.InspectorIssue{Details: &audits.InspectorIssueDetails{
			ContentSecurityPolicyIssueDetails: &audits.ContentSecurityPolicyIssueDetails{ViolatedDirective: "img-src"},
		}})
	})
	report(2, `{"kind":"event-fired","type":"`+event+`","handlers":1}`)
	o.traffic.onEvent(teller{}, &network.EventRequestWillBeSent{
		RequestID: "1", Type: network.ResourceTypeFetch, WallTime: cdp.TimeSinceEpoch(at(3)), Timestamp: 5003,
		Request: &network.Request{URL: "http://127.0.0.1/token", Method: "GET"},
	})
	report(5, `{"kind":"handler-settled","type":"`+event+`","value":{"type":"string","token":"old"}}`)
	o.noteFrom(6, func() { o.tellLocked(record.EventMessage, record.ActorWidget, record.ActorAssistant, "the message") })
	o.noteOf(o.traffic.wallTime("1", 5004), func() { o.traffic.tellAnswerLocked(o.traffic.inFlight["1"], &o.page.Requests[0]) })
	o.page.Requests[0].Issuer = true

	var told []string
	for _, e := range o.finish().Timeline {
		told = append(told, e.From+" "+e.To)
		t.Logf("%.3f %s", e.At, e.Text)
	}
	want := []string{
		"visitor page", "page widget", "page page", "widget page", "page endpoint", "endpoint page", "page widget", "widget assistant",
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told in this order:\n%q, want\n%q", told, want)
	}
	if f := o.page.Firings[0]; f.Seconds < 2.99 || f.Seconds > 3.01 {
		t.Errorf("the handler ran for %f s", f.Seconds)
	}
}

// TestATimeThatCannotBeIsNotBelieved is for pages, which can report, too.
func TestATimeThatCannotBeIsNotBelieved(t *testing.T) {
	o := newTestObserver(t)
	for _, payload := range []string{"1 {}", "9e99 {}", "{}", "NaN {}", "-1 {}"} {
		at, _ := dated(payload)
		before := o.since()
		var got float64
		o.noteOf(at, func() { got = o.momentLocked() })
		if got < before || got > o.since() {
			t.Errorf("%q came about at %f s, told at %f s", payload, got, before)
		}
	}
}
