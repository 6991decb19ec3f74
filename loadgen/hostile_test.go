package loadgen

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/hostile"
	"github.com/webchatspec/webchatspec/record"
)

// TestHostileSitesUnderLoad puts load on endpoints that give one token, or let one
// user in, and then answer in every way that they should not. Each load ends, and
// tells what the answers were.
func TestHostileSitesUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks bombs by the dozen, which the race detector makes ten times as slow")
	}
	var all sync.WaitGroup
	for _, kind := range hostile.Kinds() {
		for _, path := range []string{"/token", "/login"} {
			if !kind.HTTP2 {
				all.Go(func() { loadHostileSite(t, kind, path) })
			}
		}
		if kind.HTTP2 {
			all.Go(func() { loadHostileServer(t, kind) })
		}
	}
	all.Wait()
}

// loadClasses are what a load calls some of the kinds, in other words than the rest.
var loadClasses = map[string]string{
	"redirects": record.FailureRedirect, "zstd wants half a gigabyte": failurePacked,
}

func loadHostileSite(t *testing.T, kind hostile.Kind, path string) {
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path && (path == "/login" || asked.Add(1) > 1) {
			kind.ServeHTTP(w, r)
			return
		}
		_, _ = io.WriteString(w, "a.b.c")
	}))
	defer site.Close()
	defer site.CloseClientConnections()
	config := endpoint.Config{URL: site.URL + "/token"}
	load := Config{Rate: 40, Duration: 200 * time.Millisecond, Users: 1}
	if path == "/login" {
		no := false
		config.Anonymous, config.Users = &no, []endpoint.User{{Name: "ann", Login: []endpoint.Request{{URL: path, JSON: "{}"}}}}
		load.Accounts = config.Users
	}
	figures, failure := loadHostile(t, kind, config, load)
	want := cmp.Or(loadClasses[kind.Name], kind.Class)
	switch {
	case path == "/login" && want != "" && want != record.FailureRedirect && want != failureNoToken:
		if failure.Class == "" {
			t.Errorf("%s: logged in by an answer that is none: %v", kind.Name, figures.Failures)
		}
	case path == "/token" && want != "" && figures.Failures[want] != figures.Requests:
		t.Errorf("%s: failures %v of %d requests, want all %s", kind.Name, figures.Failures, figures.Requests, want)
	case want == "" && figures.Failed() > 0:
		t.Errorf("%s: failures %v", kind.Name, figures.Failures)
	}
}

// loadHostileServer puts load where not even a connection is right.
func loadHostileServer(t *testing.T, kind hostile.Kind) {
	server, err := kind.Start()
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	figures, failure := loadHostile(t, kind, endpoint.Config{URL: server.URL, CA: server.CA}, Config{Rate: 40, Duration: 200 * time.Millisecond, Users: 1})
	if failure.Class != kind.Class && figures.Failures[kind.Class]+figures.Failures[record.FailureTimeout] == 0 {
		t.Errorf("%s: %+v, failures %v, want %s", kind.Name, failure, figures.Failures, kind.Class)
	}
}

// loadHostile runs a load, which must end. The failure is why no session was opened.
func loadHostile(t *testing.T, kind hostile.Kind, config endpoint.Config, load Config) (record.Load, record.Failure) {
	load.Timeout = 10 * time.Second
	if kind.Class == record.FailureTimeout {
		load.Timeout = 100 * time.Millisecond
	}
	client, err := endpoint.New(config)
	if err != nil {
		t.Error(err)
		return record.Load{}, record.Failure{}
	}
	guarded, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	figures, err := Run(guarded, client, load, nil)
	if guarded.Err() != nil {
		t.Errorf("%s: the load does not end", kind.Name)
	}
	if unreachable := (*Unreachable)(nil); errors.As(err, &unreachable) {
		return figures, unreachable.Failure
	}
	if err != nil {
		t.Errorf("%s: %v", kind.Name, err)
	}
	return figures, record.Failure{}
}
