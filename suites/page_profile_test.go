package suites_test

import (
	"net/http/httptest"
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

// TestPagesAfterTheDocumentationOfOrchestrate drives pages that take another of the
// ways that the vendor shows: its documentation has a handler that calls the method
// in place of setting the member, and sends the expired token along; a tutorial has
// a function in the configuration.
func TestPagesAfterTheDocumentationOfOrchestrate(t *testing.T) {
	setup := siteOf(t, profiles.WatsonxOrchestrate)
	for name, options := range map[string]string{
		"method in the handler": `chatOptions: { agentId: 'a', onLoad: instance => instance.on('authTokenNeeded', async (event, instance) => {
			if (!event.authToken) throw new Error('the event has no token');
			instance.updateAuthToken(await freshToken()); }) },`,
		"function": `chatOptions: { agentId: 'a' }, identityTokenFunction: freshToken,`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(variant(setup, `<!doctype html><title>Variant</title><div id="root"></div><script>
				const freshToken = async () => (await fetch('/createJWT', { cache: 'no-store' })).text();
				const script = document.createElement('script');
				script.src = '`+profiles.WatsonxOrchestrate.Page.Script+`';
				script.onload = () => wxoLoader.init();
				freshToken().then(token => {
					window.wxOConfiguration = { orchestrationID: 'o', hostURL: new URL(script.src).origin, rootElementID: 'root', token, `+options+` };
					document.head.append(script);
				});
				</script>`, ""))
			t.Cleanup(server.Close)
			run := judgePage(t, issuers.Setup{Page: server.URL + "/", PublicKeys: setup.PublicKeys}, false)
			if failed := failedOf(t, run); len(failed) > 0 {
				t.Errorf("failed: %v\n%s", failed, timeline(run))
			}
			for _, o := range run.Outcomes {
				if o.ID == "page-renews" && o.State != record.Passed {
					t.Errorf("%s is %s: %s", o.ID, o.State, o.Reason)
				}
			}
		})
	}
}
