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

// examiner turns an answer into evidence, without the secrets in it. It sends nothing,
// and keeps nothing but the fingerprints of tokens.
type examiner struct {
	*Client
	mu     sync.Mutex
	tokens map[string]struct{} // fingerprints of all tokens but those of crowds
	renews atomic.Bool         // an answer with a token has given a new value for the next request
}

// describe notes what came back, and the cookies, tokens, echoes and leaks in it.
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
		return // the notebook keeps no more of it
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

// sentBody reads the request's body from a copy: the body itself has been sent.
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

// maxSentBody is how much of a request's body is read, in bytes.
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

// remember keeps the fingerprint of a token, so that it is recognised where it does not
// belong.
func (e *examiner) remember(a *ask, bare string) {
	if a.ofCrowd() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tokens[secrets.Fingerprint(bare)] = struct{}{}
}

// isIdentityToken says whether text is a token that this endpoint has served, or one that
// a configured key has signed. Sites have JWTs for other purposes, too.
func (e *examiner) isIdentityToken(text string) bool {
	e.mu.Lock()
	_, known := e.tokens[secrets.Fingerprint(text)]
	e.mu.Unlock()
	return known || slices.ContainsFunc(e.keys, func(key *verifier.Key) bool {
		scheme := key.SignatureScheme(text)
		return scheme != verifier.SchemeUnknown && scheme != verifier.SchemeNone && scheme != verifier.SchemeOtherText
	})
}
