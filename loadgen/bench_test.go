package loadgen

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/fixtures/process"
)

// benchmarkServer is set in the environment of the process that serves the
// benchmark, so that its processor time is not counted as the generator's.
const benchmarkServer = "WEBCHATSPECTEST_BENCHMARK_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(benchmarkServer) != "" {
		serveTokens()
		return
	}
	os.Exit(m.Run())
}

// serveTokens hands out tokens that were signed beforehand, one for each
// visitor. It prints its address, an empty line and its public key, and ends
// with its standard input.
func serveTokens() {
	var tokens []string
	for i := range 100 {
		now := time.Now()
		token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
			"sub": strconv.Itoa(i), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		}).SignedString(keys.For("site"))
		if err != nil {
			panic(err)
		}
		tokens = append(tokens, token)
	}
	visitors := make(chan int, len(tokens))
	for i := range tokens {
		visitors <- i
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor := 0
		if cookie, err := r.Cookie("visitor"); err == nil {
			visitor, _ = strconv.Atoi(cookie.Value)
		} else {
			visitor = <-visitors
			visitors <- visitor
			http.SetCookie(w, &http.Cookie{Name: "visitor", Value: strconv.Itoa(visitor)})
		}
		io.WriteString(w, tokens[visitor%len(tokens)])
	}))
	fmt.Printf("http://%s/\n%s\n", listener.Addr(), keys.PublicPEM(&keys.For("site").PublicKey))
	os.Stdout.Close()
	io.Copy(io.Discard, os.Stdin)
}

// startServer starts the serving process and returns a client for it.
func startServer(b *testing.B) *endpoint.Client {
	b.Helper()
	address, rest := process.Start(b, exec.Command(os.Args[0]), benchmarkServer+"=1")
	key, err := io.ReadAll(rest)
	if err != nil {
		b.Fatal(err)
	}
	return client(b, endpoint.Config{
		URL: address, PublicKeys: []endpoint.KeyText{{Source: "server", Text: string(key)}},
	})
}

// BenchmarkVerification compares the processor time of a load in which every
// token is verified with that of vegeta alone, at the same rate against the same
// server in one run. The ratio holds on other machines, the times do not.
func BenchmarkVerification(b *testing.B) {
	const rate, length = 2000, 5 * time.Second
	client := startServer(b)
	var plain, verified time.Duration
	var requests int64
	for b.Loop() {
		began := processorTime()
		attacker := vegeta.NewAttacker(vegeta.Redirects(vegeta.NoFollow))
		signal := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: client.Endpoint().String()})
		for range attacker.Attack(signal, vegeta.ConstantPacer{Freq: rate, Per: time.Second}, length, "") {
		}
		between := processorTime()
		load, err := Run(b.Context(), client, Config{Rate: rate, Duration: length}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if load.Tokens.Verified == 0 || load.Tokens.Invalid > 0 {
			b.Fatalf("tokens %+v", load.Tokens)
		}
		plain += between - began
		verified += processorTime() - between
		requests += load.Requests
	}
	perRequest := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(requests) }
	b.ReportMetric(0, "ns/op") // the length of the load, which says nothing
	b.ReportMetric(perRequest(plain), "plain-µs/request")
	b.ReportMetric(perRequest(verified), "verified-µs/request")
	b.ReportMetric(float64(verified)/float64(plain), "verified/plain")
}

// BenchmarkInspect is what looking at one token costs.
func BenchmarkInspect(b *testing.B) {
	now := time.Now()
	token := signed(b, "site", jwt.MapClaims{"sub": "someone", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	i := newInspector(client(b, endpoint.Config{
		URL: "http://localhost/", PublicKeys: []endpoint.KeyText{{Text: keys.PublicPEM(&keys.For("site").PublicKey)}},
	}), Config{})
	u := newUsers(1, 1, nil)[0]
	o := newIsolation()
	header := http.Header{"Date": {now.UTC().Format(http.TimeFormat)}}
	for b.Loop() {
		found := i.inspect(token, header, now, now)
		o.observe(u, found)
		i.confirm(found, func(string) { b.Fatal("a right token is refused") })
	}
}
