//nolint:misspell // image/color spells it its way
package reports_test

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

var sampleStart = time.Date(2026, 11, 22, 8, 35, 7, 0, time.UTC)

// sampleRun is a run as verify makes it of a site with a few defects: every
// state, all kinds of evidence.
func sampleRun(t testing.TB) record.Run {
	t.Helper()
	return record.Run{
		SchemaVersion: record.SchemaVersion,
		Tool:          record.Tool{Name: "webchatspec", Version: "v0.1.0"},
		StartedAt:     sampleStart,
		FinishedAt:    sampleStart.Add(18400 * time.Millisecond),
		Verdict:       record.VerdictFailed,
		Target: record.Target{
			Endpoint: "https://shop.example/createJWT", Page: "https://shop.example/", TokenIn: "body",
			PublicKey: &record.PublicKey{Kind: "rsa", Bits: 2048, Fingerprint: secrets.Fingerprint("a key")},
		},
		Parts: []record.Part{
			{Name: "token", Seconds: 5.2},
			{Name: "page", Seconds: 4.7},
			{Name: "load", Seconds: 8.1},
			{Name: "judge", Seconds: 0.04},
		},
		Outcomes: sampleOutcomes(),
		Evidence: record.Evidence{Keys: sampleKeys(), Tokens: sampleTokens(), Page: samplePage(t)},
		Load:     []record.Load{sampleLoad(t)},
	}
}

