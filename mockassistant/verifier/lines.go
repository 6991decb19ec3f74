package verifier

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// Lines answers verification requests that are JSON texts, one request and one
// answer a line:
//
//	{"id": 7, "token": "eyJ…", "publicKeyPem": "-----BEGIN …", "now": 1760000000}
//	{"id":7,"ok":true,"payload":{"sub":"…","exp":1760003600}}
//	{"id":7,"ok":false,"errorName":"TokenExpiredError","errorMessage":"jwt expired"}
//
// The token may be any JSON value and may be absent; so may the key. Now is in
// Unix seconds, and the clock's when it is absent. The id is given back as it came.
//
// Keys are read once and kept. Lines is safe for concurrent use, and its zero
// value is ready.
type Lines struct {
	mu   sync.RWMutex
	keys map[string]*Key
}

// The bounds of what Lines keeps: keys of real use are few, and below 4 KiB.
const (
	maxKeptKeys    = 4096
	maxKeptKeyText = 64 << 10
)

// InputError is the errorName of the answer to a line that is no request.
const InputError = "InputError"

// Answer decides about one line and appends the answer, without a line break, to
// out. A line that is not a JSON object is answered with an InputError that
// tells its number.
func (l *Lines) Answer(out []byte, number int, line []byte) []byte {
	request, err := ParseJSON(decodeUTF8(line))
	if err != nil || request.Kind() != Object {
		return AppendFailure(out, "null", InputError, fmt.Sprintf("line %d is not a JSON object", number))
	}
	id := "null"
	if v := request.Get("id"); v.Kind() != Absent {
		id = v.Raw()
	}
	now, err := clockTime(request.Get("now"))
	if err != nil {
		return AppendFailure(out, id, InputError, fmt.Sprintf("line %d: %v", number, err))
	}
	verdict := l.key(request.Get("publicKeyPem")).Verify(request.Get("token"), now)
	if !verdict.Accepted {
		return AppendFailure(out, id, verdict.Name, verdict.Message)
	}
	return appendAccepted(out, id, verdict.Payload)
}

func appendAccepted(out []byte, id string, payload Value) []byte {
	out = append(append(out, `{"id":`...), id...)
	if rendered, err := payload.AppendJSON(append(out, `,"ok":true,"payload":`...)); err == nil {
		return append(rendered, '}')
	}
	return append(out, `,"ok":true,"payloadOmitted":"it is nested too deeply"}`...)
}

// AppendFailure appends the answer for a request that is refused. The id is JSON text.
func AppendFailure(out []byte, id, name, message string) []byte {
	out = append(append(out, `{"id":`...), id...)
	out = appendString(append(out, `,"ok":false,"errorName":`...), []byte(name))
	out = appendString(append(out, `,"errorMessage":`...), []byte(message))
	return append(out, '}')
}

// key returns the key for what stands in a request's publicKeyPem.
func (l *Lines) key(v Value) *Key {
	if v.Kind() != String || len(v.source()) > maxKeptKeyText {
		return ReadKeyValue(v)
	}
	text := v.Text()
	l.mu.RLock()
	key := l.keys[text]
	l.mu.RUnlock()
	if key != nil {
		return key
	}
	key = ReadKeyValue(v)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys == nil || len(l.keys) >= maxKeptKeys {
		l.keys = map[string]*Key{}
	}
	l.keys[text] = key
	return key
}

var errNow = errors.New("now is not a number of Unix seconds")

// clockTime is the instant that a request is to be decided at.
func clockTime(now Value) (time.Time, error) {
	switch now.Kind() {
	case Absent, Null:
		return time.Now(), nil
	case Number:
		seconds := math.Floor(now.Float())
		if math.Abs(seconds) > 1<<53 {
			return time.Time{}, fmt.Errorf("%w: %s is out of range", errNow, shorten(now.Raw()))
		}
		return time.Unix(int64(seconds), 0), nil
	}
	return time.Time{}, errNow
}

// shorten keeps a text from outside short enough for a message.
func shorten(text string) string {
	const limit = 60
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
