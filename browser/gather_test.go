package browser_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
)

func TestGood(t *testing.T) {
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	setup := site.Setup()
	start := time.Now()
	page, err := browser.Gather(t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys}, func(s string) { t.Log(time.Since(start), s) })
	t.Log(time.Since(start), err)
	for _, e := range page.Timeline {
		t.Logf("%6.3f %-7s %-14s %-8s %s", e.At, e.Visitor, e.Step, e.Kind, e.Text)
	}
	for i, s := range page.Screenshots {
		os.WriteFile("/tmp/ws/shot"+string(rune('0'+i))+".png", s.PNG, 0o644)
	}
	page.Screenshots = nil
	b, _ := json.MarshalIndent(page, "", " ")
	os.WriteFile("/tmp/ws/page.json", b, 0o644)
}
