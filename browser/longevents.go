package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
)

// longestEvent is how long an event may be in which the browser tells what a page
// wrote to its console. Of a longer one we read the beginning: what comes in faster
// than it is read is kept in memory, and a page can write gigabytes.
const longestEvent = 1 << 20

// The events by which a page can have the browser tell us any amount of text.
const (
	consoleEvent   = "Runtime.consoleAPICalled"
	exceptionEvent = "Runtime.exceptionThrown"
)

// endOfMessage ends each message of the browser's debugging pipe.
const endOfMessage = 0

// copyMessages copies the browser's messages until r ends, those events shortened
// that are too long. It takes little more memory than [longestEvent].
func copyMessages(w io.Writer, r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		head, whole, err := readHead(in)
		switch event := eventOf(head); {
		case err != nil:
			return err
		case whole:
			_, err = w.Write(head)
		case event != "":
			var session string
			if session, err = skipMessage(in, head); err == nil {
				_, err = w.Write(shortened(event, session, head))
			}
		default:
			if _, err = w.Write(head); err == nil {
				err = copyMessage(w, in)
			}
		}
		if err != nil {
			return err
		}
	}
}

// readHead reads a message, or as much of it as an event may be long. Whole says
// that this was all of it.
func readHead(in *bufio.Reader) (head []byte, whole bool, err error) {
	for len(head) < longestEvent {
		piece, err := in.ReadSlice(endOfMessage)
		head = append(head, piece...)
		if err == nil {
			return head, true, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, false, err
		}
	}
	return head, false, nil
}

// copyMessage copies the rest of a message.
func copyMessage(w io.Writer, in *bufio.Reader) error {
	for {
		piece, err := in.ReadSlice(endOfMessage)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if _, failed := w.Write(piece); failed != nil || err == nil {
			return failed
		}
	}
}

// sessionAtEnd is where an event says whose it is.
var sessionAtEnd = regexp.MustCompile(`"sessionId":"([^"]*)"\}\x00$`)

// skipMessage reads over the rest of a message, which begins with head, and returns
// the session that it names at its end.
func skipMessage(in *bufio.Reader, head []byte) (session string, err error) {
	const most = 256
	end := bytes.Clone(head[max(0, len(head)-most):])
	for {
		piece, err := in.ReadSlice(endOfMessage)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		end = append(end, piece...)
		end = append(end[:0], end[max(0, len(end)-most):]...)
		if err == nil {
			break
		}
	}
	if found := sessionAtEnd.FindSubmatch(end); found != nil {
		session = string(found[1])
	}
	return session, nil
}

// eventOf returns which of the events it is that are shortened, or "".
func eventOf(head []byte) string {
	for _, event := range []string{consoleEvent, exceptionEvent} {
		if bytes.HasPrefix(head, []byte(`{"method":"`+event+`"`)) {
			return event
		}
	}
	return ""
}

// consoleType is how the page wrote to its console.
var consoleType = regexp.MustCompile(`"type":"(\w+)"`)

// shortened is the event with the beginning of its text. For the console that is the
// beginning of the message as it came, in which tokens are found as well.
func shortened(event, session string, head []byte) []byte {
	text := string(head[:min(len(head), maxLookedInto)])
	params := map[string]any{}
	switch event {
	case consoleEvent:
		kind := "log"
		if found := consoleType.FindStringSubmatch(text); found != nil {
			kind = found[1]
		}
		params["type"], params["timestamp"], params["executionContextId"] = kind, 0, 0
		params["args"] = []any{map[string]any{"type": "string", "value": text}}
	case exceptionEvent:
		said := thrown(text)
		params["timestamp"] = 0
		params["exceptionDetails"] = map[string]any{
			"exceptionId": 0, "text": said, "lineNumber": 0, "columnNumber": 0,
			"exception": map[string]any{"type": "string", "description": said},
		}
	}
	message := map[string]any{"method": event, "params": params}
	if session != "" {
		message["sessionId"] = session
	}
	made, err := json.Marshal(message)
	if err != nil { // nothing in it can fail
		return nil
	}
	return append(made, endOfMessage)
}

// thrown is the beginning of what was thrown, from that of its event.
func thrown(event string) string {
	const most = 4 << 10
	for _, member := range []string{`"description":"`, `"value":"`} {
		_, text, found := bytes.Cut([]byte(event), []byte(member))
		if !found {
			continue
		}
		text = text[:min(len(text), most)]
		for range 12 { // as long as an escape may be that was cut
			var said string
			if json.Unmarshal([]byte(`"`+string(text)+`"`), &said) == nil {
				return said + "…"
			}
			text = text[:max(0, len(text)-1)]
		}
	}
	return "an exception of more than a megabyte"
}
