package endpoint

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/record"
)

// Probes that intrude want consent by where they go, not by how it is called.
func TestConsentIsAskedForWhereRequestsGo(t *testing.T) {
	elsewhere := map[string]string{"localhost": "203.0.113.5", "shop.example": "203.0.113.5", "here.example:8080": "127.0.0.1"}
	for name, test := range map[string]struct {
		config Config
		probe  string
		names  string // what the reason names; "" when the probe is sent
	}{
		"a name of this machine that leads elsewhere": {Config{URL: "http://localhost/token"}, record.ProbeMethods, "localhost"},
		"a name that leads here":                      {Config{URL: "http://here.example:8080/token"}, record.ProbeMethods, ""},
		"a name below localhost":                      {Config{URL: "http://shop.localhost:8080/token"}, record.ProbeMethods, ""},
		"an address without brackets to spare":        {Config{URL: "http://[::1]:8080/token"}, record.ProbeMethods, ""},
		"the unspecified address":                     {Config{URL: "http://0.0.0.0:8080/token"}, record.ProbeMethods, ""},
		"a relying endpoint elsewhere":                {Config{URL: "http://127.0.0.1/token", Relying: []Request{{URL: "http://shop.example/orders"}}}, record.ProbeRelying, "shop.example"},
		"a relying endpoint here":                     {Config{URL: "http://127.0.0.1/token", Relying: []Request{{URL: "/orders"}}}, record.ProbeRelying, ""},
		"a login elsewhere":                           {Config{URL: "http://127.0.0.1/token", Users: []User{{Name: "ann", Login: []Request{{URL: "http://shop.example/login", Form: map[string]string{"user": "ann"}}}}}}, record.ProbeCrossSiteLogin, "shop.example"},
		"a thousand visits elsewhere":                 {Config{URL: "http://127.0.0.1/token", Visit: []Request{{URL: "http://shop.example/"}}}, record.ProbeAnonymous, "shop.example"},
		"with consent":                                {Config{URL: "http://shop.example/token", Consent: true}, record.ProbeMethods, ""},
	} {
		test.config.Resolve = elsewhere
		plan := newClient(t, test.config).Plan([]string{test.probe})
		skipped := plan[slices.IndexFunc(plan, func(p record.Probe) bool { return p.Name == test.probe })].Skipped
		if test.names == "" && skipped != "" || !strings.Contains(skipped, test.names) {
			t.Errorf("%s: %q", name, skipped)
		}
	}
}

func TestThePlanTellsTheRequestsOfEachHost(t *testing.T) {
	client := newClient(t, Config{
		URL: "http://127.0.0.1:3001/token", Relying: []Request{{URL: "http://shop.example/orders"}}, Consent: true,
		Resolve: map[string]string{"shop.example": "203.0.113.5"},
	})
	named := newClient(t, Config{URL: "http://127.0.0.1:3001/token", Users: []User{{Name: "ann", URL: "http://shop.example/token"}}, Resolve: map[string]string{"shop.example": "203.0.113.5"}})
	if hosts := named.Hosts([]string{record.ProbeLogin}); len(hosts) != 2 || hosts[1].Host != "shop.example" || hosts[1].Requests == 0 {
		t.Errorf("the host of a user's own endpoint is missing: %+v", hosts)
	}
	hosts := client.Hosts([]string{record.ProbeVisitors, record.ProbeRelying})
	if len(hosts) != 2 || hosts[0].Host != "127.0.0.1:3001" || !hosts[0].Local || hosts[0].Intrusive != 0 ||
		hosts[1].Host != "shop.example" || hosts[1].Local || hosts[1].Intrusive == 0 {
		t.Errorf("%+v", hosts)
	}
}

// A name that led to this machine when it was asked after, and to another one when the
// request is sent, gets nothing that wants consent: DNS may be anybody's. What does
// not want it has connections of its own, which none of the others is sent over.
func TestTheConnectionDecidesForEachRequest(t *testing.T) {
	if !inOwnNetwork(t) {
		return
	}
	arrived := make(chan string, 100)
	listener, err := net.Listen("tcp", elsewhere+":0")
	if err != nil {
		t.Fatal(err)
	}
	other := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.URL.Path })}
	go func() { _ = other.Serve(listener) }()
	defer other.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	client := newClient(t, Config{URL: "http://127.0.0.1:1/token", Resolve: map[string]string{"shop.localhost": elsewhere}})
	s := &sender{Client: client, notes: newNotebook(nil, client.Plan([]string{record.ProbeRelying, record.ProbeMethods}), nil), pace: newPace(600, crowd, 1, time.Second)}
	s.examine = &examiner{Client: client, tokens: map[string]struct{}{}}
	book := address.Book(client.config.Resolve)
	at, _ := url.Parse("http://shop.localhost:" + port + "/plain")
	s.send(t.Context(), ask{probe: record.ProbeVisitors, address: at, method: http.MethodGet, foreign: true})
	delete(book, "shop.localhost") // to whoever asks now, it is this machine
	local := s.local(at)
	book["shop.localhost"] = elsewhere // and to the connection another one again
	if local {
		for _, a := range []ask{{probe: record.ProbeMethods}, {probe: record.ProbeVisitors, intrudes: true}, {probe: record.ProbeSession, visitor: &visitor{inCrowd: true}}} {
			a.address, a.method, a.foreign = at.JoinPath("intrusive"), http.MethodGet, true
			request, _ := http.NewRequestWithContext(t.Context(), a.method, a.address.String(), nil)
			if response, err := s.roundTripper(&a).RoundTrip(request); err == nil {
				response.Body.Close()
			}
		}
	}
	close(arrived)
	var paths []string
	for path := range arrived {
		paths = append(paths, path)
	}
	if !local || len(paths) != 1 || paths[0] != "/plain" {
		t.Errorf("local %t, and %v arrived", local, paths)
	}
}

// A site gets no more requests than it was said to bear.
func TestTheLimitOfRequestsHolds(t *testing.T) {
	var asked atomic.Int64
	site := hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`)))
	})
	client := newClient(t, Config{URL: site, MaxRequests: 40})
	evidence, err := client.Gather(t.Context(), []string{record.ProbeMethods, record.ProbePaths, record.ProbeBadInput, record.ProbeOrigins}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() > 40 || asked.Load() < 10 {
		t.Errorf("%d requests arrived", asked.Load())
	}
	left := 0
	for _, probe := range evidence.Probes {
		if strings.Contains(probe.Skipped, "--max-requests") {
			left++
		}
	}
	if left == 0 {
		t.Errorf("nothing says that it was left out: %+v", evidence.Probes)
	}
}

// An address for plain HTTP on another host gets nothing without consent, and
// stands in the plan.
func TestThePlainAddressElsewhereWantsConsent(t *testing.T) {
	config := Config{URL: "https://127.0.0.1:8443/token", PlainEndpoint: "http://shop.example/token", Resolve: map[string]string{"shop.example": "203.0.113.5"}}
	for consent, want := range map[bool]bool{false: true, true: false} {
		config.Consent = consent
		s := &sender{Client: newClient(t, config), notes: &notebook{}}
		if refused := s.refuses(&ask{probe: record.ProbeTLS, intrudes: true}, s.plainEndpoint()) != nil; refused != want {
			t.Errorf("consent %t: refused %t", consent, refused)
		}
		hosts := s.Hosts([]string{record.ProbeTLS})
		if len(hosts) != 2 || hosts[1].Host != "shop.example" || hosts[1].Local || hosts[1].Requests == 0 {
			t.Errorf("%+v", hosts)
		}
	}
}
