package loadgen

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// maxAnswer bounds what is read of an answer: eight times the largest token that
// fits into the header of a request.
const maxAnswer = 64 << 10

// Classes of failed requests that only a load run has; the others are record's.
const (
	failureHTML    = "html"
	failureEmpty   = "empty"
	failureNoToken = "no token"
)

// answer is what became of one request.
type answer struct {
	due, sent, done time.Time
	user            *user
	answered        bool   // by whatever
	failure         string // class; empty when a token came
	detail          string
	facts           facts
	shared          *user
	changed         bool
}

// sender sends one request for one user and looks at the answer. It is the
// transport of vegeta's client, which decides when; the rest is decided here.
type sender struct {
	client    *endpoint.Client
	transport http.RoundTripper
	inspector *inspector
	isolation *isolation
	users     *turns
	schedule  *schedule
	timeout   time.Duration
	note      func(answer)

	ctx     context.Context // of the run: vegeta's requests carry none
	running sync.RWMutex    // held for reading while a request is on its way

	inFlight, maxOpen atomic.Int64
}

// sequenceHeader is where vegeta puts the number of the request. It is not sent.
const sequenceHeader = "X-Vegeta-Seq"

// RoundTrip sends the request that vegeta's is the signal for. Vegeta gets an
// empty answer: its own judgement, for which a redirect is a success, is not used.
func (s *sender) RoundTrip(signal *http.Request) (*http.Response, error) {
	s.running.RLock()
	defer s.running.RUnlock()
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	k, err := strconv.ParseInt(signal.Header.Get(sequenceHeader), 10, 64)
	if err != nil {
		return nil, err
	}
	u, done := s.users.next()
	defer done()
	a := s.send(u)
	if s.ctx.Err() == nil || a.failure == "" {
		a.due = s.schedule.began.Add(s.schedule.due(k))
		s.note(a)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: signal}, nil
}

// finish waits for the requests that are on their way.
func (s *sender) finish() {
	s.running.Lock()
	defer s.running.Unlock()
}

// open begins the session of a user: the login, where there is one, and a first
// request for a token.
func (s *sender) open(u *user) answer {
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()
	u.since = time.Now()
	a := answer{user: u}
	if s.begin(ctx, &a); a.failure != "" {
		return a
	}
	a = s.send(u)
	u.settled = a.failure == ""
	return a
}

// send asks for a token as the user does and inspects what comes.
func (s *sender) send(u *user) answer {
	raise(&s.maxOpen, s.inFlight.Add(1))
	defer s.inFlight.Add(-1)
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()

	a := answer{user: u, sent: time.Now()}
	request, err := s.client.RequestFor(ctx, u.account, u.values)
	if err != nil {
		a.failure, a.detail = record.FailureBadConfig, err.Error()
		return a
	}
	// As browsers do, send again what met a connection that the server was just
	// closing: without values the header is not sent and only says so to the transport.
	request.Header["Idempotency-Key"] = []string{}
	header, body := s.exchange(request, &a, func(status int) bool { return status == http.StatusOK })
	a.done = time.Now()
	if a.failure != "" {
		return a
	}
	text, _ := s.client.TokenFrom(header, body)
	token := record.Bare(text)
	if a.failure = notToken(token); a.failure != "" {
		a.detail = string(body)
		return a
	}
	a.facts = s.inspector.inspect(token, header, a.done, u.since)
	a.shared, a.changed = s.isolation.observe(u, a.facts)
	return a
}

// exchange sends the request with the user's cookies and reads the answer to its
// end. Why that failed, or that its status is none that is wanted, it notes in a.
func (s *sender) exchange(request *http.Request, a *answer, wanted func(status int) bool) (header http.Header, body []byte) {
	cookies := cookieURL(request.URL)
	for _, cookie := range a.user.jar.Cookies(cookies) {
		request.AddCookie(cookie)
	}
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		a.failure, a.detail = failureClass(err), err.Error()
		return nil, nil
	}
	a.answered = true
	a.user.jar.SetCookies(cookies, response.Cookies())
	body, err = readBounded(response)
	switch {
	case err != nil:
		a.failure, a.detail = failureClass(err), err.Error()
	case !wanted(response.StatusCode):
		a.failure, a.detail = statusClass(response.StatusCode), string(body)
	case len(body) > maxAnswer:
		a.failure, a.detail = record.FailureTooLarge, "more than 64 KiB"
	}
	if plain, _, err := endpoint.Unpack(body, response.Header, maxAnswer); err == nil {
		body = plain
	}
	return response.Header, body
}

// readBounded reads the body of an answer to its end, or somewhat beyond maxAnswer.
func readBounded(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
}

// notToken names what stands where a token should, or returns "" for a token:
// three parts, whether the verifier takes it or not.
func notToken(text string) string {
	switch {
	case text == "":
		return failureEmpty
	case strings.HasPrefix(text, "<"):
		return failureHTML
	case strings.Count(text, ".") != 2 || strings.ContainsAny(text, " \t\r\n"):
		return failureNoToken
	}
	return ""
}

func statusClass(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return record.FailureThrottled
	case status >= 300 && status < 400:
		return record.FailureRedirect
	}
	return "status " + strconv.Itoa(status)
}

// failureClass names a failed exchange.
func failureClass(err error) string {
	var netError net.Error
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EADDRNOTAVAIL):
		return record.FailureGenerator
	case errors.Is(err, syscall.ECONNREFUSED):
		return record.FailureRefused
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netError) && netError.Timeout():
		return record.FailureTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return record.FailureClosed
	}
	return record.FailureOther
}

// excerpt is the masked beginning of a text, on one line.
func excerpt(text string) string {
	const most = 120
	text, _ = secrets.Mask(text[:min(len(text), 4<<10)])
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// raise makes highest at least n.
func raise(highest *atomic.Int64, n int64) {
	for {
		known := highest.Load()
		if n <= known || highest.CompareAndSwap(known, n) {
			return
		}
	}
}
