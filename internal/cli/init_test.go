package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/internal/config"
)

// visitorToken signs a token for a visitor.
func visitorToken(t *testing.T, subject string) string {
	t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"sub": subject, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString(keys.For("issuer"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestInit asks endpoints that want to be asked in different ways: the
// configuration that is written can be read, and has what the endpoint wants.
func TestInit(t *testing.T) {
	number := 0
	fresh := func() string { number++; return visitorToken(t, fmt.Sprintf("visitor-%d", number)) }
	withSession := func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "s-1", Path: "/"})
		fmt.Fprint(w, `<html><meta name="csrf-token" content="forgery-1"></html>`)
	}
	for name, test := range map[string]struct {
		handlers map[string]http.HandlerFunc
		code     int
		says     []string // in what is printed
		has      []string // in the file
	}{
		"plain": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, fresh()) }},
			says:     []string{"answers GET", "not published"}, has: []string{"endpoint: ", "# publicKeys: [key.pub]"},
		},
		"a newline round the token": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, fresh()) }},
			says:     []string{"answers GET"},
		},
		"POST, JSON, key published": {
			handlers: map[string]http.HandlerFunc{
				"POST /token": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"data":{"jwt":%q}}`, fresh()) },
				"GET /.well-known/jwks.json": func(w http.ResponseWriter, _ *http.Request) {
					_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{keys.PublicJWK(&keys.For("another").PublicKey), keys.PublicJWK(&keys.For("issuer").PublicKey)}})
				},
			},
			says: []string{"json:data.jwt", "published at"}, has: []string{"method: POST", "tokenIn: json:data.jwt", "publicKeys:\n- webchatspec.pub"},
		},
		"visit first": {
			handlers: map[string]http.HandlerFunc{
				"GET /{$}": withSession,
				"GET /token": func(w http.ResponseWriter, r *http.Request) {
					if _, err := r.Cookie("sid"); err != nil {
						http.Error(w, "no session", http.StatusForbidden)
						return
					}
					fmt.Fprint(w, fresh())
				},
			},
			says: []string{"wants a visit before: /"}, has: []string{"visit:\n- url: /"},
		},
		"token against forgery": {
			handlers: map[string]http.HandlerFunc{
				"GET /{$}": withSession,
				"POST /token": func(w http.ResponseWriter, r *http.Request) {
					if _, err := r.Cookie("sid"); err != nil || r.Header.Get("X-CSRF-Token") != "forgery-1" {
						http.Error(w, "CSRF token mismatch", 419)
						return
					}
					fmt.Fprint(w, fresh())
				},
			},
			says: []string{"which gives {csrf} (meta:csrf-token)"}, has: []string{"csrf: meta:csrf-token", `X-CSRF-Token: '{csrf}'`},
		},
		"page to log in": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `<form action="/account/login"><input name="mail"><input type="password" name="secret"></form>`)
			}},
			code: ExitInconclusive, says: []string{"requires a login"}, has: []string{"#   - url: /account/login\n#     form:\n#       mail: ann\n#       secret: ${ANN_PASSWORD}\n"},
		},
		"login elsewhere, with POST": {
			handlers: map[string]http.HandlerFunc{
				"POST /token": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
				"GET /{$}": func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "/account/sign-in", http.StatusFound)
				},
				"GET /account/sign-in": func(w http.ResponseWriter, _ *http.Request) {
					fmt.Fprint(w, `<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="1x2y"><input name="mail"><input type="password" name="secret"></form>`)
				},
			},
			code: ExitInconclusive, says: []string{"requires a login: POST was answered with status 401", "complete 'users'"},
			has: []string{"\nmethod: POST\n", "#   - url: /account/sign-in\n#     take:\n#       csrf: form:csrfmiddlewaretoken\n",
				"#       csrfmiddlewaretoken: \"{csrf}\"\n#       mail: ann\n#       secret: ${ANN_PASSWORD}\n"},
		},
		"in JSON in a script element": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `<script type="application/json" id="boot">{"chat": [{"token": %q}]}</script>`, fresh())
			}},
			has: []string{"html:script#boot | json:chat.0.token"},
		},
		"cookies looked for": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie("seen"); err == nil {
					fmt.Fprint(w, fresh())
					return
				}
				if r.FormValue("again") != "" {
					http.Error(w, "cookies are required", http.StatusForbidden)
					return
				}
				http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
				http.Redirect(w, r, "/token?again=1", http.StatusFound)
			}},
			says: []string{"wants a visit before"}, has: []string{"/token\n\n", "follow: true"},
		},
		"JSON-RPC that tells its methods": {
			handlers: map[string]http.HandlerFunc{"POST /token": jsonRPC(map[string]func() any{
				"rpc.discover": func() any {
					return map[string]any{"methods": []any{map[string]any{"name": "shop.orders"}, map[string]any{"name": "assist.mintJwt"}}}
				},
				"assist.mintJwt": func() any { return []string{fresh()} },
			})},
			has: []string{"assist.mintJwt", "tokenIn: json:result.0"},
		},
		"JSON-RPC with a usual name": {
			handlers: map[string]http.HandlerFunc{"POST /token": jsonRPC(map[string]func() any{"chat.getToken": func() any { return map[string]any{"jwt": fresh()} }})},
			has:      []string{"chat.getToken", "tokenIn: json:result.jwt"},
		},
		"JSON-RPC with another name": {
			handlers: map[string]http.HandlerFunc{"POST /token": jsonRPC(nil)},
			code:     ExitInconclusive, says: []string{"It speaks JSON-RPC and has none of the methods that were tried"}, has: []string{"tokenIn: json:result"},
		},
		"GraphQL that tells no schema": {
			handlers: map[string]http.HandlerFunc{"POST /token": refusingGraph("mintChatToken", "jwt", fresh)},
			has:      []string{"mintChatToken { jwt }", "tokenIn: json:data.mintChatToken.jwt"},
		},
		"a header that an answer names": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, `{"error": "missing header X-Tenant-Id"}`, http.StatusBadRequest)
			}},
			code: ExitInconclusive, says: []string{"--header 'X-Tenant-Id: …'"},
		},
		"one that works once": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie("seen"); err == nil {
					http.Error(w, "no more", http.StatusForbidden)
					return
				}
				http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
				fmt.Fprint(w, fresh())
			}},
			code: ExitInconclusive, says: []string{"did not work when it was tried", "the first visitor, asking again", "good for once"}, has: []string{"# It did not work when it was tried"},
		},
		"no token at all": {
			handlers: map[string]http.HandlerFunc{"GET /token": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "undefined") }},
			code:     ExitInconclusive, says: []string{"gave no token", "undefined"}, has: []string{"# tokenIn: json:token"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			for pattern, handler := range test.handlers {
				mux.HandleFunc(pattern, handler)
			}
			server := httptest.NewServer(mux)
			defer server.Close()
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), "init", server.URL+"/token", "--write", file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(output)
			}
			if code != test.code {
				t.Errorf("exit %d, want %d", code, test.code)
			}
			for _, want := range test.says {
				if !strings.Contains(output, want) {
					t.Errorf("it does not say %q:\n%s", want, output)
				}
			}
			for _, want := range test.has {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(string(text)+output, "eyJ") {
				t.Errorf("the token was written\n%s", text)
			}
			settings, err := config.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := settings.Build(); err != nil {
				t.Error(err)
			}
			if code, output := command(t.Context(), "init", server.URL+"/token", "--write", file); code != ExitUsage || !strings.Contains(output, "already exists") {
				t.Errorf("a second time: exit %d, %s", code, output)
			}
			if test.code != ExitOK {
				return
			}
			if code, output := command(t.Context(), "check", "--config", file, "--only", "token-served,token-compact", "--quiet", "--out", t.TempDir()); code != ExitOK {
				t.Errorf("the configuration does not work: exit %d\n%s", code, output)
			}
		})
	}
}

// jsonRPC is a server with the methods.
func jsonRPC(methods map[string]func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var call struct{ Method string }
		answer := map[string]any{"jsonrpc": "2.0", "id": 1}
		if json.NewDecoder(r.Body).Decode(&call) != nil || call.Method == "" {
			answer["error"] = map[string]any{"code": -32600, "message": "Invalid Request"}
		} else if method := methods[call.Method]; method == nil {
			answer["error"] = map[string]any{"code": -32601, "message": "Method not found"}
		} else {
			answer["result"] = method()
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// refusingGraph is a GraphQL server with one mutation, with one field below it, that tells
// no schema; it suggests what is there in the words of graphql-js.
func refusingGraph(field, inner string, token func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Query string }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		kind, fields, _ := strings.Cut(asked.Query, "{")
		var problems []any
		refuse := func(text string, values ...any) {
			problems = append(problems, map[string]any{"message": fmt.Sprintf(text, values...)})
		}
		names := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(strings.TrimSpace(fields)))
		switch {
		case strings.TrimSpace(kind) != "mutation":
			for _, name := range names {
				if name != "{" && name != "}" {
					refuse("Cannot query field %q on type \"Query\".", name)
				}
			}
		case len(names) > 2 && names[1] == "{" && names[0] == field:
			for _, name := range names[2 : len(names)-2] {
				if name != inner {
					refuse("Cannot query field %q on type \"Chat\".", name)
				}
			}
		default:
			for _, name := range names[:len(names)-1] {
				if name == field {
					refuse("Field %q of type \"Chat!\" must have a selection of subfields. Did you mean \"%s { ... }\"?", field, field)
				} else {
					refuse("Cannot query field %q on type \"Mutation\". Did you mean %q?", name, field)
				}
			}
		}
		if asked.Query == "" || len(problems) > 0 {
			if len(problems) == 0 {
				refuse("Must provide query string.")
			}
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"errors": problems})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{field: map[string]any{inner: token()}}})
	}
}

// TestPlaceOf names the place of a token in pages and scripts.
func TestPlaceOf(t *testing.T) {
	token := visitorToken(t, "ann")
	asking := survey{base: endpoint.Config{URL: "http://127.0.0.1/token"}}
	for body, want := range map[string]string{
		`<meta name="chat-token" content="TOKEN">`:                                          "meta:chat-token",
		`<form><input type=hidden name=jwt value="TOKEN"></form>`:                           "form:jwt",
		`<p><div data-jwt="TOKEN"></div>`:                                                   "html:div[data-jwt]@data-jwt",
		`<div id="chat" data-jwt="TOKEN"></div>`:                                            "html:div#chat@data-jwt",
		`<script type="application/json" id="boot">{"chat": [{"token": "TOKEN"}]}</script>`: "html:script#boot | json:chat.0.token",
		"<script>window.chat = {on: true, token: 'TOKEN'}</script>":                         `match:token:\s*'([\w-]+\.[\w-]+\.[\w-]+)`,
		`<div data-props="{&quot;chat&quot;: {&quot;jwt&quot;: &quot;TOKEN&quot;}}"></div>`: "html:div[data-props]@data-props | json:chat.jwt",
		")]}',\n{\"jwt\": \"TOKEN\"}":                                                       `match:"jwt":\s*"([\w-]+\.[\w-]+\.[\w-]+)`,
		"<script>window.x = \"TOKEN\";</script>":                                            `match:window\.x\s*=\s*"([\w-]+\.[\w-]+\.[\w-]+)`,
		`{"body": "{\"jwt\": \"TOKEN\"}"}`:                                                  "json:body | json:jwt",
	} {
		answer := endpoint.Reply{Status: http.StatusOK, Header: http.Header{}, Body: []byte(strings.ReplaceAll(body, "TOKEN", token))}
		if got := asking.placeOf(answer, findToken(string(answer.Body))); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestInitKeepsSecretsOut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer swordfish-1234" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, visitorToken(t, "ann"))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", server.URL+"/token", "--write", file, "--header", "Authorization: Bearer swordfish-1234")
	text, err := os.ReadFile(file)
	if code != ExitOK || err != nil || strings.Contains(string(text), "swordfish") || !strings.Contains(string(text), "${SITE_AUTHORIZATION}") || !strings.Contains(output, "SITE_AUTHORIZATION") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
	code, output = command(t.Context(), "init", "http://127.0.0.1:9/token", "--write", filepath.Join(t.TempDir(), "x.yaml"))
	if code != ExitUnreachable || !strings.Contains(output, "cannot be asked") {
		t.Errorf("nothing listens: exit %d\n%s", code, output)
	}
}

