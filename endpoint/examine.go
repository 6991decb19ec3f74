package endpoint

import (
	"crypto/tls"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// examiner makes the notes of an answer: what stands in it, with everything
// secret cut. It sends nothing and keeps nothing but the tokens it knows.
type examiner struct {
	*Client
	mu     sync.Mutex
	tokens map[string]struct{} // fingerprints of tokens seen outside of crowds
	renews atomic.Bool         // an answer with a token has given another value for the next request
}

// describe notes what came back and finds what stands in it.
func (e *examiner) describe(a *ask, request *http.Request, response *http.Response, result *answer) {
	if a.visitor != nil {
		a.visitor.keep(request.URL, SetCookies(response.Header))
	}
	for _, cookie := range SetCookies(response.Header) {
		if len(cookie.Value) >= liveCookie {
			e.live.AddLive("cookie "+cookie.Name, cookie.Value)
		}
	}
	if a.visitor != nil && a.visitor.renew(e.Client, !a.foreign, result) {
		e.renews.Store(true)
	}
	if a.step != nil {
		result.exchange.Refused = e.outcome(a, result)
	}
	whole := result.exchange.Failure == nil || result.exchange.Failure.Class == record.FailureThrottled
	if !a.foreign && whole {
		e.takeToken(a, result)
	}
	exchange := &result.exchange
	if a.probe == record.ProbeJWKS && whole {
		exchange.JWKS, result.body = e.servedKeys(result.body)
	}
	exchange.Echoes = echoes(a, result)
	exchange.Leaks = e.leaks(a, result)
	exchange.Response = &record.Response{
		Status:  response.StatusCode,
		Proto:   response.Proto,
		Bytes:   int64(len(result.body)),
		Cut:     exchange.Failure != nil && exchange.Failure.Class == record.FailureTooLarge,
		Cookies: e.cookieFacts(request.URL, response, result),
		TLS:     tlsFacts(response.TLS),
	}
	if a.ofCrowd() && !isOdd(a, result) {
		return // nobody will read the rest
	}
	mask := e.masker(a)
	exchange.Request = record.Request{
		Method: request.Method,
		URL:    mask(request.URL.Redacted()),
		Header: maskedHeader(request.Header, mask),
		Body:   shorten(mask(sentBody(request)), usualExcerpt),
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
	exchange.Response.Excerpt = e.excerpt(a, result, mask)
}

// sentBody is the request's body, which is read from a copy.
func sentBody(request *http.Request) string {
	if request.GetBody == nil {
		return ""
	}
	copied, err := request.GetBody()
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(copied, maxSentBody))
	return string(text)
}

// maxSentBody is how much of a request's body is looked at before it is masked.
const maxSentBody = 64 << 10

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

// remember keeps the fingerprint of a token, to know it where it does not belong.
func (e *examiner) remember(a *ask, bare string) {
	if a.ofCrowd() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tokens[secrets.Fingerprint(bare)] = struct{}{}
}

// isIdentityToken says whether text is a token that this endpoint gave out, or
// one that a key of the configuration signed. Sites have other JWTs, too.
func (e *examiner) isIdentityToken(text string) bool {
	e.mu.Lock()
	_, known := e.tokens[secrets.Fingerprint(text)]
	e.mu.Unlock()
	return known || slices.ContainsFunc(e.keys, func(key *verifier.Key) bool {
		scheme := key.SignatureScheme(text)
		return scheme != verifier.SchemeUnknown && scheme != verifier.SchemeNone && scheme != verifier.SchemeOtherText
	})
}
