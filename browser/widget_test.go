package browser

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/chromedp/cdproto/cdp"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// newTestObserver observes a visitor without a browser, at a page.
func newTestObserver(t testing.TB) *observer {
	t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&pair.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	n := newNotes(new(record.Page), newTokenBook([]*verifier.Key{verifier.ReadKey(string(public))}), profiles.Default())
	o := newObserver(n, record.VisitorFirst, "", &owners{frames: map[cdp.FrameID]string{}})
	o.step = record.StepFirst
	o.arriveLocked("http://127.0.0.1/")
	return o
}

func TestDescribeValues(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
	for _, test := range []struct {
		given tokenReport
		jwt   bool
		looks string
		token bool
	}{
		{tokenReport{"string", jwt}, true, "", true},
		{tokenReport{"string", jwt + "\n"}, true, "", true},
		{tokenReport{"string", ""}, false, "empty", false},
		{tokenReport{"string", `"` + jwt + `"`}, false, "quotes", true},
		{tokenReport{"string", `{"token":"` + jwt + `"}`}, false, "JSON", true},
		{tokenReport{"string", "<!doctype html>"}, false, "HTML", false},
		{tokenReport{"string", "Bearer " + jwt}, false, "Bearer prefix", true},
		{tokenReport{"string", "[object Response]"}, false, "JSON", false},
		{tokenReport{"string", "undefined"}, false, "other text", false},
		{tokenReport{"Response", ""}, false, "", false},
	} {
		value := newTestObserver(t).widget.describeLocked(&test.given)
		if value.JWT != test.jwt || value.Looks != test.looks || (value.Token != "") != test.token || value.Type != test.given.Type {
			t.Errorf("%+v is described as %+v", test.given, value)
		}
	}
}

func TestFiringSettlesWithItsLastHandler(t *testing.T) {
	v := newTestObserver(t).widget
	v.onReport("", `{"kind":"event-fired","type":"identityTokenExpired","handlers":2}`)
	v.onReport("", `{"kind":"handler-settled","type":"identityTokenExpired","returned":"undefined","value":{"type":"null"}}`)
	if v.openFiringLocked() == nil {
		t.Fatal("settled before the second handler has")
	}
	v.onReport("", `{"kind":"handler-settled","type":"identityTokenExpired","returned":"undefined","value":{"type":"Response"}}`)
	firing := v.lastFiringLocked()
	if !firing.Settled || firing.Value.Type != "Response" {
		t.Errorf("firing %+v", firing)
	}
	v.onReport("", `{"kind":"handler-settled","type":"identityTokenExpired","late":true,"value":{"type":"string","token":"x"}}`)
	if firing.Late == nil || firing.Late.Looks != "other text" {
		t.Errorf("late value %+v", firing.Late)
	}
}

func FuzzReports(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `[]`, `null`, `{"kind":"created","integrationID":5,"region":{},"serviceInstanceID":null}`,
		`{"kind":"event-fired","type":"identityTokenExpired","handlers":-1}`,
		`{"kind":"handler-settled","type":"identityTokenExpired","value":{"type":"string","token":"a.b.c"}}`,
		`{"kind":"call","method":"updateIdentityToken","argument":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`,
		`{"kind":"request","token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`, `{"kind":"sent","text":"a","error":"b"}`,
	} {
		f.Add(seed)
	}
	v := newTestObserver(f).widget
	f.Fuzz(func(t *testing.T, payload string) {
		v.onReport("", payload)
		v.onReport("", `{"kind":"event-fired","type":"identityTokenExpired","handlers":1}`)
		v.onReport("", payload)
		if len(v.page.Firings) > maxFirings || len(v.page.Timeline) > maxTimeline || len(v.page.Calls) > maxCalls {
			t.Fatal("the evidence grows without bounds")
		}
	})
}
