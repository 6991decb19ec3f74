package cli

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/hostile"
	"github.com/webchatspec/webchatspec/record"
)

// Whatever the developer's endpoint does, the page has an answer or an end, and is
// told what became of it.
func TestTheMockRelaysHostileAnswers(t *testing.T) {
	var all sync.WaitGroup
	for _, kind := range hostile.Kinds() {
		if !kind.HTTP2 { // its certificate is one that the mock does not trust
			all.Go(func() { relayHostile(t, kind) })
		}
	}
	all.Wait()
}

func relayHostile(t *testing.T, kind hostile.Kind) {
	server, err := kind.Start()
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	to, err := newRelay(server.URL)
	if err != nil {
		t.Error(err)
		return
	}
	if to.limit = 40 * time.Second; kind.Class == record.FailureTimeout {
		to.limit = 100 * time.Millisecond
	}
	mock := httptest.NewServer(to.under(""))
	defer mock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, mock.URL, nil)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(request)
	if err != nil { // an answer that breaks off on its way
		if ctx.Err() != nil || kind.Class == "" {
			t.Errorf("%s: %v", kind.Name, err)
		}
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 2*relayBytes))
	broken := err != nil && ctx.Err() == nil
	told := response.StatusCode == http.StatusBadGateway && strings.Contains(string(body), "cannot be asked: ")
	asItIs := kind.Class == "" || strings.HasSuffix(kind.Name, " bomb") // the browser's to unpack
	if told == asItIs && !broken || len(body) > relayBytes+1 {
		t.Errorf("%s: %s, %d bytes, %v: %.100q", kind.Name, response.Status, len(body), err, body)
	}
}
