package mockassistant

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// keepAlive is how often a quiet stream of events sends a comment, so that
// proxies keep it open and a client that has gone is noticed.
const keepAlive = 20 * time.Second

// streamEvents sends the events as they happen (Server-Sent Events), each with
// its kind as the event's name and the JSON of Event as its data.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	events, stop := s.history.listen()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(format string, args ...any) error {
		if err := out.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return err
		}
		return out.Flush()
	}
	quiet := time.NewTicker(keepAlive)
	defer quiet.Stop()
	err := send("retry: 1000\n\n")
	for err == nil {
		select {
		case e := <-events:
			data, problem := json.Marshal(e)
			if problem != nil {
				continue
			}
			err = send("event: %s\ndata: %s\n\n", e.Kind, data)
		case <-quiet.C:
			err = send(": quiet\n\n")
		case <-r.Context().Done():
			return
		}
	}
}