// An answer that hands the connection over to another protocol has no end.
func TestInitIsNotHeldByAProtocolSwitch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = connection.Close() })
		_, _ = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	code, output := command(ctx, "init", server.URL+"/token", "--write", filepath.Join(t.TempDir(), "x.yaml"))
	if code != ExitUnreachable || !strings.Contains(output, "101") {
		t.Errorf("exit %d\n%s", code, output)
	}
}

func TestInitThatIsInterruptedWritesNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		interrupt()
		<-r.Context().Done()
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "x.yaml")
	code, output := command(ctx, "init", server.URL+"/token", "--write", file)
	if _, err := os.Stat(file); code != ExitInterrupted || !os.IsNotExist(err) {
		t.Errorf("exit %d, %v\n%s", code, err, output)
	}
}

// An endpoint that sends visitors to log in somewhere else does not send init there.
func TestInitAsksNoHostThatWasNotNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("there is no other address of this machine to listen on: %v", err)
	}
	var asked atomic.Int64
	other := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })}}
	other.Start()
	defer other.Close()
	site := httptest.NewServer(http.RedirectHandler(other.URL+"/login", http.StatusFound))
	defer site.Close()
	var out, complaints bytes.Buffer
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	Run(t.Context(), []string{"init", site.URL + "/token", "--write", file}, strings.NewReader(""), &out, &complaints)
	written, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(written), other.URL+"/login") {
		t.Errorf("the login's address is not told: %v\n%s%s", err, written, complaints.String())
	}
	if asked.Load() > 0 {
		t.Errorf("a host that was not named got %d requests", asked.Load())
	}
}

// A site that is slow with each answer does not keep a survey busy for long.
func TestASurveyHasATimeLimit(t *testing.T) {
	site := httptest.NewServer(http.NotFoundHandler())
	defer site.Close()
	s := &survey{base: endpoint.Config{URL: site.URL}}
	if got := s.try(t.Context(), way{method: http.MethodGet}); got.err != nil || s.began.IsZero() {
		t.Fatalf("the first request: %v", got.err)
	}
	s.began = s.began.Add(-surveyTime - time.Second)
	if got := s.try(t.Context(), way{method: http.MethodGet}); got.err == nil || !strings.Contains(got.err.Error(), "not been enough") {
		t.Errorf("after the limit: status %d, %v", got.Status, got.err)
	}
}
