package mockassistant

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/secrets"
)

// Config says how a [Server] begins; everything in it can be changed later.
type Config struct {
	// Profile is the contract that tokens are held to beside the verdict; the zero
	// value is the default one. The chats of all profiles are answered.
	Profile profiles.Profile
	// PublicKeys are the texts of the keys for identity tokens; a token is
	// accepted when any of them accepts it. Empty needs SecurityOff.
	PublicKeys  []string
	SecurityOff bool
	// PayloadKey is the vendor-side key that decrypts user_payload.
	// Nil: a pair is made when it is first needed.
	PayloadKey *rsa.PrivateKey
	// Clock is the time tokens are judged by. Nil: the real time.
	Clock *Clock
	// Choices are the answers for which there is no public source.
	Choices Choices
	// Faults strike from the beginning; none does by default.
	Faults []Fault
	// Observe is told each event, in order and never concurrently, before the
	// request is answered. It must not call the Server.
	Observe func(Event)
	// Confidential is what no event, history or list of sessions may tell; nil for
	// nothing beyond what is secret by its form.
	Confidential *secrets.Known
	// HistoryLimit is how many messages are kept; 0 means 1000.
	HistoryLimit int
	// SessionLimit is how many sessions are kept; 0 means 10000. Beyond it the
	// least recently used end.
	SessionLimit int
	// SessionTimeout ends a session after so long without a message, in real
	// time; 0 means one hour.
	SessionTimeout time.Duration
}

// Server is the mock assistant. It may be used by several goroutines.
type Server struct {
	initial  Config
	profile  profiles.Profile
	clock    *Clock
	changing sync.Mutex // held while the policy is replaced
	policy   atomic.Pointer[policy]
	payload  func() (*rsa.PrivateKey, error)
	faults   faultPlan
	history  *history
	sessions *sessions
}

