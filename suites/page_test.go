package suites_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// judgePage drives a site's page and judges it.
func judgePage(t *testing.T, setup issuers.Setup, logsIn bool) record.Run {
	t.Helper()
	config := browser.Config{Profile: setup.Profile, Page: setup.Page, PublicKeys: setup.PublicKeys, Endpoint: setup.Endpoint}
	if logsIn {
		config.Login, config.Logout = &browser.Action{Script: setup.PageLogin}, &browser.Action{Click: "#logout button"}
		config.People = []map[string]string{setup.UserValues()}
		if setup.OtherLogin != nil {
			config.People = append(config.People, setup.OtherValues())
		}
	}
	page, err := browser.Gather(t.Context(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	run := record.Run{Target: record.Target{Profile: cmp.Or(setup.Profile.ID, page.Profile)}, Evidence: record.Evidence{Page: page, Probes: []record.Probe{{Name: record.ProbePage}}}}
	return suites.Judge(run, suites.Options{})
}

// failedOf returns the ids of the page checks that failed, and tells the others
// that are not as they should be.
func failedOf(t *testing.T, run record.Run) []string {
	t.Helper()
	var failed []string
	for _, o := range run.Outcomes {
		if o.Area != suites.AreaPage {
			continue
		}
		if o.State == record.Failed {
			failed = append(failed, o.ID)
		}
		if o.State == record.Passed {
			continue
		}
		t.Logf("%s: %s %s", o.ID, o.State, o.Reason)
		for _, f := range o.Findings {
			t.Logf("  expected: %s\n  actual:   %s\n  hint:     %s", f.Expected, f.Actual, f.Hint)
		}
	}
	if t.Failed() || !slices.Equal(failed, nil) && testing.Verbose() {
		t.Log(timeline(run))
	}
	return failed
}

func timeline(run record.Run) string {
	var text strings.Builder
	page := run.Evidence.Page
	for _, e := range page.Timeline {
		fmt.Fprintf(&text, "%6.2f %-6s %-13s %-8s %s\n", e.At, e.Visitor, e.Step, e.Kind, e.Text)
	}
	for _, f := range page.Firings {
		fmt.Fprintf(&text, "%6.2f %-6s %-13s firing   gave %q, asked by %q\n", f.At, f.Visitor, f.Step, f.Value.Token, f.Requests)
	}
	for _, m := range page.Messages {
		fmt.Fprintf(&text, "%6.2f %-6s %-13s message  %q with %q: %d\n", m.At, m.Visitor, m.Step, m.Text, m.Token, m.Status)
	}
	return text.String()
}

func TestGoodPagePasses(t *testing.T) {
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	mustPass(t, judgePage(t, site.Setup(), true), record.Must, record.Should, record.May)
}

func TestNodePagePasses(t *testing.T) {
	site, err := issuers.StartNode(t.Context(), issuers.ProcessOptions{})
	if err != nil {
		t.Skip(err)
	}
	defer site.Close()
	run := judgePage(t, site.Setup(), true)
	// The site has one user, so that nobody can come next.
	run.Outcomes = slices.DeleteFunc(run.Outcomes, func(o record.Outcome) bool {
		return o.ID == "page-next-person" && o.State == record.NotApplicable
	})
	// Its page does not bound what it asks for while it is rejected, which is
	// hygiene only.
	mustPass(t, run, record.Must, record.Should)
}

// TestPageFlake drives the correct pages of the fixtures again and again, and
// demands the same outcomes each time: `make flake`.
func TestPageFlake(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("WEBCHATSPECTEST_FLAKE"))
	if err != nil {
		t.Skip("runs with make flake")
	}
	setups := map[string]issuers.Setup{}
	for _, profile := range profiles.All() {
		demo, err := issuers.Start(issuers.Options{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		defer demo.Close()
		setups["demo of "+profile.ID] = demo.Setup()
	}
	if node, err := issuers.StartNode(t.Context(), issuers.ProcessOptions{}); err == nil {
		defer node.Close()
		setups["node"] = node.Setup()
	}
	for name, setup := range setups {
		t.Run(name, func(t *testing.T) {
			var first map[string]record.State
			for i := range times {
				states := map[string]record.State{}
				run := judgePage(t, setup, true)
				for _, o := range run.Outcomes {
					states[o.ID] = o.State
				}
				if first == nil {
					first = states
				}
				if !maps.Equal(first, states) {
					t.Errorf("run %d differs from the first: %v, then %v\n%s", i+1, first, states, timeline(run))
				}
			}
		})
	}
}

// mustPass wants the page checks of the levels to pass.
func mustPass(t *testing.T, run record.Run, levels ...record.Level) {
	t.Helper()
	for _, o := range run.Outcomes {
		if o.Area == suites.AreaPage && slices.Contains(levels, o.Level) && o.State != record.Passed {
			t.Errorf("%s is %s: %s", o.ID, o.State, o.Reason)
		}
	}
	failedOf(t, run)
}

// TestPageFaults proves that each defect of a page fails exactly its check.
func TestPageFaults(t *testing.T) {
	for _, fault := range issuers.Faults() {
		if fault.Part != issuers.PartPage {
			continue
		}
		t.Run(fault.ID, func(t *testing.T) {
			t.Parallel()
			site, err := issuers.Start(issuers.Options{Fault: fault.ID})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = site.Close() })
			logsIn := slices.Contains([]string{"page-login", "page-logout", "page-next-person"}, fault.Check)
			if failed := failedOf(t, judgePage(t, site.Setup(), logsIn)); !slices.Equal(failed, []string{fault.Check}) {
				t.Errorf("failed checks: %v, want %s alone", failed, fault.Check)
			}
		})
	}
}
