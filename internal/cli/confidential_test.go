package cli

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/secrets"
)

// planted are secrets, each where people have them in a configuration. Their names
// are environment variables; $ marks those that stand in the file. That no place is
// forgotten in which a secret may stand, the tests of the settings see to.
var planted = []string{
	"HEADER", "BEARER", "COOKIE", "BODY_PASSWORD", "QUERY_CODE", "FREE_TEXT",
	"USER_HEADER", "USER_COOKIE", "LOGIN_PASSWORD", "LOGIN_PIN", "LOGIN_HEADER", "LOGOUT_KEY",
	"RELYING_HEADER", "RELYING_FORM", "PAGE_PASSWORD", "PAGE_TOKEN", "SCRIPT_PASSWORD", "SCRIPT_ENVIRONMENT",
	"STEP_TEXT", "SESSION", "VISIT_BODY", "USER_BODY", "USER_VALUE", "PAGE_HEADER", "PAGE_COOKIE", "SCRIPT_ARGUMENT",
}

// value is a secret's value, with characters that each encoding writes differently.
func value(name string) string {
	plain := strings.ReplaceAll(strings.ToLower(name), "_", "")
	return "Zq" + plain + "&7<x>\"k'" + plain + "+/=é" + plain
}

// simple is a secret where only some characters are allowed.
func simple(name string) string {
	return "Zq" + strings.ReplaceAll(strings.ToLower(name), "_", "") + "0x7f"
}

// held is the secret as the configuration has it.
func held(name string) string {
	if name == "LOGIN_PASSWORD" || name == "RELYING_FORM" {
		return value(name)
	}
	return simple(name)
}

// parrot is a site that says everything again that it is told, in every encoding.
func parrot(t *testing.T) *httptest.Server {
	key := keys.For("confidential")
	visitor := 0
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		_ = r.ParseForm()
		told := []string{r.URL.String(), string(body)}
		for name, values := range r.Header {
			told = append(told, name+": "+strings.Join(values, ", "))
		}
		for _, values := range r.URL.Query() {
			told = append(told, values...)
		}
		if form, err := url.ParseQuery(string(body)); err == nil {
			for _, values := range form {
				told = append(told, values...)
			}
		}
		var object map[string]any
		if json.Unmarshal(body, &object) == nil {
			for _, v := range object {
				told = append(told, fmt.Sprint(v))
			}
		}
		said := strings.Join(told, "\n")
		w.Header().Set("X-Said", url.QueryEscape(said))
		w.Header().Set("X-Again", base64.StdEncoding.EncodeToString([]byte("said:"+said)))
		w.Header().Set("X-Twice", url.QueryEscape(url.QueryEscape(said)))
		w.Header().Set("X-Hex", hex.EncodeToString([]byte(said)))
		words := secretWords.FindAllString(said, 8)
		for _, word := range words { // names are words of the site's, too
			w.Header().Set("X-"+word, word)
			http.SetCookie(w, &http.Cookie{Name: "c-" + word, Value: "1", Path: "/" + word})
		}
		if r.URL.Path == "/page" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			quoted, _ := json.Marshal(said + "\n" + simple("SCRIPT_PASSWORD"))
			fmt.Fprintf(w, `<!doctype html><title>%s</title><input id=pw><input id=step><p>%s</p><script>
				const said = %s;
				const words = [...new Set(said.match(/Zq\w+/g) || [])].slice(0, 20);
				fetch("/token", {method: "POST"}).then(answer => answer.json()).then(({token}) => {
					for (const word of words) {
						localStorage["key-" + word] = token;
						sessionStorage[word] = token;
						fetch("http://" + word + ".example/" + token).catch(() => {});
						fetch("/echo", {method: "X" + word}).catch(() => {});
					}
				});
				console.log(said); localStorage.said = said; document.cookie = "said=" + encodeURIComponent(said.slice(0, 900));
				fetch("/echo?said=" + encodeURIComponent(said));
				pw.addEventListener("input", () => { throw new Error("cannot log in with " + pw.value); });
				step.addEventListener("input", () => {
					console.log("typed " + step.value); sessionStorage.step = btoa("said:" + step.value); document.title = step.value;
					fetch("/echo?typed=" + encodeURIComponent(step.value));
					if (step.value.length > 10) setTimeout(() => { throw new Error("wrong " + step.value); });
				});
				setTimeout(() => { throw new Error(said); }, 50);
			</script>`, html.EscapeString(said), html.EscapeString(said), quoted)
			return
		}
		if _, err := r.Cookie("session"); err != nil {
			visitor++
			http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprintf("%s%06d", simple("SESSION"), visitor), Path: "/"})
		}
		if r.URL.Path != "/token" {
			fmt.Fprintln(w, said)
			return
		}
		now := time.Now().Unix()
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "a-1", "iat": now, "exp": now + 300, "said": said, "again": url.QueryEscape(said)})
		for _, word := range words {
			token.Claims.(jwt.MapClaims)[word+"Password"] = word
			token.Header["x-"+word] = word
		}
		text, err := token.SignedString(key)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("X-Fail") != "" || visitor > 20 && visitor%7 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintln(w, html.EscapeString(said), base64.URLEncoding.EncodeToString([]byte(said)), inEscapes(said), inUTF16(said), strings.ToUpper(said), said)
			return
		}
		quoted, _ := json.Marshal(said)
		fmt.Fprintf(w, `{"token":%q,"said":%s}`, text, quoted)
	}
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	return server
}

