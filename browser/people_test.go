package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

const (
	rightHandler = `event.identityToken = await (await fetch('/createJWT', {cache: 'no-store'})).text();`
	// lookingAtExp keeps its token until the page's own clock says that it is over.
	lookingAtExp = `const exp = (token) => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).exp;
		if (!window.kept || exp(window.kept) < Date.now() / 1000) window.kept = await fresh();
		event.identityToken = window.kept;`
)

// later has the page put an embed script in when an expression calls boot().
func later(when string) string {
	return `<!doctype html><title>later</title><button id="go">Go on</button><script>
	window.watsonAssistantChatOptions = {integrationID: 'i', region: 'r', serviceInstanceID: 's', onLoad: async instance => {
		instance.on({type: 'identityTokenExpired', handler: async event => { ` + rightHandler + ` }});
		await instance.render();
	}};
	const boot = () => { const s = document.createElement('script'); s.src = 'https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js'; document.head.append(s); };
	` + when + `</script>`
}

// TestPagesOfPeople drives pages that are built as people build them, through
// the expiry, and pages on which something is wanted first.
func TestPagesOfPeople(t *testing.T) {
	for name, test := range map[string]struct {
		pages  map[string]string // by path
		change func(*browser.Config)
	}{
		"after four seconds":                    {pages: map[string]string{"/": later(`setTimeout(boot, 4000)`)}},
		"two seconds after the wheel is turned": {pages: map[string]string{"/": later(`addEventListener('wheel', () => setTimeout(boot, 2000), {once: true})`)}},
		"after all that visitors do": {pages: map[string]string{"/": later(`const wanted = new Set(['wheel', 'mouseover', 'keydown', 'touchstart', 'pointerdown', 'click', 'focus', 'foot']);
			const did = (type) => { if (wanted.delete(type) && !wanted.size) boot(); };
			for (const type of wanted) addEventListener(type, () => did(type), {capture: true, passive: true});
			document.body.insertAdjacentHTML('beforeend', '<div style="height: 5000px"></div><p id="foot">The end</p>');
			new IntersectionObserver(([seen]) => seen.isIntersecting && did('foot')).observe(document.getElementById('foot'));`)}},
		"consent, then a launcher in a shadow root": {pages: map[string]string{"/": later(`document.body.insertAdjacentHTML('beforeend', '<button id="ok">Accept all cookies</button>');
			document.getElementById('ok').onclick = () => {
				const root = document.body.appendChild(document.createElement('chat-launcher')).attachShadow({mode: 'open'});
				root.innerHTML = '<div style="cursor: pointer">Need help?</div>';
				root.firstChild.onclick = boot;
			}`)}},
		"by a timer that is given as text": {pages: map[string]string{"/": later(`window.boot = boot; setTimeout('boot()', 5000)`)}},
		"a form in the chat": {
			pages: map[string]string{"/": embed("", `await new Promise((filled) => {
				if (sessionStorage.name) return filled();
				const panel = instance.customPanels.getPanel();
				panel.hostElement.innerHTML = '<input id="name"><button id="go">Continue</button>';
				panel.open({title: 'Who are you?'});
				document.getElementById('go').onclick = () => { sessionStorage.name = document.getElementById('name').value; panel.close(); if (sessionStorage.name) filled(); };
			}); `+rightHandler)},
			change: func(c *browser.Config) {
				c.Steps.In = []browser.Step{{Type: "#name", Text: "Ada"}, {Click: "#go"}}
			},
		},
		"a login in a shadow root": {
			pages: map[string]string{
				"/": `<!doctype html><div id="host"></div><script>const root = document.getElementById('host').attachShadow({mode: 'open'});
					root.innerHTML = '<input id="user"><select id="team"><option value="1">One</option><option value="2">Two</option></select>';
					root.getElementById('user').onkeydown = (event) => { if (event.key === 'Enter' && event.target.value === 'ann' && root.getElementById('team').value === '2') location = '/chat'; };</script>`,
				"/chat": embed("", rightHandler),
			},
			change: func(c *browser.Config) {
				c.Steps.Before = []browser.Step{{Select: "#team", Text: "Two"}, {Type: "#user", Text: "ann"}, {Press: "Enter"}, {WaitForRequest: "/chat"}}
			},
		},
		"in a frame of another site, tokens by postMessage": {pages: map[string]string{
			"/": `<!doctype html><iframe id="f" width="500" height="500"></iframe><script>const frame = document.getElementById('f'); frame.src = location.origin.replace('127.0.0.1', 'localhost') + '/frame';
				addEventListener('message', async (event) => { event.source.postMessage(await (await fetch('/createJWT', {cache: 'no-store'})).text(), '*'); });</script>`,
			"/frame": embed(`const fresh = () => new Promise((got) => { addEventListener('message', (e) => got(e.data), {once: true}); parent.postMessage('token', '*'); });`, lookingAtExp),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			setup := start(t, issuers.Options{})
			server := httptest.NewServer(people(setup, test.pages))
			t.Cleanup(server.Close)
			config := browser.Config{Page: server.URL + "/", PublicKeys: setup.PublicKeys}
			if test.change != nil {
				test.change(&config)
			}
			page, err := browser.Gather(t.Context(), config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if step := stepOf(t, page, record.VisitorFirst, record.StepExpiry); !step.Done {
				t.Errorf("the expiry: %s\n%s", step.Ended, told(page))
			}
			if step := stepOf(t, page, record.VisitorSecond, record.StepReload); !step.Done {
				t.Errorf("the reload: %s\n%s", step.Ended, told(page))
			}
		})
	}
}

// TestNextPersonAtOneBrowser drives a page that two people share without a reload:
// each has a widget of their own.
func TestNextPersonAtOneBrowser(t *testing.T) {
	setup := start(t, issuers.Options{})
	server := httptest.NewServer(people(setup, map[string]string{"/": later(`let chat; const post = (to, body) => fetch(to, {method: 'POST', headers: {'content-type': 'application/json'}, body});
		document.body.insertAdjacentHTML('beforeend', '<form id="in"><input id="user"><input id="password"><button id="enter">Log in</button></form><button id="out" hidden>Log out</button>');
		document.getElementById('in').onsubmit = async (event) => {
			event.preventDefault();
			await post('/login', JSON.stringify({user: user.value, password: password.value}));
			document.getElementById('in').hidden = true; out.hidden = false;
			const onLoad = window.watsonAssistantChatOptions.onLoad;
			window.watsonAssistantChatOptions.onLoad = async (instance) => { chat = instance; await onLoad(instance); };
			boot();
		};
		out.onclick = async () => {
			await chat.destroySession(); chat.destroy(); await post('/logout');
			document.getElementById('in').hidden = false; out.hidden = true; document.getElementById('in').reset();
		};`)}))
	defer server.Close()
	page, err := browser.Gather(t.Context(), browser.Config{
		Page: server.URL + "/", PublicKeys: setup.PublicKeys, Logout: &browser.Action{Click: "#out"},
		Steps:  browser.Steps{Before: []browser.Step{{Type: "#user", Text: "{user}"}, {Type: "#password", Text: "{password}"}, {Click: "#enter"}}},
		People: []map[string]string{setup.UserValues(), setup.OtherValues()},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if step := stepOf(t, page, record.VisitorUser, record.StepNext); !step.Done {
		t.Errorf("the next person: %s\n%s", step.Ended, told(page))
	}
	sessions := map[string]string{}
	for _, m := range page.Messages {
		if m.Visitor == record.VisitorUser && m.Session != "" && sessions[m.Session] == "" {
			sessions[m.Session] = m.Step
		}
	}
	if len(sessions) != 2 {
		t.Errorf("the two people have the sessions %v\n%s", sessions, told(page))
	}
	for _, visit := range page.Visits {
		if visit.Visitor == record.VisitorUser && visit.Step != record.StepLoad {
			t.Errorf("the page was loaded anew in the %s", visit.Step)
		}
	}
}

// people serves pages before the token endpoint of a site.
func people(setup issuers.Setup, pages map[string]string) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/createJWT", "/login", "/logout"} {
		mux.Handle(path, setup.Relay())
	}
	for path, text := range pages {
		mux.HandleFunc("GET "+strings.TrimSuffix(path, "/")+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(text))
		})
		if path != "/" {
			mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write([]byte(text))
			})
		}
	}
	return mux
}

