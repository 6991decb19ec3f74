package cli

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"
)

// While a load runs, and where it is interrupted, nothing confidential is told either.
func TestALoadOnItsWayTellsNothingConfidential(t *testing.T) {
	says := parrot(t).Config.Handler
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%3 == 0 { // failures are told of by their class
			r.Header.Set("X-Fail", "now")
		}
		says.ServeHTTP(w, r)
	}))
	defer site.Close()
	file, out := arrange(t, site.URL), filepath.Join(t.TempDir(), "report")
	metrics, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := metrics.Addr().String()
	if err := metrics.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithTimeout(t.Context(), time.Minute)
	defer interrupt()
	var told string
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer interrupt()
		for !measured.MatchString(told) && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
			told = textAt("http://" + address + "/metrics")
		}
	}()
	code, output := command(ctx, "load", "--config", file, "--load-duration", "2m", "--metrics", address, "--raw", filepath.Join(out, "answers.bin"), "--out", out)
	<-read
	if code != ExitInterrupted || !measured.MatchString(told) {
		t.Fatalf("exit %d, and the metrics\n%s\n%s", code, told, output)
	}
	searchFor(t, "the metrics", told)
	searchFor(t, "an interrupted load: the screen", output)
	if files := searchFiles(t, "an interrupted load", out); files < 4 {
		t.Errorf("%d files", files)
	}
}

// measured is what metrics say of some tens of requests, of which some have failed.
var measured = regexp.MustCompile(`(?s)failures_total.*requests_total [2-9]\d`)

// textAt is what stands at an address, or nothing.
func textAt(address string) string {
	response, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}
