package mockassistant

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// guarded answers a call that carries a token: what was planned to go wrong
// first, then the token, then the call itself.
func (s *Server) guarded(r *http.Request, where place) answer {
	planned := s.faults.strike(where.call)
	if sleep.For(r.Context(), planned.delay) != nil {
		return refuse(Refusal{http.StatusServiceUnavailable, "the client went away while the answer was held back"})
	}
	p := s.policy.Load()
	m := &Message{
		Time:          s.clock.Now().Add(planned.skew),
		Call:          where.call,
		IntegrationID: shorten(where.integration, 100),
		TransactionID: shorten(r.Header.Get("X-Global-Transaction-ID"), 100),
		Session:       shorten(where.session, 100),
		Enforced:      p.on,
		Fault:         strings.Join(planned.names, ", "),
	}
	a := s.decide(r, where, p, planned, m)
	m.Status = a.status
	if m.Fault != "" {
		m.Hint = "" // what was made to go wrong is not the site's fault
	}
	a.message, a.noCORS = m, planned.noCORS
	return a
}

func (s *Server) decide(r *http.Request, where place, p *policy, planned disturbance, m *Message) answer {
	if planned.anotherKey {
		other, err := anotherKey()
		if err != nil {
			return refuse(Refusal{http.StatusInternalServerError, err.Error()})
		}
		p = &policy{on: p.on, keys: []*verifier.Key{other}, choices: p.choices, examiner: p.examiner}
	}
	var request messageRequest
	if where.call == CallMessage {
		var refusal *Refusal
		if request, refusal = readMessage(r, m); refusal != nil {
			m.Reason = refusal.Text
			return refuse(*refusal)
		}
	}
	payload, refusal := s.authorize(r.Header, p, m)
	if planned.refusal != nil {
		m.Reason = "this failure was asked for"
		refusal = planned.refusal
	}
	if refusal != nil {
		return refuse(*refusal)
	}
	who := caller{integration: where.integration, user: request.UserID, secured: p.on}
	if p.on {
		who.user = payload.Get("sub").Text()
	}
	m.User = shorten(who.user, 200)
	switch where.call {
	case CallMessage:
		return s.converse(request, who, payload, p, m)
	case CallNotes:
		return s.notes(where, who, m)
	case CallDelete:
		return s.end(where, who, p, m)
	default:
		return s.mainConfig(m)
	}
}

// authorize judges the request's token. With security on it returns the token's
// payload, or how the request is refused.
func (s *Server) authorize(h http.Header, p *policy, m *Message) (payload verifier.Value, refusal *Refusal) {
	text, problem := bearer(h)
	if len(text) > maxToken {
		m.Token = &Token{Cut: shorten(text, 12)}
		m.Hint = hintTooLong
		m.Reason = fmt.Sprintf("the token has %d bytes; no more than %d are looked at", len(text), maxToken)
		return payload, &Refusal{http.StatusRequestHeaderFieldsTooLarge, m.Reason}
	}
	var token any
	if problem == "" {
		token = text
	}
	verdict := p.judge(token, m.Time)
	if problem == "" {
		m.Token = showToken(p.examiner.Examine(text, m.Time, nil), text, s.profile)
	}
	if len(p.keys) > 0 {
		m.Verdict = Verdict{verdict.Accepted, verdict.Step, verdict.Name, verdict.Message}
	}
	if !p.on {
		m.Reason = "security is off: anyone may send"
		return payload, nil
	}
	if !verdict.Accepted {
		m.Hint = tokenHint(verdict, m.Token, s.profile)
	}
	return verdict.Payload, p.admit(h, problem, verdict, m)
}

