package endpoint

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

const (
	// usualExcerpt is how much of a body is noted.
	usualExcerpt = 400
	// maxValue is how much of a header's value is noted, maxFields how many headers.
	maxValue  = 400
	maxFields = 60
)

// send sends one request, waits for the answer and notes both. The answer is
// never nil; its exchange says what failed. Redirects are not followed: a token
// or cookie must not be carried to where an answer points.
func (g *gathering) send(ctx context.Context, a ask) *answer {
	if g.halted.Load() != nil {
		return g.stopped(&a)
	}
	leave, err := g.pace.enter(ctx)
	if err != nil {
		return g.stopped(&a)
	}
	defer leave()
	return g.sendNow(ctx, a)
}

// sendNow is send for callers that have waited for their turn themselves.
func (g *gathering) sendNow(ctx context.Context, a ask) *answer {
	if g.halted.Load() != nil {
		return g.stopped(&a)
	}
	limit := orDefault(a.timeout, g.config.Timeout)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := g.request(limited, &a)
	if err != nil {
		result := &answer{exchange: g.opening(&a, nil)}
		result.exchange.Failure = &record.Failure{Class: record.FailureBadConfig, Message: g.secrets.Mask(err.Error())}
		g.note(&a, result)
		return result
	}
	result := &answer{exchange: g.opening(&a, request), visitor: a.visitor}
	response, err := g.roundTripper(&a).RoundTrip(request)
	if err == nil {
		err = g.read(response, result)
	}
	result.exchange.Seconds = time.Since(result.exchange.StartedAt).Seconds()
	switch {
	case ctx.Err() != nil && err != nil:
		return g.stopped(&a)
	case err != nil:
		result.exchange.Failure = failureOf(err, limit)
		result.exchange.Failure.Message = g.secrets.Mask(result.exchange.Failure.Message)
	case isThrottled(result):
		result.exchange.Failure = &record.Failure{Class: record.FailureThrottled, Message: throttledMessage(result)}
	}
	failure := result.exchange.Failure
	if g.pace.note(failure, result.header, result.exchange.StartedAt) {
		g.halted.Store(&record.Failure{Class: failure.Class, Message: "not sent: too many requests before had failed: " + failure.Message})
	} else if failure != nil && failure.Class == record.FailureThrottled && a.tries < maxTries && g.pace.wait(ctx, 1) == nil {
		if a.tries++; a.visitor != nil && !a.foreign {
			a.visitor.takeBackCall()
		}
		return g.sendNow(ctx, a)
	}
	if response != nil {
		g.describe(&a, request, response, result)
	}
	g.note(&a, result)
	return result
}

// maxTries is how often a request is repeated that was refused as one too many:
// an answer that never came says nothing of the site.
const maxTries = 4

// stopped is the answer to what was not sent any more.
func (g *gathering) stopped(a *ask) *answer {
	result := &answer{exchange: g.opening(a, nil)}
	result.exchange.Failure = &record.Failure{Class: record.FailureInterrupted, Message: "not sent"}
	if failure := g.halted.Load(); failure != nil {
		result.exchange.Failure = failure
		g.count(a.probe, failure.Class)
	}
	return result
}

func (g *gathering) roundTripper(a *ask) http.RoundTripper {
	switch {
	case a.client != nil:
		return a.client
	case a.visitor != nil:
		return g.transports.from(a.visitor.local)
	}
	return g.transports.from(noAddress)
}

// opening is the exchange before there is an answer.
func (g *gathering) opening(a *ask, request *http.Request) record.Exchange {
	exchange := record.Exchange{Probe: a.probe, Variant: a.variant, StartedAt: time.Now()}
	if a.visitor != nil {
		exchange.Visitor = a.visitor.name
		if request != nil && !a.foreign {
			exchange.Call = a.visitor.nextCall()
		}
	}
	return exchange
}

// read takes the answer in, within the limits of size and time.
func (g *gathering) read(response *http.Response, result *answer) error {
	defer response.Body.Close()
	result.status, result.header = response.StatusCode, response.Header
	body, err := io.ReadAll(io.LimitReader(response.Body, g.config.MaxBody+1))
	result.body = body
	if err == nil && int64(len(body)) > g.config.MaxBody {
		result.body = body[:g.config.MaxBody]
		return errTooLarge
	}
	return err
}

