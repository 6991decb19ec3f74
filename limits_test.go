package webchatspec

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
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
