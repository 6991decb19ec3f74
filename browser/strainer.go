package browser

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// strainer bounds what the browser tells. A page can have it tell of texts of any
// size, as fast as it likes, and each stays in memory until somebody has looked at
// it. So texts of an event are cut, and events that are long all the same are left
// out once they come too fast. Results of what we ask for have limits of their own.
//
// Messages of the protocol are JSON values that end with a zero byte.
type strainer struct {
	from *bufio.Reader
	to   io.Writer

	message bytes.Buffer
	text    text
	room    int       // bytes of long events that may come now
	counted time.Time // when there was so much room
	leftOut *atomic.Int64
}

// Limits in bytes.
const (
	maxEventText  = 64 << 10      // of a text in an event
	maxPausedText = 2 << 20       // in a request that waits for us, of which the assistant takes the half
	maxResultText = 6*maxBody + 4 // in what we have asked for, each byte of it as \u0000
	maxEvent      = 8 << 20
	maxResult     = 64 << 20
	longEvent     = 16 << 10 // an event is long from here on
	longEvents    = 24 << 20 // of long events at once
	longPerSecond = 4 << 20  // and in the long run
	headSize      = 64       // of a message, in which its kind stands
)

// strain puts a strainer between a browser that is about to start and the library
// that reads what it tells by its second pipe (on Windows, where these are no files,
// there is none). It ends with the browser.
func strain(command *exec.Cmd, leftOut *atomic.Int64) {
	if len(command.ExtraFiles) < 2 {
		return
	}
	from, to, err := os.Pipe()
	if err != nil {
		return
	}
	// The library closes its file once the browser has it: that is now the end of
	// our pipe, or we would not see the browser's end.
	reader := *command.ExtraFiles[1]
	*command.ExtraFiles[1] = *to
	go func() {
		defer panics.Tell()
		defer reader.Close()
		defer from.Close()
		newStrainer(from, &reader, leftOut).run()
	}()
}

func newStrainer(from io.Reader, to io.Writer, leftOut *atomic.Int64) *strainer {
	return &strainer{from: bufio.NewReaderSize(from, 64<<10), to: to, room: longEvents, counted: time.Now(), leftOut: leftOut}
}

// run passes messages on until one of the ends is closed.
func (s *strainer) run() {
	for {
		kept, err := s.next()
		if err != nil {
			return
		}
		if !kept {
			s.leftOut.Add(1)
			continue
		}
		if _, err := s.to.Write(s.message.Bytes()); err != nil {
			return
		}
		if s.message.Cap() > longEvent {
			s.message = bytes.Buffer{}
		}
	}
}

// next reads one message, with its texts cut, and says whether it is to be passed
// on. Of one that is too long the rest is not kept.
func (s *strainer) next() (kept bool, err error) {
	s.message.Reset()
	s.text = text{limit: headSize}
	isEvent, limit := false, headSize
	for {
		b, err := s.from.ReadByte()
		if err != nil {
			return false, err
		}
		if limit == headSize && (s.message.Len() == headSize || b == 0) {
			isEvent, limit, s.text.limit = limitsOf(s.message.Bytes())
		}
		if b == 0 {
			s.message.WriteByte(0)
			return s.message.Len() <= limit && (!isEvent || s.takes(s.message.Len())), nil
		}
		if s.text.keeps(b) && s.message.Len() <= limit {
			s.message.WriteByte(b)
		}
	}
}

// limitsOf are the limits of a message and of a text in it, by its beginning.
func limitsOf(head []byte) (isEvent bool, message, text int) {
	rest, isEvent := bytes.CutPrefix(head, []byte(`{"method":"`))
	if !isEvent {
		return false, maxResult, maxResultText
	}
	switch method, _, _ := bytes.Cut(rest, []byte(`"`)); string(method) {
	case "Runtime.bindingCalled":
		return true, maxEvent, maxReport + 1 // a report that is longer is refused
	case "Fetch.requestPaused":
		return true, maxEvent, maxPausedText
	}
	return true, maxEvent, maxEventText
}

// takes says whether an event of this size may come now.
func (s *strainer) takes(size int) bool {
	if size <= longEvent {
		return true
	}
	now := time.Now()
	s.room = min(longEvents, s.room+int(now.Sub(s.counted).Seconds()*longPerSecond))
	s.counted = now
	if size > s.room {
		return false
	}
	s.room -= size
	return true
}

// text follows the texts in a JSON value, byte by byte.
type text struct {
	limit  int
	inside bool
	size   int  // of the text so far, in bytes
	cut    bool // whether its rest is left out
	slash  bool // whether the byte before begins an escape
	digits int  // of an escape that are still to come
}

// keeps says whether the next byte is to be kept: what stands in no text, and of a
// text so much as its limit, without escapes or characters in halves.
func (t *text) keeps(b byte) bool {
	if !t.inside {
		*t = text{limit: t.limit, inside: b == '"'}
		return true
	}
	begins := !t.slash && t.digits == 0
	t.size++
	t.cut = t.cut || begins && t.size > t.limit && utf8.RuneStart(b)
	switch {
	case t.slash:
		if t.slash = false; b == 'u' {
			t.digits = 4
		}
	case t.digits > 0:
		t.digits--
	case b == '\\':
		t.slash = true
	case b == '"':
		t.inside = false
		return true
	}
	return !t.cut
}
