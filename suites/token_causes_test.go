package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestCausesOfNoToken pairs what a server says in place of a token with what is
// told about it, and with the fix.
func TestCausesOfNoToken(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		cookie string // that holds a token
		leak   string // where else a token stands
		header map[string][]string
		body   string
		told   string // in what is found
		fix    string // in the fix
	}{
		"in a cookie":    {status: 204, cookie: "chat_token", told: `cookie "chat_token" holds a token`, fix: "--token-in cookie:chat_token"},
		"in a header":    {status: 200, leak: "header:X-Chat-Token", body: "ok", told: `header "X-Chat-Token" holds a token`, fix: "--token-in header:X-Chat-Token"},
		"CSRF":           {status: 403, body: "CSRF token mismatch.", told: "CSRF token mismatch", fix: "first visit"},
		"Laravel":        {status: 419, body: "<title>Page Expired</title>", told: `titled "Page Expired"`, fix: "CSRF"},
		"method":         {status: 405, header: map[string][]string{"Allow": {"POST"}}, told: "status 405", fix: "method: POST"},
		"Express":        {status: 404, body: "Cannot GET /token", told: "Cannot GET", fix: "method: POST"},
		"401 with JSON":  {status: 401, body: `{"error":"unauthorized"}`, told: "JSON with the member error", fix: "users:"},
		"login page":     {status: 200, body: "<!DOCTYPE html><html><head><title>Sign in - Shop</title>", told: `an HTML page titled "Sign in - Shop"`, fix: "users:"},
		"to the login":   {status: 302, header: map[string][]string{"Location": {"/login"}}, told: "to \"/login\"", fix: "users:"},
		"elsewhere":      {status: 301, header: map[string][]string{"Location": {"https://shop.example/t"}}, told: "status 301", fix: "--endpoint"},
		"fallback page":  {status: 200, body: "<!doctype html><title>Shop</title><div id=app>", told: `titled "Shop"`, fix: "single-page"},
		"undefined":      {status: 200, body: "undefined", told: "the word undefined", fix: "await"},
		"promise":        {status: 200, body: "[object Promise]", told: "object made into text", fix: "await"},
		"envelope":       {status: 200, body: `{"data":{"identityToken":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.«signature cut»"}}`, told: "JSON with the member data", fix: "--token-in json:data.identityToken"},
		"cut envelope":   {status: 200, body: `{"jwt":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOi…`, told: "a body", fix: "--token-in json:jwt"},
		"GraphQL":        {status: 200, body: `{"errors":[{"message":"Must provide query string."}]}`, told: "Must provide query string", fix: "GraphQL"},
		"key of server":  {status: 500, body: "Error: secretOrPrivateKey must be an asymmetric key when using RS256", told: "asymmetric key", fix: "private RSA key"},
		"origin":         {status: 403, body: `{"message":"Origin not allowed"}`, told: "Origin not allowed", fix: "header Origin"},
		"no session":     {status: 400, body: "no active session", told: "no active session", fix: "first visit"},
		"firewall":       {status: 403, body: "Forbidden", told: "Forbidden", fix: "firewall"},
		"not found":      {status: 404, body: "nothing here", told: "nothing here", fix: "compare --endpoint"},
		"server error":   {status: 500, body: "oops", told: "oops", fix: "log"},
		"too many":       {status: 200, body: `{"error":"Too many requests"}`, told: "Too many requests", fix: "--rate"},
		"error with 200": {status: 200, body: `{"error":"no chat today"}`, told: "member error", fix: "status 200"},
		"Django":         {status: 403, body: "<title>403 Forbidden</title> CSRF verification failed. Request aborted.", told: "403 Forbidden", fix: "CSRF token"},
		"Rails":          {status: 422, body: "ActionController::InvalidAuthenticityToken", told: "InvalidAuthenticityToken", fix: "CSRF token"},
		"ASP.NET":        {status: 400, body: "The required antiforgery cookie is not present.", told: "antiforgery", fix: "CSRF token"},
		"NestJS":         {status: 404, body: `{"message":"Cannot GET /token","error":"Not Found","statusCode":404}`, told: "Cannot GET", fix: "method: POST"},
		"Fastify":        {status: 404, body: `{"message":"Route GET:/token not found"}`, told: "Route GET", fix: "method: POST"},
		"Rails, method":  {status: 404, body: `No route matches [GET] "/token"`, told: "No route", fix: "method: POST"},
		"AWS":            {status: 403, body: `{"message":"Missing Authentication Token"}`, told: "Missing Authentication", fix: "API gateway"},
		"German":         {status: 403, body: "Bitte melden Sie sich an: Anmeldung erforderlich", told: "Anmeldung", fix: "users:"},
		"French":         {status: 403, body: "Connexion requise", told: "Connexion", fix: "users:"},
		"Spanish":        {status: 403, body: "Debe iniciar sesión", told: "iniciar", fix: "users:"},
		"Japanese":       {status: 403, body: "ログインしてください", told: "ログイン", fix: "users:"},
		"not logged in":  {status: 200, body: `{"success":false,"message":"You are not logged in"}`, told: "not logged in", fix: "users:"},
		"German session": {status: 440, body: "Ihre Sitzung ist abgelaufen", told: "Sitzung", fix: "first visit"},
		"Basic":          {status: 401, header: map[string][]string{"Www-Authenticate": {`Basic realm="staging"`}}, body: "Authorization Required", told: "Authorization Required", fix: "Authorization: Basic"},
		"bearer":         {status: 401, header: map[string][]string{"Www-Authenticate": {`Bearer error="invalid_token"`}}, body: "", told: "status 401", fix: "Authorization: Bearer"},
		"Django host":    {status: 400, body: "DisallowedHost at /token Invalid HTTP_HOST header: '127.0.0.1:80'", told: "DisallowedHost", fix: "--resolve"},
		"Vite host":      {status: 403, body: `Blocked request. This host ("shop.test") is not allowed.`, told: "Blocked request", fix: "--resolve"},
		"https":          {status: 400, body: "<title>400 The plain HTTP request was sent to HTTPS port</title>", told: "HTTPS port", fix: "https://"},
		"Go https":       {status: 400, body: "Client sent an HTTP request to an HTTPS server.", told: "HTTPS server", fix: "https://"},
		"key file":       {status: 500, body: "Error: ENOENT: no such file or directory, open './keys/private.pem'", told: "ENOENT", fix: "path"},
		"PyJWT":          {status: 500, body: "NotImplementedError: Algorithm 'RS256' could not be found. Do you have cryptography installed?", told: "RS256", fix: "lacks a library"},
		"PHP library":    {status: 500, body: `Uncaught Error: Class "Firebase\JWT\JWT" not found`, told: "not found", fix: "lacks a library"},
		"Java key":       {status: 500, body: "java.security.InvalidKeyException: IOException : algid parse error, not a sequence", told: "InvalidKeyException", fix: "private RSA key"},
		"Go key":         {status: 500, body: "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key", told: "PEM encoded", fix: "private RSA key"},
		"Python key":     {status: 500, body: "ValueError: Could not deserialize key data.", told: "deserialize", fix: "private RSA key"},
		"PHP key":        {status: 500, body: "openssl_sign(): Supplied key param cannot be coerced into a private key", told: "coerced", fix: "private RSA key"},
		"short key":      {status: 500, body: "Error: secretOrPrivateKey has a minimum key size of 2048 bits for RS256", told: "2048 bits", fix: "too short"},
		"options":        {status: 500, body: `Error: "expiresIn" should be a number of seconds or string representing a timespan`, told: "expiresIn", fix: "options"},
		"database":       {status: 500, body: "connect ECONNREFUSED 127.0.0.1:6379", told: "ECONNREFUSED", fix: "database"},
		"proxy":          {status: 502, body: "<html><head><title>502 Bad Gateway</title>", told: "502 Bad Gateway", fix: "application running"},
		"PHP":            {status: 200, body: "<br />\n<b>Fatal error</b>:  Uncaught TypeError", told: "Fatal error", fix: "display_errors"},
		"PHP source":     {status: 200, body: "<?php echo JWT::encode($claims, $key, 'RS256');", told: "<?php", fix: "source instead of running"},
		"coroutine":      {status: 200, body: "<coroutine object sign at 0x7f2a>", told: "made into text", fix: "await"},
		".NET task":      {status: 200, body: "System.Threading.Tasks.Task`1[System.String]", told: "made into text", fix: "await"},
		"tunnel":         {status: 200, body: "<!DOCTYPE html><title>ngrok</title>You are about to visit", told: "ngrok", fix: "ngrok-skip"},
		"referrer":       {status: 403, body: "Referer is required", told: "Referer", fix: "header Origin"},
		"media type":     {status: 415, body: "", told: "empty body", fix: "Content-Type"},
		"input":          {status: 400, body: "bad request", told: "bad request", fix: "method:, body:"},
	} {
		t.Run(name, func(t *testing.T) {
			run := runWith()
			x := record.Exchange{
				ID: "e1", Probe: record.ProbeVisitors, Visitor: "v1", Call: 1,
				Response: &record.Response{Status: test.status, Header: test.header, Excerpt: test.body, Bytes: int64(len(test.body))},
			}
			if test.cookie != "" {
				x.Response.Cookies = []record.Cookie{{Name: test.cookie, HoldsToken: true}}
			}
			if test.leak != "" {
				x.Leaks = []record.Leak{{Kind: record.LeakToken, Where: test.leak}}
			}
			run.Evidence.Exchanges = []record.Exchange{x}
			id := "token-served"
			if test.status == 200 {
				id = "token-bare"
			}
			o := outcome(t, Judge(run, Options{}), id)
			if o.State != record.Failed {
				t.Fatalf("%s is %s: %s", id, o.State, o.Reason)
			}
			if f := o.Findings[0]; !strings.Contains(f.Actual, test.told) || !strings.Contains(f.Hint, test.fix) {
				t.Errorf("told %q, want %q\nfix %q, want %q", f.Actual, test.told, f.Hint, test.fix)
			}
		})
	}
}

