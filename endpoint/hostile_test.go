package endpoint

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// hostileSite serves every address with one handler, quietly.
func hostileSite(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(serve)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// rawSite answers every connection with the same bytes, whatever is asked.
func rawSite(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
				_, _ = conn.Read(make([]byte, 16<<10))
				serve(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func rawText(text string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

// hang answers nothing for longer than anyone here waits.
func hang(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(3 * time.Second):
	}
}

// flood writes until the client has had enough.
func flood(w io.Writer, piece string) {
	for range 1 << 20 {
		if _, err := io.WriteString(w, piece); err != nil {
			return
		}
	}
}

func deepJSON(depth int) string {
	return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
}

// tokenOf makes a token of a header and a payload text, with a signature of nothing.
func tokenOf(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode(make([]byte, 256))
}

// hostileProbes take in answers in every way there is.
var hostileProbes = []string{
	record.ProbeVisitors, record.ProbeAnonymous, record.ProbeParallel,
	record.ProbeMethods, record.ProbeValidators, record.ProbeJWKS,
}

// TestHostileEndpoints gathers from endpoints that try to hang, flood
// or confuse whoever asks. The evidence stays small, and says what it was.
func TestHostileEndpoints(t *testing.T) {
	before := heapSize()
	megabyte := strings.Repeat("a", 1<<20)
	var bomb bytes.Buffer
	packer := gzip.NewWriter(&bomb)
	for range 100 {
		_, _ = io.WriteString(packer, megabyte)
	}
	_ = packer.Close()

	for name, test := range map[string]struct {
		endpoint func(t *testing.T) string
		class    string // of the error or of the first exchange's failure; "" for none
		reached  bool
	}{
		"hangs":         {func(t *testing.T) string { return hostileSite(t, hang) }, record.FailureTimeout, false},
		"never answers": {func(t *testing.T) string { return rawSite(t, func(net.Conn) { time.Sleep(3 * time.Second) }) }, record.FailureTimeout, false},
		"closes":        {func(t *testing.T) string { return rawSite(t, func(net.Conn) {}) }, record.FailureClosed, false},
		"no HTTP":       {func(t *testing.T) string { return rawSite(t, rawText("SSH-2.0-OpenSSH_9.2\r\n")) }, record.FailureProtocol, false},
		"broken header": {func(t *testing.T) string { return rawSite(t, rawText("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")) }, record.FailureProtocol, false},
		"broken chunks": {func(t *testing.T) string {
			return rawSite(t, rawText("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"))
		}, record.FailureProtocol, true},
		"two lengths": {func(t *testing.T) string {
			return rawSite(t, rawText("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"))
		}, record.FailureProtocol, false},
		"short body": {func(t *testing.T) string {
			return rawSite(t, rawText("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc"))
		}, record.FailureClosed, true},
		"switches protocols": {func(t *testing.T) string { // and says no more
			return rawSite(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				_, _ = conn.Read(make([]byte, 1)) // until the other side closes
			})
		}, record.FailureProtocol, true},
		"odd status": {func(t *testing.T) string {
			return rawSite(t, rawText("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"))
		}, "", true},
		"many 1xx": {func(t *testing.T) string {
			return rawSite(t, func(conn net.Conn) { flood(conn, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") })
		}, record.FailureTooLarge, false},
		"endless header": {func(t *testing.T) string {
			return rawSite(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"); flood(conn, "X-A: b\r\n") })
		}, record.FailureTooLarge, false},
		"endless trailer": {func(t *testing.T) string {
			return rawSite(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")
				flood(conn, "X-A: b\r\n")
			})
		}, record.FailureProtocol, true},
		"HTTP/2 unasked": {func(t *testing.T) string {
			return rawSite(t, rawText("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
		}, record.FailureProtocol, false},
		"10,000 headers": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				for i := range 10_000 {
					w.Header().Set("X-"+strconv.Itoa(i), "v")
				}
			})
		}, "", true},
		"cookie of 1 MB": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "id="+megabyte) })
		}, record.FailureTooLarge, false},
		"cookies of 200 KB": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", "id="+megabyte[:200<<10])
				_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"`+strconv.Itoa(len(r.Header.Get("Cookie")))+`"}`))
			})
		}, "", true},
		"token of 1 MB": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"`+megabyte+`"}`))
			})
		}, "", true},
		"deep JSON": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, deepJSON(200_000)))
			})
		}, "", true},
		"deep JSON header": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, tokenOf(deepJSON(9_000), deepJSON(9_000)))
			})
		}, "", true},
		"endless body": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				for range 64 { // enough to be over every limit, and an end for HEAD, where nothing is written
					_, _ = io.WriteString(w, megabyte)
				}
			})
		}, record.FailureTooLarge, true},
		"dripping body": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				for range 100 {
					_, _ = io.WriteString(w, "a")
					w.(http.Flusher).Flush()
					time.Sleep(20 * time.Millisecond)
				}
			})
		}, record.FailureTimeout, true},
		"gzip bomb": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(bomb.Bytes())
			})
		}, record.FailureTooLarge, true},
		"endless redirects": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
		}, "", true},
		"many dots": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(".", 1<<20)) })
		}, "", true},
		"many tokens": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, strings.Repeat(tokenOf(`{"alg":"RS256"}`, `{}`)+" ", 500))
			})
		}, "", true},
		"asked too often": {func(t *testing.T) string {
			return hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			})
		}, record.FailureThrottled, true},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, Config{URL: test.endpoint(t) + "/createJWT", Timeout: 10 * time.Second, Rate: 5000})
			if test.class == record.FailureTimeout {
				client.config.Timeout = 300 * time.Millisecond
			}
			client.apart = 10 * time.Millisecond
			evidence, err := client.Gather(t.Context(), hostileProbes, nil)
			checkReached(t, evidence, err, test.class, test.reached)
			text, err := json.Marshal(evidence)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > 4<<20 {
				t.Errorf("the evidence has %d bytes", len(text))
			}
		})
	}
	if grown := int64(heapSize()-before) >> 20; grown > 150 && !raceEnabled() {
		t.Errorf("the heap has grown by %d MB to %d MB", grown, heapSize()>>20)
	}
}

