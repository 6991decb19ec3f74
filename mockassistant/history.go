package mockassistant

import (
	"encoding/json"
	"sync"
	"time"
)

// Verdict is what the verifier said about a token. It is noted whether or not
// security was on: see [Message].Enforced.
type Verdict struct {
	Accepted bool   `json:"accepted"`
	Step     int    `json:"step,omitempty"`    // the verifier's step that rejected, 1 to 16
	Name     string `json:"name,omitempty"`    // the name of the error, as jsonwebtoken has it
	Message  string `json:"message,omitempty"` // its message
}

// Message is one call that carries a token (config, message, notes or delete),
// with what the assistant made of it. It never holds a complete token.
type Message struct {
	Number        int64           `json:"number"` // counts from 1 since start or reset
	Time          time.Time       `json:"time"`   // by the assistant's clock
	Call          Call            `json:"call"`
	IntegrationID string          `json:"integrationId"`
	TransactionID string          `json:"transactionId,omitempty"` // of the request header; stays when the widget sends again
	MessageID     string          `json:"messageId,omitempty"`     // of the body
	Text          string          `json:"text,omitempty"`          // what the user typed, cut to 200 characters
	Welcome       bool            `json:"welcome,omitempty"`       // asks for the greeting
	Token         *Token          `json:"token,omitempty"`         // nil: none came
	Verdict       Verdict         `json:"verdict"`
	Enforced      bool            `json:"enforced"`        // security was on, so the verdict counted
	Fault         string          `json:"fault,omitempty"` // the faults on demand that struck
	Status        int             `json:"status"`          // of the answer
	Reason        string          `json:"reason"`          // why it was answered so, in a sentence
	Hint          string          `json:"hint,omitempty"`  // what to change on the site, for a refusal that was not asked for
	User          string          `json:"user,omitempty"`  // sub when enforced, else the widget's anonymous id
	Session       string          `json:"session,omitempty"`
	Private       json.RawMessage `json:"private,omitempty"` // what user_payload decrypted to
}

// EventKind tells the two kinds of events apart.
type EventKind string

// Every request ends in an Answered; before it, a call that carries a token has a Judged.
const (
	Judged   EventKind = "verdict"
	Answered EventKind = "answer"
)

// Event is something that happened at the assistant. It is told before the
// answer is written, so whoever has an answer finds it among the events.
type Event struct {
	Kind    EventKind `json:"kind"`
	Time    time.Time `json:"time"` // the real time
	Call    Call      `json:"call"`
	Method  string    `json:"method"`
	Path    string    `json:"path"` // with the query
	Origin  string    `json:"origin,omitempty"`
	Status  int       `json:"status"`
	Message *Message  `json:"message,omitempty"` // for a Judged, and for the Answered after it
}

// history keeps the latest messages and tells the events to whoever listens.
type history struct {
	observe func(Event)

	mu        sync.Mutex
	kept      []Message // a ring once it is full
	limit     int
	count     int64 // messages since start or reset
	listeners map[chan Event]struct{}
}

func newHistory(limit int, observe func(Event)) *history {
	return &history{limit: limit, observe: observe, listeners: map[chan Event]struct{}{}}
}

// note keeps the event's message, if it has one, and tells everyone in order.
func (h *history) note(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m := e.Message; m != nil {
		h.count++
		m.Number = h.count
		if len(h.kept) < h.limit {
			h.kept = append(h.kept, *m)
		} else {
			h.kept[(m.Number-1)%int64(h.limit)] = *m
		}
		judged := e
		judged.Kind = Judged
		h.tell(judged)
	}
	e.Kind = Answered
	h.tell(e)
}

func (h *history) tell(e Event) {
	if h.observe != nil {
		h.observe(e)
	}
	for listener := range h.listeners {
		select {
		case listener <- e:
		default: // a listener that does not keep up misses events: the chat must not wait for it
		}
	}
}

// listen returns the events from now on, and what ends the listening.
func (h *history) listen() (events <-chan Event, stop func()) {
	listener := make(chan Event, 256)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[listener] = struct{}{}
	return listener, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.listeners, listener)
	}
}

// since returns the kept messages with a number above after, oldest first.
func (h *history) since(after int64) []Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	oldest := h.count - int64(len(h.kept)) // the number before the oldest one kept
	after = min(max(after, oldest), h.count)
	messages := make([]Message, 0, h.count-after)
	for number := after + 1; number <= h.count; number++ {
		messages = append(messages, h.kept[(number-1)%int64(h.limit)])
	}
	return messages
}

// reset forgets all messages and counts from 1 again.
func (h *history) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept, h.count = nil, 0
}
