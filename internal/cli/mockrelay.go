package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant"
)

// relayed are the headers that the developer's endpoint gets from the browser. The
// Origin is the browser's own: an endpoint that minds it must be seen to do so.
var relayed = []string{"Accept", "Accept-Language", "Cookie", "Origin", "User-Agent"}

// relay asks the developer's endpoint, cookies and all, so that the demo page
// needs no CORS. It passes on what that page asks, and nothing else: no other
// method, body, query or header, and nothing that another page asks, also not under
// a name that is not the mock's. What the endpoint answers is bounded.
type relay struct {
	proxy httputil.ReverseProxy
	limit time.Duration // for one answer
}

const (
	relayLimit = 30 * time.Second
	relayBytes = 1 << 20 // of an answer: many times the largest token
)

// newRelay returns one to the endpoint at the address.
func newRelay(address string) (*relay, error) {
	target, err := url.Parse(address)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return nil, fmt.Errorf("%q: want the URL of a token endpoint, as in http://localhost:3000/createJWT", withoutSecrets(address))
	}
	user := target.User
	target.User = nil
	client, err := endpoint.New(endpoint.Config{URL: target.String(), Timeout: relayLimit})
	if err != nil {
		return nil, err
	}
	const idle = 4 // a page asks with one at a time
	r := &relay{limit: relayLimit}
	r.proxy = httputil.ReverseProxy{
		Transport: client.Transport(idle), Rewrite: func(p *httputil.ProxyRequest) { asOwn(p, target, user) },
		ModifyResponse: boundRelayed, ErrorHandler: r.tell, ErrorLog: log.New(io.Discard, "", 0), // the page is told
	}
	return r, nil
}

// asOwn makes what the page asks a request for a token.
func asOwn(p *httputil.ProxyRequest, target *url.URL, user *url.Userinfo) {
	header := http.Header{}
	for _, name := range relayed {
		if values := p.In.Header.Values(name); values != nil {
			header[name] = values
		}
	}
	if user != nil {
		password, _ := user.Password()
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	p.Out = (&http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: header, Proto: p.Out.Proto, ProtoMajor: 1, ProtoMinor: 1}).WithContext(p.In.Context())
}

// errRelayed ends an answer that no page could use.
var errRelayed = errors.New("the answer is larger than 1 MiB")

// boundRelayed bounds an answer.
func boundRelayed(response *http.Response) error {
	switch {
	case response.StatusCode == http.StatusSwitchingProtocols:
		return endpoint.ErrSwitched
	case response.ContentLength > relayBytes:
		return errRelayed
	}
	response.Body = &boundedBody{response.Body, relayBytes}
	return nil
}

// boundedBody fails when more is read of a body than is left.
type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errRelayed
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	b.left -= n
	return n, err
}

// tell answers the page when the endpoint cannot be asked.
func (r *relay) tell(w http.ResponseWriter, _ *http.Request, err error) {
	message := err.Error()
	if !errors.Is(err, errRelayed) {
		message = endpoint.FailureOf(err, r.limit).Message
	}
	http.Error(w, "the token endpoint of --issuer cannot be asked: "+message, http.StatusBadGateway)
}

// under returns the relay for the demo page of a mock of that name.
func (r *relay) under(name string) http.Handler {
	return mockassistant.UnderOwnNames(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		switch {
		case request.Method != http.MethodGet:
			http.Error(w, "the demo page asks with GET only", http.StatusMethodNotAllowed)
		case !fromOwnPage(request):
			http.Error(w, "only the demo page of this mock may ask here", http.StatusForbidden)
		default:
			limited, cancel := context.WithTimeout(request.Context(), r.limit)
			defer cancel()
			r.proxy.ServeHTTP(w, request.WithContext(limited))
		}
	}), name)
}

// fromOwnPage says whether the request comes from a page of this mock, as far as the
// browser says so.
func fromOwnPage(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	for _, text := range r.Header.Values("Origin") {
		if origin, err := url.Parse(text); err != nil || origin.Host != r.Host {
			return false
		}
	}
	return true
}
