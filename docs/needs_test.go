package docs

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// need is one of the section "My page needs …", with its configuration.
var need = regexp.MustCompile("(?s)\\*\\*… ([a-z ]+)\\.\\*\\*[^`]*(?:`[^`\\n]+`[^`]*)*?```yaml\\n(.*?)```")

// needy are those of them that one page can have all at once.
var needy = []string{
	"a click on a consent banner", "a login first", "the password of a staging site", "patience",
	"a form in the chat before the first message", "the chat in a frame",
}

// chatHost is the host of the frame in the documents.
const chatHost = "chat.shop.example"

// TestWhatAPageNeeds drives a page that wants everything of which the document has
// a configuration: behind a staging password, after consent and a login, in a frame
// from another host, where the chat comes late and begins with a form.
func TestWhatAPageNeeds(t *testing.T) {
	text, err := os.ReadFile("page.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	found := map[string]bool{}
	for _, match := range need.FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(needy, match[1]) {
			continue
		}
		found[match[1]] = true
		var one map[string]any
		if err := yaml.Unmarshal([]byte(match[2]), &one); err != nil {
			t.Fatal(err)
		}
		merge(all, one)
	}
	for _, name := range needy {
		if !found[name] {
			t.Errorf("the document has no configuration for %q", name)
		}
	}
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	server := httptest.NewServer(needyPage(site.Setup()))
	defer server.Close()
	all["page"].(map[string]any)["url"] = "http://shop.example/"
	all["resolve"] = map[string]any{"shop.example": strings.TrimPrefix(server.URL, "http://"), chatHost: strings.TrimPrefix(server.URL, "http://")}
	t.Setenv("ANN_PASSWORD", "open")
	t.Setenv("STAGING_BASIC", "c3RhZ2luZzpvcGVu")
	merged, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := config.Parse(merged)
	if err != nil {
		t.Fatal(err)
	}
	built, err := settings.Build()
	if err != nil {
		t.Fatal(err)
	}
	built = built.Composed() // as a run does
	built.Page.PublicKeys = site.Setup().PublicKeys
	page, err := browser.Gather(t.Context(), built.Page, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, step := range page.Steps {
		done[step.Name] = step.Done
		if !step.Done {
			t.Errorf("%s visitor, %s: %s", step.Visitor, step.Name, step.Ended)
		}
	}
	if !done[record.StepExpiry] || !done[record.StepReload] || !done[record.StepSleep] {
		t.Errorf("steps done: %v", done)
	}
}

// merge puts the members of one configuration into another, maps into maps.
func merge(into, from map[string]any) {
	for key, value := range maps.All(from) {
		below, isMap := value.(map[string]any)
		existing, has := into[key].(map[string]any)
		if isMap && has {
			merge(existing, below)
			continue
		}
		into[key] = value
	}
}

// needyPage is the page, with its frame, before the token endpoint of a site.
func needyPage(setup issuers.Setup) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/createJWT", setup.Relay())
	serve := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if _, password, _ := r.BasicAuth(); password != "open" && r.Host != chatHost {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprint(w, "<!doctype html><title>Needy</title>", text)
		}
	}
	mux.HandleFunc("/{$}", serve(`<script>
		const show = (html) => { document.body.innerHTML = html; };
		const agree = () => { // there before its button, which may be clicked as soon as it is there
			show('<input id="user"><input id="password" type="password"><button id="log-in">Log in</button>');
			document.getElementById('log-in').onclick = () => {
				if (user.value === 'ann' && password.value === 'open') show('<p id="help">Help</p><iframe src="http://`+chatHost+`/chat" width="600" height="600"></iframe>');
			};
		};</script><button id="accept-all" onclick="agree()">Ja</button>`))
	mux.HandleFunc("/chat", serve(`<script>
		window.watsonAssistantChatOptions = { integrationID: 'i', region: 'us-south', serviceInstanceID: 's', onLoad: async instance => {
			let filled, form = new Promise((done) => { filled = done; });
			instance.on({ type: 'identityTokenExpired', handler: async event => {
				await form;
				event.identityToken = await (await fetch('/createJWT', { cache: 'no-store' })).text();
			} });
			document.body.innerHTML = '<input id="name"><select id="topic"><option>Other</option><option>Orders</option></select><button id="continue">Go on</button>';
			document.getElementById('continue').onclick = () => { if (document.getElementById('name').value && topic.value === 'Orders') filled(); };
			await instance.render();
		} };
		setTimeout(() => {
			const script = document.createElement('script');
			script.src = '`+profiles.Default().Page.Script+`';
			document.head.append(script);
		}, 2000);
	</script><body></body>`))
	return mux
}
