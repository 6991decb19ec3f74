package browser_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// trap counts what arrives at an address.
type trap struct {
	host, datagrams, secure, name string
	authority                     []byte // PEM, of its certificate
	connections, packets          atomic.Int64
	mu                            sync.Mutex
	paths                         map[string]bool
}

// setTrap listens at an address of this machine, on TCP, with and without TLS, and on
// UDP. Name leads to the one with TLS where anybody says so.
func setTrap(t *testing.T, ip, name string) *trap {
	t.Helper()
	tr := &trap{name: name, paths: map[string]bool{}}
	listen := func() net.Listener {
		listener, err := net.Listen("tcp", ip+":0")
		if err != nil {
			t.Skipf("there is no other address of this machine to listen on: %v", err)
		}
		return listener
	}
	packets, err := net.ListenPacket("udp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	config := func() *http.Server {
		return &http.Server{
			ErrorLog: log.New(io.Discard, "", 0),
			Handler:  http.HandlerFunc(tr.note),
			ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					tr.connections.Add(1)
				}
			},
		}
	}
	server := &httptest.Server{Listener: listen(), Config: config()}
	server.Start()
	secured := &httptest.Server{Listener: listen(), Config: config()}
	secured.EnableHTTP2 = true // early hints are for that only
	secured.StartTLS()
	go func() {
		for buffer := make([]byte, 2048); ; {
			if _, _, err := packets.ReadFrom(buffer); err != nil {
				return
			}
			tr.packets.Add(1)
		}
	}()
	t.Cleanup(func() {
		for _, server := range []*httptest.Server{server, secured} {
			server.CloseClientConnections()
			server.Close()
		}
		_ = packets.Close()
	})
	tr.host, tr.secure, tr.datagrams = server.Listener.Addr().String(), secured.Listener.Addr().String(), packets.LocalAddr().String()
	tr.authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw})
	return tr
}

// arrived says how much arrived, and by which ways.
func (tr *trap) arrived() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return fmt.Sprintf("%d connections, %d datagrams: %v", tr.connections.Load(), tr.packets.Load(), slices.Sorted(maps.Keys(tr.paths)))
}

// note notes the path of a request. To one for early hints it gives some that lead to
// the host in its query.
func (tr *trap) note(w http.ResponseWriter, r *http.Request) {
	tr.mu.Lock()
	tr.paths[r.URL.Path] = true
	tr.mu.Unlock()
	if to := r.FormValue("to"); r.URL.Path == "/hints" {
		w.Header().Set("Link", "<http://"+to+"/early-hint>; rel=preload; as=style, <http://"+to+">; rel=preconnect")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
	}
}

// fill puts the addresses of the trap into a text.
func (tr *trap) fill(text string) string {
	return strings.NewReplacer("HOST", tr.host, "DATAGRAMS", tr.datagrams, "SECURE", tr.secure, "NAME", tr.name).Replace(text)
}
