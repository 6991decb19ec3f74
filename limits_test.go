package webchatspec

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// A run ends when its time is up, judges what there is, and is not green.
func TestARunHasATimeLimit(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
	}))
	defer slow.Close()
	config := Config{Endpoint: endpoint.Config{URL: slow.URL, Timeout: time.Minute}, Parts: []string{suites.PartToken}, MaxTime: 200 * time.Millisecond}
	run, err := Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if !run.TimeUp || run.Interrupted || run.Verdict != record.VerdictInconclusive {
		t.Errorf("time up %t, interrupted %t, verdict %s", run.TimeUp, run.Interrupted, run.Verdict)
	}
}

func TestTheTimeLimitLeavesRoomForTheLoad(t *testing.T) {
	config := Config{Endpoint: endpoint.Config{URL: "http://127.0.0.1:9/"}}
	config.Load.Duration = time.Hour
	if limit := config.TimeLimit(); limit != time.Hour+defaultTime {
		t.Errorf("the limit is %v", limit)
	}
	if config.MaxTime = time.Minute; config.TimeLimit() != time.Minute {
		t.Errorf("the limit is %v, not the one that was asked for", config.TimeLimit())
	}
}

// Whatever a part does, an interrupted run ends.
func TestAPartThatDoesNotEndIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		g := gathering{run: &record.Run{}, config: Config{Progress: func(Progress) { told++ }}}
		release := make(chan struct{})
		go func() { time.Sleep(time.Second); cancel() }()
		err := g.part(ctx, func(_ context.Context, run *record.Run) error {
			<-release
			run.Load = append(run.Load, record.Load{})
			g.progress("load", "still here", 0, 0)
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		close(release)
		synctest.Wait()
		if told > 0 || len(g.run.Load) > 0 {
			t.Errorf("a part that was left told %d times, and %d loads are in the run", told, len(g.run.Load))
		}
	})
}

// What a site was said to bear bounds the load, too: where that has no rate and no
// length of its own it is fitted, and where it has, more is refused before anything is
// sent.
func TestTheLoadKeepsToWhatTheSiteBears(t *testing.T) {
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer site.Close()
	bounded := endpoint.Config{URL: site.URL, Rate: 5, MaxRequests: 40}
	if load := (Config{Endpoint: bounded}).Composed().Load; load.Rate != 5 || load.Users != 10 || load.Check() != nil {
		t.Errorf("%+v, %v", load, load.Check())
	}
	config := Config{Endpoint: bounded, Parts: []string{suites.PartLoad}}
	config.Load.Rate, config.Load.Duration = 50, time.Second
	if _, err := Verify(t.Context(), config); err == nil || !strings.Contains(err.Error(), "limit of 40") || asked.Load() > 0 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
	config.Load.Rate, config.Load.Duration = 0, 0
	config.Endpoint.Rate = 100
	if _, err := Verify(t.Context(), config); err != nil || asked.Load() > 40 || asked.Load() == 0 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}
