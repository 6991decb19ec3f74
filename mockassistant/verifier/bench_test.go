package verifier

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchToken is an ordinary token with its key.
func benchToken() (g *generator, key *Key, token string) {
	g = newGenerator(1)
	return g, ReadKey(pemText("PUBLIC KEY", g.key.spki())), g.draft().token()
}

// BenchmarkVerify compares the verdict on an ordinary token with the signature
// check alone: "ratio" is how many times as long it takes. Both are measured in
// turn, and the fastest rounds compared, so that a busy machine does not tell.
func BenchmarkVerify(b *testing.B) {
	g, key, token := benchToken()
	cut := strings.LastIndexByte(token, '.')
	digest := sha256.Sum256([]byte(token[:cut]))
	signature, _ := base64.RawURLEncoding.DecodeString(token[cut+1:])
	public := &g.standard().PublicKey
	now := time.Unix(g.now, 0)
	verdicts, checks := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	const round = 50
	for range b.N {
		begin := time.Now()
		for range round {
			if !key.Verify(token, now).Accepted {
				b.Fatal("refused")
			}
		}
		middle := time.Now()
		for range round {
			if rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) != nil {
				b.Fatal("does not verify")
			}
		}
		verdicts, checks = min(verdicts, middle.Sub(begin)), min(checks, time.Since(middle))
	}
	b.ReportMetric(float64(verdicts)/float64(checks), "ratio")
	b.ReportMetric(float64(verdicts.Nanoseconds())/round, "ns/token")
	b.ReportMetric(testing.AllocsPerRun(100, func() { key.Verify(token, now) }), "allocs/token")
}

// BenchmarkLines compares the tokens a second and core of Lines with those of the
// npm library in Node: "ratio" is how many times as many.
func BenchmarkLines(b *testing.B) {
	requireNPM(b)
	g := newGenerator(1)
	const count = 2000
	requests := make([][]byte, count)
	key := jsonString(pemText("PUBLIC KEY", g.key.spki()))
	for i := range requests {
		requests[i] = request{token: jsonString(g.draft().token()), key: key, now: fmt.Sprint(g.now)}.line(i)
	}
	file := filepath.Join(b.TempDir(), "requests.jsonl")
	if err := os.WriteFile(file, bytes.Join(requests, []byte("\n")), 0o600); err != nil {
		b.Fatal(err)
	}
	here, there := math.Inf(1), math.Inf(1) // seconds of the fastest round
	b.ResetTimer()
	for range b.N {
		var verify Lines
		var out []byte
		begin := time.Now()
		for i, line := range requests {
			out = verify.Answer(out[:0], i+1, line)
		}
		here = min(here, time.Since(begin).Seconds())
		cmd := exec.CommandContext(b.Context(), "node", "reference.js", "bench", file)
		cmd.Dir = npmDir
		text, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil {
			b.Fatal(err)
		}
		there = min(there, seconds)
	}
	b.ReportMetric(there/here, "ratio")
	b.ReportMetric(count/here, "tokens/s")
	b.ReportMetric(count/there, "node-tokens/s")
}

// TestAllocations bounds what an ordinary token costs the garbage collector.
func TestAllocations(t *testing.T) {
	g, key, token := benchToken()
	now := time.Unix(g.now, 0)
	if n := testing.AllocsPerRun(20, func() { key.Verify(token, now) }); n > 25 {
		t.Errorf("%v allocations for one token, want at most 25", n)
	}
}
