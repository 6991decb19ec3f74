package endpoint

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Servers may answer as soon as they have read the head of a request, and close the
// connection: there is an answer, which must not be lost because the rest of the request
// was still to be written.
func TestAnswersToHalfARequestAreRead(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	for scheme, listen := range map[string]func() (net.Listener, error){
		"http":  func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
		"https": func() (net.Listener, error) { return tls.Listen("tcp", "127.0.0.1:0", certified.TLS) },
	} {
		listener, err := listen()
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		go answerHeads(listener)
		address := scheme + "://" + listener.Addr().String() + "/"
		client, err := New(Config{URL: address, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		transport := client.Transport(1)
		transport.TLSClientConfig.InsecureSkipVerify = true
		lost := 0
		for range 100 {
			response, err := transport.RoundTrip(httptest.NewRequest(http.MethodPost, address, strings.NewReader(strings.Repeat("x", 6<<10))))
			if err != nil {
				t.Log(scheme, err)
				lost++
				continue
			}
			response.Body.Close()
		}
		if lost > 0 {
			t.Errorf("%s: %d of 100 answers are lost", scheme, lost)
		}
	}
}

func answerHeads(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		from := bufio.NewReaderSize(conn, 16)
		for {
			line, err := from.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		_ = conn.Close()
	}
}
