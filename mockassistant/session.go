package mockassistant

import (
	"cmp"
	"container/list"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Session is one conversation, bound to whoever sent its first message.
type Session struct {
	ID            string          `json:"id"`
	IntegrationID string          `json:"integrationId"`
	User          string          `json:"user"` // sub while security is on, else the widget's anonymous id
	Secured       bool            `json:"secured"`
	Begun         time.Time       `json:"begun"` // real time, as LastUsed
	LastUsed      time.Time       `json:"lastUsed"`
	Turns         int             `json:"turns"`
	Private       json.RawMessage `json:"private,omitempty"` // what user_payload last decrypted to
}

// note is one entry of a session's history, as the widget reads it after a reload.
type note struct {
	Message json.RawMessage `json:"message"`
	Time    time.Time       `json:"time"`
}

const (
	maxNotes     = 40        // entries that a session's history keeps
	maxNoteBytes = 8 << 10   // longer entries are not kept
	maxBytes     = 128 << 20 // of all sessions; beyond it the least recently used go
)

type conversation struct {
	Session
	notes []note
	bytes int
}

// sessions keeps the conversations, the least recently used last. It is bounded
// by number, by the size of what they hold, and by age.
type sessions struct {
	limit   int
	timeout time.Duration

	mu    sync.Mutex
	byID  map[string]*list.Element
	used  *list.List
	bytes int
}

func newSessions(limit int, timeout time.Duration) *sessions {
	return &sessions{limit: limit, timeout: timeout, byID: map[string]*list.Element{}, used: list.New()}
}

// caller is who sends, under which integration.
type caller struct {
	integration string
	user        string
	secured     bool
}

// owns says whether the session is the caller's. An unsecured caller owns all
// unsecured sessions of the integration, as there is nothing to bind them to.
func (c caller) owns(s *Session) bool {
	return s.Secured == c.secured && (!c.secured || s.User == c.user)
}

// begin starts a session for the caller.
func (s *sessions) begin(c caller, now time.Time) *Session {
	begun := &conversation{Session: Session{
		ID: rand.Text(), IntegrationID: c.integration, User: c.user, Secured: c.secured, Begun: now, LastUsed: now,
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[begun.ID] = s.used.PushFront(begun)
	s.grow(begun, len(c.user)+len(c.integration))
	s.evict(now)
	copied := begun.Session
	return &copied
}

// find returns a copy of the session, or nil.
func (s *sessions) find(id, integration string, now time.Time) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evict(now)
	if found := s.get(id); found != nil && found.IntegrationID == integration {
		copied := found.Session
		return &copied
	}
	return nil
}

func (s *sessions) get(id string) *conversation {
	if element := s.byID[id]; element != nil {
		return element.Value.(*conversation)
	}
	return nil
}

// turn counts a message in the session, keeps its private variables when there
// are new ones, and adds to its history.
func (s *sessions) turn(id string, private json.RawMessage, now time.Time, said ...json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element := s.byID[id]
	if element == nil {
		return // deleted by a call in parallel
	}
	s.used.MoveToFront(element)
	c := element.Value.(*conversation)
	c.LastUsed = now
	c.Turns++
	if private != nil {
		s.grow(c, len(private)-len(c.Private))
		c.Private = private
	}
	for _, message := range said {
		if len(message) > maxNoteBytes {
			continue
		}
		c.notes = append(c.notes, note{message, now})
		s.grow(c, len(message))
	}
	if surplus := len(c.notes) - maxNotes; surplus > 0 {
		for _, n := range c.notes[:surplus] {
			s.grow(c, -len(n.Message))
		}
		c.notes = slices.Delete(c.notes, 0, surplus)
	}
	s.evict(now)
}

func (s *sessions) grow(c *conversation, bytes int) {
	c.bytes += bytes
	s.bytes += bytes
}

// seconds is how long a session lasts without a message.
func (s *sessions) seconds() int { return int(s.timeout / time.Second) }

// said returns the session's history, oldest first.
func (s *sessions) said(id string) []note {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.get(id); c != nil {
		return slices.Clone(c.notes)
	}
	return nil
}

// delete ends a session.
func (s *sessions) delete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element := s.byID[id]; element != nil {
		s.remove(element)
	}
}

func (s *sessions) remove(element *list.Element) {
	c := s.used.Remove(element).(*conversation)
	s.bytes -= c.bytes
	delete(s.byID, c.ID)
}

// evict drops what is too old and, from the least recently used, what is too much.
func (s *sessions) evict(now time.Time) {
	for element := s.used.Back(); element != nil; element = s.used.Back() {
		expired := now.Sub(element.Value.(*conversation).LastUsed) > s.timeout
		if !expired && s.used.Len() <= s.limit && s.bytes <= maxBytes {
			return
		}
		s.remove(element)
	}
}

// list returns copies of all sessions, oldest first.
func (s *sessions) list(now time.Time) []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evict(now)
	all := make([]Session, 0, s.used.Len())
	for element := s.used.Front(); element != nil; element = element.Next() {
		all = append(all, element.Value.(*conversation).Session)
	}
	slices.SortStableFunc(all, func(a, b Session) int { return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(a.ID, b.ID)) })
	return all
}

// reset ends all sessions.
func (s *sessions) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byID)
	s.used.Init()
	s.bytes = 0
}
