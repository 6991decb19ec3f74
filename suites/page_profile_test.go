package suites_test

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// TestEachProfileIsFoundOnItsPage drives the reference page of each profile but the
// default one without a word of which chat it has.
func TestEachProfileIsFoundOnItsPage(t *testing.T) {
	for _, profile := range profiles.All()[1:] {
		setup := siteOf(t, profile)
		setup.Profile = profiles.Profile{}
		run := judgePage(t, setup, true)
		if run.Target.Profile != profile.ID {
			t.Errorf("the page of %s was taken for one of %q", profile.ID, run.Target.Profile)
		}
		for _, o := range run.Outcomes {
			if o.Area == suites.AreaPage && profile.Absent(o.ID) == "" && o.State != record.Passed {
				t.Errorf("%s: %s is %s: %s", profile.ID, o.ID, o.State, o.Reason)
			}
		}
	}
}

// TestPageOfAnotherProfileIsNamed holds a page to the contract of a chat that it
// does not have. That is no fault of the page.
func TestPageOfAnotherProfileIsNamed(t *testing.T) {
	setup := siteOf(t, profiles.WatsonxOrchestrate)
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

func siteOf(t *testing.T, profile profiles.Profile) issuers.Setup {
	t.Helper()
	site, err := issuers.Start(issuers.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	return site.Setup()
}
