package cli

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/secrets"
)

// unknown writes what is to be completed for an endpoint that gave no token.
func (t *configurationText) unknown(asking *survey) {
	t.begin()
	t.request(cmp.Or(t.settings.Method, http.MethodGet), t.settings.Body)
	t.along(nil)
	t.comment(append([]string{"", "No way of asking brought a token. What may be wanted:"}, asking.hints()...)...)
	t.files()
	t.givenKeys()
	t.tellKind(asking)
	t.missing(asking)
	t.tell("If the page sends other requests before, tell each with --visit '[METHOD] ADDRESS [BODY]'; {word} in a header or the body is what an answer to them calls so.")
	if len(asking.answers) > 0 {
		t.tell("It gave no token.")
	}
	t.tellAnswers(asking)
}

// tellKind tells what the answers sound like.
func (t *configurationText) tellKind(asking *survey) {
	switch {
	case asking.isBehindPassword():
		t.tell("A web server asks for a name and a password (HTTP Basic): give them with --header 'Authorization: Basic …', the base64 of NAME:PASSWORD.")
	case asking.missesKey():
		t.tell("A gateway seems to want a key: give it with --header 'X-Api-Key: …'.")
	case asking.speaksJSONRPC() && asking.called == "":
		t.tell("It speaks JSON-RPC and has none of the methods that were tried: give the call of your page with --body, or complete 'body'.")
	case asking.speaksJSONRPC():
		t.tell("It speaks JSON-RPC and has a method that sounds right, but gave no token: see its answer below, and complete 'body'.")
	case asking.speaksOfForgery():
		t.tell("It seems to want a token against forgery: name the page that has it with --page.")
	case asking.speaksGraphQL():
		t.tell("It is a GraphQL server that does not tell its schema: give the query of your page with --body, or complete 'body'.")
	}
}

// tellAnswers tells what the endpoint has answered without a token, and the headers that it
// or the scripts of the page name.
func (t *configurationText) tellAnswers(asking *survey) {
	if len(asking.answers) > 0 {
		t.tell("What it answered:")
	}
	const most = 6
	before := len(t.told)
	for _, got := range asking.answers {
		if len(t.told)-before < most {
			t.answer(fmt.Sprintf("%-5s %d  %s", cmp.Or(got.method, http.MethodGet), got.Status, said(got.Body)))
		}
	}
	for _, name := range asking.namedHeaders() {
		t.tell("An answer names the header %[1]s: if the page sends it, give it with --header '%[1]s: …'.", name)
	}
	t.tellScripts(asking)
}

// remedy is what to do where nothing could be asked, "" where that says itself.
func remedy(found surveyed) string {
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(found.err, &authority):
		return ": give the certificate of its authority with --ca FILE"
	case found.From != nil && wantsClient(found.Reply):
		return ": it wants a name and a secret (HTTP Basic): " + tellClient("--visit", found.From.Path)
	}
	return ""
}

// wantsClient says whether the answer to a step is that the client has to prove itself.
func wantsClient(answer endpoint.Reply) bool {
	return surveyed{Reply: answer}.isBasic() || bytes.Contains(answer.Body, []byte("invalid_client"))
}

// tellClient says how the name and the secret of a client are told.
func tellClient(flag, at string) string {
	return fmt.Sprintf("give those of the client behind the address, as in %s '%s -u CLIENT:${CLIENT_SECRET} …'", flag, at)
}

// answer tells one of the answers, once.
func (t *configurationText) answer(text string) {
	if line := "  " + text; !slices.Contains(t.told, line) {
		t.told = append(t.told, line)
	}
}

// said is the beginning of an answer that may be told.
func said(body []byte) string {
	text := string(body[:min(len(body), 300)])
	if len(text) < len(body) {
		text += "…" // what stands before it may be the beginning of a secret
	}
	masked, _ := secrets.Mask(strings.Join(strings.Fields(text), " "))
	return readable(masked)
}

// loginAnswers tells what the logins that were tried have answered, as far as there was
// something at their address. Of those that took the login no value is told.
func (t *configurationText) loginAnswers(answers []loginAnswer) {
	answers = slices.DeleteFunc(slices.Clone(answers), func(a loginAnswer) bool { return !surveyed{Reply: a.Reply}.takesMethod() || a.Status == 0 })
	if len(answers) == 0 {
		return
	}
	t.tell("What the login answered:")
	slices.SortStableFunc(answers, func(a, b loginAnswer) int { return cmp.Compare(a.Status, b.Status) })
	const most = 6
	for _, a := range answers[:min(len(answers), most)] {
		text := said(a.Body)
		if a.Status < http.StatusBadRequest {
			text = membersOf(a.Body)
		}
		t.answer(fmt.Sprintf("%s %d  %s", readable(a.at), a.Status, text))
	}
}

// membersOf names what is in a JSON text.
func membersOf(body []byte) string {
	texts := memberTexts(body)
	if len(texts) == 0 {
		return ""
	}
	return readable("JSON with " + strings.Join(slices.Sorted(maps.Keys(texts)), ", "))
}

// hints are settings that the answers speak for.
func (s *survey) hints() []string {
	switch {
	case s.isBehindPassword():
		return []string{`headers: {Authorization: "Basic ${SITE_BASIC}"}   # printf NAME:PASSWORD | base64`}
	case s.speaksJSONRPC():
		return []string{"method: POST", "headers: {Content-Type: application/json}", "body: '" + cmp.Or(s.called, `{"jsonrpc": "2.0", "id": 1, "method": "chat.token"}`) + "'", "tokenIn: json:result"}
	case s.speaksGraphQL():
		return []string{"method: POST", "body: '" + cmp.Or(s.called, `{"query": "mutation { chatToken { jwt } }"}`) + "'", "tokenIn: json:data.chatToken.jwt"}
	}
	hints := []string{"method: POST", `body: '{"…": "…"}'`, "tokenIn: json:token", `headers: {X-Api-Key: "${SHOP_API_KEY}"}`}
	if s.missesKey() {
		slices.Reverse(hints)
	}
	return hints
}

// isBehindPassword says whether a web server in front asks for a name and a password.
func (s *survey) isBehindPassword() bool {
	return slices.ContainsFunc(s.answers, surveyed.isBasic)
}
