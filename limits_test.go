package webchatspec

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// stuck is a site of which one address never answers; the others give a token that
// nobody looks at.
func stuck(t *testing.T, path string) string {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
			return
		}
		_, _ = io.WriteString(w, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")
	}))
	t.Cleanup(site.Close)
	return site.URL
}

// A run ends when its time is up, whatever it is at; it judges what there is, is not
// green, and says of the rest that the time was up.
func TestARunHasATimeLimit(t *testing.T) {
	asks := func(path string) []endpoint.Request { return []endpoint.Request{{URL: path}} }
	users := []endpoint.User{{Name: "ann", Login: asks("/login"), Logout: asks("/logout")}}
	no := false
	for name, test := range map[string]struct {
		part, stuck string
		config      Config
	}{
		"token":                   {suites.PartToken, "/token", Config{}},
		"visit":                   {suites.PartToken, "/visit", Config{Endpoint: endpoint.Config{Visit: asks("/visit")}}},
		"login":                   {suites.PartToken, "/login", Config{Endpoint: endpoint.Config{Anonymous: &no, Users: users}}},
		"logout":                  {suites.PartToken, "/logout", Config{Endpoint: endpoint.Config{Users: users}, Selection: suites.Selection{Only: []string{"logout-drops-user"}}}},
		"key set":                 {suites.PartToken, "/.well-known/jwks.json", Config{Selection: suites.Selection{Only: []string{"jwks-public-only"}}}},
		"relying":                 {suites.PartToken, "/me", Config{Endpoint: endpoint.Config{Relying: asks("/me")}, Selection: suites.Selection{Only: []string{"verify-rejects-forged"}}}},
		"sessions":                {suites.PartLoad, "/token", Config{}},
		"load":                    {suites.PartLoad, "", Config{Load: loadgen.Config{Rate: 10, Duration: time.Hour}, Selection: suites.Selection{Only: []string{"load-rate-held"}}}},
		"logins":                  {suites.PartLoad, "/login", Config{Endpoint: endpoint.Config{Anonymous: &no, Users: users}}},
		"capacity":                {suites.PartLoad, "", Config{Capacity: &loadgen.Search{To: 100}, Selection: suites.Selection{Only: []string{"load-capacity"}}}},
		"comparison":              {suites.PartLoad, "", Config{Compare: &Comparing{Race: loadgen.Race{Slice: time.Hour}}, Selection: suites.Selection{Only: []string{"load-errors"}}}},
		"sessions to be compared": {suites.PartLoad, "/token", Config{Compare: &Comparing{}}},
		"overload":                {suites.PartLoad, "", Config{Overload: &loadgen.Overload{Factor: 2}, Selection: suites.Selection{Only: []string{"load-recovers"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := test.config
			config.Endpoint.URL, config.Endpoint.Timeout = stuck(t, test.stuck)+"/token", time.Minute
			if config.Compare != nil {
				config.Compare.Contenders = []Named{{"one", config.Endpoint}, {"other", config.Endpoint}}
			}
			config.Parts, config.MaxTime = []string{test.part}, 300*time.Millisecond
			endsInTime(t, config)
		})
	}
}

// endsInTime runs what cannot be done in the time that it has.
func endsInTime(t *testing.T, config Config) {
	t.Helper()
	guarded, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	run, err := Verify(guarded, config)
	if err != nil {
		t.Fatal(err)
	}
	if !run.TimeUp || run.Interrupted || run.Verdict != record.VerdictInconclusive {
		t.Errorf("time up %t, interrupted %t, verdict %s", run.TimeUp, run.Interrupted, run.Verdict)
	}
	told := 0
	for _, outcome := range run.Outcomes {
		if outcome.State == record.Failed {
			t.Errorf("%s failed: %+v", outcome.ID, outcome.Findings)
		}
		if strings.Contains(outcome.Reason, "time was up") {
			told++
		}
	}
	if told == 0 {
		t.Error("no outcome says that the time was up")
	}
}

// The page part ends as well, be it the page that keeps it waiting or what comes before.
func TestThePageHasATimeLimit(t *testing.T) {
	if _, err := browser.Find(); err != nil {
		t.Skip(err)
	}
	key := keys.PublicPEM(&keys.For("site").PublicKey)
	for _, path := range []string{"/", "/visit"} {
		site := stuck(t, path)
		config := Config{Parts: []string{suites.PartPage}, MaxTime: 3 * time.Second}
		config.Page = browser.Config{Page: site + "/", PublicKeys: []string{key}}
		if path == "/visit" {
			config.Endpoint = endpoint.Config{URL: site + "/token", Visit: []endpoint.Request{{URL: path}}, Timeout: time.Minute}
		}
		endsInTime(t, config)
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
