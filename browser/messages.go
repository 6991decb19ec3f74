package browser

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
)

// maxMessages bounds the calls at the assistant that are noted.
const maxMessages = 300

// messageLog notes what a visitor's assistant answers to calls with a token.
type messageLog struct {
	*scene
	answered int
}

func (l *messageLog) observe(event mockassistant.Event) {
	m := event.Message
	if event.Kind != mockassistant.Answered || m == nil {
		return
	}
	l.note(func() {
		l.answered++
		if len(l.page.Messages) >= maxMessages {
			l.dropLocked("messages")
			return
		}
		call := record.AssistantCall{
			Visit: l.visitIDLocked(), Visitor: l.visitor, Step: l.step, At: l.momentLocked(), Call: string(m.Call),
			Text: m.Text, Welcome: m.Welcome, Transaction: m.TransactionID, Status: m.Status,
			Reason: mask(m.Reason), Injected: m.Fault != "", Session: m.Session,
			Verdict: record.Decided{
				Judged: true, Accepted: m.Verdict.Accepted, Step: m.Verdict.Step, Name: m.Verdict.Name, Message: m.Verdict.Message,
			},
		}
		if m.Token != nil {
			call.Token = m.Token.Fingerprint // its id comes at the end: the call may be seen before the page is seen to give the token
		}
		l.page.Messages = append(l.page.Messages, call)
		l.tellLocked(record.EventMessage, record.ActorWidget, record.ActorAssistant, "%s", toldCall(m)).Token = l.tokens.id(call.Token)
		l.tellLocked(record.EventMessage, record.ActorAssistant, record.ActorWidget, "%d %s", m.Status, m.Reason).Status = m.Status
	})
}

// toldCall says what a call asks the assistant for.
func toldCall(m *mockassistant.Message) string {
	switch {
	case m.Welcome:
		return "asks for the greeting"
	case m.Call == mockassistant.CallMessage:
		return fmt.Sprintf("the message %q", m.Text)
	case m.Call == mockassistant.CallConfig:
		return "asks for the configuration"
	}
	return string(m.Call)
}

// takenLocked says whether the assistant has answered the message in the step
// under way.
func (l *messageLog) takenLocked(text string) bool {
	for i := len(l.page.Messages) - 1; i >= 0; i-- {
		m := &l.page.Messages[i]
		if m.Visitor == l.visitor && m.Step == l.step && m.Text == text && m.Status == http.StatusOK {
			return true
		}
	}
	return false
}

// rejectedLocked counts how often the assistant has refused the message in the
// step under way.
func (l *messageLog) rejectedLocked(text string) int {
	count := 0
	for i := range l.page.Messages {
		if m := &l.page.Messages[i]; m.Visitor == l.visitor && m.Step == l.step && m.Text == text && m.Status >= 400 {
			count++
		}
	}
	return count
}

// acceptedLocked is the token of the latest call that was accepted, or nil.
func (l *messageLog) acceptedLocked() *noted {
	for i := len(l.page.Messages) - 1; i >= 0; i-- {
		m := &l.page.Messages[i]
		if token := l.tokens.byPrint[m.Token]; token != nil && m.Visitor == l.visitor && m.Verdict.Accepted {
			return token
		}
	}
	return nil
}

// assistant is the mock assistant of one visitor, with a clock of its own.
type assistant struct {
	server *mockassistant.Server
	clock  *mockassistant.Clock
	frozen atomic.Int64 // what its clock tells during a pulse, in milliseconds since 1970; 0: the real time
}

func newAssistant(keys []string, observe func(mockassistant.Event)) (*assistant, error) {
	a := &assistant{clock: new(mockassistant.Clock)}
	var err error
	a.server, err = mockassistant.New(mockassistant.Config{PublicKeys: keys, Clock: a.clock, Observe: observe})
	return a, err
}

// ask gives it a request.
func (a *assistant) ask(request *http.Request) *answer {
	if frozen := a.frozen.Load(); frozen != 0 {
		a.clock.Set(time.UnixMilli(frozen))
	}
	return serve(a.server, request)
}

// freeze stops its clock at a moment: a renewed token is live however long the
// page takes to get it.
func (a *assistant) freeze(moment time.Time) { a.frozen.Store(moment.UnixMilli()) }

// thaw returns its clock to the real time.
func (a *assistant) thaw() {
	a.frozen.Store(0)
	a.clock.Reset()
}
