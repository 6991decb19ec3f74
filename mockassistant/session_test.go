package mockassistant_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant"
)

// unsecured lets the tests here do without tokens.
func unsecured(c *mockassistant.Config) { c.PublicKeys, c.SecurityOff = nil, true }

func notesOf(t *testing.T, h http.Handler, session string) (int, answered) {
	t.Helper()
	r := call{path: "/public/chat/shop/channel_conversations/" + session + "/notes"}.send(t, h)
	return r.StatusCode, read(t, r)
}

func TestSessionEndsWhenNothingIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assistant := newAssistant(t, func(c *mockassistant.Config) {
			unsecured(c)
			c.SessionTimeout = 10 * time.Minute
		})
		session := begin(t, assistant, "")
		for _, step := range []struct {
			wait   time.Duration
			status int
		}{{9 * time.Minute, 200}, {9 * time.Minute, 200}, {11 * time.Minute, 404}} {
			time.Sleep(step.wait)
			r := message("", session, "still there").send(t, assistant)
			if r.StatusCode != step.status {
				t.Errorf("%s after the last message: got %d, want %d", step.wait, r.StatusCode, step.status)
			}
			if timeout := r.Header.Get("X-Watson-Session-Timeout"); r.StatusCode == http.StatusOK && timeout != "600" {
				t.Errorf("the header tells %q, want 600 seconds", timeout)
			}
		}
		if n := len(assistant.Sessions()); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestLeastRecentlyUsedSessionGoesFirst(t *testing.T) {
	assistant := newAssistant(t, func(c *mockassistant.Config) {
		unsecured(c)
		c.SessionLimit = 2
	})
	first, second := begin(t, assistant, ""), begin(t, assistant, "")
	message("", first, "first again").send(t, assistant)
	third := begin(t, assistant, "")
	for session, want := range map[string]int{first: 200, second: 404, third: 200} {
		if status, _ := notesOf(t, assistant, session); status != want {
			t.Errorf("got %d, want %d", status, want)
		}
	}
}

func TestHistoryOfASessionIsBounded(t *testing.T) {
	assistant := newAssistant(t, unsecured)
	session := begin(t, assistant, "")
	message("", session, strings.Repeat("long ", 10_000)).send(t, assistant)
	for i := range 60 {
		message("", session, fmt.Sprint(i)).send(t, assistant)
	}
	_, notes := notesOf(t, assistant, session)
	body := notes.Notes[0].Body
	if len(body) != 40 || body[38].Message["id"] != "m-59" {
		t.Errorf("%d entries are kept, the last question is %v; want 40 and m-59", len(body), body[38].Message["id"])
	}
}

// The widget reports changes of its history as events; they come back with it.
func TestHistoryKeepsChangesToIt(t *testing.T) {
	assistant := newAssistant(t, unsecured)
	session := begin(t, assistant, "")
	for _, name := range []string{"update_history", "something_else"} {
		event := message("", session, "")
		event.body = fmt.Sprintf(`{"session_id":%q,"value":{"id":"e1","input":{"message_type":"event","event":{"name":%q,"messageID":"m-hello"}}}}`, session, name)
		r := event.send(t, assistant)
		if a := read(t, r); r.StatusCode != http.StatusOK || len(a.Output.Generic) != 0 {
			t.Errorf("%s: got %d and %d answers; nobody was asked anything", name, r.StatusCode, len(a.Output.Generic))
		}
	}
	_, notes := notesOf(t, assistant, session)
	if body := notes.Notes[0].Body; len(body) != 3 || body[2].Message["id"] != "e1" {
		t.Errorf("the history is %+v", body)
	}
}
