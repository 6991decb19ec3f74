package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/webchatspec/webchatspec/record"
)

// ask is one request that is to be sent.
type ask struct {
	probe, variant string
	visitor        *visitor          // whose cookies go with it; nil for none
	method         string            // "" as configured for a token
	address        *url.URL          // nil for the token endpoint
	header         http.Header       // added to the usual one, replacing equal names
	cookies        []Cookie          // in the place of the jar's, when exact is set
	exact          bool              // send cookies, not the jar's
	rawCookie      string            // a Cookie header that is sent to the letter, in the place of all others
	body           string            // what is sent; "" as configured for a token
	inputs         map[string]string // marked values in the request, looked for in the answer
	foreign        bool              // no request for a token: neither its method nor its body
	odd            bool              // an answer without a token is as good
	bulk           bool              // one of very many: noted in full only when something is odd
	excerpt        int               // bytes of the body that are noted; 0 for the usual
	client         http.RoundTripper // in the place of the visitor's
	timeout        time.Duration     // 0 for the configured one
	tries          int               // how often it has been repeated
}

// expectsToken says whether the endpoint owes a token for this request.
func (a *ask) expectsToken() bool { return !a.foreign && !a.odd }

// answer is what came back, before it is cut for the record.
type answer struct {
	exchange record.Exchange
	visitor  *visitor // who asked; nil for nobody
	status   int
	header   http.Header
	body     []byte
	token    *record.Token
	text     string // the token, complete: never to be noted
	sub      string
}

// ok says whether a token came.
func (a *answer) ok() bool { return a.token != nil }

// pace keeps requests polite: so many a second, so many in flight. Requests that
// tell whose token is whose go one after the other, so that a site that mixes up
// visitors who ask at once is found by the probe for that and by no other.
type pace struct {
	limiter *rate.Limiter
	slots   chan struct{}
	turn    chan struct{}

	mu     sync.Mutex
	resume time.Time // nothing is sent before
	failed time.Time // when the last failure was counted
	class  string    // of the last failure
	inARow int       // how many failures of that class came without a success between
}

// patience is how long a request keeps the others waiting for its answer. A slow
// site is then asked by several at once, up to the concurrency allowed.
const patience = 250 * time.Millisecond

// crowd is how many requests may be let go at the same instant.
const crowd = 50

func newPace(perSecond float64, concurrency int) *pace {
	return &pace{
		limiter: rate.NewLimiter(rate.Limit(perSecond), crowd),
		slots:   make(chan struct{}, concurrency),
		turn:    make(chan struct{}, 1),
	}
}

// enter waits until one request may go, and returns what to call after it.
func (p *pace) enter(ctx context.Context) (leave func(), err error) {
	if err := acquire(ctx, p.slots); err != nil {
		return nil, err
	}
	release, err := p.exclusive(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	if err := p.wait(ctx, 1); err != nil {
		release()
		<-p.slots
		return nil, err
	}
	early := time.AfterFunc(patience, release)
	return func() {
		early.Stop()
		release()
		<-p.slots
	}, nil
}

// exclusive waits until no other request is expected to be answered soon.
func (p *pace) exclusive(ctx context.Context) (release func(), err error) {
	if err := acquire(ctx, p.turn); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { <-p.turn }), nil
}

// wait waits for the rate to allow n requests, and for throttling to pass.
func (p *pace) wait(ctx context.Context, n int) error {
	if err := p.limiter.WaitN(ctx, n); err != nil {
		return err
	}
	p.mu.Lock()
	pause := time.Until(p.resume)
	p.mu.Unlock()
	return sleep(ctx, pause)
}