// describe notes what came back and finds what stands in it.
func (g *gathering) describe(a *ask, request *http.Request, response *http.Response, result *answer) {
	if a.visitor != nil {
		a.visitor.keep(request.URL, response.Cookies())
	}
	whole := result.exchange.Failure == nil || result.exchange.Failure.Class == record.FailureThrottled
	if !a.foreign && whole {
		g.takeToken(a, result)
	}
	exchange := &result.exchange
	if a.probe == record.ProbeJWKS && whole {
		exchange.JWKS, result.body = g.servedKeys(result.body)
	}
	exchange.Echoes = echoes(a, result)
	exchange.Leaks = g.leaks(a, result)
	exchange.Response = &record.Response{
		Status:  response.StatusCode,
		Proto:   response.Proto,
		Bytes:   int64(len(result.body)),
		Cut:     exchange.Failure != nil && exchange.Failure.Class == record.FailureTooLarge,
		Cookies: g.cookieFacts(a, response, result),
		TLS:     tlsFacts(response.TLS),
	}
	if a.bulk && !g.isOdd(result) {
		return // nobody will read the rest
	}
	mask := g.masker(a)
	exchange.Request = record.Request{
		Method: request.Method,
		URL:    mask(request.URL.Redacted()),
		Header: maskedHeader(request.Header, mask),
		Body:   shorten(mask(g.sentBody(a, request)), usualExcerpt),
	}
	if request.URL.Opaque != "" {
		exchange.Request.URL = mask(request.URL.Scheme + "://" + request.URL.Host + request.URL.Opaque)
	}
	if request.Host != request.URL.Host {
		exchange.Request.Header["Host"] = []string{request.Host}
	}
	exchange.Response.Header = maskedHeader(response.Header, mask)
	if cookies := maskedSetCookies(response.Header["Set-Cookie"]); len(cookies) > 0 {
		exchange.Response.Header["Set-Cookie"] = cookies
	}
	exchange.Response.Excerpt = g.excerpt(a, result, mask)
}

func (g *gathering) sentBody(a *ask, request *http.Request) string {
	if a.body != "" || request.ContentLength == 0 {
		return a.body
	}
	return g.config.Body
}

// excerpt is the beginning of the body. A token is cut to its header and
// payload first, so that nothing of a signature is left at the edge.
func (g *gathering) excerpt(a *ask, result *answer, mask func(string) string) string {
	limit := orDefault(a.excerpt, usualExcerpt)
	text := string(result.body[:min(len(result.body), 64<<10)])
	if result.text != "" {
		text = strings.ReplaceAll(text, result.text, secrets.CutToken(result.text))
	}
	return shorten(mask(strings.ToValidUTF8(text, "\ufffd")), limit)
}

// masker returns what takes the secrets of the configuration, the visitor's
// cookies and its tokens out of a text.
func (g *gathering) masker(a *ask) func(string) string {
	var own secrets.Known
	if a.visitor != nil {
		for name, values := range a.visitor.secrets() {
			for _, value := range values {
				own.AddLive("cookie "+name, value)
			}
		}
	}
	return func(text string) string { return g.secrets.Mask(own.MaskValues(text)) }
}

// maskedHeader is a header as it is noted: without Set-Cookie, which has a form
// of its own, and cut to a bearable size.
func maskedHeader(header http.Header, mask func(string) string) map[string][]string {
	noted := map[string][]string{}
	for name, values := range header {
		if name == "Set-Cookie" || len(values) == 0 || len(noted) >= maxFields {
			continue
		}
		name = strings.Clone(shorten(name, maxValue))
		for _, value := range values[:min(len(values), 5)] {
			// Cloned, because a value keeps the whole header in memory.
			text := strings.Clone(shorten(mask(strings.ToValidUTF8(value, "\ufffd")), maxValue))
			noted[name] = append(noted[name], text)
		}
	}
	return noted
}

// maskedSetCookies keeps the names and attributes of cookies, not their values.
func maskedSetCookies(lines []string) []string {
	var noted []string
	for _, line := range lines[:min(len(lines), 20)] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(pair, "=")
		noted = append(noted, shorten(name+"=«value»;"+attributes, maxValue))
	}
	return noted
}

// shorten cuts text to at most limit bytes and says so.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

var sameSites = map[http.SameSite]string{
	http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None",
}

// cookieFacts describes the cookies that an answer sets.
func (g *gathering) cookieFacts(a *ask, response *http.Response, result *answer) []record.Cookie {
	var facts []record.Cookie
	for _, cookie := range response.Cookies() {
		if len(facts) == 20 {
			break
		}
		values := decoded(cookie.Value)
		facts = append(facts, record.Cookie{
			Name:        strings.Clone(shorten(cookie.Name, maxValue)),
			Fingerprint: secrets.Fingerprint(cookie.Value),
			ValueBytes:  len(cookie.Value),
			HTTPOnly:    cookie.HttpOnly,
			Secure:      cookie.Secure,
			SameSite:    sameSites[cookie.SameSite],
			Path:        strings.Clone(shorten(cookie.Path, maxValue)),
			Domain:      strings.Clone(shorten(cookie.Domain, maxValue)),
			MaxAge:      cookie.MaxAge,
			Expires:     cookie.Expires,
			HoldsToken: slices.ContainsFunc(values, func(value string) bool {
				return slices.ContainsFunc(secrets.Tokens(value), g.isIdentityToken)
			}),
			HoldsSub: len(result.sub) >= 6 && slices.ContainsFunc(values, func(value string) bool {
				return strings.Contains(value, result.sub)
			}),
		})
	}
	return facts
}

func tlsFacts(state *tls.ConnectionState) *record.TLS {
	if state == nil {
		return nil
	}
	facts := &record.TLS{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)}
	if len(state.PeerCertificates) > 0 {
		facts.Issuer = state.PeerCertificates[0].Issuer.String()
	}
	return facts
}
