package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// takeToken finds the token in an answer and notes its facts. Where a token is
// owed, whatever a good answer has in its place counts as one, so that the
// checks can say what it is; elsewhere only what looks like a token does.
func (e *examiner) takeToken(a *ask, result *answer) {
	if result.status < 200 || result.status > 299 {
		return
	}
	text, found := e.TokenFrom(result.header, result.body)
	if !found || !a.expectsToken() && !looksLikeToken(text) {
		return
	}
	bare := record.Bare(text)
	claims := claimsOf(bare)
	result.sub, _ = claims["sub"].(string)
	token := record.NewToken(text, e.claimSecrets(a, result.sub))
	token.Probe, token.Variant, token.About, token.Call = a.probe, a.variant, a.about, result.exchange.Call
	if a.visitor != nil {
		token.Visitor = a.visitor.name
		if a.visitor.user != nil {
			token.User = a.visitor.user.Name
		}
	}
	token.ReceivedAt = time.Now()
	token.ServerDate, _ = http.ParseTime(result.header.Get("Date"))
	e.verify(&token, text, bare)
	token.UserPayload = e.userPayload(claims)
	result.text, result.token = bare, &token
	e.remember(a, bare)
}

// looksLikeToken says whether text holds a JWT, or is three segments of something.
func looksLikeToken(text string) bool {
	if len(secrets.Tokens(text[:min(len(text), 64<<10)])) > 0 {
		return true
	}
	bare := record.Bare(text)
	return len(bare) > 20 && strings.Count(bare, ".") == 2 && !strings.ContainsAny(bare, " \t\r\n<>{}")
}

// claimsOf decodes the payload of a token, as far as it is an object; one that
// stands in a JSON string is taken out of it, as the integration does.
func claimsOf(bare string) map[string]any {
	segments := strings.Split(bare, ".")
	if len(segments) < 2 {
		return nil
	}
	return decodeObject(segments[1])
}

// decodeObject decodes a segment that holds a JSON object.
func decodeObject(segment string) map[string]any {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(segment, "="))
	if err != nil {
		return nil
	}
	var object map[string]any
	if json.Unmarshal(decoded, &object) == nil {
		return object
	}
	var inner string
	if json.Unmarshal(decoded, &inner) == nil && json.Unmarshal([]byte(inner), &object) == nil {
		return object
	}
	return nil
}

// claimSecrets are the values that must not stand in a claim: the secrets of
// the configuration and the visitor's cookies. A cookie that is part of sub is
// told to the assistant on purpose and no secret.
func (e *examiner) claimSecrets(a *ask, sub string) map[string]string {
	values := credentials(e.secrets)
	if a.visitor == nil {
		return values
	}
	for name, set := range a.visitor.secrets() {
		for i, value := range set {
			for j, form := range decoded(value) {
				if len(form) >= 16 && !strings.Contains(sub, form) {
					values["session "+name+strings.Repeat("'", 2*i+j)] = form
				}
			}
		}
	}
	return values
}

// verify asks the verifier with every key; the verdict of the one that goes
// furthest counts. Without a key there is none. Blanks round the text are left
// off, as browsers leave them off a header's value.
func (e *examiner) verify(token *record.Token, text, bare string) {
	sent := strings.TrimSpace(text)
	for i, key := range e.keys {
		verdict := key.Verify(sent, token.ReceivedAt)
		if best := token.Verdict; !best.Judged || verdict.Accepted || verdict.Step > best.Step {
			token.Verdict = record.Decided{Judged: true, Accepted: verdict.Accepted, Step: verdict.Step, Name: verdict.Name, Message: verdict.Message}
		}
		if verdict.Accepted {
			token.Signature.Scheme, token.Signature.Key = string(verifier.SchemeRS256), i+1
			break
		}
		scheme := key.SignatureScheme(bare)
		if token.Signature.Key == 0 && scheme != verifier.SchemeUnknown && scheme != verifier.SchemeNone {
			token.Signature.Scheme, token.Signature.Key = string(scheme), i+1
		}
	}
	token.Signature.HMACSecret = e.hmacSecret(bare)
}

// commonSecrets are HMAC secrets from documentation, tutorials and word lists.
var commonSecrets = []string{
	"", "secret", "Secret", "SECRET", "secretkey", "secret_key", "secret-key", "mysecret", "my-secret", "my_secret",
	"your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "your_secret_key", "your-secret-key", "yoursecret",
	"a-string-secret-at-least-256-bits-long", "supersecret", "super-secret", "super_secret", "shhhhh", "shhhhhhared-secret",
	"password", "Password1", "passw0rd", "changeme", "change-me", "changeit", "key", "private", "privatekey", "private_key",
	"jwt", "jwt_secret", "jwtsecret", "jwt-secret", "JWT_SECRET", "token", "test", "testing", "admin", "default", "example",
	"hello", "123456", "12345678", "1234567890", "qwerty", "keyboard cat", "some-secret", "somesecret", "top-secret", "topsecret",
	"qwertyuiopasdfghjklzxcvbnm123456", "webchat", "watson", "assistant",
}

// hmacSecret names the text under which the token is a right HMAC, whatever its
// header says: the public key's text, or a common secret. "" is none.
func (e *examiner) hmacSecret(bare string) string {
	dot := strings.LastIndexByte(bare, '.')
	if dot < 0 {
		return ""
	}
	mac, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(bare[dot+1:], "="))
	if err != nil {
		return ""
	}
	newHash := map[int]func() hash.Hash{32: sha256.New, 48: sha512.New384, 64: sha512.New}[len(mac)]
	if newHash == nil {
		return ""
	}
	fits := func(secret []byte) bool {
		sum := hmac.New(newHash, secret)
		sum.Write([]byte(bare[:dot]))
		return hmac.Equal(sum.Sum(nil), mac)
	}
	for _, key := range e.config.PublicKeys {
		if slices.ContainsFunc(keyTexts(key.Text), fits) {
			return "the public key text"
		}
	}
	if slices.ContainsFunc(commonSecrets, func(secret string) bool { return fits([]byte(secret)) }) {
		return "a common secret"
	}
	return ""
}
