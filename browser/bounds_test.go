package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// What a page loads, and whom it asks for, is kept as far as it is of use.
func TestWhatAPageLoadsDoesNotPileUp(t *testing.T) {
	n := newNotes(new(record.Page), newTokenBook(nil), profiles.Default())
	o := newObserver(n, record.VisitorFirst, "", nil)
	script := strings.Repeat(" ", maxBody)
	for i := range maxAssets {
		n.note(func() {
			o.assets.addLocked(fmt.Sprintf("http://site.example/%d.js", i), record.AssetScript, script, nil)
		})
		id := network.RequestID(fmt.Sprint(i))
		n.note(func() {
			o.traffic.inFlight[id] = &flight{index: len(n.page.Requests)}
			n.page.Requests = append(n.page.Requests, record.PageRequest{})
			o.traffic.onResponse(&network.EventResponseReceived{RequestID: id, Response: &network.Response{Headers: network.Headers{"SourceMap": "/map"}}})
		})
	}
	kept := 0
	for _, source := range n.sources {
		kept += len(source.text)
	}
	if kept == 0 || kept > maxSources || len(o.assets.maps) > maxMaps || n.page.Dropped["texts of assets"] == 0 {
		t.Errorf("%d MiB of texts, %d source maps, dropped: %v", kept>>20, len(o.assets.maps), n.page.Dropped)
	}
}

func TestHostsThatAPageAsksForDoNotPileUp(t *testing.T) {
	f := &fence{ends: map[string]string{}}
	for i := range 100_000 {
		f.note(fmt.Sprintf("host%d.example:443", i), record.Unresolved)
	}
	if len(f.ends) > maxEnds {
		t.Errorf("%d hosts are kept", len(f.ends))
	}
	if last := f.named(errorSOCKS, "https://host99999.example/"); last != record.Unresolved {
		t.Errorf("the last one: %s", last)
	}
}
