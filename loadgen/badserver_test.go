package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

// A server that closes the connection of every second request without an answer
// looks whole to an HTTP client that silently asks again.
func TestSilentRepeatsAreFailures(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%2 == 0 {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = connection.(*net.TCPConn).SetLinger(0)
				_ = connection.Close()
			}
			return
		}
		_, _ = w.Write([]byte("a.b.c"))
	}))
	t.Cleanup(server.Close)
	load, err := Run(t.Context(), client(t, endpoint.Config{URL: server.URL}), Config{Rate: 50, Duration: time.Second, Users: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Repeats < 10 || load.Failures[record.FailureRepeated]+load.Failures[record.FailureClosed] < 10 {
		t.Errorf("%d repeats, failures %v, of %d requests", load.Repeats, load.Failures, load.Requests)
	}
	if judged := load.Judged(); judged.Verdict != record.LoadMisses {
		t.Errorf("verdict %s: %s", judged.Verdict, judged.Reason)
	}
}

// An answer that is not packed as it says is none to a browser, whatever stands in it.
func TestLyingContentEncodingIsAFailure(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("a.b.c"))
	}))
	t.Cleanup(server.Close)
	load, err := Run(t.Context(), client(t, endpoint.Config{URL: server.URL}), Config{Rate: 50, Duration: 200 * time.Millisecond, Users: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Failures[failurePacked] == 0 || load.Failures[failurePacked] != load.Requests {
		t.Errorf("failures %v of %d requests", load.Failures, load.Requests)
	}
}

// raw serves connections as it likes; what it writes need not be HTTP.
func raw(t *testing.T, serve func(net.Conn)) *endpoint.Client {
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
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					serve(conn)
				}
			}()
		}
	}()
	return client(t, endpoint.Config{URL: "http://" + listener.Addr().String() + "/token"})
}

// What a server does to connections is counted and told; nothing of it hangs the
// load or is taken for a token. The first answer is a good one, so that there is a
// session.
func TestBadServers(t *testing.T) {
	answer := func(conn net.Conn, body string) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	}
	for name, c := range map[string]struct {
		serve func(net.Conn)
		class string // "" when every answer is good
	}{
		"garbage":       {func(conn net.Conn) { _, _ = io.WriteString(conn, "\x00\xff garbage\r\n\r\n") }, record.FailureProtocol},
		"half a header": {func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-") }, record.FailureProtocol},
		"half a body":   {func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na.b") }, record.FailureClosed},
		"drip-fed": {func(conn net.Conn) {
			for range 1000 {
				if _, err := io.WriteString(conn, "H"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, record.FailureTimeout},
		"closed after each answer": {func(conn net.Conn) { answer(conn, "a.b.c") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			bad := raw(t, func(conn net.Conn) {
				if asked.Add(1) == 1 {
					answer(conn, "a.b.c")
					return
				}
				c.serve(conn)
			})
			load, err := Run(t.Context(), bad, Config{Rate: 50, Duration: 300 * time.Millisecond, Users: 1, Timeout: 400 * time.Millisecond}, nil)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.class == "" && load.Failed() > 0:
				t.Errorf("failures %v", load.Failures)
			case c.class != "" && (load.Failures[c.class] != load.Requests || load.Requests != 15):
				t.Errorf("failures %v of %d requests, want all %s", load.Failures, load.Requests, c.class)
			case c.class != "" && load.Judged().Verdict == record.LoadMeets:
				t.Error("the load meets its objective")
			}
		})
	}
}

// A clock that somebody sets while a load runs makes tokens look old; one that is
// nudged does not count as set.
func TestClockStep(t *testing.T) {
	began := time.Unix(1_900_000_000, 0)
	for wall, want := range map[time.Duration]float64{
		5 * time.Second: 0, 5*time.Second + 200*time.Millisecond: 0,
		time.Hour + 5*time.Second: 3600, 5*time.Second - time.Hour: -3600,
	} {
		if got := clockStep(began, began.Add(wall), 5*time.Second); got != want {
			t.Errorf("after %s on the wall and 5 s: %g, want %g", wall, got, want)
		}
	}
	stale := record.Load{Requests: 100, Tokens: record.LoadTokens{Verified: 100, Stale: 40}}
	if answer := stale.Ask(record.LoadFresh); answer.Verdict != record.LoadMisses {
		t.Errorf("stale tokens: %+v", answer)
	}
	stale.Generator.ClockStep = -3600
	if answer := stale.Ask(record.LoadFresh); answer.Verdict != record.LoadInconclusive || !answer.Ours {
		t.Errorf("stale tokens by a clock that was set: %+v", answer)
	}
}
