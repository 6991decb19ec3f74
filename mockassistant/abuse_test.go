package mockassistant_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
)

// start serves on a port of its own until the test ends.
func start(t testing.TB, h http.Handler) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- mockassistant.Serve(ctx, listener, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return listener.Addr().String()
}

func TestBodiesThatAreNoMessage(t *testing.T) {
	assistant := newAssistant(t, nil)
	token := ourSite().sign(t, nil)
	for name, test := range map[string]struct {
		body   string
		status int
	}{
		"empty":          {"", 400},
		"no JSON":        {"hello", 400},
		"an array":       {"[]", 400},
		"null":           {"null", 400},
		"no value":       {"{}", 400},
		"value a text":   {`{"value":"hi"}`, 400},
		"text a number":  {`{"value":{"input":{"text":7}}}`, 400},
		"session a list": {`{"value":{},"session_id":[1]}`, 400},
		"two documents":  {`{"value":{}} {"value":{}}`, 400},
		"deep":           {`{"value":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 400},
		"empty value":    {`{"value":{}}`, 200},
		"null members":   {`{"value":{"id":null,"input":null,"context":null,"history":null},"session_id":null,"user_id":null}`, 200},
		"odd text":       {`{"value":{"id":"\u0000;=\"<","input":{"text":"<script>\ud800 é \u202e"}}}`, 200},
	} {
		c := message(token, "", "")
		c.body = test.body
		r := c.send(t, assistant)
		if a := read(t, r); r.StatusCode != test.status || (test.status != 200 && a.Error == "") {
			t.Errorf("%s: got %d %q, want %d", name, r.StatusCode, a.Error, test.status)
		}
	}
}

// endless is a body that does not end, and counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestHugeBodyIsNotReadToItsEnd(t *testing.T) {
	assistant := newAssistant(t, nil)
	body := &endless{}
	r := httptest.NewRequest(http.MethodPost, "/public/chat/shop/message", body)
	w := httptest.NewRecorder()
	assistant.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || body.read > 4<<20 {
		t.Errorf("got %d after %d bytes, want 413 soon after 1 MiB", w.Code, body.read)
	}
}

func TestHugeBodyAndHeaderOverTheNetwork(t *testing.T) {
	address := start(t, newAssistant(t, nil))
	const hundredMB = 100 << 20
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/public/chat/shop/message", io.LimitReader(&endless{}, hundredMB))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = hundredMB
	// The server may close the connection while the client still sends: then there is no answer to read.
	if r, err := http.DefaultClient.Do(request); err == nil {
		if r.Body.Close(); r.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a body of 100 MB got %d, want 413", r.StatusCode)
		}
	}

	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go fmt.Fprintf(conn, "GET /public/chat/shop/config HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", strings.Repeat("a", 1<<20))
	if r, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil && r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("an Authorization header of 1 MB got %d, want 431", r.StatusCode)
	}
	r, err := http.Get("http://" + address + "/public/chat/shop/config?type=init")
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("afterwards: %v", err)
	}
	r.Body.Close()
}

// pipes is a listener whose connections are pipes in memory, so that time on
// them can be made to pass.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func TestSlowBodyIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := make(pipes)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- mockassistant.Serve(ctx, listener, newAssistant(t, nil)) }()
		client, server := net.Pipe()
		listener <- server
		begun := time.Now()
		var writer sync.WaitGroup
		writer.Go(func() { // a byte every ten seconds
			_, err := io.WriteString(client, "POST /public/chat/shop/message HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
			for ; err == nil; _, err = io.WriteString(client, " ") {
				time.Sleep(10 * time.Second)
			}
		})
		r, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); r.StatusCode != http.StatusRequestTimeout || took > 31*time.Second {
			t.Errorf("got %s after %s, want 408 after 30 s", r.Status, took)
		}
		client.Close()
		writer.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A request that a browser's interception hands over may have no body at all.
func TestMessageWithoutBody(t *testing.T) {
	r, err := http.NewRequest(http.MethodPost, "https://integrations.example/public/chat/shop/message", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	newAssistant(t, nil).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("got %d, want 400", w.Code)
	}
}

// A thousand connections that say nothing, or stop in the middle of a header or
// a body, neither block the chat nor outlive the server.
func TestThousandIdleConnections(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("served", func(t *testing.T) {
		address := start(t, newAssistant(t, nil))
		for i := range 1000 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
			defer conn.Close()
			beginnings := []string{"", "POST /public/chat/shop/mess", "POST /public/chat/shop/message HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"val"}
			if _, err := io.WriteString(conn, beginnings[i%len(beginnings)]); err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
		}
		c := message(ourSite().sign(t, nil), "", "hi")
		request, err := http.NewRequest(c.method, "http://"+address+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		r, err := http.DefaultClient.Do(request)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("a message among them: %v", err)
		}
		r.Body.Close()
	})
	http.DefaultClient.CloseIdleConnections()
	deadline := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before+10 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before+10 {
		t.Errorf("%d goroutines are left of %d connections", now-before, 1000)
	}
}

func TestParallelSessions(t *testing.T) {
	var judged, answered int
	assistant := newAssistant(t, func(c *mockassistant.Config) {
		c.HistoryLimit, c.SessionLimit = 50, 20
		c.Observe = func(e mockassistant.Event) {
			if e.Kind == mockassistant.Judged {
				judged++
			} else {
				answered++
			}
		}
	})
	management := assistant.Management()
	const users, messages = 16, 20
	var group sync.WaitGroup
	for user := range users {
		token := ourSite().sign(t, jwt.MapClaims{"sub": fmt.Sprint("user-", user)})
		group.Go(func() {
			session := ""
			for i := range messages {
				r := message(token, session, fmt.Sprint(i)).send(t, assistant)
				if a := read(t, r); r.StatusCode == http.StatusOK {
					session = a.SessionID
				} else {
					session = "" // turned out of the bounded store by the others, or struck by the fault
				}
			}
		})
	}
	group.Go(func() {
		for range messages {
			manage(t, management, "GET /history", "")
			manage(t, management, "GET /sessions", "")
			manage(t, management, "PUT /clock", `{"advance":"1s"}`)
			manage(t, management, "POST /faults", `{"fault":"server-error,for=1"}`)
			manage(t, management, "PUT /security", `{"on":true}`)
		}
	})
	group.Wait()
	history := assistant.History()
	if judged != users*messages || answered != judged || len(history) != 50 {
		t.Errorf("judged %d, answered %d, kept %d; want %d, the same, 50", judged, answered, len(history), users*messages)
	}
	for i := 1; i < len(history); i++ {
		if history[i].Number != history[i-1].Number+1 {
			t.Errorf("message %d follows %d", history[i].Number, history[i-1].Number)
		}
	}
	if n := len(assistant.Sessions()); n > 20 {
		t.Errorf("%d sessions are kept, want 20 at most", n)
	}
}

func FuzzServer(f *testing.F) {
	assistant := newAssistant(f, nil)
	token := ourSite().sign(f, nil)
	f.Add("POST", "/public/chat/shop/message", "Bearer "+token, `{"value":{"input":{"text":"hi"}}}`)
	f.Add("GET", "/public/chat/%2e%2e/config?type=%zz", "undefined", "")
	f.Add("DELETE", "/chat/a/sessions/..", "Bearer a.b.c", "")
	f.Add("GET", "/chat//channel_conversations//notes", "", "")
	f.Fuzz(func(t *testing.T, method, path, authorization, body string) {
		r, err := http.NewRequest(method, "http://mock/", strings.NewReader(body))
		if err != nil {
			return
		}
		if r.URL, err = r.URL.Parse(path); err != nil {
			return
		}
		r.Header["Authorization"] = []string{authorization}
		w := httptest.NewRecorder()
		assistant.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
		if parts := strings.Split(authorization, "."); len(parts) == 3 && len(parts[2]) > 20 && bytes.Contains(w.Body.Bytes(), []byte(parts[2])) && !strings.Contains(body+path, parts[2]) {
			t.Errorf("the answer tells the token's signature: %s", w.Body)
		}
	})
}
