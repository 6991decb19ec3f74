package loadgen

import (
	"net"
	"net/http"
	"net/http/httptest"
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
