package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// start starts a demo site.
func start(t *testing.T, options issuers.Options) issuers.Setup {
	t.Helper()
	site, err := issuers.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	return site.Setup()
}

// stepOf returns a visitor's step.
func stepOf(t *testing.T, page *record.Page, visitor, name string) record.PageStep {
	t.Helper()
	i := slices.IndexFunc(page.Steps, func(s record.PageStep) bool { return s.Visitor == visitor && s.Name == name })
	if i < 0 {
		t.Fatalf("the %s visitor did not come to the step %q; timeline: %v", visitor, name, page.Timeline)
	}
	return page.Steps[i]
}

func TestGatherThroughExpiry(t *testing.T) {
	setup := start(t, issuers.Options{})
	var told []string
	page, err := browser.Gather(t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys},
		func(text string) { told = append(told, text) })
	if err != nil {
		t.Fatal(err)
	}
	for _, visit := range []struct{ visitor, step string }{
		{record.VisitorFirst, record.StepLoad}, {record.VisitorFirst, record.StepFirst}, {record.VisitorFirst, record.StepExpiry},
		{record.VisitorSecond, record.StepReload}, {record.VisitorSecond, record.StepRejection},
	} {
		if step := stepOf(t, page, visit.visitor, visit.step); !step.Done || !step.Usable {
			t.Errorf("%s visitor, %s: %s", visit.visitor, visit.step, step.Ended)
		}
	}
	if page.ClockMode != "pulse" || page.SkewSeconds < 3500 || page.SkewSeconds > 3600 {
		t.Errorf("clock mode %q by %f s", page.ClockMode, page.SkewSeconds)
	}
	if len(told) == 0 || !strings.HasPrefix(page.Browser, "Chrome/") {
		t.Errorf("progress %q, browser %q", told, page.Browser)
	}
	for _, shot := range page.Screenshots {
		if !strings.HasPrefix(string(shot.PNG), "\x89PNG") {
			t.Errorf("%s: no PNG", shot.Caption)
		}
	}
	if len(page.Screenshots) < 4 {
		t.Errorf("%d screenshots", len(page.Screenshots))
	}
	checkSafe(t, page)
	checkOrder(t, page)
}

// checkOrder wants each renewal told in the order in which one thing causes the next.
func checkOrder(t *testing.T, page *record.Page) {
	t.Helper()
	for _, visitor := range []string{record.VisitorFirst, record.VisitorSecond} {
		var told []string
		for _, e := range page.Timeline {
			if e.Visitor != visitor || e.Step != record.StepExpiry && e.Step != record.StepReload {
				continue
			}
			switch {
			case e.From == record.ActorVisitor:
			case e.Kind == record.EventToken, e.Kind == record.EventRequest, e.Kind == record.EventMessage:
				told = append(told, e.From+" "+e.To)
			}
		}
		text := strings.Join(told, ", ")
		const renewal = "widget page, page endpoint, endpoint page, page widget, widget assistant"
		if strings.Count(text, renewal) != strings.Count(text, "widget page") {
			t.Errorf("the %s visitor's renewals are told in this order: %s", visitor, text)
		}
	}
}

// checkSafe looks for complete tokens in what would be written.
func checkSafe(t *testing.T, page *record.Page) {
	t.Helper()
	text, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range secrets.Tokens(string(text)) {
		if strings.Count(token, ".") == 2 && !strings.HasSuffix(token, ".") {
			t.Errorf("a complete token is in the evidence: %.60s…", token)
		}
	}
	if len(page.Tokens) == 0 || !page.Tokens[0].Verdict.Accepted || page.Tokens[0].Signature.Scheme != "rs256" {
		t.Errorf("tokens: %+v", page.Tokens)
	}
}

func TestGatherWaitsForShortTokens(t *testing.T) {
	setup := start(t, issuers.Options{Lifetime: 4 * time.Second})
	page, err := browser.Gather(t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if step := stepOf(t, page, record.VisitorFirst, record.StepExpiry); !step.Done || page.ClockMode != "real" {
		t.Errorf("clock mode %q; %s", page.ClockMode, step.Ended)
	}
}

func TestGatherByHTTPS(t *testing.T) {
	setup := start(t, issuers.Options{HTTPS: true})
	config := browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys, CA: setup.CA, Timeout: 10 * time.Second}
	page, err := browser.Gather(t.Context(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	if step := stepOf(t, page, record.VisitorFirst, record.StepExpiry); !step.Done {
		t.Error(step.Ended)
	}
	config.CA = nil
	_, err = browser.Gather(t.Context(), config, nil)
	if failure, ok := errors.AsType[*browser.Failure](err); !ok || failure.Class != record.FailureTLS {
		t.Errorf("without the authority: %v", err)
	}
}

func TestGatherFailures(t *testing.T) {
	setup := start(t, issuers.Options{})
	closed, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		config browser.Config
		class  string
		says   string
	}{
		"no page":     {t.Context(), browser.Config{PublicKeys: setup.PublicKeys}, record.FailureBadConfig, "not an address"},
		"no key":      {t.Context(), browser.Config{Page: setup.Page}, record.FailureOther, "--public-key"},
		"bad key":     {t.Context(), browser.Config{Page: setup.Page, PublicKeys: []string{"secret"}}, record.FailureOther, "usable public key"},
		"no browser":  {t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys, Chromium: "/no/such/browser"}, record.FailureNoBrowser, "/no/such/browser"},
		"no chromium": {t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys, Chromium: "true"}, record.FailureNoBrowser, "true"},
		"two actions": {t.Context(), browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys, Login: &browser.Action{Click: "a", Script: "b"}}, record.FailureBadConfig, "login action"},
		"refused":     {t.Context(), browser.Config{Page: closed.Setup().Page, PublicKeys: setup.PublicKeys}, record.FailureRefused, "cannot be loaded"},
		"unresolved":  {t.Context(), browser.Config{Page: "http://shop.invalid/", PublicKeys: setup.PublicKeys}, record.FailureDNS, "cannot be loaded"},
		"interrupted": {cancelled, browser.Config{Page: setup.Page, PublicKeys: setup.PublicKeys}, record.FailureInterrupted, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := browser.Gather(test.ctx, test.config, nil)
			failure, ok := errors.AsType[*browser.Failure](err)
			if !ok || failure.Class != test.class || !strings.Contains(failure.Message, test.says) {
				t.Errorf("got %v, want class %s and %q", err, test.class, test.says)
			}
			if page == nil {
				t.Error("no evidence")
			}
			if test.class == record.FailureNoBrowser && !errors.Is(err, browser.ErrNoBrowser) {
				t.Errorf("%v does not wrap ErrNoBrowser", err)
			}
		})
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// children returns the processes that this one has started and that still run.
func children(t *testing.T) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && fields[0] != "Z" {
			found = append(found, string(text[:min(len(text), 60)]))
		}
	}
	return found
}

func TestFindSaysWhatWasTried(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(browser.EnvChromium, "my-chromium")
	_, err := browser.Find()
	if !errors.Is(err, browser.ErrNoBrowser) || !strings.Contains(err.Error(), "my-chromium") || !strings.Contains(err.Error(), browser.EnvChromium) {
		t.Errorf("with the variable set: %v", err)
	}
	t.Setenv(browser.EnvChromium, "")
	path, err := browser.Find()
	if err != nil && (!errors.Is(err, browser.ErrNoBrowser) || !strings.Contains(err.Error(), "google-chrome") || !strings.Contains(err.Error(), "install")) {
		t.Errorf("found %q, %v", path, err)
	}
}
