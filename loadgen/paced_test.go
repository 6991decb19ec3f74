package loadgen

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
)

// The logins before a load wait for the rate that the site bears; of more requests than
// may be sent none is sent, and the load says why it stopped.
func TestSessionsKeepToWhatTheSiteBears(t *testing.T) {
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer site.Close()
	config := endpoint.Config{URL: site.URL, Visit: []endpoint.Request{{URL: "/visit"}, {URL: "/visit"}}}
	bounds := endpoint.NewBounds(40, 0.001, nil) // two at once, and then none for a quarter of an hour
	config.Bounds = bounds
	r, finish, err := prepare(t.Context(), client(t, config), Config{Users: 3})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, finish)
	if err := r.openSessions(); err != nil || asked.Load() > 2 {
		t.Errorf("%d requests were sent, %v", asked.Load(), err)
	}
	asked.Store(0)
	config.Bounds = endpoint.NewBounds(4, 0, nil)
	load, err := Run(t.Context(), client(t, config), Config{Users: 3}, nil)
	if err != nil || asked.Load() != 4 || load.Aborted == "" {
		t.Errorf("%d requests were sent, %v: %+v", asked.Load(), err, load)
	}
}
