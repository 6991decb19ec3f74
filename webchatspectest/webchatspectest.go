// Package webchatspectest verifies a site inside a Go test, with one subtest for each
// check of the catalogue.
//
//	func TestTokens(t *testing.T) {
//		server := httptest.NewServer(newShop())
//		defer server.Close()
//		webchatspectest.Verify(t, webchatspec.Config{
//			Endpoint: endpoint.Config{
//				URL:        server.URL + "/createJWT",
//				PublicKeys: []endpoint.KeyText{{Source: "shop", Text: publicPEM}},
//			},
//			Parts: []string{suites.PartToken}, // no browser and no load
//		})
//	}
//
// The subtests are named after the checks, so 'go test -run TestTokens/exp-present' shows
// one of them, and a failure says what was expected, what was seen and how to fix it. A
// subtest fails where the check fails the run; it is skipped, with the reason, where the
// check could not be judged. To accept a failure until a date, set Waivers; to let a
// SHOULD fail as well, set FailOn.
//
// A run takes some seconds. In a package with many tests, verify once, keep the run, and
// report it with [Report].
package webchatspectest

import (
	"testing"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// Verify verifies the site of the configuration and reports the run to t; see
// [Report]. A mistake in the configuration ends the test at once.
func Verify(t *testing.T, config webchatspec.Config) {
	t.Helper()
	run, err := webchatspec.Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	Report(t, run)
}

// Report makes a judged run the result of a Go test: one subtest for each check
// of the catalogue, named by its id. T fails exactly where the run did not pass:
// a subtest on a failed check of a level that counts and on a MUST that was
// asked for and could not be decided, t itself on a part that could not be done.
// Other failures are logged; a check that was not judged is skipped, with the
// reason.
func Report(t *testing.T, run record.Run) {
	t.Helper()
	for _, shortfall := range run.Shortfalls() {
		t.Errorf("%s: %s", shortfall.Name, shortfall.Message)
	}
	for _, outcome := range run.Outcomes {
		t.Run(outcome.ID, func(t *testing.T) { conclude(t, run.Effect(outcome), outcome) })
	}
}

// conclude ends a subtest as the outcome wants it.
func conclude(t testing.TB, effect record.Effect, outcome record.Outcome) {
	t.Helper()
	switch {
	case effect == record.Holds:
	case effect == record.Fails || effect == record.Undecides:
		t.Error(suites.Details(outcome))
	case outcome.State == record.Failed:
		t.Log(suites.Details(outcome))
	default:
		t.Skipf("%s: %s", outcome.State, outcome.Reason)
	}
}
