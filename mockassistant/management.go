package mockassistant

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
)

//go:embed live
var live embed.FS

// maxManagement bounds a management request's body, in bytes; a set of public
// keys is the longest.
const maxManagement = 256 << 10

// Management returns the handler by which a developer or a test suite watches
// and drives the assistant: history, sessions, clock, faults, keys, the security
// switch, choices, reset, live events, and a page that shows it all. It tells
// private variables and obeys whoever asks, so it belongs on a loopback address
// of its own; it answers only under an IP address or the name localhost, and
// refuses changes that a page of another origin asks for. docs/mock.md describes
// each path.
func (s *Server) Management() http.Handler {
	pages, err := fs.Sub(live, "live")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(pages))
	mux.HandleFunc("GET /events", s.streamEvents)
	mux.HandleFunc("GET /status", s.getStatus)
	mux.HandleFunc("GET /history", s.getHistory)
	mux.HandleFunc("DELETE /history", func(w http.ResponseWriter, _ *http.Request) { s.history.reset(); done(w) })
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) { tell(w, map[string]any{"sessions": s.Sessions()}) })
	mux.HandleFunc("DELETE /sessions/{id}", func(w http.ResponseWriter, r *http.Request) { s.sessions.delete(r.PathValue("id")); done(w) })
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) { tell(w, s.clockStatus()) })
	mux.HandleFunc("PUT /clock", s.putClock)
	mux.HandleFunc("DELETE /clock", func(w http.ResponseWriter, _ *http.Request) { s.clock.Reset(); tell(w, s.clockStatus()) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { tell(w, map[string]any{"faults": s.Faults()}) })
	mux.HandleFunc("POST /faults", s.postFault)
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, r *http.Request) { s.faults.clear(r.URL.Query().Get("name")); done(w) })
	mux.HandleFunc("GET /security", func(w http.ResponseWriter, _ *http.Request) { tell(w, map[string]bool{"on": s.SecurityOn()}) })
	mux.HandleFunc("PUT /security", s.putSecurity)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { tell(w, map[string]any{"publicKeys": s.PublicKeys()}) })
	mux.HandleFunc("PUT /keys", s.putKeys)
	mux.HandleFunc("GET /payload-key", s.getPayloadKey)
	mux.HandleFunc("GET /choices", func(w http.ResponseWriter, _ *http.Request) { tell(w, s.Choices()) })
	mux.HandleFunc("PUT /choices", s.putChoices)
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) { s.Reset(); done(w) })
	return UnderOwnNames(headed(http.NewCrossOriginProtection().Handler(mux)))
}

// UnderOwnNames returns a handler that refuses requests under a name that is not
// this machine's, nor one of those given: a page of some other site could have
// pointed that name here.
func UnderOwnNames(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		if !address.IsLocalName(host) && net.ParseIP(host) == nil && !slices.Contains(names, strings.ToLower(host)) {
			fail(w, http.StatusMisdirectedRequest, errors.New("this answers only under an IP address or a name of this machine"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// headed sets the headers that all answers share.
func headed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

func tell(w http.ResponseWriter, v any) {
	a := jsonAnswer(v)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(append(a.body, '\n'))
}

func done(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(refuse(Refusal{status, err.Error()}).body, '\n'))
}

// take reads the JSON of a request into v. It has answered when it returns false.
func take(w http.ResponseWriter, r *http.Request, v any) bool {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "" && kind != "application/json" && kind != "application/x-www-form-urlencoded" {
		fail(w, http.StatusUnsupportedMediaType, errors.New("send JSON"))
		return false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxManagement))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		fail(w, http.StatusBadRequest, err)
		return false
	}
	return true
}

// status is what the live page shows above the messages.
type status struct {
	Security      bool      `json:"security"`
	PublicKeys    int       `json:"publicKeys"`
	Clock         clockView `json:"clock"`
	Faults        []Fault   `json:"faults"`
	FaultNames    []string  `json:"faultNames"`
	Choices       Choices   `json:"choices"`
	Sessions      int       `json:"sessions"`
	PreviewExists bool      `json:"previewLink"`
}

func (s *Server) getStatus(w http.ResponseWriter, _ *http.Request) {
	p := s.policy.Load()
	tell(w, status{
		Security: p.on, PublicKeys: len(p.keys), Clock: s.clockStatus(), Faults: s.Faults(), FaultNames: FaultNames(),
		Choices: p.choices, Sessions: len(s.Sessions()), PreviewExists: !p.on,
	})
}

func (s *Server) getHistory(w http.ResponseWriter, r *http.Request) {
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil {
			fail(w, http.StatusBadRequest, errors.New("after: want the number of a message"))
			return
		}
	}
	tell(w, map[string]any{"messages": s.history.since(after)})
}

