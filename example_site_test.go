package webchatspec_test

import (
	"slices"
	"testing"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// TestSiteAfterTheVendorsExample tests a site as people have it who follow the
// "secure" example of watsonx Orchestrate's vendor: its page fetches one token
// before the chat begins and subscribes to nothing, its ids have five hexadecimal
// digits, and a user_id goes along that nobody reads. Nobody says which chat it is.
func TestSiteAfterTheVendorsExample(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole token part and a browser")
	}
	site, err := issuers.Start(issuers.Options{Fault: "page-token-once", Further: []string{"sub-short"}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	config := webchatspec.Config{Parts: []string{suites.PartToken, suites.PartPage}}
	setup := site.Setup()
	config.PointAt(setup)
	config.Profile.ID = ""
	run, err := webchatspec.Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if run.Target.Profile != setup.Profile.ID || run.Target.ProfileBy != record.ProfileByPage {
		t.Errorf("held to the contract of %q, by %q", run.Target.Profile, run.Target.ProfileBy)
	}
	failed := failedChecks(run)
	if want := []string{"sub-unguessable", "page-subscribes"}; !slices.Equal(ids(failed), want) {
		t.Errorf("failed %v, want %v alone%s", ids(failed), want, allDetails(failed))
	}
}