func sampleOutcomes() []record.Outcome {
	return []record.Outcome{
		{ID: "token-served", Area: "token", Level: record.Must, State: record.Passed,
			Title: "The token endpoint, asked as configured, answers 200 and a non-empty body",
			Why:   "Without a token the chat does not open.", Source: "vendor: enable (fetch createJWT)"},
		{ID: "token-trimmed", Area: "token", Level: record.Should, State: record.Failed,
			Title:  "No blank or newline round the token",
			Why:    "A browser trims a header value, other clients do not: they send a token that is refused.",
			Fix:    "Send the token as it is: res.send(token), not res.send(token + '\\n').",
			Source: "jsonwebtoken's token pattern", Reproduce: `curl -sS 'https://shop.example/createJWT' | tail -c 8 | xxd`,
			Findings: []record.Finding{{
				Requirement: "Nothing stands round the token", Expected: "a body that ends with the token",
				Actual: "a trailing newline (23 of 23 answers)", Hint: "println and echo add a newline; print and printf do not."}}},
		{ID: "alg-rs256", Area: "header", Level: record.Must, State: record.Passed,
			Title: `alg is exactly "RS256"`, Source: "vendor: enable; RFC 8725 §3.1-3.2"},
		{ID: "header-no-private-key", Area: "header", Level: record.Must, State: record.Passed,
			Title: "No private or secret member in the header", Source: "RFC 7517 §9"},
		{ID: "exp-present", Area: "claims", Level: record.Must, State: record.Failed,
			Title:     "exp is present",
			Why:       "A token that never expires can be used for ever by whoever gets hold of it.",
			Fix:       "Give the token a life of an hour at most: jwt.sign(claims, key, {algorithm: 'RS256', expiresIn: '1h'}).",
			Source:    "vendor: enable tip; RFC 8725 §3.10; OWASP",
			Reproduce: `curl -sS 'https://shop.example/createJWT' | cut -d. -f2 | base64 -d`,
			Findings: []record.Finding{
				{Requirement: "The payload has the member exp", Expected: "exp, in seconds since 1970", Actual: `{"sub":"anon-5b6c","iat":1795336507} (visitor 1, call 1)`,
					Hint: "jsonwebtoken sets exp only when asked to: expiresIn."},
				{Requirement: "The payload has the member exp", Expected: "exp, in seconds since 1970", Actual: `{"sub":"anon-9e01","iat":1795336509} (visitor 2, call 1)`},
			}},
		{ID: "exp-ahead", Area: "claims", Level: record.Must, State: record.Blocked, BlockedBy: "exp-present",
			Title: "On issue exp is later than the server's time by at least 5 s"},
		{ID: "nbf-past", Area: "claims", Level: record.Must, State: record.Passed, Title: "nbf is absent or not later than the server's time"},
		{ID: "claims-no-personal-data", Area: "claims", Level: record.Should, State: record.Waived,
			Title:  "No personal data in clear claims",
			Waiver: &record.Waiver{Reason: "the name claim goes with the next release", Owner: "Web team", Expires: "2026-12-31"}},
		{ID: "key-size", Area: "key", Level: record.Must, State: record.Passed, Title: "Modulus is at least 2048 bits", Source: "RFC 7518 §3.3"},
		{ID: "sub-unique-anonymous", Area: "identity", Level: record.Must, State: record.Passed, Title: "Two clients without cookies get different sub"},
		{ID: "login-keeps-sub", Area: "identity", Level: record.Must, State: record.NotRun, Reason: "no user is configured",
			Title: "After login in the session sub stays, identity goes to user_payload"},
		{ID: "cors-not-open", Area: "http", Level: record.Should, State: record.Inconclusive, Reason: "the endpoint answered 429 to 12 of 14 requests",
			Title: `No Access-Control-Allow-Origin "*"`},
		{ID: "tls-hsts", Area: "http", Level: record.Should, State: record.NotApplicable, Reason: "the endpoint is on loopback, without TLS",
			Title: "Strict-Transport-Security on https"},
		{ID: "http-head-options", Area: "http", Level: record.May, State: record.Failed, Title: "HEAD answers as GET does, without a body, or with 405",
			Source: "RFC 9110 §9.3.2", Findings: []record.Finding{{Requirement: "HEAD has the media type of GET", Expected: "text/plain; charset=utf-8", Actual: "text/html; charset=utf-8"}}},
		{ID: "relying-alg-none", Area: "relying", Level: record.Must, State: record.NotRun, Reason: "the probe relying is not part of this run",
			Title: "Endpoints that take the token back refuse an unsigned one"},
		{ID: "page-first-message", Area: "page", Level: record.Must, State: record.Passed,
			Title: "The chat opens and the first message is sent with a token that the assistant accepts", Source: "vendor: enable"},
		{ID: "page-renews", Area: "page", Level: record.Must, State: record.NotRun, Wanted: true, Reason: "the token has no exp, so it does not expire",
			Title: "After the token has expired the page hands over a fresh one", Source: "vendor: identityTokenExpired"},
		{ID: "load-tokens-valid", Area: "load", Level: record.Must, State: record.Passed,
			Title: "Every token issued under load is accepted by the verifier at the time it was received"},
	}
}

func sampleKeys() []record.Key {
	return []record.Key{
		{Source: "public.pem", Form: "spki", Kind: "rsa", Bits: 2048, Exponent: "65537", Fingerprint: secrets.Fingerprint("a key")},
		{Source: "next.pem", Form: "none", Kind: "secret", Looks: "OpenSSH public key", Unusable: "the assistant cannot read an OpenSSH public key"},
	}
}

func sampleTokens() []record.Token {
	var tokens []record.Token
	for i := range 23 {
		tokens = append(tokens, record.Token{
			ID: fmt.Sprintf("t%d", i+1), Visitor: fmt.Sprintf("visitor %d", i/3+1), ReceivedAt: sampleStart.Add(time.Duration(i) * 200 * time.Millisecond),
			Fingerprint: secrets.Fingerprint(fmt.Sprint(i)), Bytes: 421,
			Header:    record.SegmentOf(`{"alg":"RS256","typ":"JWT"}`, nil),
			Payload:   record.SegmentOf(fmt.Sprintf(`{"sub":"anon-%04d","iat":%d,"exp":%d}`, i/3, sampleStart.Unix(), sampleStart.Unix()+3600), nil),
			Verdict:   record.Decided{Judged: true, Accepted: i != 7, Name: "TokenExpiredError", Message: "jwt expired"},
			Signature: record.Signature{Scheme: "rs256", Key: 1, Bytes: 256},
		})
	}
	return tokens
}

