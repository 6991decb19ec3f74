package mockassistant_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/profiles"
)

// site is what a web site's team has: a key pair for the identity tokens.
type site struct {
	key       *rsa.PrivateKey
	publicKey string
}

var (
	ourSite   = sync.OnceValue(newSite)
	otherSite = sync.OnceValue(newSite)
)

func newSite() site {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return site{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

// sign makes a token with the claims; sub and exp are set unless they are given.
func (s site) sign(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	all := jwt.MapClaims{"sub": "user-1", "exp": time.Now().Add(time.Hour).Unix()}
	for name, value := range claims {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, all).SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// newAssistant starts one with security on and our site's key.
func newAssistant(t testing.TB, change func(*mockassistant.Config)) *mockassistant.Server {
	t.Helper()
	config := mockassistant.Config{PublicKeys: []string{ourSite().publicKey}}
	if change != nil {
		change(&config)
	}
	assistant, err := mockassistant.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return assistant
}

// call is one request to the assistant.
type call struct {
	method, path string
	token        string   // sent as "Bearer …" when not empty
	header       []string // Authorization as it is, in place of token
	body         string
}

func (c call) send(t testing.TB, h http.Handler) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), cmp.Or(c.method, http.MethodGet), c.path, strings.NewReader(c.body))
	r.Header.Set("Origin", "https://shop.example")
	r.Header["Authorization"] = c.header
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func message(token, session, text string) call {
	body, err := json.Marshal(map[string]any{
		"value":      map[string]any{"id": "m-" + text, "input": map[string]any{"message_type": "text", "text": text}},
		"session_id": session,
	})
	if err != nil {
		panic(err) // texts always fit into JSON
	}
	return call{method: http.MethodPost, path: "/public/chat/shop/message?version=2023-09-15", token: token, body: string(body)}
}

// answered is what the tests read of an answer.
type answered struct {
	Error  string
	Output struct {
		Generic []struct{ Text string }
	}
	SessionID string `json:"session_id"`
	Notes     []struct {
		Type string
		Body []struct{ Message map[string]any }
	}
	Authorization struct {
		IsOn bool `json:"is_on"`
	}
}

func read(t testing.TB, r *http.Response) (a answered) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("the answer is not JSON: %v: %.200s", err, body)
	}
	return a
}

// begin sends a first message and returns its session.
func begin(t testing.TB, h http.Handler, token string) string {
	t.Helper()
	r := message(token, "", "hello").send(t, h)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("the first message got %d", r.StatusCode)
	}
	return read(t, r).SessionID
}

func last(t testing.TB, s *mockassistant.Server) mockassistant.Message {
	t.Helper()
	all := s.History()
	if len(all) == 0 {
		t.Fatal("the history is empty")
	}
	return all[len(all)-1]
}

