package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// running is a mock that was started by its command line.
type running struct {
	t      *testing.T
	site   string // its address, as it printed it
	manage string
	lines  *bufio.Scanner
	client *http.Client // one visitor
	stop   func() (exitCode int)

	printed, complaints bytes.Buffer // all of it, once it has stopped
}

func startMock(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	ended := make(chan int, 1)
	m := &running{t: t}
	go func() {
		code := Run(ctx, append([]string{"mock"}, args...), strings.NewReader(""), in, &m.complaints)
		in.Close()
		ended <- code
	}()
	printed := io.TeeReader(out, &m.printed)
	m.lines = bufio.NewScanner(printed)
	stopped := false
	m.stop = func() int {
		if stopped {
			return -1
		}
		stopped = true
		cancel()
		_, _ = io.Copy(io.Discard, printed)
		return <-ended
	}
	t.Cleanup(func() { m.stop() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	m.client = &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(m.client.CloseIdleConnections)

	addresses := regexp.MustCompile(`(live page|load the chat).*(http://[0-9.:]+)/`)
	for m.lines.Scan() && !strings.HasPrefix(m.lines.Text(), "Stop it") {
		switch found := addresses.FindStringSubmatch(m.lines.Text()); {
		case found == nil:
		case found[1] == "live page":
			m.manage = found[2]
		default:
			m.site = found[2]
		}
	}
	if m.site == "" {
		t.Fatalf("the mock did not start: %s", m.complaints.String())
	}
	return m
}

// get returns what is at url.
func (m *running) get(url string) string {
	m.t.Helper()
	answer, err := m.client.Get(url)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		m.t.Fatalf("%s: %s: %s", url, answer.Status, body)
	}
	return string(body)
}

// say sends a message with the token and returns the status.
func (m *running) say(token, text string) int {
	m.t.Helper()
	body := `{"value":{"input":{"message_type":"text","text":"` + text + `"}}}`
	request, err := http.NewRequest(http.MethodPost, m.site+"/public/chat/demo/message", strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := m.client.Do(request)
	if err != nil {
		m.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// put changes something through the management API.
func (m *running) put(path, body string) {
	m.t.Helper()
	request, err := http.NewRequest(http.MethodPut, m.manage+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	answer, err := m.client.Do(request)
	if err != nil {
		m.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		m.t.Fatalf("%s %s: %s", path, body, answer.Status)
	}
}

// waitForLine reads what the mock prints up to a line with text in it.
func (m *running) waitForLine(text string) {
	m.t.Helper()
	for m.lines.Scan() {
		if strings.Contains(m.lines.Text(), text) {
			return
		}
	}
	m.t.Fatalf("the mock printed no line with %q", text)
}

var anyPorts = []string{"--listen", "127.0.0.1:0", "--manage", "127.0.0.1:0"}

func TestMockFromChatToFailureAndBack(t *testing.T) {
	m := startMock(t, anyPorts...)
	if page := m.get(m.site + "/"); !strings.Contains(page, "WatsonAssistantChatEntry.js") || !strings.Contains(page, m.manage) {
		t.Error("the demo page has no widget, or no link to the live page")
	}
	if script := m.get(m.site + "/versions/latest/WatsonAssistantChatEntry.js"); !strings.Contains(script, "identityTokenExpired") {
		t.Error("the widget's script is not at its address")
	}
	token := m.get(m.site + "/createJWT")
	if status := m.say(token, "hello"); status != 200 {
		t.Errorf("a message got %d", status)
	}
	m.waitForLine(`200  message "hello"`)

	m.put("/clock", `{"advance":"31s"}`)
	if status := m.say(token, "too late"); status != 401 {
		t.Errorf("a message with an expired token got %d", status)
	}
	m.waitForLine("TokenExpiredError: jwt expired")
	if status := m.say(m.get(m.site+"/createJWT"), "again"); status != 200 {
		t.Errorf("a message with a fresh token got %d", status)
	}
	if history := m.get(m.manage + "/history"); !strings.Contains(history, `"private":{"name":"Demo visitor","plan":"gold"}`) {
		t.Errorf("the history lacks the private variables: %s", history)
	}
	if code := m.stop(); code != ExitOK {
		t.Errorf("stopping it ended with %d", code)
	}
}

func TestMockRestartsOnItsPort(t *testing.T) {
	first := startMock(t, anyPorts...)
	token := first.get(first.site + "/createJWT")
	first.say(token, "hello")
	again := []string{"--listen", strings.TrimPrefix(first.site, "http://"), "--manage", "off", "--fault", "rate-limited,for=1"}
	if code := Run(t.Context(), append([]string{"mock"}, again...), strings.NewReader(""), io.Discard, io.Discard); code != ExitUsage {
		t.Errorf("a second mock on the same port ended with %d", code)
	}
	first.stop()
	second := startMock(t, again...)
	if second.site != first.site || second.manage != "" {
		t.Errorf("it came back at %s", second.site)
	}
	if status := second.say(token, "with a token of the first key"); status != 429 {
		t.Errorf("the fault of the command line: got %d", status)
	}
	if status := second.say(token, "with a token of the first key"); status != 403 {
		t.Errorf("the key of the first run still counts: %d", status)
	}
}

func TestMocksSideBySide(t *testing.T) {
	first := startMock(t)
	second := startMock(t)
	if first.site == second.site || first.manage == second.manage {
		t.Errorf("both listen at %s and %s", first.site, first.manage)
	}
}

func TestMockWithTheDevelopersKeyAndIssuer(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("shop"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "shop", Value: "visitor", HttpOnly: true})
		}
		claims := jwt.MapClaims{"sub": "user-1", "path": r.URL.Path, "exp": time.Now().Add(time.Hour).Unix()}
		token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		io.WriteString(w, token)
	}))
	defer issuer.Close()

	m := startMock(t, append(anyPorts, "--public-key", file, "--issuer", issuer.URL+"/api/token")...)
	if status := m.say(m.get(m.site+"/createJWT"), "hello"); status != 200 {
		t.Errorf("a message with the developer's token got %d", status)
	}
	var history struct {
		Messages []struct {
			User  string
			Token struct{ Claims struct{ Path string } }
		}
	}
	if err := json.Unmarshal([]byte(m.get(m.manage+"/history")), &history); err != nil {
		t.Fatal(err)
	}
	if len(history.Messages) != 1 || history.Messages[0].User != "user-1" || history.Messages[0].Token.Claims.Path != "/api/token" {
		t.Errorf("history: %+v", history.Messages)
	}
	site, err := http.NewRequest(http.MethodGet, m.site, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.client.Jar.Cookies(site.URL)) != 1 {
		t.Error("the issuer's cookie does not come through")
	}
	m.stop()
	if withoutIssuer := startMock(t, append(anyPorts, "--public-key", file)...); withoutIssuer.get(withoutIssuer.site+"/public/chat/x/config?type=init") == "" {
		t.Error("no configuration")
	}
}