// TestCausesOfARefusal pairs how a token is refused with the fix.
func TestCausesOfARefusal(t *testing.T) {
	refused := func(name, message string) record.Outcome {
		run := runWith(`{"sub":"a","exp":1777640400}`)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Form: "spki"}}
		run.Evidence.Tokens[0].Verdict = record.Decided{Judged: true, Name: name, Message: message}
		return outcome(t, Judge(run, Options{}), "token-accepted")
	}
	for _, test := range []struct{ name, message, fix string }{
		{"NotBeforeError", "jwt not active", "leave nbf out"},
		{"TokenExpiredError", "jwt expired", "instead of keeping one"},
		{"JsonWebTokenError", "invalid signature", "private key that belongs"},
		{"JsonWebTokenError", "jwt malformed", "what the JWT library returns"},
		{"SyntaxError", "Unexpected token", "what the JWT library returns"},
		{"JsonWebTokenError", "invalid algorithm", "sign with RS256"},
		{"JsonWebTokenError", "jwt signature is required", "has no signature"},
		{"JsonWebTokenError", "invalid exp value", "JSON numbers"},
		{"Error", "secretOrPublicKey must be an asymmetric key when using RS256", "key inspect"},
		{"JsonWebTokenError", "secret or public key must be provided", "key inspect"},
	} {
		if o := refused(test.name, test.message); o.State != record.Failed || !strings.Contains(o.Findings[0].Hint, test.fix) {
			t.Errorf("%s: %s: %s, %+v", test.name, test.message, o.State, o.Findings)
		}
	}
}

// TestCausesOfWrongSignatures tells a key of another instance from a fault of calculation.
func TestCausesOfWrongSignatures(t *testing.T) {
	for every, fix := range map[int]string{2: "second --public-key", 50: "signing hardware"} {
		payloads := make([]string, 100)
		for i := range payloads {
			payloads[i] = `{"sub":"a"}`
		}
		run := runWith(payloads...)
		run.Evidence.Keys = []record.Key{{Kind: "rsa", Form: "spki"}}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeParallel})
		for i := range run.Evidence.Tokens {
			token := &run.Evidence.Tokens[i]
			token.Verdict.Judged = true
			if i%every != 0 {
				token.Verdict.Accepted, token.Signature.Scheme, token.Signature.Key = true, "rs256", 1
			}
		}
		o := outcome(t, Judge(run, Options{}), "signature-every")
		if o.State != record.Failed || !strings.Contains(o.Findings[0].Hint, fix) {
			t.Errorf("one in %d: %s, %+v", every, o.State, o.Findings)
		}
	}
}