func TestTokenDecidesTheAnswer(t *testing.T) {
	us, past := ourSite(), time.Now().Add(-time.Minute).Unix()
	valid := us.sign(t, nil)
	hs256, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "user-1"}).SignedString([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		token  string
		header []string
		status int
		text   string
		step   int
	}{
		"valid":            {token: valid, status: 200},
		"without exp":      {token: us.sign(t, jwt.MapClaims{"exp": nil}), status: 200},
		"lower-case":       {header: []string{"bearer " + valid}, status: 200},
		"absent":           {status: 403, text: "no identity token provided", step: 1},
		"undefined":        {header: []string{"undefined"}, status: 400, text: "does not follow JWT format", step: 1},
		"other scheme":     {header: []string{"Basic dTpw"}, status: 400, text: "does not follow JWT format", step: 1},
		"empty":            {header: []string{""}, status: 400, text: "does not follow JWT format", step: 1},
		"twice":            {header: []string{"Bearer " + valid, "Bearer " + valid}, status: 400, text: "does not follow JWT format", step: 1},
		"no dots":          {token: "undefined", status: 400, text: "token provided is malformed", step: 3},
		"a Response":       {token: "[object Response]", status: 400, text: "token provided is malformed", step: 3},
		"quoted":           {token: `"` + valid + `"`, status: 400, text: "token provided is malformed", step: 4},
		"Bearer twice":     {token: "Bearer " + valid, status: 400, text: "token provided is malformed", step: 4},
		"1 MB":             {token: strings.Repeat("a", 1<<20), status: 431, text: "no more than 16384 are looked at"},
		"expired":          {token: us.sign(t, jwt.MapClaims{"exp": past}), status: 401, text: "token expired", step: 16},
		"not yet":          {token: us.sign(t, jwt.MapClaims{"nbf": time.Now().Add(time.Hour).Unix()}), status: 403, text: "not yet valid", step: 15},
		"another's key":    {token: otherSite().sign(t, nil), status: 403, text: "identity token rejected", step: 13},
		"another's, stale": {token: otherSite().sign(t, jwt.MapClaims{"exp": past}), status: 403, text: "identity token rejected", step: 13},
		"HS256":            {token: hs256, status: 403, text: "identity token rejected", step: 10},
		"without sub":      {token: us.sign(t, jwt.MapClaims{"sub": nil}), status: 403, text: "no sub claim"},
		"sub a number":     {token: us.sign(t, jwt.MapClaims{"sub": 7}), status: 403, text: "no sub claim"},
	} {
		t.Run(name, func(t *testing.T) {
			assistant := newAssistant(t, nil)
			c := message(test.token, "", "hi")
			c.header = test.header
			r := c.send(t, assistant)
			if text := read(t, r).Error; r.StatusCode != test.status || !strings.Contains(text, test.text) {
				t.Errorf("got %d %q, want %d %q", r.StatusCode, text, test.status, test.text)
			}
			m := last(t, assistant)
			if m.Verdict.Step != test.step || m.Status != test.status || m.Reason == "" || !m.Enforced || (m.Hint == "") != (test.status == http.StatusOK) {
				t.Errorf("the history has %+v, want step %d and status %d", m, test.step, test.status)
			}
		})
	}
}

func TestSessionBelongsToItsSub(t *testing.T) {
	assistant := newAssistant(t, nil)
	mine, theirs := ourSite().sign(t, nil), ourSite().sign(t, jwt.MapClaims{"sub": "user-2"})
	session := begin(t, assistant, mine)
	notes := "/public/chat/shop/channel_conversations/" + session + "/notes"
	end := "/public/chat/shop/sessions/" + session

	for _, step := range []struct {
		name   string
		call   call
		status int
	}{
		{"mine goes on", message(mine, session, "again"), 200},
		{"mine goes on with a newer token", message(ourSite().sign(t, jwt.MapClaims{"jti": "2"}), session, "again"), 200},
		{"theirs cannot write", message(theirs, session, "intrude"), 404},
		{"theirs cannot read", call{path: notes, token: theirs}, 404},
		{"theirs cannot end", call{method: http.MethodDelete, path: end, token: theirs}, 404},
		{"nobody cannot end", call{method: http.MethodDelete, path: end}, 403},
		{"mine reads", call{path: notes, token: mine}, 200},
		{"another integration has no such session", call{path: strings.Replace(notes, "shop", "bank", 1), token: mine}, 404},
		{"mine ends", call{method: http.MethodDelete, path: end, token: mine}, 200},
		{"ended twice is ended", call{method: http.MethodDelete, path: end, token: mine}, 200},
		{"then it is gone", message(mine, session, "again"), 404},
		{"and cannot be read", call{path: notes, token: mine}, 404},
	} {
		r := step.call.send(t, assistant)
		if r.StatusCode != step.status {
			t.Errorf("%s: got %d, want %d", step.name, r.StatusCode, step.status)
		}
		if step.status == 404 && read(t, r).Error != "Session not found" {
			t.Errorf("%s: the widget recognises a lost session by its text", step.name)
		}
	}
}

