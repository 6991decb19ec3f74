package cli

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A site that goes on talking when it was asked nothing is not quoted by the library
// that hears it.
func TestNothingASiteSaysUnaskedIsPrinted(t *testing.T) {
	const secret = "Zq9topsecret"
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\nX-Said: %s\r\n", r.Header.Get("X-Client"))
		_ = buffered.Flush()
		time.AfterFunc(time.Second, func() { _ = conn.Close() })
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	said, err := exec.CommandContext(t.Context(), "webchatspec", "check", "--endpoint", "http://"+listener.Addr().String()+"/", "--header", "X-Client: "+secret,
		"--only", "exp-present", "--out", t.TempDir()).CombinedOutput()
	if err == nil || strings.Contains(string(said), secret) || strings.Contains(string(said), "nsolicited") {
		t.Errorf("%v: %s", err, said)
	}
}
