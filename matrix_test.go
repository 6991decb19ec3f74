package webchatspec_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// atOnce is how many sites of the matrix are tested at the same time: each waits more
// than it computes, so it is more than the machine has cores.
const atOnce = 6

// TestMain has as many of the parallel tests run, where Go would have one for each core.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestMatrix proves each check of the token part: the site with its fault fails
// exactly that check. Page and load faults have their tables beside their checks.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole token part for each fault")
	}
	for _, fault := range issuers.Faults() {
		if fault.Part != issuers.PartToken {
			continue
		}
		t.Run(fault.ID, func(t *testing.T) {
			t.Parallel()
			run := judgeToken(t, issuers.Options{Fault: fault.ID, QuickKey: true}, judging(fault))
			failed := failedChecks(run)
			if len(failed) == 0 && slices.ContainsFunc(run.Outcomes, func(o record.Outcome) bool { return o.ID == fault.Check && o.Warning }) {
				t.Skip("this machine is too busy to tell a slow site from it")
			}
			if !slices.Equal(ids(failed), []string{fault.Check}) {
				t.Errorf("fault %s: %s\nfailed %v, want %s alone%s", fault.ID, fault.Summary, ids(failed), fault.Check, allDetails(failed))
			}
		})
	}
}

// crowded are the checks whose faults show, or could be taken for another's, only
// where a thousand visitors ask: one after the other, or all at once.
var crowded = []string{
	"sub-unguessable", "sub-no-collision", "sub-unique-anonymous",
	"users-isolated", "token-not-shared", "token-not-hardcoded", "signature-every",
}

// judging selects the checks that a fault is judged by: all but those that ask hundreds
// of times, longer than all the others together, where they could not tell more. The
// thousand visitors are for the faults that they show. Identities are offered to the first
// fault of each check, which proves that no other check fails with it, and to all that
// choosing an identity shows.
func judging(fault issuers.Fault) suites.Selection {
	check, _ := suites.Lookup(fault.Check)
	withCrowd := slices.Contains(crowded, check.ID)
	withOffers := fault.ID == check.Faults[0] || offersIdentities(check)
	var skip []string
	for _, c := range suites.Whole() {
		if asksCrowd(c) && !withCrowd || offersIdentities(c) && !withOffers {
			skip = append(skip, c.ID)
		}
	}
	return suites.Selection{Skip: skip}
}

func asksCrowd(c suites.Check) bool {
	return slices.Contains(c.Needs, record.ProbeAnonymous) || slices.Contains(c.Needs, record.ProbeParallel)
}

func offersIdentities(c suites.Check) bool {
	return slices.Contains(slices.Concat(c.Needs, c.Uses), record.ProbeRequestIdentity)
}

// TestReferenceSitePassesEverything is the other half of the matrix.
func TestReferenceSitePassesEverything(t *testing.T) {
	for name, options := range map[string]issuers.Options{"http": {}, "https": {HTTPS: true}, "unusual": {Unusual: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := judgeToken(t, options, suites.Selection{})
			if failed := failedChecks(run); len(failed) > 0 {
				t.Errorf("failed %v%s", ids(failed), allDetails(failed))
			}
			if run.Verdict != record.VerdictPassed {
				t.Errorf("verdict %s", run.Verdict)
			}
		})
	}
}

// TestSitesInOtherLanguagesPass proves that the checks ask for nothing that only
// one library does.
func TestSitesInOtherLanguagesPass(t *testing.T) {
	for name, start := range map[string]func(context.Context, issuers.ProcessOptions) (*issuers.Process, error){
		"node": issuers.StartNode, "python": issuers.StartPython,
	} {
		t.Run(name, func(t *testing.T) {
			site, err := start(t.Context(), issuers.ProcessOptions{})
			if err != nil {
				if os.Getenv("WEBCHATSPECTEST_REQUIRE_NODE") != "" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			defer site.Close()
			if failed := failedChecks(judgeSetup(t, site.Setup(), suites.Selection{})); len(failed) > 0 {
				t.Errorf("failed %v%s", ids(failed), allDetails(failed))
			}
		})
	}
}

// TestEveryCheckHasItsFault holds catalogue and fixtures together.
func TestEveryCheckHasItsFault(t *testing.T) {
	checkOf := map[string]string{}
	for _, fault := range issuers.Faults() {
		checkOf[fault.ID] = fault.Check
		check, known := suites.Lookup(fault.Check)
		if !known || !slices.Contains(check.Faults, fault.ID) {
			t.Errorf("fault %s is for %q, which does not name it", fault.ID, fault.Check)
		}
	}
	for _, check := range suites.Whole() {
		for _, id := range check.Faults {
			if checkOf[id] != check.ID {
				t.Errorf("check %s names the fault %s, which the fixtures do not have for it", check.ID, id)
			}
		}
	}
}

// judgeToken runs the token part against a site with the options.
func judgeToken(t *testing.T, options issuers.Options, selection suites.Selection) record.Run {
	t.Helper()
	site, err := issuers.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	return judgeSetup(t, site.Setup(), selection)
}

// judgeSetup runs the token part against a running site.
func judgeSetup(t *testing.T, setup issuers.Setup, selection suites.Selection) record.Run {
	t.Helper()
	config := webchatspec.Config{Parts: []string{suites.PartToken}, Selection: selection}
	config.PointAt(setup)
	if setup.Lifetime < time.Minute { // a fault about the renewal: wait for it
		config.Endpoint.MaxWait = setup.Lifetime + 2*time.Second
	}
	run, err := webchatspec.Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range run.Parts {
		if part.Failure != nil {
			t.Fatalf("%s part: %s", part.Name, part.Failure.Message)
		}
	}
	return run
}

func failedChecks(run record.Run) []record.Outcome {
	return slices.DeleteFunc(slices.Clone(run.Outcomes), func(o record.Outcome) bool { return o.State != record.Failed })
}

func ids(outcomes []record.Outcome) []string {
	var names []string
	for _, o := range outcomes {
		names = append(names, o.ID)
	}
	return names
}

func allDetails(outcomes []record.Outcome) string {
	var text strings.Builder
	for _, o := range outcomes {
		text.WriteString("\n" + suites.Details(o))
	}
	return text.String()
}