// New returns an assistant. It fails when security is on without a public key
// that the integration could use, saying what is wrong with the key.
func New(c Config) (*Server, error) {
	s := &Server{
		initial:  c,
		profile:  c.Profile.OrDefault(),
		clock:    c.Clock,
		history:  newHistory(cmp.Or(c.HistoryLimit, 1000), c.Observe),
		sessions: newSessions(cmp.Or(c.SessionLimit, 10_000), cmp.Or(c.SessionTimeout, time.Hour)),
		payload:  sync.OnceValues(newPayloadKey),
	}
	if c.HistoryLimit < 0 || c.SessionLimit < 0 || c.SessionTimeout < 0 {
		return nil, errors.New("a limit of the mock assistant is negative; 0 means its default")
	}
	if s.clock == nil {
		s.clock = new(Clock)
	}
	if c.PayloadKey != nil {
		s.payload = func() (*rsa.PrivateKey, error) { return c.PayloadKey, nil }
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	return s, nil
}

// begin puts what can be changed into the state that the configuration says.
func (s *Server) begin() error {
	p, err := newPolicy(!s.initial.SecurityOff, s.initial.PublicKeys, s.initial.Choices)
	if err != nil {
		return err
	}
	faults := make([]Fault, len(s.initial.Faults))
	for i, f := range s.initial.Faults {
		if faults[i], err = f.complete(); err != nil {
			return err
		}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	s.policy.Store(p)
	s.faults.clear("")
	for _, f := range faults {
		s.faults.add(f)
	}
	return nil
}

// Clock returns the clock that tokens are judged by.
func (s *Server) Clock() *Clock { return s.clock }

// AddFault plans a failure; see [ParseFault].
func (s *Server) AddFault(f Fault) error {
	f, err := f.complete()
	if err != nil {
		return err
	}
	s.faults.add(f)
	return nil
}

// ClearFaults forgets the planned failures.
func (s *Server) ClearFaults() { s.faults.clear("") }

// Faults returns the failures that are still to strike.
func (s *Server) Faults() []Fault { return s.faults.list() }

// History returns the latest messages, oldest first.
func (s *Server) History() []Message { return s.history.since(0) }

// Sessions returns the sessions that have not ended, oldest first.
func (s *Server) Sessions() []Session {
	all := s.sessions.list(time.Now())
	for i := range all {
		all[i].IntegrationID = s.initial.Confidential.MaskValues(all[i].IntegrationID)
		all[i].User = s.initial.Confidential.MaskValues(all[i].User)
		all[i].Private = maskedJSON(all[i].Private, s.initial.Confidential)
	}
	return all
}

// Reset returns to the state after [New]: keys, security, choices, faults and
// clock as configured then, no history and no sessions.
func (s *Server) Reset() {
	s.clock.Reset()
	_ = s.begin() // the same configuration was taken by New
	s.history.reset()
	s.sessions.reset()
}

// ServeHTTP answers the wire, the widget's script under its documented
// addresses, and the preview link. It does not look at the host.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	where := locate(r)
	a := s.answer(r, where)
	if a.message != nil {
		a.message.mask(s.initial.Confidential)
	}
	s.history.note(Event{
		Time: time.Now(), Call: where.call, Method: r.Method, Path: shorten(s.initial.Confidential.Mask(r.URL.RequestURI()), 500),
		Origin: shorten(s.initial.Confidential.MaskValues(r.Header.Get("Origin")), 200), Status: a.status, Message: a.message,
	})
	a.write(w, r)
}

// place is what a request's method and path say.
type place struct {
	call        Call
	integration string
	session     string
}

// previewPath is that of the shareable preview link.
const previewPath = "/preview.html"

// locate recognises the wire whatever stands before it: a subscription id, or
// the path of a configured prefix.
func locate(r *http.Request) place {
	path := r.URL.EscapedPath()
	if r.Method == http.MethodOptions {
		return place{call: CallPreflight}
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case reads && isScript(path):
		return place{call: CallScript}
	case reads && path == previewPath:
		return place{call: CallPreview}
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/analytics"):
		return place{call: CallAnalytics}
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if segment != "chat" {
			continue
		}
		if p := locateChat(r, segments[i+1:]); p.call != CallUnknown {
			return p
		}
	}
	return place{call: CallUnknown}
}

// locateChat reads the segments after "chat".
func locateChat(r *http.Request, segments []string) place {
	p := place{call: CallUnknown}
	if len(segments) < 2 {
		return p
	}
	integration, err := url.PathUnescape(segments[0])
	if err != nil || integration == "" {
		return p
	}
	p.integration = integration
	rest := segments[1:]
	switch {
	case r.Method == http.MethodGet && len(rest) == 1 && rest[0] == "config":
		p.call = CallConfig
		if r.URL.Query().Get("type") == "init" {
			p.call = CallInit
		}
	case r.Method == http.MethodPost && len(rest) == 1 && rest[0] == "message":
		p.call = CallMessage
	case r.Method == http.MethodGet && len(rest) == 3 && rest[0] == "channel_conversations" && rest[2] == "notes":
		p.call = CallNotes
	case r.Method == http.MethodDelete && len(rest) == 2 && rest[0] == "sessions":
		p.call = CallDelete
	}
	if p.call == CallNotes || p.call == CallDelete {
		if p.session, err = url.PathUnescape(rest[1]); err != nil {
			p.call = CallUnknown
		}
	}
	return p
}

// answer decides what the request gets.
func (s *Server) answer(r *http.Request, where place) answer {
	switch where.call {
	case CallPreflight:
		return answer{status: http.StatusNoContent}
	case CallScript:
		return script(r.URL.EscapedPath())
	case CallPreview:
		return s.preview(r)
	case CallAnalytics:
		return answer{status: http.StatusNoContent}
	case CallInit:
		return s.initConfig()
	case CallConfig, CallMessage, CallNotes, CallDelete:
		return s.guarded(r, where)
	}
	return refuse(Refusal{http.StatusNotFound, "Not Found: the assistant has no " + r.Method + " " + shorten(r.URL.Path, 200)})
}
