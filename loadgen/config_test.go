package loadgen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

func TestConfigErrors(t *testing.T) {
	for want, config := range map[string]Config{
		"rates above 0":              {Rate: -1},
		"a duration of":              {Duration: -time.Second},
		"a warm-up of":               {WarmUp: -time.Second},
		"users: give 1":              {Users: -1},
		"cannot be below 0":          {Timeout: -1},
		"a percentile up to 100":     {Objective: record.Objective{Percentile: 101}},
		"Index counts from 0":        {Shard: Shard{Index: 2, Count: 2}},
		"one for each at least":      {Users: 3, Shard: Shard{Index: 1, Count: 4}},
		"to stop at a share":         {AbortOn: 5},
		"more than the limit of 100": {MaxRequests: 100},
		"rate from 0 to 0":           {Stages: []Stage{{Duration: time.Second}}},
	} {
		if _, err := config.complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", config, err, want)
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	config, err := Config{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if config.Objective != DefaultObjective() || config.Users != DefaultUsers || config.MaxInFlight != 500 {
		t.Errorf("defaults %+v", config)
	}
	if planned := config.schedule().total; planned != 600 {
		t.Errorf("%d requests by default, want 600", planned)
	}
	if typed, err := (Config{Objective: record.Objective{Latency: 0.5}}).complete(); err != nil || !typed.Objective.Typed {
		t.Errorf("an objective that was named: %+v, %v", typed.Objective, err)
	}
}

func TestLoadStaysOnLoopback(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config, err := Config{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for where, resolve := range map[string]map[string]string{
		"shop.example": {"shop.example": "203.0.113.5"},
		"localhost":    {"localhost": "203.0.113.5"},
	} {
		elsewhere := client(t, endpoint.Config{URL: "http://" + where + ":" + address.Port() + "/token", Resolve: resolve})
		if _, err := Run(t.Context(), elsewhere, Config{}, nil); !errors.Is(err, ErrNotAllowed) || !strings.Contains(err.Error(), where) {
			t.Errorf("%s: error %v", where, err)
		}
		config.AllowHosts = []string{where}
		if _, err := config.transport(elsewhere); err != nil {
			t.Errorf("%s, allowed: %v", where, err)
		}
		config.AllowHosts = nil
	}
	if asked > 0 {
		t.Errorf("%d requests were sent to a host that is not allowed", asked)
	}

	here := client(t, endpoint.Config{
		URL: "http://shop.example:" + address.Port() + "/token", Resolve: map[string]string{"shop.example:" + address.Port(): "127.0.0.1"},
	})
	transport, err := config.transport(here)
	if err != nil {
		t.Fatal(err)
	}
	request, err := here.NewRequest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatalf("a name that leads to this machine: %v", err)
	}
	response.Body.Close()
}

// A name of loopback may lead elsewhere, by the addresses of the configuration.
func TestConnectionStaysOnLoopback(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	connect := onlyLocal(func(context.Context, string, string) (net.Conn, error) { return here, nil })
	if _, err := connect(t.Context(), "tcp", "localhost:80"); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("error %v, for a connection that is not on loopback", err)
	}
	if _, err := here.Write([]byte("GET")); err == nil {
		t.Error("the connection is still open")
	}
}

// Load stays on this machine by its connections, though a name leads elsewhere by the
// time at which it is asked.
func TestLoadIsHeldByItsConnections(t *testing.T) {
	var elsewhere string // an address of this machine that others reach, which is none of loopback
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() && network.IP.To4() != nil {
			elsewhere = network.IP.String()
		}
	}
	if elsewhere == "" {
		t.Skip("this machine has no address but loopback")
	}
	listener, err := net.Listen("tcp", elsewhere+":0")
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	book := map[string]string{"shop.example": "127.0.0.1"}
	here := client(t, endpoint.Config{URL: "http://shop.example:" + port + "/token", Resolve: book, Consent: true})
	transport, err := Config{}.transport(here)
	if err != nil {
		t.Fatal(err)
	}
	book["shop.example"] = elsewhere
	conn, err := transport.DialContext(t.Context(), "tcp", "shop.example:"+port)
	if !errors.Is(err, ErrNotAllowed) {
		t.Errorf("connected to %s: %v", elsewhere, err)
	}
	if conn != nil {
		conn.Close()
	}
}
