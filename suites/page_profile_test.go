package suites_test

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// TestProfileIsFoundOnThePage drives the reference page of another profile without
// a word of which chat it has.
func TestProfileIsFoundOnThePage(t *testing.T) {
	setup := siteOfOrchestrate(t)
	setup.Profile = profiles.Profile{}
	run := judgePage(t, setup, true)
	if run.Target.Profile != profiles.WatsonxOrchestrate.ID {
		t.Errorf("the page was taken for one of %q", run.Target.Profile)
	}
	for _, o := range run.Outcomes {
		applies := profiles.WatsonxOrchestrate.Absent(o.ID) == ""
		if o.Area == suites.AreaPage && applies && o.State != record.Passed {
			t.Errorf("%s is %s: %s", o.ID, o.State, o.Reason)
		}
	}
}

// TestPageOfAnotherProfileIsNamed holds a page to the contract of a chat that it
// does not have. That is no fault of the page.
func TestPageOfAnotherProfileIsNamed(t *testing.T) {
	setup := siteOfOrchestrate(t)
	setup.Profile = profiles.Default()
	run := judgePage(t, setup, false)
	if failed := failedOf(t, run); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	for _, o := range run.Outcomes {
		if o.ID == "page-loads-widget" && (o.State != record.Inconclusive || !strings.Contains(o.Reason, "profile: watsonx-orchestrate")) {
			t.Errorf("%s is %s: %s", o.ID, o.State, o.Reason)
		}
	}
}

func siteOfOrchestrate(t *testing.T) issuers.Setup {
	t.Helper()
	site, err := issuers.Start(issuers.Options{Profile: profiles.WatsonxOrchestrate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	return site.Setup()
}
