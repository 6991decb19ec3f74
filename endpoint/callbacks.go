package endpoint

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// callbackKeyID names our key in the JWKS that the listener serves.
const callbackKeyID = "webchatspec"

// callbacks listens on loopback. A relying endpoint that fetches the key from an address
// in the token comes here, and is served our key.
type callbacks struct {
	server *http.Server
	origin string
	mu     sync.Mutex
	hits   map[string][]string // by the first segment of the path
}

func listenForCallbacks(f *forger) (*callbacks, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &callbacks{origin: "http://" + listener.Addr().String(), hits: map[string][]string{}}
	keys, _ := json.Marshal(map[string]any{"keys": []any{publicJWK(&f.key.PublicKey)}})
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: selfSigned(f.key)})
	c.server = &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.note(r)
			if strings.HasPrefix(r.URL.Path, "/x5u") {
				w.Header().Set("Content-Type", "application/x-pem-file")
				_, _ = w.Write(certificate)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(keys)
		}),
	}
	go func() {
		defer panics.Tell()
		_ = c.server.Serve(listener) // ends with close
	}()
	return c, nil
}

func (c *callbacks) note(r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hits[name]) < 10 {
		c.hits[name] = append(c.hits[name], shorten(r.Method+" "+r.URL.Path, maxValue))
	}
}

// place returns an address of the listener for one token, and a function that
// returns the requests that came for it.
func (c *callbacks) place(name string) (address string, seen func() []string) {
	own := name + "-" + mark()
	return c.origin + "/" + own + "/jwks.json", func() []string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.hits[own]
	}
}

func (c *callbacks) close() { _ = c.server.Close() }
