package mockassistant

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// Limits on what a client may do to a listening mock.
const (
	readHeaderLimit = 10 * time.Second // for the request's headers
	readLimit       = 30 * time.Second // for the whole request: a slow body ends here
	writeLimit      = 30 * time.Second // for one answer, or one event of the stream
	idleLimit       = 2 * time.Minute  // between two requests
	closeLimit      = 2 * time.Second  // for requests under way when the server ends
	headerBytes     = 64 << 10         // beyond it net/http answers 431
)

// Serve answers connections on l with h, under limits of time and size, until
// ctx ends. Requests under way then are cancelled and may finish within two
// seconds. It returns nil when ctx ended it, else why listening failed.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderLimit,
		ReadTimeout:       readLimit,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    headerBytes,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          log.New(io.Discard, "", 0), // clients that break off are no news
	}
	ended := make(chan error, 1)
	go func() {
		defer panics.Tell()
		ended <- server.Serve(l)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	cancel()
	closing, stop := context.WithTimeout(context.Background(), closeLimit)
	defer stop()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // idle or stuck connections do not hold up a restart
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