// told is the timeline, for a failed test.
func told(page *record.Page) string {
	var text strings.Builder
	for _, e := range page.Timeline {
		fmt.Fprintf(&text, "%6.2f %-6s %-13s %-8s %s → %s: %s\n", e.At, e.Visitor, e.Step, e.Kind, e.From, e.To, e.Text)
	}
	return text.String()
}

// TestReach drives a page behind a password, and one that is not let through
// without a cookie and a visit before.
func TestReach(t *testing.T) {
	setup := start(t, issuers.Options{})
	inner := people(setup, map[string]string{"/": embed("", rightHandler)})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		_, arrived := r.Cookie("arrived")
		if _, err := r.Cookie("flag"); err != nil || arrived != nil || name != "staging" || password != "open" {
			w.Header().Set("WWW-Authenticate", `Basic realm="staging"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	folder := t.TempDir()
	page, err := browser.Gather(t.Context(), browser.Config{
		Page: strings.Replace(server.URL, "http://", "http://staging:open@", 1), PublicKeys: setup.PublicKeys,
		Cookies: []browser.Cookie{{Name: "flag", Value: "let me in"}}, Trace: folder,
		Arrive: func(context.Context, int) ([]browser.Cookie, error) {
			set := &http.Cookie{Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 60}
			return []browser.Cookie{{Name: "arrived", Value: "by a visit", From: server.URL + "/shop/start", Set: set}}, nil
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if step := stepOf(t, page, record.VisitorFirst, record.StepExpiry); !step.Done {
		t.Errorf("%s\n%s", step.Ended, told(page))
	}
	if strings.Contains(told(page), "open@") {
		t.Error("the password is in the timeline")
	}
	checkTrace(t, folder)
}

// checkTrace wants readable archives, and nothing in them that lets someone in.
func checkTrace(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) < 5 {
		t.Fatalf("files of the trace: %v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var archive struct {
			Log struct {
				Entries []struct{ Request struct{ URL string } }
			}
		}
		if filepath.Ext(name) == ".har" && (json.Unmarshal(text, &archive) != nil || len(archive.Log.Entries) < 2) {
			t.Errorf("%s is no archive: %.200s", name, text)
		}
		for _, secret := range []string{"c3RhZ2luZzpvcGVu", "let me in", "by a visit", "visitor_id="} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
		for _, token := range secrets.Tokens(string(text)) {
			if !strings.HasSuffix(token, ".") {
				t.Errorf("%s holds a complete token", name)
			}
		}
	}
}

// TestStepsThatCannotBeTaken wants the cause of what could not be done from here.
func TestStepsThatCannotBeTaken(t *testing.T) {
	setup := start(t, issuers.Options{})
	for name, test := range map[string]struct {
		page  string
		begin *browser.Action
		step  string
		cause record.Cause
		says  string
	}{
		"no such element": {embed("", rightHandler), &browser.Action{Click: "#accept"}, record.StepLoad, record.CauseUnable, "nothing on the page matches #accept"},
		"no end":          {embed("", rightHandler), &browser.Action{Script: "new Promise(() => {})"}, record.StepLoad, record.CauseUnable, "has not ended after"},
		"a busy page":     {embed("", `if (window.asked) setTimeout(() => { for (;;); }); window.asked = true; `+rightHandler), nil, record.StepExpiry, record.CauseSite, "does not end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(people(setup, map[string]string{"/": test.page}))
			defer server.Close()
			page, err := browser.Gather(t.Context(), browser.Config{
				Page: server.URL, PublicKeys: setup.PublicKeys, Begin: test.begin, Timeout: 8 * time.Second,
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			step := stepOf(t, page, record.VisitorFirst, test.step)
			if step.Done || step.Cause != test.cause || !strings.Contains(step.Ended, test.says) {
				t.Errorf("done %t, cause %q: %s\n%s", step.Done, step.Cause, step.Ended, told(page))
			}
		})
	}
}

// TestBrowserThatStaysOpen is ended by the person who looked at it. The page had been
// driven to its end by then.
func TestBrowserThatStaysOpen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	public := keys.PublicPEM(&keys.For("site").PublicKey)
	page, _ := browser.Gather(ctx, browser.Config{Page: "http://127.0.0.1:1/", PublicKeys: []string{public}, KeepOpen: true}, func(what string) {
		if strings.Contains(what, "stays open") {
			cancel()
		}
	})
	if !page.HeldOpen || page.Interrupted {
		t.Errorf("held open %t, interrupted %t", page.HeldOpen, page.Interrupted)
	}
}
