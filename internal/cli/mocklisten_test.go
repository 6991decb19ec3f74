package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// What is relayed is what the demo page asks, under the mock's own names, and
// with the browser's Origin.
func TestTheMockRelaysItsOwnPageOnly(t *testing.T) {
	var got []*http.Request
	issuer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r) }))
	defer issuer.Close()
	to, err := newRelay(issuer.URL + "/token?shop=1")
	if err != nil {
		t.Fatal(err)
	}
	relay := to.under("mock.example")
	ask := func(method, address string, header ...string) int {
		r := httptest.NewRequest(method, address, strings.NewReader("body"))
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		relay.ServeHTTP(w, r)
		return w.Code
	}
	for name, code := range map[string]int{
		"POST":           ask("POST", "http://127.0.0.1:8765/createJWT"),
		"rebound name":   ask("GET", "http://evil.example/createJWT"),
		"another site":   ask("GET", "http://127.0.0.1:8765/createJWT", "Sec-Fetch-Site", "cross-site"),
		"another port":   ask("GET", "http://127.0.0.1:8765/createJWT", "Sec-Fetch-Site", "same-site"),
		"another origin": ask("GET", "http://127.0.0.1:8765/createJWT", "Origin", "https://evil.example"),
		"no origin":      ask("GET", "http://127.0.0.1:8765/createJWT", "Origin", "null"),
		"two origins":    ask("GET", "http://127.0.0.1:8765/createJWT", "Origin", "http://127.0.0.1:8765", "Origin", "https://evil.example"),
		"two sites":      ask("GET", "http://127.0.0.1:8765/createJWT", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"),
		"no host":        ask("GET", "http:///createJWT"),
		"number":         ask("GET", "http://2130706433:8765/createJWT"),
		"upgrade":        ask("GET", "http://127.0.0.1:8765/createJWT", "Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://evil.example"),
	} {
		if code < 400 || len(got) > 0 {
			t.Errorf("%s: %d, and %d requests arrive", name, code, len(got))
		}
	}
	for _, own := range []string{"http://127.0.0.1:8765", "http://localhost:8765", "http://[::1]:8765", "http://mock.example:8765"} {
		if code := ask("GET", own+"/createJWT?admin=1", "Origin", own, "Sec-Fetch-Site", "same-origin", "Cookie", "a=b", "Authorization", "Bearer x", "X-Forwarded-For", "10.0.0.1"); code != http.StatusOK {
			t.Errorf("%s: %d", own, code)
		}
		last := got[len(got)-1]
		if last.Method != http.MethodGet || last.URL.String() != "/token?shop=1" || last.ContentLength > 0 || last.Header.Get("Origin") != own || last.Header.Get("Cookie") != "a=b" ||
			last.Header.Get("Authorization") != "" || last.Header.Get("X-Forwarded-For") != "" {
			t.Errorf("%s: %s %s %v", own, last.Method, last.URL, last.Header)
		}
	}
}

// With consent the mock listens for other machines, says so, and names an address
// that can be opened; with TLS its certificate holds for that.
func TestTheMockForOtherMachinesAndWithTLS(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := Run(ctx, []string{"mock", "--listen", "0.0.0.0:0", "--manage", "off", "--yes", "--tls"}, strings.NewReader(""), in, io.Discard)
		in.Close()
		ended <- code
	}()
	warned, address := false, ""
	demo := regexp.MustCompile(`demo page +(https://127\.0\.0\.1:[1-9][0-9]*)/`)
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Stop it") {
		warned = warned || strings.Contains(lines.Text(), "can be reached by other machines")
		if found := demo.FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	defer func() { cancel(); <-ended }()
	if !warned || address == "" {
		t.Fatalf("warned: %t, address: %q", warned, address)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // its authority is made for the run
	}}}
	answer, err := client.Get(address + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
	if own := answer.TLS.PeerCertificates[0]; own.VerifyHostname("127.0.0.1") != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%s, for %v", answer.Status, own.IPAddresses)
	}
}

// A certificate that is given is the one that the mock serves.
func TestTheMockServesAGivenCertificate(t *testing.T) {
	_, pair, err := keys.Authority("mock.example")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	f := mockFlags{tlsCert: filepath.Join(folder, "cert.pem"), tlsKey: filepath.Join(folder, "key.pem"), listen: "127.0.0.1:0"}
	for name, block := range map[string]*pem.Block{f.tlsCert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, f.tlsKey: {Type: "PRIVATE" + " KEY", Bytes: der}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := f.open(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // what is served is compared
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if served := conn.ConnectionState().PeerCertificates[0]; !bytes.Equal(served.Raw, pair.Certificate[0]) || f.scheme() != "https://" {
		t.Errorf("served: %v, %s", served.DNSNames, f.scheme())
	}
}
