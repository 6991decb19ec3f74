package mockassistant

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what goes back for one request.
type answer struct {
	status         int
	contentType    string // "" means JSON
	body           []byte
	sessionTimeout int  // seconds until the session ends, told in a header; 0: not told
	noCORS         bool // a fault: the browser keeps the answer from the page
	message        *Message
}

// The response header that tells when the session ends.
const sessionTimeoutHeader = "X-Watson-Session-Timeout"

// jsonAnswer is a 200 with v, which must be something that JSON can hold.
func jsonAnswer(v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return refuse(Refusal{http.StatusInternalServerError, "the answer does not fit into JSON: " + err.Error()})
	}
	return answer{status: http.StatusOK, body: body}
}

// refuse turns a request down.
func refuse(r Refusal) answer {
	a := jsonAnswer(struct {
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
	}{r.Text, r.Status})
	a.status = r.Status
	return a
}

// write sends the answer with the headers that a browser wants for a page of
// another origin. Nothing the assistant says may be kept in a cache.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !a.noCORS {
		allowOrigin(h, r)
	}
	if a.sessionTimeout > 0 {
		h.Set(sessionTimeoutHeader, strconv.Itoa(a.sessionTimeout))
	}
	if a.status != http.StatusNoContent {
		if a.contentType == "" {
			a.contentType = "application/json; charset=utf-8"
		}
		h.Set("Content-Type", a.contentType)
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	// A client that does not read does not hold the connection for ever. Where
	// there is no connection, in a test or behind a browser, there is no limit.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeLimit))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // a client that has gone needs no answer
	}
}

// allowOrigin sets the CORS headers. The origin is named, as a wildcard does not
// go with credentials; the headers a preflight asks for are all allowed.
func allowOrigin(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if r.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", strings.ToLower(sessionTimeoutHeader))
		return
	}
	wanted := r.Header.Get("Access-Control-Request-Headers")
	if wanted == "" {
		wanted = "authorization, content-type"
	}
	h.Set("Access-Control-Allow-Headers", wanted)
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true") // a public page may be pointed at a mock on loopback
	}
}