var secretWords = regexp.MustCompile(`Zq\w+`)

// inUTF16 writes text as Windows does.
func inUTF16(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b) + base64.StdEncoding.EncodeToString(b)
}

// inEscapes writes every character of text as an escape of JavaScript.
func inEscapes(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

const parrotConfiguration = `
endpoint: SITE/token?code=${QUERY_CODE}&shop=12
method: POST
tokenIn: json:token
publicKeys: key.pub
headers:
  X-Client: ${HEADER}
  Authorization: Bearer BEARER
cookies: {device: COOKIE}
body: '{"user":"ada","password":"BODY_PASSWORD","note":"${FREE_TEXT}"}'
resolve: {unused.example: 127.0.0.1}
visit:
- url: SITE/begin
  json: '{"user":"ada","pin":"VISIT_BODY"}'
users:
- name: ada
  body: '{"user":"ada","secret":"USER_BODY"}'
  values: {card: USER_VALUE}
  headers: {X-User-Key: "${USER_HEADER}"}
  cookies: {remember: USER_COOKIE}
  login:
    url: SITE/login?ticket=${LOGIN_PIN}
    headers: {X-Csrf: LOGIN_HEADER}
    form: {username: ada, password: "${LOGIN_PASSWORD}"}
  logout:
    url: SITE/logout
    json: '{"key":"LOGOUT_KEY"}'
relying:
- url: SITE/orders
  headers: {X-Api-Key: RELYING_HEADER}
  form: {pin: "${RELYING_FORM}"}
page:
  url: PAGESITE/page?access_token=${PAGE_TOKEN}
  timeout: 3s
  headers: {X-Staging: PAGE_HEADER}
  cookies: {preview: PAGE_COOKIE}
  steps:
    before:
    - evaluate: console.log("SCRIPT_ARGUMENT")
    - {type: "#step", text: "STEP_TEXT"}
    - evaluate: document.querySelector("#pw").value = "SCRIPT_PASSWORD"; throw new Error("no login with SCRIPT_PASSWORD or ${SCRIPT_ENVIRONMENT}")
load: {rate: 40, duration: 2s}
maxWait: 0s
`

// arrange writes the configuration for the site and returns its file.
func arrange(t *testing.T, site string) string {
	t.Helper()
	folder := t.TempDir()
	text := strings.ReplaceAll(parrotConfiguration, "PAGESITE", strings.Replace(site, "http://", "http://tester:"+simple("PAGE_PASSWORD")+"@", 1))
	text = strings.ReplaceAll(text, "SITE", site)
	for _, name := range planted {
		text = strings.ReplaceAll(text, "${"+name+"}", "$"+"{ZQ_"+name+"}")
	}
	for _, name := range []string{ // longer names first
		"SCRIPT_PASSWORD", "SCRIPT_ARGUMENT", "RELYING_HEADER", "BODY_PASSWORD", "LOGIN_HEADER", "PAGE_HEADER", "PAGE_COOKIE", "USER_COOKIE",
		"LOGOUT_KEY", "VISIT_BODY", "USER_VALUE", "USER_BODY", "STEP_TEXT", "BEARER", "COOKIE",
	} {
		text = strings.ReplaceAll(text, name, simple(name))
	}
	for _, name := range planted {
		t.Setenv("ZQ_"+name, held(name))
	}
	for name, content := range map[string]string{"webchatspec.yaml": text, "key.pub": keys.PublicPEM(&keys.For("confidential").PublicKey)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "webchatspec.yaml")
}

// sought are the forms of the planted secrets by their first bytes, each with the name
// of its secret.
var sought = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, name := range planted {
		for _, secret := range []string{value(name), simple(name)} {
			forms := secrets.Written(secret)
			if name == "SESSION" { // what the site gave is looked for as it is
				forms = forms[:1]
			}
			for _, form := range forms {
				if len(form) >= 6 && all[form[:6]] == nil {
					all[form[:6]] = map[string]string{}
				}
				if len(form) >= 6 {
					all[form[:6]][form] = name
				}
			}
		}
	}
	return all
})

