package endpoint

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// TestASlowIssuerIsAskedAsMuchAsItCanTake has an issuer with one processor that
// needs a part of the time limit for each token, and goes on with what nobody waits
// for any more: asked by all at once, it would seem to fail.
func TestASlowIssuerIsAskedAsMuchAsItCanTake(t *testing.T) {
	behind, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	const work, limit = 60 * time.Millisecond, 600 * time.Millisecond
	var processor sync.Mutex
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		processor.Lock()
		time.Sleep(work)
		processor.Unlock()
		behind.ServeHTTP(w, r)
	}))
	defer site.Close()
	client := newClient(t, Config{URL: site.URL + "/createJWT", Timeout: limit, Rate: 5000, Consent: true})
	got := gather(t, client, record.ProbeVisitors, record.ProbeNetwork, record.ProbeMethods, record.ProbeOrigins, record.ProbeReflection)
	for _, x := range got.Exchanges {
		if x.Failure != nil {
			t.Errorf("%s of %s: %s", x.Probe, x.Visitor, x.Failure.Message)
		}
	}
}

// TestThePaceFollowsTheAnswers begins narrow, widens while answers are fast, and
// narrows when they are slow, whether beside the fastest or beside the time limit.
func TestThePaceFollowsTheAnswers(t *testing.T) {
	p := newPace(100, 16, 10*time.Second)
	for range 20 {
		p.took(5 * time.Millisecond)
	}
	if p.weight() != 1 {
		t.Errorf("after fast answers a request takes %d of 16 slots", p.weight())
	}
	p.took(3 * time.Second)
	if p.weight() != 2 {
		t.Errorf("after a slow answer a request takes %d of 16 slots", p.weight())
	}
	slow := newPace(100, 16, 10*time.Second)
	slow.took(3 * time.Second)
	if slow.weight() != 16 {
		t.Errorf("where each answer is slow a request takes %d of 16 slots", slow.weight())
	}
}