// heapSize is how much memory the heap has had at most.
func heapSize() uint64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapSys
}

// TestSlowEndpoints gathers from endpoints that are never done, whatever part of the
// answer they are at: the time limit holds for all of it.
func TestSlowEndpoints(t *testing.T) {
	for name, test := range map[string]struct {
		scheme, begins, drips string
		reached               bool
	}{
		"handshake": {"https://", "", "", false},
		"1xx":       {"http://", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", false},
		"header":    {"http://", "HTTP/1.1 200 OK\r\n", "X-A: b\r\n", false},
		"length":    {"http://", "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n", "a", true},
		"trailer":   {"http://", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "X-A: b\r\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := rawSite(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, test.begins)
				for range 100 {
					if _, err := io.WriteString(conn, test.drips); err != nil {
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
			})
			client := newClient(t, Config{URL: strings.Replace(site, "http://", test.scheme, 1), Timeout: 300 * time.Millisecond})
			client.apart = 10 * time.Millisecond
			evidence, err := client.Gather(t.Context(), []string{record.ProbeVisitors}, nil)
			checkReached(t, evidence, err, record.FailureTimeout, test.reached)
		})
	}
}

// checkReached compares what became of the first request.
func checkReached(t *testing.T, evidence record.Evidence, err error, class string, reached bool) {
	t.Helper()
	var unreachable *Unreachable
	switch errors.As(err, &unreachable) {
	case true:
		if reached || unreachable.Failure.Class != class {
			t.Errorf("unreachable: %v, want class %q", err, class)
		}
	case false:
		if err != nil || !reached {
			t.Fatalf("reached with the error %v", err)
		}
	}
	if len(evidence.Exchanges) == 0 {
		t.Fatal("the first request was not noted")
	}
	got := ""
	if failure := evidence.Exchanges[0].Failure; failure != nil {
		got = failure.Class
	}
	if got != class {
		t.Errorf("the first exchange failed with %q (%+v), want %q", got, evidence.Exchanges[0].Failure, class)
	}
}

