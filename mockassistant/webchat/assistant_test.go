package webchat_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// assistant answers by a script, so that a scenario can say which answer comes
// when. The script has a line for each kind of call (init, config, welcome,
// message, event, notes, delete) with the answers in their order; the last one
// is repeated, and a kind without a line is answered "ok". A kind may name a
// message: `"two": expired ok`.
type assistant struct {
	mu       sync.Mutex
	answers  map[string][]string
	sessions int
}

func newAssistant(t *testing.T, script string) *assistant {
	a := &assistant{answers: map[string][]string{}}
	for line := range strings.Lines(script) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		kind, answers, found := strings.Cut(line, ": ")
		if !found || len(strings.Fields(answers)) == 0 {
			t.Fatalf("the assistant's script has a line that is not `kind: answer …`: %q", line)
		}
		for _, answer := range strings.Fields(answers) {
			if _, known := failures[answer]; !known && !isWellAnswer[answer] {
				t.Fatalf("the assistant knows no answer %q", answer)
			}
		}
		a.answers[kind] = strings.Fields(answers)
	}
	return a
}

// failures are the answers that are errors.
var failures = map[string]struct {
	status int
	text   string
}{
	"expired":   {401, `{"error":"token expired"}`},
	"Expired":   {401, `{"error":"Token Expired"}`},
	"401":       {401, `{"error":"not allowed"}`},
	"403":       {403, `{"error":"Forbidden"}`},
	"malformed": {400, `{"error":"token provided is malformed"}`},
	"format":    {400, `{"error":"Authorization header provided but does not follow JWT format"}`},
	"skills":    {400, `{"error":"No skills found for the assistant"}`},
	"404":       {404, `{"error":"Not Found"}`},
	"gone":      {404, `{"error":"Session not found"}`},
	"429":       {429, `{"error":"Too Many Requests"}`},
	"500":       {500, `{"error":"Internal Server Error"}`},
	"empty500":  {500, ``},
	"nocors":    {401, `{"error":"token expired"}`},
}

// isWellAnswer lists the answers that are none of the failures.
//
//	off, unsaid         the first configuration: security is off, is not mentioned
//	slow, slow-expired  ok and expired after a while
//	late                ok, when nobody waits for it any more
//	reset               no answer: the connection is closed
//	timeout             the session ends in 3.2 s, so the warning comes at once
//	silent, parts       an answer without parts, with a part of each kind
//	question            notes that end with a question
//	changed             notes with a change to an earlier message
//	none                notes without messages
//	html, null, number, odd  see oddities
var isWellAnswer = map[string]bool{
	"ok": true, "off": true, "unsaid": true, "slow": true, "slow-expired": true, "late": true, "reset": true,
	"timeout": true, "silent": true, "parts": true, "question": true, "changed": true, "none": true,
	"html": true, "null": true, "number": true, "odd": true,
}

func (a *assistant) next(kinds ...string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, kind := range kinds {
		answers := a.answers[kind]
		switch len(answers) {
		case 0:
			continue
		case 1:
			return answers[0]
		}
		a.answers[kind] = answers[1:]
		return answers[0]
	}
	return "ok"
}

func (a *assistant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if r.Method == http.MethodOptions {
		a.allow(header, r)
		header.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		header.Set("Access-Control-Max-Age", "600")
		return
	}
	var body struct {
		Value     value
		SessionID string `json:"session_id"`
	}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	answer := a.next(kindsOf(r, body.Value)...)
	if answer != "nocors" {
		a.allow(header, r)
	}
	if answer == "late" {
		time.Sleep(3 * time.Second)
	}
	if strings.HasPrefix(answer, "slow") {
		time.Sleep(400 * time.Millisecond)
		answer = strings.TrimPrefix(strings.TrimPrefix(answer, "slow"), "-")
	}
	if answer == "reset" {
		panic(http.ErrAbortHandler)
	}
	if failure, fails := failures[answer]; fails {
		w.WriteHeader(failure.status)
		io.WriteString(w, failure.text)
		return
	}
	if answer == "timeout" {
		header.Set("x-watson-session-timeout", "3.2")
	}
	io.WriteString(w, a.wellAnswer(r, answer, body.Value, body.SessionID))
}