// sampleLoad is a load run of eight seconds with one stall.
func sampleLoad(t testing.TB) record.Load {
	t.Helper()
	histogram, service := hdrhistogram.New(1, 60_000_000, 3), hdrhistogram.New(1, 60_000_000, 3)
	load := record.Load{
		Name: "steady", StartedAt: sampleStart.Add(10 * time.Second), Requested: 200, Achieved: 199.6, Seconds: 8, Requests: 1600,
		Failures:  map[string]int64{"status 503": 3, "timeout": 1},
		Lateness:  record.Quantiles{P50: 0.0001, P90: 0.0003, P99: 0.0011, P999: 0.002, Max: 0.0021},
		Tokens:    record.LoadTokens{Verified: 1596},
		Generator: record.Generator{CPUSeconds: 0.42, MaxOpen: 44},
		Objective: record.Objective{Percentile: 99, Latency: 0.25, ErrorShare: 0},
		Verdict:   "misses", Reason: "0.25 % of requests failed, 0 % are allowed",
	}
	for second := range 8 {
		row := record.LoadSecond{Second: second, Requests: 200, P50: 0.0021, P99: 0.006, Max: 0.009}
		if second == 5 {
			row.Failures, row.P50, row.P99, row.Max = 4, 0.012, 0.21, 0.24
		}
		load.Series = append(load.Series, row)
		for i := range 200 {
			took := int64(row.P50*1e6) + int64(float64(i*i)/40000*(row.P99-row.P50)*1e6)
			if err := cmp.Or(histogram.RecordValue(took), service.RecordValue(took*2/3)); err != nil {
				t.Fatal(err)
			}
		}
	}
	load.Latency, load.Histogram = quantilesOf(t, histogram)
	load.Service, load.ServiceHistogram = quantilesOf(t, service)
	return load
}

func quantilesOf(t testing.TB, h *hdrhistogram.Histogram) (record.Quantiles, string) {
	t.Helper()
	at := func(quantile float64) float64 { return float64(h.ValueAtQuantile(quantile)) / 1e6 }
	encoded, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return record.Quantiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.Max()) / 1e6}, string(encoded)
}

