package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/rulebook"
)

func TestParseInstant(t *testing.T) {
	now := time.Unix(1_760_000_000, 0)
	for text, want := range map[string]int64{
		"2026-01-31T12:00:00Z":      1769860800,
		"2026-01-31T12:00:00+01:00": 1769857200,
		"1760000000":                1760000000,
		"-1":                        -1,
		"+90s":                      1760000090,
		"-1h":                       1759996400,
		"+0s":                       1760000000,
	} {
		if got, err := parseInstant(text, now); err != nil || got.Unix() != want {
			t.Errorf("%s: %v, %v, want %d", text, got.Unix(), err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "2026-01-31", "+5", "1e9"} {
		if got, err := parseInstant(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestVerifyLinesBounds: a line up to 16 MiB is answered, a longer one refused,
// and those after it are answered all the same.
func TestVerifyLinesBounds(t *testing.T) {
	line := func(size int) string {
		head, tail := `{"id":"long","token":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	in := strings.NewReader(line(maxRequestLine-1) + "\n" + line(maxRequestLine+1) + "\n" + line(3*maxRequestLine) + "\n" + `{"id":"last"}`)
	var out bytes.Buffer
	if err := verifyLines(t.Context(), in, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"id":"long","ok":false,"errorName":"JsonWebTokenError","errorMessage":"jwt malformed"}`,
		`{"id":null,"ok":false,"errorName":"InputError","errorMessage":"line 2 is longer than 16 MiB"}`,
		`{"id":null,"ok":false,"errorName":"InputError","errorMessage":"line 3 is longer than 16 MiB"}`,
		`{"id":"last","ok":false,"errorName":"JsonWebTokenError","errorMessage":"jwt must be provided"}`,
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no answer %s in:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 4 {
		t.Errorf("%d answers, want 4", n)
	}
}

// TestVerifyLinesAnswersAtOnce: who waits for an answer before the next request gets it.
func TestVerifyLinesAnswersAtOnce(t *testing.T) {
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- verifyLines(context.WithoutCancel(t.Context()), requests, answers) }()
	buffer := make([]byte, 1000)
	for i := range 3 {
		fmt.Fprintf(in, "{\"id\":%d}\n", i)
		n, err := out.Read(buffer)
		if err != nil || !strings.HasPrefix(string(buffer[:n]), fmt.Sprintf(`{"id":%d,"ok":false`, i)) {
			t.Fatalf("request %d is answered with %q, %v", i, buffer[:n], err)
		}
	}
	in.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestVerifyLinesReportsAReadError: an input that breaks off is no silent success.
func TestVerifyLinesReportsAReadError(t *testing.T) {
	in := io.MultiReader(strings.NewReader("{}\n"), failingReader{})
	if err := verifyLines(t.Context(), in, io.Discard); err == nil || !strings.Contains(err.Error(), "torn cable") {
		t.Errorf("error %v", err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, fmt.Errorf("torn cable") }

// TestMintFaults: each fault is seen by the integration, or by the documentation.
func TestMintFaults(t *testing.T) {
	key := newRSAKey(defaultKeyBits)
	public := verifier.ReadKey(publicPEM(&key.PublicKey))
	now := time.Now()
	mint := func(fault func(*minting)) string {
		flags := mintFlags{exp: "+1h", iat: "+0s", nbf: "none"}
		payload, err := flags.payloadText(now)
		if err != nil {
			t.Fatal(err)
		}
		m := &minting{key: key, now: now, header: map[string]any{"alg": "RS256", "typ": "JWT"}, payload: payload, sign: signRS256}
		fault(m)
		token, err := m.token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	examiner := verifier.Examiner{Keys: []*verifier.Key{public}}
	breaches := func(token string) []rulebook.Breach {
		return rulebook.Breaches(rulebook.OpenKept(examiner.Examine(token, now, nil), profiles.Default()))
	}
	if token := mint(func(*minting) {}); !public.Verify(token, now).Accepted || len(breaches(token)) > 0 {
		t.Errorf("a token without a fault: %+v, %v", public.Verify(token, now), breaches(token))
	}
	for _, fault := range mintFaults {
		if token := mint(fault.apply); public.Verify(token, now).Accepted && len(breaches(token)) == 0 {
			t.Errorf("%s: nothing to be seen", fault.id)
		}
	}
}

// TestReadableIsHarmless: nothing from a token moves the cursor or turns the text.
func TestReadableIsHarmless(t *testing.T) {
	if got := readable("a\x1b[2J\u202eb\u0085\xff\n"); got != `a\u001b[2J\u202eb\u0085\ufffd\u000a` {
		t.Errorf("got %q", got)
	}
	if got := readable(strings.Repeat("x", 1000)); len(got) > 200 || !strings.HasSuffix(got, "(1000 bytes)") {
		t.Errorf("got %q", got)
	}
}
