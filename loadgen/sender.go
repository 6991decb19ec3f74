package loadgen

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
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
	failureNotBare = "not bare" // something stands round the token
	failurePacked  = "encoding" // the body is not packed as its Content-Encoding says
)

// answer is what became of one request.
type answer struct {
	number          int64 // of the request
	due, sent, done time.Time
	held            time.Duration // how long it waited for others to be answered
	user            *user
	answered        bool   // by whatever
	status, length  int    // of the answer, 0 where none came
	repeats         int    // how often the request was sent again below
	failure         string // class; empty when a token came
	detail          string
	facts           facts
	cache           string // what a cache says that had kept the answer; "" for none
	shared          *user
	changed         bool
}

// lateness is how late the request was sent by this machine's fault.
func (a answer) lateness() time.Duration { return max(0, a.sent.Sub(a.due)-a.held) }

// sender sends requests for users and looks at the answers.
type sender struct {
	client    *endpoint.Client
	transport http.RoundTripper
	inspector *inspector
	isolation *isolation
	users     *turns
	schedule  *schedule
	timeout   time.Duration
	note      func(answer)

	lent secrets.Known // the cookies of all users, which a site may mix up

	ctx   context.Context // of the run
	abort func(error)     // ends it, and says why

	inFlight, maxOpen, lentCount atomic.Int64
}

// worker sends one request at a time. What costs much and changes little, it
// keeps from one request to the next.
type worker struct {
	*sender
	ctx         context.Context // with the time limit, for several requests
	cancel      context.CancelFunc
	until       time.Time // when ctx ends
	trace       httptrace.ClientTrace
	paced       bool          // no schedule says when it sends, so that it waits for the rate that the site bears
	connections int           // that the request was given so far
	idle        time.Duration // how long the first of them had been idle
	body        bytes.Buffer
}

func (s *sender) newWorker() *worker {
	w := &worker{sender: s, cancel: func() {}}
	w.trace.GotConn = func(connection httptrace.GotConnInfo) {
		if w.connections++; w.connections == 1 {
			w.idle = connection.IdleTime
		}
	}
	return w
}

// newPacedWorker returns a worker for what is sent before the load.
func (s *sender) newPacedWorker() *worker {
	w := s.newWorker()
	w.paced = true
	return w
}

// close gives back what the worker keeps.
func (w *worker) close() { w.cancel() }

// limited returns a context that ends after the time limit, give or take a tenth
// of it, so that one context serves many requests.
func (w *worker) limited() context.Context {
	now := time.Now()
	if w.ctx == nil || w.ctx.Err() != nil || w.until.Sub(now) < w.timeout {
		w.cancel()
		w.until = now.Add(w.timeout + w.timeout/10)
		limited, cancel := context.WithDeadline(w.sender.ctx, w.until)
		w.ctx, w.cancel = httptrace.WithClientTrace(limited, &w.trace), cancel
	}
	return w.ctx
}

// serve sends request k for the user whose turn it is. Held is how long it had to
// wait because as many as may be in flight were.
func (w *worker) serve(k int64, held time.Duration) {
	u, done := w.users.next()
	defer done()
	a := w.send(u)
	if w.sender.ctx.Err() == nil || a.failure == "" {
		a.number, a.held = k, held
		a.due = w.schedule.began.Add(w.schedule.due(k))
		w.note(a)
	}
}

// open begins the session of a user: the login, where there is one, and a first
// request for a token.
func (w *worker) open(u *user) answer {
	u.since = time.Now()
	a := answer{user: u}
	if w.begin(&a); a.failure != "" {
		return a
	}
	a = w.send(u)
	u.settled = a.failure == ""
	return a
}

// send asks for a token as the user does and inspects what comes.
func (w *worker) send(u *user) answer {
	raise(&w.maxOpen, w.inFlight.Add(1))
	defer w.inFlight.Add(-1)
	a := answer{user: u}
	if w.admit(&a); a.failure != "" {
		return a
	}
	a.sent = time.Now()
	request, err := u.ask(w.limited(), w.client, a.sent)
	if err != nil {
		a.failure, a.detail = record.FailureBadConfig, err.Error()
		return a
	}
	header, body := w.exchange(request, &a, isSuccess)
	a.done = time.Now()
	if a.failure != "" {
		return a
	}
	u.take(w.client.Given(header, body))
	text, _ := w.client.TokenFrom(header, body)
	token, around := record.Unwrapped(text)
	switch a.failure = notToken(token, body); {
	case a.failure != "":
		a.detail = w.confided(u, request.URL, body)
		return a
	case around != "": // the page hands it over with that
		a.failure, a.detail = failureNotBare, around+" round the token"
		return a
	}
	a.facts = w.inspector.inspect(token, header, a.done, u.since)
	a.facts.asked = a.sent
	a.shared, a.changed = w.isolation.observe(u, a.facts)
	a.facts.broken = w.isolation.unusual(u, a.facts.broken)
	if told, kept := record.CacheSigns(header); kept {
		a.cache = told
	}
	return a
}

// isSuccess says whether the status is one of 2xx: many frameworks answer a POST
// with 201.
func isSuccess(status int) bool { return status/100 == 2 }