// admit turns the verdict into the assistant's answer: nil to go on, or the refusal.
func (p *policy) admit(h http.Header, problem string, v verifier.Verdict, m *Message) *Refusal {
	m.Reason = v.Name + ": " + v.Message
	switch {
	case len(h.Values("Authorization")) == 0:
		m.Reason = problem
		return &p.choices.MissingToken
	case problem != "":
		m.Reason = problem
		return &Refusal{http.StatusBadRequest, textHeader}
	case !v.Accepted && v.Step <= stepLastFormat:
		return &Refusal{http.StatusBadRequest, textMalformed}
	case v.Name == "TokenExpiredError":
		return &Refusal{http.StatusUnauthorized, textExpired}
	case v.Name == "NotBeforeError":
		return &p.choices.NotYetValid
	case !v.Accepted:
		return &p.choices.RejectedToken
	case v.Payload.Get("sub").Text() == "":
		m.Reason = "the token is properly signed, but its sub claim is not a non-empty string"
		m.Hint = hintNoSub
		return &p.choices.MissingSub
	}
	m.Reason = "the token is accepted"
	return nil
}

// stepLastFormat is the verifier's last step about the form of the token; later
// steps are about keys, signature and times.
const stepLastFormat = 5

// initConfig is what the widget asks at page load; it tells the security switch.
func (s *Server) initConfig() answer {
	return jsonAnswer(map[string]any{"authorization": map[string]any{"is_on": s.SecurityOn()}})
}

// mainConfig is what it asks at the first open.
func (s *Server) mainConfig(m *Message) answer {
	return jsonAnswer(map[string]any{
		"authorization":  map[string]any{"is_on": m.Enforced},
		"integration_id": m.IntegrationID,
	})
}

// converse answers a message, beginning a session when the request names none.
func (s *Server) converse(request messageRequest, who caller, payload verifier.Value, p *policy, m *Message) answer {
	private, refusal := s.private(payload, p, m)
	if refusal != nil {
		return refuse(*refusal)
	}
	now := time.Now()
	var session *Session
	if request.SessionID == "" {
		session = s.sessions.begin(who, now)
		m.Reason += "; a session begins"
	} else if session, refusal = s.owned(request.SessionID, who, p, m); refusal != nil {
		return refuse(*refusal)
	}
	m.Session = session.ID
	a := jsonAnswer(compose(request, session, p.on))
	a.sessionTimeout = s.sessions.seconds()
	s.sessions.turn(session.ID, private, now, request.record(a.body)...)
	return a
}

// owned finds the caller's session, or says how to refuse.
func (s *Server) owned(id string, who caller, p *policy, m *Message) (*Session, *Refusal) {
	session := s.sessions.find(id, who.integration, time.Now())
	switch {
	case session == nil:
		m.Reason += "; but there is no such session, or it has timed out"
		m.Hint = hintGone
		return nil, &Refusal{http.StatusNotFound, textNoSession}
	case !who.owns(session):
		m.Reason += fmt.Sprintf("; but the session belongs to %s", strconv.Quote(shorten(session.User, 200)))
		m.Hint = hintOtherSub
		return nil, &p.choices.OtherSub
	}
	return session, nil
}

// notes returns what was said in a session, for a page that was loaded again.
func (s *Server) notes(where place, who caller, m *Message) answer {
	session := s.sessions.find(where.session, who.integration, time.Now())
	if session == nil || !who.owns(session) {
		m.Reason += "; but this caller has no such session"
		m.Hint = hintGone
		return refuse(Refusal{http.StatusNotFound, textNoSession})
	}
	type historyNote struct {
		Type string `json:"type"`
		Body []note `json:"body"`
	}
	a := jsonAnswer(map[string]any{"notes": []historyNote{{"HISTORY", s.sessions.said(session.ID)}}})
	a.sessionTimeout = s.sessions.seconds()
	return a
}

// end deletes a session. One that has gone already counts as deleted.
func (s *Server) end(where place, who caller, p *policy, m *Message) answer {
	session := s.sessions.find(where.session, who.integration, time.Now())
	if session != nil && !who.owns(session) {
		m.Reason += "; but the session belongs to another user"
		m.Hint = hintOtherSub
		return refuse(p.choices.OtherSub)
	}
	s.sessions.delete(where.session)
	return jsonAnswer(struct{}{})
}