// samplePage is the evidence of a page whose handler forgets to read the answer.
func samplePage(t testing.TB) *record.Page {
	t.Helper()
	page := &record.Page{
		URL: "https://shop.example/", Browser: "Chromium 156.0.0.0", ClockMode: "pulse", SkewSeconds: 3600.1, StartedAt: sampleStart.Add(5 * time.Second),
		Endpoint: "https://shop.example/createJWT",
		Visits: []record.Visit{{ID: "v1", Visitor: record.VisitorFirst, Step: record.StepLoad, URL: "https://shop.example/", Widget: &record.Widget{
			OnLoad: true, Rendered: true, Subscribed: []string{"identityTokenExpired"},
			Errors: []record.WidgetError{{At: 3.4, Step: record.StepExpiry, Type: "IDENTITY_TOKEN", Message: "the handler returned a non-string token"}},
		}}},
		Steps: []record.PageStep{
			{Visitor: record.VisitorFirst, Name: record.StepLoad, Seconds: 0.62, Done: true, Usable: true},
			{Visitor: record.VisitorFirst, Name: record.StepFirst, At: 0.62, Seconds: 0.31, Done: true, Text: "Where is my order?", Usable: true},
			{Visitor: record.VisitorFirst, Name: record.StepExpiry, At: 3.02, Seconds: 0.44, Ended: "the message was not answered", Text: "Are you still there?", Usable: true},
		},
		Firings: []record.Firing{
			{Visitor: record.VisitorFirst, Step: record.StepFirst, At: 0.66, Handlers: 1, Settled: true, Seconds: 0.021, Value: record.TokenValue{Type: "string", JWT: true, Token: "p1"}},
			{Visitor: record.VisitorFirst, Step: record.StepExpiry, At: 3.1, Handlers: 1, Settled: true, Seconds: 0.018, Value: record.TokenValue{Type: "Response"}},
		},
	}
	for _, event := range []record.PageEvent{
		{At: 0.01, Step: record.StepLoad, Kind: "request", Text: "GET https://shop.example/ 200"},
		{At: 0.41, Step: record.StepLoad, Kind: "widget", Text: "onLoad was called; the page listens to identityTokenExpired"},
		{At: 0.62, Step: record.StepFirst, Kind: "step", Text: "the chat is opened"},
		{At: 0.66, Step: record.StepFirst, Kind: "widget", Text: "identityTokenExpired: 1 handler is called"},
		{At: 0.67, Step: record.StepFirst, Kind: "request", Text: "GET https://shop.example/createJWT 200"},
		{At: 0.69, Step: record.StepFirst, Kind: "token", Text: "a token, accepted until 09:35:12"},
		{At: 0.88, Step: record.StepFirst, Kind: "message", Text: "“Where is my order?” was answered"},
		{At: 3.02, Step: record.StepExpiry, Kind: "clock", Text: "page and assistant: one hour ahead"},
		{At: 3.06, Step: record.StepExpiry, Kind: "message", Text: "“Are you still there?” was refused: 401 token expired"},
		{At: 3.10, Step: record.StepExpiry, Kind: "widget", Text: "identityTokenExpired: 1 handler is called"},
		{At: 3.12, Step: record.StepExpiry, Kind: "problem", Text: "the handler set a Response where the text of a token belongs"},
		{At: 3.46, Step: record.StepExpiry, Kind: "clock", Text: "back to the true time"},
	} {
		event.Visitor = record.VisitorFirst
		page.Timeline = append(page.Timeline, event)
	}
	for i, step := range []string{record.StepFirst, record.StepExpiry} {
		page.Screenshots = append(page.Screenshots, record.Screenshot{
			Visitor: record.VisitorFirst, Step: step, At: 0.9 + 2.6*float64(i), Caption: "after the " + step, PNG: samplePNG(t, i),
		})
	}
	return page
}

// samplePNG draws a page with a chat window in it and rows of messages.
func samplePNG(t testing.TB, rows int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(picture, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(picture.Bounds(), color.White)
	fill(image.Rect(0, 0, 320, 24), color.RGBA{R: 20, G: 60, B: 110, A: 255})
	fill(image.Rect(180, 40, 310, 195), color.RGBA{R: 235, G: 238, B: 243, A: 255})
	for i := range rows + 1 {
		fill(image.Rect(190, 55+i*30, 280, 75+i*30), color.RGBA{R: 90, G: 140, B: 220, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// passedRun is the sample without its defects.
func passedRun(t testing.TB) record.Run {
	t.Helper()
	run := sampleRun(t)
	run.Verdict = record.VerdictPassed
	for i := range run.Outcomes {
		o := &run.Outcomes[i]
		if o.State != record.NotApplicable {
			*o = record.Outcome{ID: o.ID, Area: o.Area, Level: o.Level, Title: o.Title, Source: o.Source, State: record.Passed}
		}
	}
	run.Load[0].Failures, run.Load[0].Verdict, run.Load[0].Reason = nil, "meets", ""
	return run
}

// hostileText is what a site under test might send: markup, controls,
// workflow commands, marks that turn text round, and a whole token.
func hostileText() string {
	token := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0." + strings.Repeat("A", 342)
	return "\x1b[31m\x1b]0;owned\a\r\n::error::owned\n##[error]owned <script>alert(1)</script><img src=x onerror=alert(1)> " +
		"]]> &amp; --> \"'` | *bold* [a](javascript:alert(1)) @team #1 http://evil.example www.evil.example " +
		"\u202etxet\u200b \x85\x9b \u0085\u009b\ufffe\uffff \xff\xfe {{.}} ${jndi} " + token
}