// raced is from when on a connection had been idle so long that the server may
// just have been closing it: asking again is then nothing but what browsers do.
const raced = time.Second

// exchange sends the request, which has the user's cookies, and reads the answer
// to its end. Why that failed, or that its status is none that is wanted, it notes
// in a. The body is good until the next exchange.
func (w *worker) exchange(request *http.Request, a *answer, wanted func(status int) bool) (header http.Header, body []byte) {
	w.connections, w.idle = 0, 0
	response, err := w.transport.RoundTrip(request)
	a.repeats = max(0, w.connections-1)
	if err != nil {
		a.fail(err, w.timeout)
		return nil, nil
	}
	a.answered, a.status = true, response.StatusCode
	a.user.keep(w.client, response, request.URL)
	w.keepBack(response.Header)
	var lie string
	body, err = w.read(response)
	if a.length = len(body); err == nil && len(body) <= maxAnswer {
		body, lie, err = endpoint.Unpack(body, response.Header, maxAnswer)
	}
	switch {
	case err != nil:
		a.fail(err, w.timeout)
	case !wanted(response.StatusCode):
		a.failure, a.detail = statusClass(response.StatusCode, response.Header, body), w.confided(a.user, request.URL, body)
	case lie != "":
		a.failure, a.detail = failurePacked, lie // browsers refuse the whole answer
	case len(body) > maxAnswer:
		a.failure, a.detail = record.FailureTooLarge, "more than 64 KiB"
	case a.repeats > 0 && w.idle < raced:
		a.failure, a.detail = record.FailureRepeated, "the server closed the connection without an answer; the request was sent again, as browsers do"
	}
	return response.Header, body
}

// admit has the next request counted by what the site bears. That there may be no
// more ends the run, and is noted in a.
func (w *worker) admit(a *answer) {
	bounds := w.client.Bounds()
	var err error
	if w.paced {
		err = bounds.Wait(w.sender.ctx)
	} else {
		err = bounds.Take()
	}
	if err != nil {
		a.failure, a.detail = record.FailureNotAllowed, err.Error()
		w.abort(err)
	}
}

// read reads the body of an answer to its end, or somewhat beyond maxAnswer.
func (w *worker) read(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil, endpoint.ErrSwitched // the body is the connection itself, whose end nothing bounds
	}
	w.body.Reset()
	_, err := w.body.ReadFrom(io.LimitReader(response.Body, maxAnswer+1))
	return w.body.Bytes(), err
}

// What is kept of the cookies of all users: enough of those that let somebody in, and
// not of a flood of them.
const shortestLent, longestLent, mostLent = 12, 512, 5000

// keepBack notes the cookies that an answer sets, which no other answer may show.
func (s *sender) keepBack(header http.Header) {
	if len(header["Set-Cookie"]) == 0 || s.lentCount.Load() >= mostLent {
		return
	}
	for _, cookie := range endpoint.SetCookies(header) {
		s.keepBackValue("cookie "+cookie.Name, cookie.Value)
	}
}

// keepBackValue is keepBack for one value that the site gave a user.
func (s *sender) keepBackValue(name, value string) {
	if len(value) >= shortestLent && len(value) <= longestLent && s.lentCount.Add(1) <= mostLent {
		s.lent.AddLive(name, value)
		s.lent.AddLive(name, url.QueryEscape(value))
	}
}

// mostConfided is how much of an answer is told, in bytes.
const mostConfided = 1 << 10

// confided is the beginning of what the site answered, without what the
// configuration holds in confidence and without the users' cookies, which a site may
// repeat.
func (s *sender) confided(u *user, from *url.URL, body []byte) string {
	var own secrets.Known
	for _, cookie := range u.jar.Cookies(cookieURL(from)) {
		own.AddLive("cookie "+cookie.Name, cookie.Value)
	}
	text := string(body[:min(len(body), mostConfided)])
	if len(body) > mostConfided {
		text += "…" // what stands before it may be the beginning of a secret
	}
	return s.client.Mask(s.lent.MaskFound(own.MaskValues(text)))
}

// notToken names what stands where a token should, or in the whole body where
// nothing stands there. It returns "" for a token: three segments, whether the verifier
// takes it or not.
func notToken(text string, body []byte) string {
	switch whole := bytes.TrimSpace(body); {
	case text == "" && len(whole) == 0:
		return failureEmpty
	case text == "" && bytes.HasPrefix(whole, []byte("<")), strings.HasPrefix(text, "<"):
		return failureHTML
	case strings.Count(text, ".") != 2 || strings.ContainsAny(text, " \t\r\n"):
		return failureNoToken
	}
	return ""
}

// statusClass names a failure by the answer, as the token part judges it.
func statusClass(status int, header http.Header, body []byte) string {
	switch {
	case endpoint.Throttled(status, header, body):
		return record.FailureThrottled
	case status >= 300 && status < 400:
		return record.FailureRedirect
	}
	return "status " + strconv.Itoa(status)
}

// fail notes what went wrong while sending or reading.
func (a *answer) fail(err error, limit time.Duration) {
	failure := endpoint.FailureOf(err, limit)
	a.failure, a.detail = failure.Class, failure.Message
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
