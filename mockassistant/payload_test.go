package mockassistant_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// encrypt is what a site does with the key that the assistant shows it.
func encrypt(t testing.TB, assistant *mockassistant.Server, clear string) string {
	t.Helper()
	text, err := assistant.PayloadPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := verifier.Encrypt([]byte(clear), key.(*rsa.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestPrivateVariablesStayOnTheManagementSide(t *testing.T) {
	assistant := newAssistant(t, func(c *mockassistant.Config) { c.PayloadKey = otherSite().key })
	const clear = `{"name":"Ann Example","plan":"gold"}`
	token := ourSite().sign(t, jwt.MapClaims{"user_payload": encrypt(t, assistant, clear)})
	r := message(token, "", "hello").send(t, assistant)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != http.StatusOK || strings.Contains(string(body), "Ann") || strings.Contains(string(body), "gold") {
		t.Errorf("the browser got %d %s", r.StatusCode, body)
	}
	if got := string(last(t, assistant).Private); got != clear {
		t.Errorf("the history has %q", got)
	}
	sessions := assistant.Sessions()
	if len(sessions) != 1 || string(sessions[0].Private) != clear {
		t.Errorf("the sessions have %+v", sessions)
	}
	notes := call{path: "/public/chat/shop/channel_conversations/" + sessions[0].ID + "/notes", token: token}.send(t, assistant)
	if body, err := io.ReadAll(notes.Body); err != nil || strings.Contains(string(body), "Ann") {
		t.Errorf("the notes have %s, %v", body, err)
	}
}

func TestPrivateContextDoesNotComeBack(t *testing.T) {
	assistant := newAssistant(t, nil)
	c := message(ourSite().sign(t, nil), "", "x")
	c.body = `{"value":{"input":{"text":"x"},"context":{"integrations":{"chat":{"private":{"user_payload":{"plan":"gold"}},"browser_info":{"language":"en"}}},"skills":{"mine":1}}}}`
	body, err := io.ReadAll(c.send(t, assistant).Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Context json.RawMessage }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if got := string(answer.Context); strings.Contains(got, "private") || !strings.Contains(got, `"skills":{"mine":1}`) || !strings.Contains(got, `"user_id":"user-1"`) {
		t.Errorf("context %s", got)
	}
}

func TestPayloadThatDoesNotDecrypt(t *testing.T) {
	for name, payload := range map[string]any{"clear": `{"name":"Ann"}`, "number": 7, "object": map[string]any{"a": 1}, "empty": ""} {
		token := ourSite().sign(t, jwt.MapClaims{"user_payload": payload})
		lenient := newAssistant(t, nil)
		if r := message(token, "", "hi").send(t, lenient); r.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d, want it taken without private variables", name, r.StatusCode)
		}
		if m := last(t, lenient); m.Private != nil || !strings.Contains(m.Reason, "private variables could not be read") {
			t.Errorf("%s: the history has %q, %q", name, m.Private, m.Reason)
		}
		strict := newAssistant(t, func(c *mockassistant.Config) {
			c.Choices.BadPayload = mockassistant.Refusal{Status: 400, Text: "bad payload"}
		})
		if r := message(token, "", "hi").send(t, strict); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d, want the choice's 400", name, r.StatusCode)
		}
	}
}
