package loadgen

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/frameworks"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// site starts the demo site with a fault and returns a client for it.
func site(t testing.TB, fault string) *endpoint.Client {
	t.Helper()
	s, err := issuers.Start(issuers.Options{Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	setup := s.Setup()
	config := endpoint.Config{URL: setup.Endpoint}
	for _, key := range setup.PublicKeys {
		config.PublicKeys = append(config.PublicKeys, endpoint.KeyText{Source: "site", Text: key})
	}
	return client(t, config)
}

func client(t testing.TB, config endpoint.Config) *endpoint.Client {
	t.Helper()
	c, err := endpoint.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serving serves answers that are no tokens, or not at all.
func serving(t testing.TB, serve http.HandlerFunc) *endpoint.Client {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return client(t, endpoint.Config{URL: s.URL})
}

func TestReferenceSiteMeets(t *testing.T) {
	var reports atomic.Int64
	load, err := Run(t.Context(), site(t, ""), Config{Rate: 120, Duration: 1200 * time.Millisecond, WarmUp: 200 * time.Millisecond}, func(p Progress) {
		reports.Add(1)
		if p.Planned == 0 || p.Stage == "" {
			t.Errorf("progress %+v", p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if load.Requests+load.Unsent != 144 {
		t.Errorf("%d requests and %d unsent, want 144 without the warm-up", load.Requests, load.Unsent)
	}
	if load.Tokens.Verified != load.Requests || load.Tokens.Invalid+load.Tokens.Shared+load.Tokens.Changed+load.Tokens.Stale > 0 {
		t.Errorf("tokens %+v of %d requests", load.Tokens, load.Requests)
	}
	if load.Failed() != 0 || len(load.Tokens.Examples) > 0 {
		t.Errorf("failures %v, examples %v", load.Failures, load.Tokens.Examples)
	}
	if len(load.Series) != 2 || load.Series[0].Requests+load.Series[1].Requests != load.Requests {
		t.Errorf("series %+v", load.Series)
	}
	if load.Latency.Max < load.Latency.P50 || load.Latency.P50 < load.Service.P50 || load.Histogram == "" {
		t.Errorf("latency %+v, service %+v", load.Latency, load.Service)
	}
	if judged := load.Judged(); judged.Verdict == record.LoadMisses && !judged.Generator.Bound && load.AtObjective <= load.Objective.Latency {
		t.Errorf("verdict %s: %s", judged.Verdict, judged.Reason)
	}
	if reports.Load() == 0 {
		t.Error("no progress was told")
	}
}

// A frozen server must show in the latency whatever the generator did meanwhile.
func TestStallShowsInLatency(t *testing.T) {
	load, err := Run(t.Context(), site(t, "load-stalls"), Config{Duration: 2500 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Latency.P99 < 0.9 {
		t.Errorf("p99 is %g s, of a site that froze for a second", load.Latency.P99)
	}
	if load.Latency.P99 < load.Service.P50 {
		t.Errorf("latency %+v, service %+v", load.Latency, load.Service)
	}
}

func TestFailureClasses(t *testing.T) {
	for class, serve := range map[string]http.HandlerFunc{
		"redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
		"html":       func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("\n<!DOCTYPE html><p>Log in")) },
		"empty":      func(http.ResponseWriter, *http.Request) {},
		"no token":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"error":"none"}`)) },
		"status 503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"throttled":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"too-large":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(strings.Repeat("a.b.c", 100_000))) },
	} {
		t.Run(class, func(t *testing.T) {
			load, err := Run(t.Context(), serving(t, serve), Config{Rate: 100, Duration: 100 * time.Millisecond, Users: 2}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if load.Failures[class] != load.Requests || load.Requests != 10 {
				t.Errorf("failures %v of %d requests", load.Failures, load.Requests)
			}
			if load.Judged().Verdict == record.LoadMeets {
				t.Error("the load meets its objective")
			}
			if len(load.Tokens.Examples) == 0 {
				t.Error("no example is kept")
			}
		})
	}
}

func TestTimeoutCountsInLatency(t *testing.T) {
	var asked atomic.Int64
	stuck := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			<-r.Context().Done()
		}
	})
	load, err := Run(t.Context(), stuck, Config{Rate: 50, Duration: 100 * time.Millisecond, Users: 1, Timeout: 150 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Failures[record.FailureTimeout] != 5 || load.Latency.P50 < 0.15 {
		t.Errorf("failures %v, latency %+v", load.Failures, load.Latency)
	}
}

// The limit on requests in flight bounds the memory; reaching it says nothing
// about an endpoint whose answers come in time once they are asked for.
func TestFullGeneratorIsInconclusive(t *testing.T) {
	token := signed(t, "site", jwt.MapClaims{"sub": "a", "exp": time.Now().Add(time.Hour).Unix()})
	slow := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(100 * time.Millisecond)
		_, _ = io.WriteString(w, token)
	})
	config := Config{Rate: 100, Duration: 200 * time.Millisecond, Users: 1, MaxInFlight: 2}
	config.Objective.ErrorShare = 1
	load, err := Run(t.Context(), slow, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	load = load.Judged()
	if !load.Generator.Bound || load.Verdict != record.LoadInconclusive {
		t.Errorf("verdict %s (%s), generator %+v", load.Verdict, load.Reason, load.Generator)
	}
	if load.Generator.MaxOpen > 2 {
		t.Errorf("%d in flight at once, want 2 at most", load.Generator.MaxOpen)
	}
}

// An endpoint that answers nobody is not excused by the limit.
func TestStuckEndpointMisses(t *testing.T) {
	var asked atomic.Int64
	stuck := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			<-r.Context().Done()
		}
	})
	config := Config{Rate: 100, Duration: 200 * time.Millisecond, Users: 1, MaxInFlight: 2, Timeout: 1500 * time.Millisecond}
	config.Objective.ErrorShare = 1
	load, err := Run(t.Context(), stuck, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load = load.Judged(); load.Verdict != record.LoadMisses || load.Unsent == 0 {
		t.Errorf("verdict %s (%s), %d unsent, generator %+v", load.Verdict, load.Reason, load.Unsent, load.Generator)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load, err := Run(ctx, site(t, ""), Config{Duration: time.Hour, MaxRequests: 1e9}, func(p Progress) {
		if p.Requests > 5 {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	load = load.Judged()
	if !load.Interrupted || load.Requests == 0 || load.Verdict != record.LoadInconclusive {
		t.Errorf("interrupted %t, %d requests, verdict %s (%s)", load.Interrupted, load.Requests, load.Verdict, load.Reason)
	}
	if load.Failed() > 0 || load.Unsent > 0 {
		t.Errorf("failures %v, unsent %d: what was cancelled is none", load.Failures, load.Unsent)
	}
}

func TestUnreachable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	gone := client(t, endpoint.Config{URL: s.URL})
	s.Close()
	_, err := Run(t.Context(), gone, Config{Duration: time.Second}, nil)
	var unreachable *Unreachable
	if !errors.As(err, &unreachable) || unreachable.Failure.Class != record.FailureRefused {
		t.Errorf("error %v", err)
	}
}

// An endpoint that serves nobody without a login is loaded by its users.
func TestAccountsLogIn(t *testing.T) {
	key := keys.For("site")
	asked := atomic.Int64{}
	shop := http.NewServeMux()
	shop.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "http://"+r.Host || r.FormValue("password") != "opens "+r.FormValue("user") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: r.FormValue("user"), Path: "/", Secure: true})
	})
	shop.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		session, err := r.Cookie("session")
		if err != nil {
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		now := time.Now()
		io.WriteString(w, signed(t, "site", jwt.MapClaims{"sub": session.Value, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}))
	})
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	c := client(t, endpoint.Config{
		URL: server.URL + "/token", PublicKeys: []endpoint.KeyText{{Source: "site", Text: keys.PublicPEM(&key.PublicKey)}},
	})
	account := func(name, password string) endpoint.User {
		return endpoint.User{Name: name, Login: []endpoint.Request{{URL: "login", Form: map[string]string{"user": name, "password": password}}}}
	}
	config := Config{Rate: 100, Duration: 100 * time.Millisecond, Users: 4, Accounts: []endpoint.User{account("ada", "opens ada"), account("bob", "opens bob")}}
	load, err := Run(t.Context(), c, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Tokens.Verified != 10 || load.Tokens.Shared > 0 || load.Failed() > 0 {
		t.Errorf("tokens %+v, failures %v", load.Tokens, load.Failures)
	}

	config.Accounts = []endpoint.User{account("eve", "guess")}
	before := asked.Load()
	var refused *Unreachable
	if _, err := Run(t.Context(), c, config, nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "login of eve") {
		t.Errorf("error %v, of a login that is refused", err)
	}
	if asked.Load() != before {
		t.Error("tokens were asked for without a login")
	}
}

// TestValuesFollowTheirCookies has a site that sends its token against forgery anew
// with each answer, and another one after the login.
func TestValuesFollowTheirCookies(t *testing.T) {
	site := httptest.NewServer(frameworks.Laravel())
	defer site.Close()
	ann := endpoint.User{Name: "ann", Login: []endpoint.Request{{URL: "/login", JSON: `{"email": "ann", "password": "` + frameworks.Password + `"}`}}}
	c := client(t, endpoint.Config{
		URL: site.URL + "/api/chat-token", Method: http.MethodPost, TokenIn: "json:data.token", Header: http.Header{"X-Xsrf-Token": {"{csrf}"}},
		Visit: []endpoint.Request{{URL: "/sanctum/csrf-cookie", Take: map[string]string{"csrf": "cookie:XSRF-TOKEN"}}},
	})
	load, err := Run(t.Context(), c, Config{Rate: 100, Duration: 300 * time.Millisecond, Users: 3, Accounts: []endpoint.User{ann}}, nil)
	if err != nil || load.Requests == 0 || load.Failed() > 0 {
		t.Errorf("%v; of %d requests failed: %v", err, load.Requests, load.Failures)
	}
}
