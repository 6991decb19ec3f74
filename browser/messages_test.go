package browser

import (
	"testing"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// A message at the assistant and the handler that gave its token are told by two ways, and
// the message may be seen first. It has its token all the same.
func TestAMessageMayBeSeenBeforeItsToken(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
	o := newTestObserver(t)
	call := mockassistant.Message{Call: mockassistant.CallMessage, Text: "Hello", Status: 200, Token: &mockassistant.Token{Fingerprint: secrets.Fingerprint(jwt)}}
	call.Verdict.Accepted = true
	o.messages.observe(mockassistant.Event{Kind: mockassistant.Answered, Message: &call})
	if token := o.messages.acceptedLocked(); token != nil {
		t.Errorf("the token %s is known before it was given", token.token.ID)
	}
	given := o.widget.describeLocked(&tokenReport{record.TypeString, jwt})
	if token := o.messages.acceptedLocked(); token == nil || token.token.ID != given.Token {
		t.Errorf("the accepted token is %v, want %s", token, given.Token)
	}
	if page := o.finish(); len(page.Messages) != 1 || page.Messages[0].Token != given.Token {
		t.Errorf("messages %+v, want the token %s", page.Messages, given.Token)
	}
}