func TestUnreachableEndpoints(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()

	for name, test := range map[string]struct {
		config Config
		class  string
		says   string
	}{
		"nothing listens":        {Config{URL: "http://" + closed}, record.FailureRefused, "is the server running"},
		"no such name":           {Config{URL: "http://no-such-host.invalid/"}, record.FailureDNS, "no-such-host.invalid"},
		"unknown authority":      {Config{URL: secure.URL}, record.FailureTLS, "certificate"},
		"https on a plain port":  {Config{URL: strings.Replace(plain.URL, "http", "https", 1)}, record.FailureTLS, "no TLS on this port"},
		"nothing to send":        {Config{URL: plain.URL, Header: http.Header{"X Bad": {"x"}}}, record.FailureBadConfig, "X Bad"},
		"resolved to a dead end": {Config{URL: "http://shop.example/", Resolve: map[string]string{"shop.example": closed}}, record.FailureRefused, closed},
	} {
		t.Run(name, func(t *testing.T) {
			test.config.Timeout = 5 * time.Second
			evidence, err := newClient(t, test.config).Gather(t.Context(), []string{record.ProbeVisitors}, nil)
			checkReached(t, evidence, err, test.class, false)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.config.URL) {
				t.Errorf("%v, want something about %q", err, test.says)
			}
		})
	}
}

func TestOldTLSIsNoted(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`))
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10} //nolint:gosec // the outdated version is what is tested
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client := newClient(t, Config{URL: server.URL, CA: authority})
	client.apart = time.Millisecond
	got := gather(t, client, record.ProbeTLS)
	asked := got.exchanges(record.ProbeTLS, record.VariantOldTLS)
	if len(asked) != len(oldVersions) {
		t.Errorf("asked with %d old versions, want %d", len(asked), len(oldVersions))
	}
	for _, x := range asked {
		if x.Response == nil || x.Response.TLS == nil || x.Response.TLS.Version != x.About {
			t.Errorf("%s: %+v %+v", x.About, x.Response, x.Failure)
		}
	}
}

// TestAnEndpointThatStopsAnswering must not cost a time-out for each request.
func TestAnEndpointThatStopsAnswering(t *testing.T) {
	calls := make(chan struct{}, 40)
	endpoint := hostileSite(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case calls <- struct{}{}:
			_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, fmt.Sprintf(`{"sub":"%d"}`, len(calls))))
		default:
			hang(w, r)
		}
	})
	client := newClient(t, Config{URL: endpoint, Timeout: 300 * time.Millisecond})
	client.apart = time.Millisecond
	got := gather(t, client, everyProbe()...)
	timeouts := 0
	for _, x := range got.Exchanges {
		if x.Failure != nil && x.Failure.Class == record.FailureTimeout {
			timeouts++
		}
	}
	if sent := got.Probes[0].Sent; timeouts == 0 || timeouts > 60 || sent == 0 {
		t.Errorf("%d requests timed out", timeouts)
	}
}

func TestStopping(t *testing.T) {
	endpoint := hostileSite(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`))
	})
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, Config{URL: endpoint})
	evidence, err := client.Gather(ctx, everyProbe(), func(done, planned int, stage string) {
		if done == 30 {
			cancel()
		}
		if planned < done || stage == "" {
			t.Errorf("%d of %d, %q", done, planned, stage)
		}
	})
	if !errors.Is(err, context.Canceled) || len(evidence.Tokens) == 0 {
		t.Errorf("%v with %d tokens", err, len(evidence.Tokens))
	}
}
