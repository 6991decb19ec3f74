package mockassistant_test

import (
	"bufio"
	"cmp"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
)

// manage sends one request to the management side and returns status and body.
func manage(t testing.TB, h http.Handler, request, body string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8766"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestManagementDrivesTheAssistant(t *testing.T) {
	assistant := newAssistant(t, nil)
	management := assistant.Management()
	token := ourSite().sign(t, nil)
	status := func() int { return message(token, "", "hi").send(t, assistant).StatusCode }
	for _, step := range []struct {
		request, body string
		message       int // what a message gets afterwards
	}{
		{`POST /faults`, `{"fault": "token-expired,for=1"}`, 401},
		{`POST /faults`, `{"fault": "server-error"}`, 500},
		{`DELETE /faults?name=slow`, ``, 500},
		{`DELETE /faults`, ``, 200},
		{`PUT /clock`, `{"advance": "2h"}`, 401},
		{`DELETE /clock`, ``, 200},
		{`PUT /clock`, `{"skew": "2h"}`, 401},
		{`PUT /clock`, `{"now": "` + time.Now().Format(time.RFC3339) + `"}`, 200},
		{`PUT /keys`, `{"publicKeys": [` + quote(otherSite().publicKey) + `]}`, 403},
		{`PUT /choices`, `{"rejected-token": {"status": 401, "text": "invalid signature"}}`, 401},
		{`PUT /security`, `{"on": false}`, 200},
		{`PUT /keys`, `{"publicKeys": []}`, 200},
		{`POST /reset`, ``, 200},
	} {
		if code, answer := manage(t, management, step.request, step.body); code >= 300 {
			t.Fatalf("%s %s: %d %s", step.request, step.body, code, answer)
		}
		if got := status(); got != step.message {
			t.Errorf("after %s %s a message got %d, want %d", step.request, step.body, got, step.message)
		}
	}
	if !assistant.SecurityOn() || len(assistant.PublicKeys()) != 1 || assistant.Choices() != mockassistant.DefaultChoices() {
		t.Error("reset does not bring back the beginning")
	}
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts always fit into JSON
	}
	return string(quoted)
}

func TestManagementTells(t *testing.T) {
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.PayloadKey = otherSite().key })
	management := assistant.Management()
	token := ourSite().sign(t, jwt.MapClaims{"user_payload": encrypt(t, assistant, `{"plan":"gold"}`)})
	session := begin(t, assistant, token)
	for request, want := range map[string]string{
		"GET /history":         `"private":{"plan":"gold"}`,
		"GET /history?after=0": `"verdict":{"accepted":true}`,
		"GET /history?after=1": `{"messages":[]}`,
		"GET /sessions":        `"id":"` + session + `"`,
		"GET /clock":           `"offset":"0s"`,
		"GET /faults":          `{"faults":[]}`,
		"GET /security":        `{"on":true}`,
		"GET /keys":            "BEGIN PUBLIC KEY",
		"GET /payload-key":     "-----BEGIN PUBLIC KEY-----",
		"GET /choices":         `"other-sub":{"status":404,"text":"Session not found"}`,
		"GET /status":          `"security":true`,
		"GET /":                "<!DOCTYPE html>",
	} {
		code, body := manage(t, management, request, "")
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s in it", request, code, body, want)
		}
		if signature := token[strings.LastIndexByte(token, '.')+1:]; strings.Contains(body, signature) {
			t.Errorf("%s tells the token's signature", request)
		}
	}
	if code, _ := manage(t, management, "DELETE /sessions/"+session, ""); code != 204 || len(assistant.Sessions()) != 0 {
		t.Errorf("deleting a session: %d", code)
	}
	if code, _ := manage(t, management, "DELETE /history", ""); code != 204 || len(assistant.History()) != 0 {
		t.Errorf("clearing the history: %d", code)
	}
}

func TestManagementRefuses(t *testing.T) {
	assistant := newAssistant(t, nil)
	management := assistant.Management()
	for _, test := range []struct {
		request, body string
		status        int
		want          string
	}{
		{"POST /faults", `{"fault": "token-expire"}`, 400, "unknown fault"},
		{"POST /faults", `{"fault": 7}`, 400, "cannot unmarshal"},
		{"POST /faults", `{}`, 400, "unknown fault"},
		{"POST /faults", ``, 400, "EOF"},
		{"PUT /clock", `{"advance": "2 hours"}`, 400, "in duration"},
		{"PUT /clock", `{"advance": "2h", "skew": "1h"}`, 400, "want one of"},
		{"PUT /clock", `{"skew": "2000000h"}`, 400, "century"},
		{"PUT /clock", `{"now": "tomorrow"}`, 400, "parsing time"},
		{"PUT /clock", `{"nwo": "2030-01-02T03:04:05Z"}`, 400, "unknown field"},
		{"PUT /security", `{}`, 400, "want"},
		{"PUT /keys", `{"publicKeys": ["no key"]}`, 409, "public key 1 of 1 cannot be used"},
		{"PUT /keys", `{"publicKeys": []}`, 409, "there is no public key"},
		{"PUT /keys", `{"publicKeys": ["` + strings.Repeat("a", 1<<20) + `"]}`, 400, "too large"},
		{"PUT /choices", `{"rejected-token": {"status": 200}}`, 400, "error status"},
		{"GET /history?after=x", ``, 400, "number of a message"},
		{"GET /nowhere", ``, 404, ""},
		{"DELETE /keys", ``, 405, ""},
	} {
		code, answer := manage(t, management, test.request, test.body)
		if code != test.status || !strings.Contains(answer, test.want) {
			t.Errorf("%s %.60s: %d %s, want %d %q", test.request, test.body, code, answer, test.status, test.want)
		}
	}
}

