package suites

import (
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// cause is a reason why an answer holds no token: how the answer shows it, and the fix.
type cause struct {
	name  string
	shown func(x record.Exchange, body string) bool
	fix   func(x record.Exchange, body string) string
}

// says matches the body, in upper or lower case.
func says(pattern string) func(record.Exchange, string) bool {
	expression := regexp.MustCompile(`(?i)` + pattern)
	return func(_ record.Exchange, body string) bool { return expression.MatchString(body) }
}

func status(codes ...int) func(record.Exchange, string) bool {
	return func(x record.Exchange, _ string) bool { return slices.Contains(codes, x.Response.Status) }
}

// asksFor matches the authentication scheme for which the answer asks (RFC 9110 §11.6.1).
func asksFor(scheme string) func(record.Exchange, string) bool {
	return func(x record.Exchange, _ string) bool {
		return strings.HasPrefix(strings.ToLower(header(x, "WWW-Authenticate")), scheme)
	}
}

func advise(fix string) func(record.Exchange, string) string {
	return func(record.Exchange, string) string { return fix }
}

// loginWords are how sites ask for a login, in the languages of many of them.
var loginWords = says(`sign.?in|\blog.?in|log(?:ged|ging).?(?:in|on|out)|log.?on\b|unauthori[sz]ed|unauthenticated|not (?:authenticated|authori[sz]ed)|authentication (?:required|needed)|` +
	`anmeld|angemeldet|einloggen|eingeloggt|connexion|connect(?:er|é)|iniciar sesi|inicia sesi|fa(?:ç|z)er? login|autenticad|accedi|effettua|inloggen|aanmelden|zaloguj|přihl|logga in|kirjaudu|войти|войдите|ログイン|サインイン|登录|登入|로그인`)

// sessionWords are how sites ask for a session.
var sessionWords = says(`session|sitzung|sesi[óo]n|sess[ãa]o|sessione|sessie|(?:no|missing|required|lacks?).{0,20}cookie|cookie.{0,20}(?:missing|required|not (?:set|found))|セッション|会话`)

// causes are tried in this order, and the first one that the answer shows is reported.
var causes = []cause{
	{"token in JSON", func(_ record.Exchange, body string) bool { return tokenPath(body) != "" }, func(_ record.Exchange, body string) string {
		return "The token is inside JSON: say so with --token-in json:" + tokenPath(body) + " (tokenIn: in the configuration). If the page takes the whole body for the token, it has to read this member."
	}},
	{"token elsewhere", func(x record.Exchange, _ string) bool { return placeOfToken(x) != "" }, func(x record.Exchange, _ string) string {
		return "The answer has the token elsewhere: say so with --token-in " + placeOfToken(x) + " (tokenIn: in the configuration)."
	}},
	{"too many", says(`too many (?:requests|attempts|calls)|rate.?limit|throttl|quota (?:is )?exceeded`), advise("The endpoint rate-limits this machine: lower --rate, or exempt this machine from the limit.")},
	{"short key", says(`minimum key size of 2048|key (?:size|length).{0,40}(?:2048|too (?:short|small))`), advise("The server's private key is too short for RS256: generate a key pair of 2048 bits (webchatspec key new).")},
	{"file of the key", says(`(?:ENOENT|no such file|FileNotFound|cannot find the (?:file|path)|failed to open stream|could not find file).{0,120}(?:key|pem|rsa|priv|secret|cert)`), advise("The server cannot read the file with its private key: correct the path, which counts from the folder in which the server runs, or the permissions.")},
	{"library of the server", says(`Algorithm 'RS256' could not be found|cryptography installed|Class ["'][\\\w]*JWT["'] not found|Cannot find (?:module|package)|ModuleNotFoundError|No module named|cannot load such file|ClassNotFoundException|NoClassDefFoundError`), advise("The server lacks a library: install what it names (PyJWT signs with RS256 only where the package cryptography is there).")},
	{"key of the server", says(`secretOrPrivateKey|asymmetric key|DECODER routines|PEM (?:routines|lib)|no start line|bad decrypt|invalid key|key is (?:invalid|of invalid type)|must be a PEM encoded|could not (?:deserialize|parse).{0,20}key|unable to load (?:private key|PEM)|InvalidKey(?:Error|Exception|Spec)|algid parse error|DerInputStream|signing keys must be|cannot be coerced into a private key|unable to sign data|Neither PUB key nor PRIV key|PKCS#?8|No supported key formats|not PEM|IDX10\d\d\d|RSAError|asn1: `), advise("The server cannot sign with what it has for a private key: give it the whole PEM text, with its line breaks (not \\n as two characters), of a private RSA key.")},
	{"claims of the server", says(`"?expiresIn"? should be|payload.{0,40}(?:plain object|already has an "exp")|Bad "options\.|"(?:iat|exp|nbf)" should be`), advise("The server's JWT library refuses the claims or the options that it is given: correct what the message names.")},
	{"CSRF", mentionsForgery, advise("The endpoint requires a CSRF token: fetch it in a first visit (visit: with take: in the configuration), and send it along as the page does.")},
	{"name of the host", says(`(?:invalid|disallowed|blocked|bad) ?(?:http_)?host|DisallowedHost|ALLOWED_HOSTS|this host .{0,80}not allowed`), advise("The server does not serve this host name: ask under the site's own name, with --resolve NAME:PORT=127.0.0.1 where the name leads elsewhere, or add the name to the hosts that it allows.")},
	{"origin", says(`\b(?:missing|bad|invalid|wrong|unknown|forbidden|disallowed|no) (?:origin|referr?er)|(?:origin|referr?er).{0,60}(?:not allowed|required|missing|denied|mismatch|not permitted)|\bcors\b`), advise("The endpoint checks which page asks: send the header Origin of the site (headers: in the configuration).")},
	{"https", says(`plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|upgrade required|https (?:is )?required|requires (?:https|ssl|tls)`), advise("The endpoint is served by https: write https:// in --endpoint.")},
	{"gateway", says(`Missing Authentication Token`), advise("An API gateway of AWS says so of an address or a method that it does not know: compare --endpoint with what the page fetches, its stage included, and say --method POST if the page does.")},
	{"method", func(x record.Exchange, body string) bool {
		return x.Response.Status == 405 || x.Response.Status == 501 || header(x, "Allow") != "" && x.Response.Status >= 400 || otherMethod(x, body)
	}, func(x record.Exchange, _ string) string {
		allowed := header(x, "Allow")
		if allowed == "" {
			allowed = "POST"
		}
		return "The endpoint requires another method (Allow: " + allowed + "): say method: POST in the configuration, or --method POST, with the body that the page sends."
	}},
	{"GraphQL", says(`"errors"\s*:\s*\[|graphql|GET query missing|must provide query`), advise("The endpoint is a GraphQL one: configure method: POST, the query as its body, and where the token stands (--token-in json:data.…).")},
	{"JSON-RPC", says(`"jsonrpc"\s*:`), advise("The endpoint is one of JSON-RPC: configure method: POST, the call that the page sends as the body, and where the token stands (--token-in json:result…).")},
	{"media type", status(415), advise("The endpoint expects another kind of body: configure body: as the page sends it, with its Content-Type.")},
	{"password of the server", asksFor("basic"), advise("The server is protected by HTTP basic authentication: send the header Authorization: Basic …, from an environment variable (headers: in the configuration).")},
	{"bearer", asksFor("bearer"), advise("The endpoint requires a bearer token: configure users: with the login that gives it (take:), and send it as the header Authorization: Bearer {…}.")},
	{"tunnel", says(`ngrok`), advise("The tunnel answers with a page of its own: send the header ngrok-skip-browser-warning (headers: in the configuration), or use the server's own address.")},
	{"login", func(x record.Exchange, body string) bool {
		return x.Response.Status == 401 || loginWords(x, body+" "+header(x, "Location"))
	}, advise("The endpoint serves only those who are logged in: configure users: with the login of a test user. If visitors should chat without a login, answer them with a token, too.")},
	{"session", sessionWords, advise("The endpoint requires a session: begin it in a first visit (visit: in the configuration).")},
	{"redirect", func(x record.Exchange, _ string) bool { return x.Response.Status/100 == 3 }, advise("Give the address to which the endpoint leads as --endpoint: tokens are not fetched through redirects.")},
	{"forbidden", status(403), advise("Something refuses the request: configure what else the page sends (headers:, cookies:, an earlier request with visit:, users: where a login is required), or let this machine through the firewall.")},
	{"not found", status(404, 410), advise("There is nothing at this address for this method: compare --endpoint and --method with what the page fetches (the network panel of the browser's developer tools).")},
	{"input", status(400, 422), advise("The request lacks something that the endpoint expects: configure method:, body: and headers: as the page sends them.")},
	{"service behind", says(`(?:ECONNREFUSED|ENOTFOUND|ETIMEDOUT|connection (?:refused|timed out)|could not connect|SQLSTATE|MongoServerSelection|redis)`), advise("The server cannot reach a service that it needs, such as its database: start it, and check the address in the message.")},
	{"proxy", status(502, 504), advise("A proxy in front got no answer from the site: is the application running, and does the proxy know its port?")},
	{"server error", func(x record.Exchange, _ string) bool { return x.Response.Status >= 500 }, advise("The server failed: look at its log for the request shown here.")},
	{"PHP", says(`<b>(?:fatal error|parse error|warning|notice|deprecated)</b>|^\s*(?:PHP )?(?:Fatal|Parse) error:`), advise("PHP writes an error into the answer: fix what it names, and set display_errors to 0.")},
	{"source", says(`^\s*<\?php|^#!/`), advise("The server sends the program's source instead of running it: configure it to run this file.")},
	{"page", says(`^\s*<(?:!doctype|html|head|body|div)`), advise("A page is served instead of the token, such as the fallback of a single-page application: compare --endpoint with what the page fetches.")},
	{"word", isWord, advise("The handler sends a variable that does not hold the token yet: await the function that signs, and send what it returns.")},
	{"JSON error", says(`^\s*\{.*"(?:error|errors|message|detail|title|code|status)"`), advise("The server answers an error with status 200: answer with 4xx or 5xx, and fix what the message names.")},
}

// otherMethod says whether the server knows the address, but not with GET.
func otherMethod(x record.Exchange, body string) bool {
	return x.Response.Status >= 400 && unknownMethod.MatchString(body)
}

var unknownMethod = regexp.MustCompile(`(?i)cannot GET /|route GET:|No route matches \[GET\]|method.{0,40}not (?:allowed|supported)|only (?:accepts? )?POST|use POST|POST (?:requests? )?(?:only|required)`)

// isWord says whether the body is what languages print for a missing value, or for one that
// is no text.
func isWord(_ record.Exchange, body string) bool {
	text := strings.TrimSpace(body)
	return slices.Contains([]string{"undefined", "null", "nil", "None", "NaN", "true", "false", "Array"}, text) || unfinished.MatchString(text)
}

var unfinished = regexp.MustCompile(`^(?:\[object |Promise \{|<(?:coroutine|function|bound method|generator)|System\.Threading\.Tasks\.|java\.util\.concurrent\.|[\w.$]+@[0-9a-f]{6,8}$|#<|async function|function |\(\) =>)`)