// searchFor looks for the planted secrets in a text, in all their forms, also as
// JSON and HTML write those.
func searchFor(t *testing.T, where, text string) {
	t.Helper()
	told := map[string]bool{}
	for _, text := range []string{text, strings.ReplaceAll(text, `\u0000`, "\x00")} {
		for at := range max(0, len(text)-5) {
			for form, name := range sought()[text[at:at+6]] {
				if !told[name] && strings.HasPrefix(text[at:], form) {
					told[name] = true
					t.Errorf("%s holds %s as %q: …%q", where, name, form, text[max(0, at-120):min(len(text), at+len(form)+20)])
				}
			}
		}
	}
	for _, token := range secrets.Tokens(text) {
		if !strings.HasSuffix(token, ".") {
			t.Errorf("%s holds a complete token", where)
			break
		}
	}
}

// Whatever a site says again of what it is told in confidence, nothing that is
// written or printed holds it.
func TestNothingConfidentialIsWritten(t *testing.T) {
	site := parrot(t)
	file := arrange(t, site.URL)
	_, plan := command(t.Context(), "verify", "--config", file, "--dry-run")
	searchFor(t, "the plan", plan)
	for _, command := range []string{"verify", "load", "page"} { // the first does what check does, too
		out, summary := filepath.Join(t.TempDir(), "report"), filepath.Join(t.TempDir(), "summary.md")
		t.Setenv("GITHUB_ACTIONS", "true")
		t.Setenv("GITHUB_STEP_SUMMARY", summary)
		var more []string
		if command == "load" {
			more = []string{"--raw", filepath.Join(out, "answers.bin")}
		} else {
			more = []string{"--trace", filepath.Join(out, "trace"), "--format", "json,html,junit,markdown,sarif,csv,ndjson,badge,badge-json,bundle"}
		}
		var stdout, stderr bytes.Buffer
		code := Run(t.Context(), append([]string{command, "--config", file, "--out", out}, more...), strings.NewReader(""), &stdout, &stderr)
		if code == ExitUsage {
			t.Fatalf("%s: %s", command, stderr.String())
		}
		searchFor(t, command+": standard output", stdout.String())
		searchFor(t, command+": standard error", stderr.String())
		told, err := os.ReadFile(summary)
		if err != nil {
			t.Error(err)
		}
		searchFor(t, command+": the step summary", string(told))
		if files := searchFiles(t, command, out); files < 4 {
			t.Errorf("%s: %d files", command, files)
		}
	}
}