func TestAnswerTellsWhoTheUserIs(t *testing.T) {
	assistant := newAssistant(t, nil)
	token := ourSite().sign(t, nil)
	r := message(token, "", "hello").send(t, assistant)
	a := read(t, r)
	if len(a.Output.Generic) != 2 || !strings.Contains(a.Output.Generic[1].Text, `"user-1"`) || !strings.Contains(a.Output.Generic[1].Text, a.SessionID) {
		t.Errorf("the answer does not name user and session: %+v", a)
	}
	if got := r.Header.Get("X-Watson-Session-Timeout"); got != "3600" {
		t.Errorf("session timeout %q, want 3600 seconds", got)
	}
	notes := read(t, call{path: "/public/chat/shop/channel_conversations/" + a.SessionID + "/notes", token: token}.send(t, assistant))
	if len(notes.Notes) != 1 || notes.Notes[0].Type != "HISTORY" || len(notes.Notes[0].Body) != 2 {
		t.Fatalf("notes: %+v, want question and answer", notes.Notes)
	}
	if question := notes.Notes[0].Body[0].Message; question["id"] != "m-hello" {
		t.Errorf("the history begins with %v", question)
	}
}

func TestSecuritySwitch(t *testing.T) {
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.PublicKeys, c.SecurityOff = nil, true })
	preview := call{path: "/preview.html?integrationID=shop"}
	isOn := func() bool {
		return read(t, call{path: "/public/chat/shop/config?type=init"}.send(t, assistant)).Authorization.IsOn
	}

	session := begin(t, assistant, "")
	if isOn() || preview.send(t, assistant).StatusCode != http.StatusOK {
		t.Error("while security is off, the configuration says so and the preview link works")
	}
	if _, err := assistant.PayloadPublicKey(); err == nil {
		t.Error("the vendor-side key must not be available while security is off")
	}
	if err := assistant.SetSecurity(true); err == nil {
		t.Error("security went on without a key")
	}
	if err := assistant.SetPublicKeys("no key"); err != nil {
		t.Errorf("with security off, any text is taken: %v", err)
	}
	if err := assistant.SetSecurity(true); err == nil || !strings.Contains(err.Error(), "public key 1 of 1") {
		t.Errorf("security on with a text that is no key: %v", err)
	}
	if err := assistant.SetPublicKeys(ourSite().publicKey); err != nil {
		t.Fatal(err)
	}
	if err := assistant.SetSecurity(true); err != nil {
		t.Fatal(err)
	}
	if !isOn() || preview.send(t, assistant).StatusCode != http.StatusForbidden {
		t.Error("while security is on, the configuration says so and the preview link is disabled")
	}
	if pem, err := assistant.PayloadPublicKey(); err != nil || !strings.HasPrefix(pem, "-----BEGIN PUBLIC KEY-----") {
		t.Errorf("vendor-side key: %q, %v", pem, err)
	}
	if r := message("", session, "hi").send(t, assistant); r.StatusCode != http.StatusForbidden {
		t.Errorf("a message without a token got %d", r.StatusCode)
	}
	if r := message(ourSite().sign(t, nil), session, "hi").send(t, assistant); r.StatusCode != http.StatusNotFound {
		t.Errorf("an anonymous session went on under a sub: %d", r.StatusCode)
	}
	if err := assistant.SetPublicKeys(); err == nil {
		t.Error("the last key was taken away while security is on")
	}
}

func TestEitherKeyWhileRotating(t *testing.T) {
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.PublicKeys = append(c.PublicKeys, otherSite().publicKey) })
	for name, s := range map[string]site{"old": ourSite(), "new": otherSite()} {
		if r := message(s.sign(t, nil), "", "hi").send(t, assistant); r.StatusCode != http.StatusOK {
			t.Errorf("a token of the %s key got %d", name, r.StatusCode)
		}
	}
	message(ourSite().sign(t, jwt.MapClaims{"exp": 1}), "", "hi").send(t, assistant)
	if m := last(t, assistant); m.Verdict.Message != "jwt expired" {
		t.Errorf("the verdict %q is not that of the key that came furthest", m.Verdict.Message)
	}
}

