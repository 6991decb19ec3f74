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
	p := newPace(100, crowd, 16, 10*time.Second)
	for range 20 {
		p.took(5 * time.Millisecond)
	}
	if !p.slots.TryAcquire(16) {
		t.Error("after fast answers 16 are not in flight")
	}
	p.took(3 * time.Second)
	for range 16 {
		p.free()
	}
	if p.slots.TryAcquire(9) || !p.slots.TryAcquire(8) {
		t.Error("after a slow answer not eight are in flight")
	}
	slow := newPace(100, crowd, 16, 10*time.Second)
	slow.took(6 * time.Second)
	if slow.slots.TryAcquire(2) || !slow.slots.TryAcquire(1) {
		t.Error("where each answer is slow not one is in flight")
	}
}

// TestThoseThatWaitGoWhenThePaceWidens: a request that has waited since there was room for
// two goes as soon as there is room for more.
func TestThoseThatWaitGoWhenThePaceWidens(t *testing.T) {
	p := newPace(1e4, crowd, 16, 10*time.Second)
	for range narrowest {
		if _, err := p.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entered := make(chan error)
	for range 3 {
		go func() {
			_, err := p.enter(t.Context())
			entered <- err
		}()
	}
	for range 3 {
		p.took(2 * time.Second)
		if err := <-entered; err != nil {
			t.Fatal(err)
		}
	}
}

// TestAThrottledSiteIsWaitedForWithinBounds: a short Retry-After is waited out and
// told, one of minutes ends the gathering at once, and the pauses together have a
// bound.
func TestAThrottledSiteIsWaitedForWithinBounds(t *testing.T) {
	tooOften := &record.Failure{Class: record.FailureThrottled}
	asking := func(after string) http.Header { return http.Header{"Retry-After": {after}} }
	for after, goesOn := range map[string]bool{
		"": true, "0": true, "10": true, "11": false, "900": false, "soon": true,
		time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat): true,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):       false,
	} {
		p := newPace(100, crowd, 4, time.Second)
		why := p.note(tooOften, asking(after), time.Now())
		if (why == "") != goesOn {
			t.Errorf("Retry-After %q: %q", after, why)
		}
		told := p.told(100)
		if told == nil || told.LoweredTo != 50 || told.Ended != why || goesOn && (p.pause() > longestPause) {
			t.Errorf("Retry-After %q: told %+v, %s to wait", after, told, p.pause())
		}
	}
	p := newPace(100, crowd, 4, time.Second)
	waits := 0
	for p.note(tooOften, asking("8"), p.resume) == "" {
		p.note(nil, nil, p.resume) // answered in between
		waits++
	}
	if waits != 3 || p.told(100).Waited != 24 {
		t.Errorf("%d pauses of 8 s, %g s in all: the bound is %s", waits, p.told(100).Waited, mostPauses)
	}
}

// TestTheRateRecovers after a while without a word, and not up to what was refused.
func TestTheRateRecovers(t *testing.T) {
	p := newPace(100, crowd, 4, time.Second)
	p.note(&record.Failure{Class: record.FailureThrottled}, http.Header{}, time.Now())
	p.note(nil, nil, p.resume)
	if got := p.limiter.Limit(); got != 50 {
		t.Errorf("at once: %g/s", got)
	}
	for range 3 {
		p.adapted = p.adapted.Add(-calm)
		p.note(nil, nil, time.Now())
	}
	if got := p.limiter.Limit(); got != 90 {
		t.Errorf("later: %g/s, where 100 were refused", got)
	}
	for range 10 {
		p.adapted = p.adapted.Add(-calm)
		p.note(nil, nil, time.Now())
	}
	if got := p.limiter.Limit(); got != 100 {
		t.Errorf("much later: %g/s, where 100 are allowed", got)
	}
}

// TestAnEndpointThatTakesAHandfulAtATime refuses after every six answers, and takes
// eight a second: the refusals alone would lower the rate to one.
func TestAnEndpointThatTakesAHandfulAtATime(t *testing.T) {
	p := newPace(1000, crowd, 4, time.Second)
	for range 2 {
		for range 6 {
			p.note(nil, nil, p.resume)
		}
		p.note(&record.Failure{Class: record.FailureThrottled}, http.Header{"Retry-After": {"1"}}, p.resume)
		p.since = p.since.Add(-750 * time.Millisecond)
	}
	p.note(nil, nil, p.resume)
	if got := p.limiter.Limit(); got < 6 || got > 9 {
		t.Errorf("asked %g times a second, where 8 are answered", got)
	}
}
