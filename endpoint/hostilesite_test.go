package endpoint

import (
	"cmp"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/hostile"
	"github.com/webchatspec/webchatspec/record"
)

// hostileRoles are what a site is asked for beside the token: each with what is
// configured for it, where its address is hostile, and the probes that ask.
var hostileRoles = map[string]struct {
	config func(hostile string) Config
	probes []string
}{
	"token": {func(hostile string) Config { return Config{URL: hostile} }, []string{record.ProbeVisitors}},
	"visit": {func(hostile string) Config { return Config{Visit: []Request{{URL: hostile}}} }, []string{record.ProbeVisitors}},
	"login": {func(hostile string) Config {
		return Config{Users: []User{{Login: []Request{{URL: hostile, JSON: `{"user":"ann"}`}}}}}
	}, []string{record.ProbeLogin}},
	"logout": {func(hostile string) Config {
		return Config{Users: []User{{Login: []Request{{URL: "/login"}}, Logout: []Request{{URL: hostile}}}}}
	}, []string{record.ProbeLogin}},
	"relying": {func(hostile string) Config { return Config{Relying: []Request{{URL: hostile}}} }, []string{record.ProbeRelying}},
	"jwks":    {func(string) Config { return Config{} }, []string{record.ProbeJWKS}},
}

// telling are the kinds that each address of a site is tried with; all go one way, so
// that the rest is tried with the token alone.
var telling = []string{
	"never", "drips body", "closes half of the answer", "switches protocols", "early hints", "endless body", "gzip bomb", "redirects",
}

// TestHostileSites asks sites of which one address is hostile, whatever that is for.
// Each gathering ends, and tells of that address what became of it.
func TestHostileSites(t *testing.T) {
	var all sync.WaitGroup
	for _, kind := range hostile.Kinds() {
		for role, asked := range hostileRoles {
			if role == "token" && !kind.HTTP2 || slices.Contains(telling, kind.Name) {
				all.Go(func() { askHostileSite(t, kind, role, asked.config("/hostile"), asked.probes) })
			}
		}
		if kind.HTTP2 || slices.Contains(telling, kind.Name) {
			all.Go(func() { askHostileServer(t, kind) })
		}
	}
	all.Wait()
}

// askHostileSite asks a site that is right but for one address.
func askHostileSite(t *testing.T, kind hostile.Kind, role string, config Config, probes []string) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/hostile", role == "jwks" && strings.Contains(path, "jwks"):
			kind.ServeHTTP(w, r)
		case path == "/token", path == "/login":
			_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`))
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	defer site.CloseClientConnections()
	if strings.HasPrefix(config.URL, "/") {
		config.URL = site.URL + config.URL
	}
	config.URL = cmp.Or(config.URL, site.URL+"/token")
	checkHostile(t, kind, role, config, probes)
}

// askHostileServer asks where nothing else is to be had, not even a right connection:
// for a token, and without TLS beside a right endpoint.
func askHostileServer(t *testing.T, kind hostile.Kind) {
	server, err := kind.Start()
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	checkHostile(t, kind, "server", Config{URL: server.URL, CA: server.CA}, []string{record.ProbeVisitors})
	if kind.HTTP2 {
		return
	}
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`))
	}))
	site.Config.ErrorLog = log.New(io.Discard, "", 0)
	site.StartTLS()
	defer site.Close()
	checkHostile(t, kind, "plain", Config{URL: site.URL, PlainEndpoint: server.URL, CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw})}, []string{record.ProbeTLS})
}

func checkHostile(t *testing.T, kind hostile.Kind, role string, config Config, probes []string) {
	config.Rate, config.Timeout, config.MaxBody = 5000, 30*time.Second, 128<<10
	if kind.Class == record.FailureTimeout {
		config.Timeout = 100 * time.Millisecond
	}
	client, err := New(config)
	if err != nil {
		t.Error(err)
		return
	}
	client.apart, client.leeway = time.Millisecond, time.Millisecond
	guarded, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	evidence, _ := client.Gather(guarded, probes, nil) // that the endpoint is out of reach is no news
	if guarded.Err() != nil {
		t.Errorf("%s, %s: it does not end", role, kind.Name)
		return
	}
	var classes []string
	for _, x := range evidence.Exchanges {
		if x.Failure != nil {
			classes = append(classes, x.Failure.Class)
		} else if x.Response != nil && (x.Response.Status == http.StatusFound || len(x.Response.Cookies) > 0 || x.BadEncoding != "") {
			classes = append(classes, "") // as these kinds answer
		}
	}
	if !slices.Contains(classes, kind.Class) {
		t.Errorf("%s, %s: %q, want %q among them", role, kind.Name, slices.Compact(classes), kind.Class)
	}
}