func TestNewWithoutUsableKeyFails(t *testing.T) {
	for name, keys := range map[string][]string{"none": nil, "empty": {""}, "text": {"secret"}} {
		if _, err := mockassistant.New(mockassistant.Config{PublicKeys: keys}); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	assistant := newAssistant(t, nil)
	r := httptest.NewRequest(http.MethodOptions, "/public/chat/shop/message", nil)
	r.Header.Set("Origin", "https://shop.example")
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,x-watson-assistant-channel")
	w := httptest.NewRecorder()
	assistant.ServeHTTP(w, r)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":      "https://shop.example",
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Headers":     "authorization,content-type,x-watson-assistant-channel",
		"Vary":                             "Origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("preflight: %s is %q, want %q", name, got, want)
		}
	}
	for _, c := range []call{
		message(ourSite().sign(t, nil), "", "hi"),
		message("garbage", "", "hi"),
		{path: "/public/chat/shop/config?type=init"},
		{method: http.MethodPost, path: "/public/analytics"},
		{path: "/versions/latest/WatsonAssistantChatEntry.js"},
		{path: "/nowhere"},
	} {
		h := c.send(t, assistant).Header
		if h.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Get("Access-Control-Allow-Credentials") != "true" ||
			!strings.Contains(h.Get("Access-Control-Expose-Headers"), "x-watson-session-timeout") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: headers %v", c.method, c.path, h)
		}
	}
}

func TestScriptUnderItsDocumentedAddresses(t *testing.T) {
	assistant := newAssistant(t, nil)
	var first []byte
	for _, path := range []string{
		"/versions/latest/WatsonAssistantChatEntry.js",
		"/versions/8.0.1/WatsonAssistantChatEntry.js",
		"/loadWatsonAssistantChat.js",
	} {
		r := call{path: path}.send(t, assistant)
		script, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || !bytes.Contains(script, []byte("loadWatsonAssistantChat")) {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Content-Type"))
		}
		if first == nil {
			first = script
		}
		if !bytes.Equal(script, first) {
			t.Errorf("%s is another script", path)
		}
	}
	r := call{path: mockassistant.PointedPrefix + profiles.Default().Page.ScriptPath()}.send(t, assistant)
	if script, err := io.ReadAll(r.Body); err != nil || !bytes.HasSuffix(script, first) || len(script) == len(first) {
		t.Errorf("the script that points at its server is not that script with something before it: %v", err)
	}
}

func TestWireUnderAnyPrefix(t *testing.T) {
	assistant := newAssistant(t, nil)
	for path, status := range map[string]int{
		"/public/chat/shop/config?type=init":                200,
		"/subscription/chat/shop/config?type=init":          200,
		"/proxy/for/chat/public/chat/shop/config?type=init": 200,
		"/public/chat/chat/config?type=init":                200,
		"/public/chat/a%2Fb%20%C3%BC;%22/config?type=init":  200,
		"/public/chat//config?type=init":                    404,
		"/public/chat/shop/other":                           404,
		"/chat/":                                            404,
		"/":                                                 404,
	} {
		if r := (call{path: path}).send(t, assistant); r.StatusCode != status {
			t.Errorf("%s: got %d, want %d", path, r.StatusCode, status)
		}
	}
	if r := (call{method: http.MethodPut, path: "/public/chat/shop/message"}).send(t, assistant); r.StatusCode != http.StatusNotFound {
		t.Errorf("PUT message: got %d", r.StatusCode)
	}
	r := call{path: "/public/chat/a%2Fb/config", token: ourSite().sign(t, nil)}.send(t, assistant)
	if m := last(t, assistant); r.StatusCode != http.StatusOK || m.IntegrationID != "a/b" {
		t.Errorf("integration id %q, status %d", m.IntegrationID, r.StatusCode)
	}
}