func acquire(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sleep waits, or returns early when the run is stopped.
func sleep(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	// maxPause bounds what an endpoint may ask for with Retry-After.
	maxPause = 5 * time.Second
	slowest  = rate.Limit(1)
)

// maxInARow is how many failures of a class, one after the other, end the
// gathering: asking on would only burden the endpoint, or take for ever.
var maxInARow = map[string]int{
	record.FailureThrottled: 8,
	record.FailureTimeout:   3,
	record.FailureTooLarge:  12,
}

// note slows the sender down after a throttled answer. It says whether asking
// on makes no sense. Requests that were under way together fail together: those
// that were sent before the last failure came do not count again.
func (p *pace) note(failure *record.Failure, header http.Header, sent time.Time) (enough bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if failure == nil {
		p.class, p.inARow = "", 0
		return false
	}
	if failure.Class != p.class {
		p.class, p.inARow = failure.Class, 0
	} else if sent.Before(p.failed) && failure.Class != record.FailureTooLarge {
		return false
	}
	p.failed = time.Now()
	p.inARow++
	if failure.Class == record.FailureThrottled {
		p.limiter.SetLimit(max(p.limiter.Limit()/2, slowest))
		pause := time.Second
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds >= 0 {
			pause = min(time.Duration(seconds)*time.Second, maxPause)
		}
		p.resume = time.Now().Add(pause)
	}
	limit := maxInARow[failure.Class]
	return limit > 0 && p.inARow >= limit
}

// request builds the request of an ask.
func (c *Client) request(ctx context.Context, a *ask) (*http.Request, error) {
	address := c.endpoint
	if a.address != nil {
		address = a.address
	}
	method, body := a.method, a.body
	if !a.foreign {
		method = orDefault(method, c.config.Method)
		if body == "" && method == c.config.Method {
			body = c.config.Body
		}
	}
	request, err := http.NewRequestWithContext(ctx, orDefault(method, http.MethodGet), "http://unused/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		request.Body, request.GetBody, request.ContentLength = http.NoBody, nil, 0
	}
	header := c.header(a, address)
	if host := header.Get("Host"); host != "" {
		request.Host = host
		header.Del("Host")
	} else {
		request.Host = address.Host
	}
	// Go repeats a request when a server closes a connection that was idle, if it
	// may; an empty value says that it may and is not sent.
	header["X-Idempotency-Key"] = []string{}
	target := *address
	request.URL, request.Header = &target, header
	return request, nil
}

// header puts together what the configuration, the visitor and the ask say.
// What is configured goes to the endpoint's own host and no other.
func (c *Client) header(a *ask, address *url.URL) http.Header {
	header := http.Header{"Accept": {"*/*"}, "User-Agent": {userAgent}}
	own := address.Scheme == c.endpoint.Scheme && address.Host == c.endpoint.Host
	if own {
		header = c.configuredHeader()
		if a.foreign {
			header.Del("Content-Type")
		}
	}
	if v := a.visitor; v != nil {
		if v.agent != "" {
			header.Set("User-Agent", v.agent)
		}
		if v.user != nil && own {
			setAll(header, v.user.Header)
		}
	}
	setAll(header, a.header)
	if a.rawCookie != "" {
		header["Cookie"] = []string{a.rawCookie}
	} else if cookies := joinCookies(c.cookies(a, address, own)); cookies != "" {
		header["Cookie"] = []string{cookies}
	}
	return header
}

// cookies puts together the configured cookies and those of the visitor.
func (c *Client) cookies(a *ask, address *url.URL, own bool) []Cookie {
	var cookies []Cookie
	if own {
		cookies = append(cookies, c.config.Cookies...)
		if a.visitor != nil && a.visitor.user != nil {
			cookies = append(cookies, a.visitor.user.Cookies...)
		}
	}
	jar := a.cookies
	if !a.exact && a.visitor != nil {
		jar = a.visitor.cookies(address)
	}
	for _, cookie := range jar {
		cookies = withCookie(cookies, cookie.Name, cookie.Value)
	}
	return cookies
}

func setAll(header, from http.Header) {
	for name, values := range from {
		header[http.CanonicalHeaderKey(name)] = values
	}
}
