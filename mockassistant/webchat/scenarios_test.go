package webchat_test

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/webchatspec/webchatspec/mockassistant/webchat"
	"github.com/webchatspec/webchatspec/profiles"
)

var update = flag.Bool("update", false, "write what was observed into the scenarios")

//go:embed testdata/recorder.js
var recorder []byte

// scenarioLimit is how long one scenario may take. The longest waits out the
// limit on one message, 150 s.
const scenarioLimit = 4 * time.Minute

// tabs is how many scenarios are played at a time, in two browser contexts.
// They wait more than they work, so it is more than the machine has cores.
const (
	contexts = 2
	tabs     = 3 * contexts
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(tabs)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestScenarios holds a widget to the scenarios in testdata/scenarios. Each is
// one file in the txtar format: a comment, what the assistant answers, what the
// page does before the widget loads (page.js), what it does afterwards
// (steps.js, one for each load of the page), the lines that
// testdata/recorder.js shall write (want), and perhaps the page's
// Content-Security-Policy up to the assistant's address (policy).
//
// WEBCHATSPECTEST_WIDGET names the file of another widget to be held to the same
// scenarios, without those of testdata/own, which are about this one alone;
// scenarios under long/ take half a minute or more each and run with
// WEBCHATSPECTEST_LONG=1.
func TestScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	patterns := []string{"testdata/scenarios/*.txtar"}
	if os.Getenv("WEBCHATSPECTEST_WIDGET") == "" {
		patterns = append(patterns, "testdata/own/*.txtar")
	}
	if os.Getenv("WEBCHATSPECTEST_LONG") != "" {
		patterns = append(patterns, "testdata/scenarios/long/*.txtar")
	}
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no scenarios match %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	script := widgetScript(t)
	browser := startBrowser(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			observed, err := browser.play(t, script, archive)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, file, archive, observed)
		})
	}
}

// compare fails the test where the lines differ from those wanted, or writes
// them into the scenario.
func compare(t *testing.T, file string, archive *txtar.Archive, got []string) {
	text := strings.Join(got, "\n") + "\n"
	if *update {
		setSection(archive, "want", text)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := strings.Split(strings.TrimSuffix(section(archive, "want"), "\n"), "\n")
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n(-want +got)\n%s", strings.TrimSpace(string(archive.Comment)), diff)
	}
}

func widgetScript(t *testing.T) []byte {
	file := os.Getenv("WEBCHATSPECTEST_WIDGET")
	if file == "" {
		return webchat.Script(profiles.Default())
	}
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// browser is a running Chromium with two separate contexts, in which a few tabs play
// scenarios, one after the other: to open and close a tab costs more than to play one.
type browser struct {
	tabs chan context.Context
}

func startBrowser(t *testing.T) *browser {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("disable-dev-shm-usage", true),
		// Each scenario has a host of its own, and would have a process of its own.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("renderer-process-limit", strconv.Itoa(tabs)),
		chromedp.Flag("disable-features", "site-per-process,IsolateOrigins,Translate,SpareRendererForSitePerProcess,"+
			"WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"),
	)
	if path := os.Getenv("WEBCHATSPEC_CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	first, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(first); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	b := &browser{tabs: make(chan context.Context, tabs)}
	for range contexts {
		ctx, cancel := chromedp.NewContext(first, chromedp.WithNewBrowserContext())
		t.Cleanup(cancel)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal(err)
		}
		for range tabs / contexts {
			b.open(t, ctx)
		}
	}
	return b
}

// open opens a tab in a context.
func (b *browser) open(t *testing.T, place context.Context) {
	tab, cancel := chromedp.NewContext(place)
	t.Cleanup(cancel)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	b.tabs <- tab
}

// tab takes a tab for one test, within the limit for one.
func (b *browser) tab(t *testing.T) context.Context {
	tab := <-b.tabs
	t.Cleanup(func() { b.tabs <- tab })
	ctx, cancel := context.WithTimeout(tab, scenarioLimit)
	t.Cleanup(cancel)
	return ctx
}

// play runs one scenario in a tab of its own and returns the lines it wrote.
func (b *browser) play(t *testing.T, script []byte, archive *txtar.Archive) ([]string, error) {
	site := startSite(t, script, archive)
	ctx := b.tab(t)
	var lines []string
	for part := range steps(archive) {
		address := fmt.Sprintf("%s/?part=%d", site, part)
		if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
			return nil, err
		}
		observed, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`play(parts[part])`, chromedp.EvalAwaitPromise))
		if err != nil {
			return nil, err
		}
		if part > 0 {
			lines = append(lines, "--- the page is loaded again")
		}
		lines = append(lines, observed...)
	}
	return lines, nil
}

var hosts struct {
	sync.Mutex
	count int
}

// startSite serves the embed page of a scenario and, on another origin, the
// assistant. Returns the page's origin, whose host no other scenario has: cookies
// do not keep ports apart.
func startSite(t *testing.T, script []byte, archive *txtar.Archive) string {
	assistant := httptest.NewServer(newAssistant(t, section(archive, "assistant")))
	t.Cleanup(assistant.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /widget.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(script)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if policy := section(archive, "policy"); policy != "" {
			w.Header().Set("Content-Security-Policy", strings.TrimSpace(policy)+" "+assistant.URL)
		}
		w.Write(embedPage(archive, assistant.URL, cmp.Or(r.FormValue("part"), "0")))
	})
	pages := httptest.NewServer(mux)
	t.Cleanup(pages.Close)
	address, err := url.Parse(pages.URL)
	if err != nil {
		t.Fatal(err)
	}
	hosts.Lock()
	defer hosts.Unlock()
	hosts.count++
	return fmt.Sprintf("http://s%d.localhost:%s", hosts.count, address.Port())
}

// embedPage is a page with the recorder, the scenario and the widget.
func embedPage(archive *txtar.Archive, assistant, part string) []byte {
	var b bytes.Buffer
	address, _ := json.Marshal(assistant)
	b.WriteString("<!doctype html><html lang=en><title>Scenario</title><meta name=viewport content='width=device-width'>" +
		"<link rel=icon href=data:><body><script nonce=n1>\n")
	fmt.Fprintf(&b, "window.assistantURL = %s;\nconst part = %s;\n", address, part)
	b.Write(recorder)
	b.WriteString(section(archive, "page.js"))
	b.WriteString("\nconst parts = [\n")
	for _, body := range steps(archive) {
		fmt.Fprintf(&b, "async () => {\n%s},\n", body)
	}
	b.WriteString("];\nwindow.watsonAssistantChatOptions = options;\n</script><script nonce=n1 src=/widget.js></script>\n")
	return b.Bytes()
}

func section(archive *txtar.Archive, name string) string {
	for _, file := range archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

func setSection(archive *txtar.Archive, name, text string) {
	for i, file := range archive.Files {
		if file.Name == name {
			archive.Files[i].Data = []byte(text)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

func steps(archive *txtar.Archive) []string {
	var bodies []string
	for _, file := range archive.Files {
		if file.Name == "steps.js" {
			bodies = append(bodies, string(file.Data))
		}
	}
	return bodies
}