type clockView struct {
	Now    time.Time `json:"now"`
	Offset string    `json:"offset"` // ahead of the real time, as in "1h0m0s"
}

func (s *Server) clockStatus() clockView {
	return clockView{s.clock.Now().UTC(), s.clock.Offset().Round(time.Millisecond).String()}
}

// maxOffset bounds what the clock can be told: a century either way.
const maxOffset = 100 * 365 * 24 * time.Hour

func (s *Server) putClock(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Now     *time.Time `json:"now"`
		Advance *string    `json:"advance"`
		Skew    *string    `json:"skew"`
	}
	if !take(w, r, &change) {
		return
	}
	offset := s.clock.Offset()
	var err error
	switch {
	case change.Now != nil && change.Advance == nil && change.Skew == nil:
		offset = time.Until(*change.Now)
	case change.Advance != nil && change.Now == nil && change.Skew == nil:
		var d time.Duration
		d, err = time.ParseDuration(*change.Advance)
		offset += d
	case change.Skew != nil && change.Now == nil && change.Advance == nil:
		offset, err = time.ParseDuration(*change.Skew)
	default:
		err = errors.New(`want one of {"now": "2030-01-02T03:04:05Z"}, {"advance": "1h"} and {"skew": "-5m"}`)
	}
	if err == nil && offset.Abs() > maxOffset {
		err = errors.New("the clock cannot be more than a century off")
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	s.clock.Skew(offset)
	tell(w, s.clockStatus())
}

// maxFaults bounds the plan.
const maxFaults = 100

func (s *Server) postFault(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Fault Fault `json:"fault"`
	}
	if !take(w, r, &change) {
		return
	}
	if len(s.Faults()) >= maxFaults {
		fail(w, http.StatusConflict, errors.New("too many faults are planned; clear them first"))
		return
	}
	if err := s.AddFault(change.Fault); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	tell(w, map[string]any{"faults": s.Faults()})
}

func (s *Server) putSecurity(w http.ResponseWriter, r *http.Request) {
	var change struct {
		On *bool `json:"on"`
	}
	if !take(w, r, &change) {
		return
	}
	if change.On == nil {
		fail(w, http.StatusBadRequest, errors.New(`want {"on": true} or {"on": false}`))
		return
	}
	if err := s.SetSecurity(*change.On); err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	tell(w, map[string]bool{"on": s.SecurityOn()})
}

func (s *Server) putKeys(w http.ResponseWriter, r *http.Request) {
	var change struct {
		PublicKeys []string `json:"publicKeys"`
	}
	if !take(w, r, &change) {
		return
	}
	if err := s.SetPublicKeys(change.PublicKeys...); err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	tell(w, map[string]any{"publicKeys": s.PublicKeys()})
}

func (s *Server) getPayloadKey(w http.ResponseWriter, _ *http.Request) {
	text, err := s.PayloadPublicKey()
	if err != nil {
		fail(w, http.StatusNotFound, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write([]byte(text))
}

func (s *Server) putChoices(w http.ResponseWriter, r *http.Request) {
	change := s.Choices() // what the request leaves out stays
	if !take(w, r, &change) {
		return
	}
	if err := s.SetChoices(change); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	tell(w, s.Choices())
}