func (a *assistant) allow(header http.Header, r *http.Request) {
	header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	header.Set("Access-Control-Expose-Headers", "x-watson-session-timeout")
}

// value is a message as far as the assistant reads it.
type value struct {
	ID    string
	Input struct {
		Type string `json:"message_type"`
		Text string
	}
	History struct {
		Welcome bool `json:"is_welcome_request"`
	}
}

// kindsOf names the call, the most telling name first.
func kindsOf(r *http.Request, message value) []string {
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/config") && r.FormValue("type") == "init":
		return []string{"init"}
	case strings.HasSuffix(path, "/config"):
		return []string{"config"}
	case strings.HasSuffix(path, "/notes"):
		return []string{"notes"}
	case r.Method == http.MethodDelete:
		return []string{"delete"}
	case message.Input.Type == "event":
		return []string{"event"}
	case message.History.Welcome:
		return []string{"welcome"}
	default:
		return []string{fmt.Sprintf("%q", message.Input.Text), "message"}
	}
}

func (a *assistant) wellAnswer(r *http.Request, answer string, message value, session string) string {
	if text, odd := oddities[answer]; odd {
		return text
	}
	switch kindsOf(r, message)[0] {
	case "init":
		switch answer {
		case "off":
			return `{"authorization":{"is_on":false}}`
		case "unsaid":
			return `{}`
		}
		return `{"authorization":{"is_on":true}}`
	case "config", "delete":
		return `{}`
	case "notes":
		return notes(answer)
	}
	if session == "" {
		a.mu.Lock()
		a.sessions++
		session = fmt.Sprintf("s%d", a.sessions)
		a.mu.Unlock()
	}
	said := "Hello."
	if !message.History.Welcome {
		said = "You said: " + message.Input.Text
	}
	generic := []any{map[string]string{"response_type": "text", "text": said}}
	switch answer {
	case "silent":
		generic = nil
	case "parts":
		generic = parts
	}
	text, err := json.Marshal(map[string]any{"output": map[string]any{"generic": generic}, "session_id": session})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// oddities are answers with the status 200 that make little sense or none.
var oddities = map[string]string{
	"html":   "<!doctype html><title>Sign in</title>",
	"null":   "null",
	"number": "5",
	"odd":    `{"output":{"generic":[null,5,{"response_type":"option","options":[]}]},"context":{"__proto__":{"polluted":1}}}`,
}

// parts is an answer with a part of each kind that the window shows.
var parts = []any{
	map[string]any{"response_type": "text", "text": "<b>bold?</b>"},
	map[string]any{"response_type": "pause", "time": 10},
	map[string]any{"response_type": "option", "title": "Choose", "options": []any{
		map[string]any{"label": "First", "value": map[string]any{"input": map[string]any{"text": "first choice"}}},
		map[string]any{"label": "Second"},
	}},
	map[string]any{"response_type": "image", "source": "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "alt_text": "a map"},
	map[string]any{"response_type": "user_defined", "user_defined": map[string]any{"what": "a form"}},
	map[string]any{"response_type": "video", "title": "a video"},
}

// notes is the stored conversation of a session.
func notes(answer string) string {
	const question = `{"time":"2026-01-01T10:00:00Z","message":{"id":"q1","input":{"message_type":"text","text":"one"},"history":{}}}`
	const reply = `{"time":"2026-01-01T10:00:01Z","message":{"id":"a1","output":{"generic":[{"response_type":"text","text":"You said: one"}]},"history":{}}}`
	const change = `{"time":"2026-01-01T10:00:02Z","message":{"id":"e1","input":{"message_type":"event","event":{"name":"update_history","messageID":"q1","partial_message":{"history":{"error_state":2}}}},"history":{}}}`
	body := map[string]string{
		"ok": question + "," + reply, "question": reply + "," + question, "changed": question + "," + reply + "," + change, "none": "",
	}[answer]
	return `{"notes":[{"type":"HISTORY","body":[` + body + `]}]}`
}