// A private key in the place of the public one works, as it does with the real
// integration, but is not told to whoever asks.
func TestManagementDoesNotTellAPrivateKey(t *testing.T) {
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA " + "PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(ourSite().key)}))
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.PublicKeys = []string{private} })
	if r := message(ourSite().sign(t, nil), "", "hi").send(t, assistant); r.StatusCode != http.StatusOK {
		t.Errorf("got %d", r.StatusCode)
	}
	if _, told := manage(t, assistant.Management(), "GET /keys", ""); strings.Contains(told, private[40:80]) {
		t.Errorf("the key is told: %s", told)
	}
}

// The commands in the documentation do what they say. Those that read a file of
// the user's are left out.
func TestDocumentedCommands(t *testing.T) {
	text, err := os.ReadFile("../docs/mock.md")
	if err != nil {
		t.Fatal(err)
	}
	assistant := newAssistant(t, nil)
	management := assistant.Management()
	commands := regexp.MustCompile(`(?m)^curl (?:-X ([A-Z]+) )?\$api(/\S+)(?: -d '([^']*)')?`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 18 {
		t.Fatalf("the documentation has %d commands; it should have more", len(commands))
	}
	for _, c := range commands {
		method, path, body := cmp.Or(c[1], http.MethodGet), c[2], c[3]
		if method == http.MethodPut && body == "" {
			continue
		}
		if status, answer := manage(t, management, method+" "+path, body); status >= 300 && path != "/payload-key" {
			t.Errorf("%s: %d %s", c[0], status, answer)
		}
	}
	for _, name := range slices.Concat(mockassistant.FaultNames(), mockassistant.ChoiceNames()) {
		if !regexp.MustCompile("`" + name + "[`=]").Match(text) {
			t.Errorf("the documentation does not name %s", name)
		}
	}
}

func TestManagementIsNotForOtherSites(t *testing.T) {
	management := newAssistant(t, nil).Management()
	for _, test := range []struct {
		method, host, origin string
		status               int
	}{
		{"POST", "127.0.0.1:8766", "http://127.0.0.1:8766", 204},
		{"POST", "localhost:8766", "", 204},
		{"POST", "[::1]:8766", "http://[::1]:8766", 204},
		{"POST", "127.0.0.1:8766", "https://evil.example", 403},
		{"POST", "evil.example:8766", "http://evil.example:8766", 421},
		{"GET", "evil.example", "", 421},
	} {
		path := "/reset"
		if test.method == "GET" {
			path = "/history"
		}
		r := httptest.NewRequest(test.method, path, nil)
		r.Host = test.host
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		w := httptest.NewRecorder()
		management.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s under %s from %q: got %d, want %d", test.method, test.host, test.origin, w.Code, test.status)
		}
	}
}

func TestEventsAreStreamed(t *testing.T) {
	assistant := newAssistant(t, nil)
	server := httptest.NewServer(assistant.Management())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	next := func(prefix string) string {
		for lines.Scan() {
			if rest, found := strings.CutPrefix(lines.Text(), prefix); found {
				return rest
			}
		}
		t.Fatalf("the stream ended before %q", prefix)
		return ""
	}
	next("retry:") // the stream listens before it says anything
	message("", "", "hi").send(t, assistant)
	for _, kind := range []mockassistant.EventKind{mockassistant.Judged, mockassistant.Answered} {
		if got := next("event: "); got != string(kind) {
			t.Errorf("event %q, want %q", got, kind)
		}
		var e mockassistant.Event
		if err := json.Unmarshal([]byte(next("data: ")), &e); err != nil || e.Status != 403 || e.Message == nil || e.Message.Text != "hi" {
			t.Errorf("event %+v, %v", e, err)
		}
	}
}

func TestObserverSeesEverythingInOrder(t *testing.T) {
	var events []mockassistant.Event
	assistant := newAssistant(t, func(c *mockassistant.Config) {
		c.Observe = func(e mockassistant.Event) { events = append(events, e) } // no lock: never called concurrently
	})
	token := ourSite().sign(t, nil)
	call{path: "/public/chat/shop/config?type=init"}.send(t, assistant)
	call{path: "/public/chat/shop/config", token: token}.send(t, assistant)
	call{method: http.MethodOptions, path: "/public/chat/shop/message"}.send(t, assistant)
	message(token, "", "hi").send(t, assistant)
	var got []string
	for _, e := range events {
		got = append(got, string(e.Kind)+" "+string(e.Call)+" "+cmp.Or(e.Origin, "-"))
	}
	const origin = " https://shop.example"
	want := []string{
		"answer init" + origin, "verdict config" + origin, "answer config" + origin,
		"answer preflight" + origin, "verdict message" + origin, "answer message" + origin,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
