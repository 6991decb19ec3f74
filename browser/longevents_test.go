package browser

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What a page writes to its console is shortened, with its beginning and the tab
// that it came from; everything else comes as it was sent.
func TestCopyMessages(t *testing.T) {
	long := strings.Repeat("x", 2*longestEvent)
	reply := `{"id":7,"result":{"body":"` + long + `"},"sessionId":"S"}`
	for name, c := range map[string]struct{ sent, method, session, told string }{
		"short":           {`{"method":"Runtime.consoleAPICalled","params":{"type":"log","args":[],"executionContextId":1,"timestamp":1},"sessionId":"S"}`, consoleEvent, "S", ""},
		"console":         {`{"method":"Runtime.consoleAPICalled","params":{"type":"warning","args":[{"type":"string","value":"eyJhbGciOi.` + long + `"}]},"sessionId":"S"}`, consoleEvent, "S", "eyJhbGciOi"},
		"without session": {`{"method":"Runtime.consoleAPICalled","params":{"type":"log","args":[{"type":"string","value":"a` + long + `"}]}}`, consoleEvent, "", "a"},
		"exception":       {`{"method":"Runtime.exceptionThrown","params":{"timestamp":1,"exceptionDetails":{"text":"Uncaught","exception":{"type":"object","description":"Error: it is \u00e4\n` + long + `"}}},"sessionId":"S"}`, exceptionEvent, "S", "Error: it is ä\nxxx"},
		"escaped":         {`{"method":"Runtime.exceptionThrown","params":{"exceptionDetails":{"exception":{"type":"string","value":"` + strings.Repeat(`\u0001`, longestEvent/4) + `"}}},"sessionId":"S"}`, exceptionEvent, "S", "\x01\x01"},
		"no text":         {`{"method":"Runtime.exceptionThrown","params":{"exceptionDetails":{"text":"` + long + `"}},"sessionId":"S"}`, exceptionEvent, "S", "more than a megabyte"},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			err := copyMessages(&got, iotest.HalfReader(strings.NewReader(c.sent+"\x00"+reply+"\x00")))
			if err != io.EOF {
				t.Fatal(err)
			}
			event, rest, _ := strings.Cut(got.String(), "\x00")
			if rest != reply+"\x00" {
				t.Errorf("what follows has %d bytes, want %d", len(rest), len(reply)+1)
			}
			if len(event) > longestEvent {
				t.Errorf("the event has %d bytes", len(event))
			}
			var message cdproto.Message
			read := chromedp.NewPipeConn(io.NopCloser(strings.NewReader(event+"\x00")), nil)
			if err := read.Read(t.Context(), &message); err != nil {
				t.Fatal(err)
			}
			if string(message.Method) != c.method || string(message.SessionID) != c.session || !strings.Contains(toldBy(t, &message), c.told) {
				t.Errorf("%.300s", event)
			}
		})
	}
}

// toldBy is the text of an event.
func toldBy(t *testing.T, message *cdproto.Message) string {
	t.Helper()
	event, err := cdproto.UnmarshalMessage(message, chromedp.DefaultUnmarshalOptions)
	if err != nil {
		t.Fatal(err)
	}
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if len(e.Args) == 0 {
			return ""
		}
		return string(e.Args[0].Value)
	case *runtime.EventExceptionThrown:
		return e.ExceptionDetails.Exception.Description
	}
	t.Fatalf("%T", event)
	return ""
}

// What ends in the middle of a message ends the copying, and no more is kept.
func TestCopyMessagesEnds(t *testing.T) {
	var got bytes.Buffer
	if err := copyMessages(&got, strings.NewReader(`{"id":1}`+"\x00"+`{"id":2`)); err != io.EOF || got.String() != `{"id":1}`+"\x00" {
		t.Errorf("%v, %q", err, got.String())
	}
}
