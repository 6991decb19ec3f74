package mockassistant

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// maxBody is the longest request body read, in bytes. The real limit is not public.
const maxBody = 1 << 20

// messageRequest is the body of a message call, as far as the mock reads it.
type messageRequest struct {
	Value     json.RawMessage `json:"value"`
	SessionID string          `json:"session_id"`
	UserID    string          `json:"user_id"`

	utterance utterance // Value decoded
}

// utterance is the part of a message that the answer depends on.
type utterance struct {
	ID    string `json:"id"`
	Input struct {
		MessageType string `json:"message_type"`
		Text        string `json:"text"`
		Event       struct {
			Name string `json:"name"`
		} `json:"event"`
	} `json:"input"`
	Context map[string]any `json:"context"`
	History struct {
		IsWelcomeRequest bool `json:"is_welcome_request"`
	} `json:"history"`
}

// readMessage reads the body within the size limit and notes what was said.
func readMessage(r *http.Request, m *Message) (request messageRequest, refusal *Refusal) {
	if r.Body == nil { // a request that never was on a network
		r.Body = http.NoBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return request, &Refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes", maxBody)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return request, &Refusal{http.StatusRequestTimeout, "the body did not come in time"}
	case err != nil:
		return request, &Refusal{http.StatusBadRequest, "the body could not be read: " + err.Error()}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return request, &Refusal{http.StatusBadRequest, "the body is not a message in JSON: " + err.Error()}
	}
	if len(request.Value) == 0 {
		return request, &Refusal{http.StatusBadRequest, `the body has no "value" with the message in it`}
	}
	if err := json.Unmarshal(request.Value, &request.utterance); err != nil {
		return request, &Refusal{http.StatusBadRequest, `the body's "value" is not a message: ` + err.Error()}
	}
	m.MessageID = shorten(request.utterance.ID, 100)
	m.Text = shorten(secrets.Masked(request.utterance.Input.Text), 200)
	m.Welcome = request.utterance.History.IsWelcomeRequest
	return request, nil
}

// reply is the body of the answer to a message.
type reply struct {
	ID        string         `json:"id"`
	Output    output         `json:"output"`
	Context   map[string]any `json:"context"`
	SessionID string         `json:"session_id"`
	UserID    string         `json:"user_id,omitempty"`
}

type output struct {
	Generic []textResponse `json:"generic"`
}

type textResponse struct {
	ResponseType string `json:"response_type"`
	Text         string `json:"text"`
}

// compose writes the answer: who the sender is to the assistant, and what he
// said. Private variables never appear in it.
func compose(request messageRequest, session *Session, secured bool) reply {
	r := reply{
		ID:        rand.Text(),
		Output:    output{Generic: []textResponse{}},
		Context:   publicContext(request.utterance.Context, session),
		SessionID: session.ID,
		UserID:    session.User,
	}
	if request.utterance.Input.MessageType == "event" {
		return r // nothing was said: the widget tells of an update to its history, say
	}
	say := func(text string) {
		r.Output.Generic = append(r.Output.Generic, textResponse{"text", text})
	}
	who := fmt.Sprintf("To me you are the user %q in session %s.", session.User, session.ID)
	if !secured {
		who = fmt.Sprintf("Security is off, so nobody has checked who you are. You call yourself %q, in session %s.", session.User, session.ID)
		if session.User == "" {
			who = fmt.Sprintf("Security is off, so nobody has checked who you are, in session %s.", session.ID)
		}
	}
	if request.utterance.History.IsWelcomeRequest {
		say("Hello, I am the mock assistant. " + who)
	} else {
		say(fmt.Sprintf("You said: %s", strings.TrimSpace(shorten(request.utterance.Input.Text, 1000))))
		say(who)
	}
	return r
}

// record is what of this exchange belongs into the session's history: question
// and answer, or a change to an earlier entry, which the widget reports as an event.
func (r messageRequest) record(answer json.RawMessage) []json.RawMessage {
	switch {
	case r.utterance.Input.MessageType != "event":
		return []json.RawMessage{r.Value, answer}
	case r.utterance.Input.Event.Name == "update_history":
		return []json.RawMessage{r.Value}
	}
	return nil
}

// publicContext is the context to send back: what the page sent, without
// private variables, and with the assistant's own idea of user and session.
func publicContext(sent map[string]any, session *Session) map[string]any {
	if sent == nil {
		sent = map[string]any{}
	}
	if chat := member(member(sent, "integrations"), "chat"); chat != nil {
		delete(chat, "private")
	}
	global := member(sent, "global")
	if global == nil {
		global = map[string]any{}
		sent["global"] = global
	}
	system := member(global, "system")
	if system == nil {
		system = map[string]any{}
		global["system"] = system
	}
	global["session_id"] = session.ID
	system["user_id"] = session.User
	system["turn_count"] = session.Turns + 1
	return sent
}

// member returns the object under the name, or nil.
func member(of map[string]any, name string) map[string]any {
	inner, _ := of[name].(map[string]any)
	return inner
}