// searchFiles looks for the planted secrets in all files of a folder, of which it
// returns the number, and says where nothing of what the site said had to be masked.
func searchFiles(t *testing.T, command, folder string) (files int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the permissions %v", entry.Name(), info.Mode())
		}
		text, err := os.ReadFile(path)
		searchFor(t, command+": "+entry.Name(), string(text))
		if packed, err := zip.NewReader(bytes.NewReader(text), int64(len(text))); err == nil {
			for _, part := range packed.File {
				content, err := fs.ReadFile(packed, part.Name)
				if err != nil {
					t.Error(err)
				}
				searchFor(t, command+": "+entry.Name()+", "+part.Name, string(content))
			}
		}
		if strings.HasSuffix(path, ".json") && entry.Name() != "badge.json" && !strings.Contains(string(text), "«") {
			t.Errorf("%s: nothing was masked, so the site said nothing again", entry.Name())
		}
		if command == "verify" && entry.Name() == "run.json" && !strings.Contains(string(text), "«text for #step»") {
			t.Errorf("%s: what was typed was not said again", entry.Name())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// The mock shows a developer what came, to whoever looks at its pages or over the
// shoulder: nothing that its configuration was told in confidence is among it.
func TestTheMockTellsNothingConfidential(t *testing.T) {
	m := startMock(t, append(anyPorts, "--config", arrange(t, parrot(t).URL))...)
	var answer struct{ Token string }
	if err := json.Unmarshal([]byte(m.get(m.site+"/createJWT")), &answer); err != nil {
		t.Fatal(err)
	}
	for _, name := range planted {
		if name != "SESSION" { // nobody told the mock of the site's cookies
			text, _ := json.Marshal(held(name))
			m.say(answer.Token, string(text[1:len(text)-1]))
		}
	}
	m.say(answer.Token, "that was all")
	for _, path := range []string{"/", "/history", "/status", "/sessions"} {
		searchFor(t, "the live page's "+path, m.get(m.manage+path))
	}
	searchFor(t, "the demo page", m.get(m.site+"/"))
	m.waitForLine("that was all")
	m.stop()
	searchFor(t, "the mock's standard output", m.printed.String())
	searchFor(t, "the mock's standard error", m.complaints.String())
	if !strings.Contains(m.printed.String(), "«header Authorization»") {
		t.Errorf("nothing was masked:\n%s", m.printed.String())
	}
}

// A configuration that is refused is told of without what is secret in it.
func TestMistakesAreToldWithoutSecrets(t *testing.T) {
	const secret = "Zq9topsecret"
	t.Setenv("ZQ_PASSWORD", secret)
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	for name, test := range map[string]struct {
		yaml string
		args []string
	}{
		"a header without a colon": {args: []string{"--header", secret}},
		"a cookie without =":       {args: []string{"--cookie", secret}},
		"no scheme":                {args: []string{"--endpoint", "ada:" + secret + "@shop.example/token?code=" + secret}},
		"another scheme":           {args: []string{"--endpoint", "ftp://shop.example/token?code=" + secret}},
		"no address":               {args: []string{"--endpoint", "http://ada:" + secret + "@shop.example:port/?code=" + secret}},
		"no address of a page":     {args: []string{"--page", "http://shop.example:port/?code=" + secret}},
		"a place":                  {yaml: "endpoint: http://127.0.0.1:1/\ntokenIn: ${ZQ_PASSWORD}\n"},
		"a file":                   {yaml: "endpoint: http://127.0.0.1:1/\nheaders: {A: \"${ZQ_PASSWORD}\"}\npublicKeys: [" + secret + "]\n"},
		"a login":                  {yaml: "endpoint: http://127.0.0.1:1/\nusers: [{name: ada, login: {url: \"http://shop.example:port/?code=" + secret + "\"}}]\n"},
		"a visit":                  {yaml: "endpoint: http://127.0.0.1:1/\nvisit: [{url: \"ftp://shop.example/?code=" + secret + "\"}]\n"},
		"a plain endpoint":         {yaml: "endpoint: https://127.0.0.1:1/\nplainEndpoint: ftp://shop.example/?code=" + secret + "\n"},
		"a value of another kind":  {yaml: "endpoint: http://127.0.0.1:1/\nheaders: " + secret + "\n"},
	} {
		args := append([]string{"verify", "--out", t.TempDir()}, test.args...)
		if test.yaml != "" {
			if err := os.WriteFile(file, []byte(test.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--config", file)
		}
		code, output := command(t.Context(), args...)
		if code != ExitUsage || strings.Contains(output, secret) {
			t.Errorf("%s: exit %d\n%s", name, code, output)
		}
	}
}
