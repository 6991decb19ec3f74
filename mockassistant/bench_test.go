package mockassistant_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
)

// serveVariable makes the test binary be a mock assistant under the public key
// that it holds, so that a benchmark can run it on a core of its own.
const serveVariable = "MOCKASSISTANT_SERVE_UNDER_KEY"

func TestMain(m *testing.M) {
	if key := os.Getenv(serveVariable); key != "" {
		if err := serveUnderKey(key); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveUnderKey(key string) error {
	assistant, err := mockassistant.New(mockassistant.Config{PublicKeys: []string{key}})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Println(listener.Addr())
	return mockassistant.Serve(ctx, listener, assistant)
}

// BenchmarkMessage is the message call without the network, each user going on
// in a session.
func BenchmarkMessage(b *testing.B) {
	assistant := newAssistant(b, nil)
	const users = 100
	var calls []call
	for user := range users {
		token := ourSite().sign(b, jwt.MapClaims{"sub": fmt.Sprint("user-", user)})
		calls = append(calls, message(token, begin(b, assistant, token), "hello"))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := calls[i%users]
		i++
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer "+c.token)
		w := httptest.NewRecorder()
		assistant.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// BenchmarkMemory sends a million messages per op and reports the live heap
// after the stores have filled and at the end: the two should not differ.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		assistant := newAssistant(b, func(c *mockassistant.Config) { c.SecurityOff, c.SessionLimit = true, 1000 })
		filled := heapAfter(b, assistant, 100_000)
		b.ReportMetric(filled, "MB-after-100k")
		end := heapAfter(b, assistant, 900_000)
		b.ReportMetric(end, "MB-after-1M")
		if end > filled+4 {
			b.Errorf("the heap grew from %.1f MB to %.1f MB", filled, end)
		}
	}
}

// heapAfter has users come, say fifty things each, and go, and returns the live
// heap in megabytes.
func heapAfter(b *testing.B, assistant *mockassistant.Server, messages int) float64 {
	b.Helper()
	session := ""
	for i := range messages {
		if i%50 == 0 {
			session = ""
		}
		c := message("", session, "hello")
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		w := httptest.NewRecorder()
		assistant.ServeHTTP(w, r)
		if session == "" {
			session = read(b, w.Result()).SessionID
		}
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	runtime.KeepAlive(assistant)
	return float64(memory.HeapAlloc) / (1 << 20)
}

// BenchmarkMessageAgainstExpress sends the same messages to the mock assistant
// and to an Express server with jsonwebtoken, each a process of its own on the
// first core, and reports the ratio of messages per second. The client has the
// other cores. It needs Linux's taskset, and the packages of the Node reference
// issuer.
func BenchmarkMessageAgainstExpress(b *testing.B) {
	if runtime.NumCPU() < 2 {
		b.Skip("there is one core only, so client and server would share it")
	}
	packages, err := filepath.Abs(filepath.Join("..", "fixtures", "issuers", "node", "node_modules"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "express")); err != nil {
		b.Skip("run `make node` first, for Express")
	}
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	key := ourSite().publicKey
	ours := startPinned(b, []string{serveVariable + "=" + key, "GOMAXPROCS=1"}, program)
	express := startPinned(b, []string{"PUBLIC_KEY=" + key, "NODE_ENV=production", "NODE_PATH=" + packages}, "node", filepath.Join("testdata", "express.cjs"))
	const messages = 5000
	send(b, ours, messages) // warm both
	send(b, express, messages)

	var oursTook, expressTook time.Duration
	rounds := 0
	for b.Loop() {
		oursTook += send(b, ours, messages)
		expressTook += send(b, express, messages)
		rounds++
	}
	total := float64(rounds * messages)
	b.ReportMetric(total/oursTook.Seconds(), "messages/s")
	b.ReportMetric(total/expressTook.Seconds(), "express-messages/s")
	b.ReportMetric(expressTook.Seconds()/oursTook.Seconds(), "times-express")
	b.ReportMetric(0, "ns/op") // an op is two batches, which says nothing
}

// startPinned runs a server on the first core and returns the address that it prints.
func startPinned(b *testing.B, environment []string, command ...string) (address string) {
	b.Helper()
	server := exec.Command("taskset", append([]string{"-c", "0"}, command...)...)
	server.Env = append(os.Environ(), environment...)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Skip("taskset cannot be started: ", err)
	}
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed: an error is expected
	})
	if address, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatalf("%s gave no address: %v", command[0], err)
	}
	return strings.TrimSpace(address)
}

// send has eight users send messages over connections of their own, the next
// when the last is answered, and returns how long all together took.
func send(b *testing.B, address string, messages int) time.Duration {
	b.Helper()
	const users = 8
	begun := time.Now()
	var group sync.WaitGroup
	failures := make(chan error, users)
	for user := range users {
		token := ourSite().sign(b, jwt.MapClaims{"sub": fmt.Sprint("user-", user)})
		group.Go(func() { failures <- converse(address, token, messages/users) })
	}
	group.Wait()
	took := time.Since(begun)
	for range users {
		if err := <-failures; err != nil {
			b.Fatal(err)
		}
	}
	return took
}

// converse sends without net/http's client, which would need as much of a core
// as the servers do.
func converse(address, token string, messages int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := message(token, "", "hello")
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: https://shop.example\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		c.path, address, c.token, len(c.body), c.body)
	answers := bufio.NewReader(conn)
	for range messages {
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("a message got %s", answer.Status)
		}
	}
	return nil
}
