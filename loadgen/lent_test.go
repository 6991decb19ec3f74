package loadgen

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
)

// A site that mixes up its users shows one the session of another: what is told of it
// lets nobody into either.
func TestNobodysCookieIsWritten(t *testing.T) {
	var mu sync.Mutex
	sessions := []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := r.Cookie("sid"); err != nil {
			session := fmt.Sprintf("s:session-%06d", len(sessions))
			sessions = append(sessions, session)
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: session, Path: "/"})
			_, _ = w.Write([]byte("a.b.c"))
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(strings.Join(sessions, " ")))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "answers.bin")
	load, err := Run(t.Context(), client(t, endpoint.Config{URL: server.URL}), Config{Rate: 50, Duration: time.Second, Users: 4, RawFile: file}, nil)
	if err != nil || len(load.Tokens.Examples) == 0 {
		t.Fatalf("%d examples, %v", len(load.Tokens.Examples), err)
	}
	written, err := os.ReadFile(file)
	told, _ := json.Marshal(load)
	if err != nil || strings.Contains(string(told)+string(written), "session-0") || !strings.Contains(string(told), "«cookie sid»") {
		t.Errorf("%v: %s", err, told[:min(len(told), 3000)])
	}
}

// What is told of an answer is cut somewhere, perhaps within a secret: its beginning
// is none that may be told.
func TestASecretThatIsCutIsMasked(t *testing.T) {
	const secret = "Zq9topsecret-of-the-site"
	w := (&sender{client: client(t, endpoint.Config{URL: "http://127.0.0.1:9/", Header: http.Header{"X-Client": {secret}}})}).newWorker()
	u := newUsers(1, 1, nil)[0]
	for kept := 8; kept < len(secret); kept++ {
		body := strings.Repeat(" ", mostConfided-kept) + secret
		if told := excerpt(w.confided(u, w.client.Endpoint(), []byte(body))); strings.Contains(told, secret[:8]) {
			t.Errorf("cut after %d bytes: %q", kept, told)
		}
	}
}
