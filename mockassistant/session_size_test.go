package mockassistant

import (
	"strings"
	"testing"
	"time"
)

// However large what a session holds, all sessions together stay in bounds.
func TestSessionsAreBoundedBySize(t *testing.T) {
	const megabyte = 1 << 20
	s := newSessions(10_000, time.Hour)
	now := time.Now()
	for range 200 {
		s.begin(caller{user: strings.Repeat("u", megabyte)}, now)
	}
	if n := len(s.list(now)); n != maxBytes/megabyte {
		t.Errorf("%d sessions of a megabyte are kept; %d bytes are the limit", n, maxBytes)
	}
	for range 3 { // what replaces something else counts once
		s.turn(s.list(now)[0].ID, make([]byte, megabyte), now)
	}
	if want := maxBytes / megabyte; len(s.list(now)) != want-1 {
		t.Errorf("%d sessions are kept besides private variables of a megabyte, want %d", len(s.list(now)), want-1)
	}
	for _, session := range s.list(now) {
		s.delete(session.ID)
	}
	if s.bytes != 0 {
		t.Errorf("without sessions %d bytes are counted", s.bytes)
	}
}
