// Package ginkgospecs makes Ginkgo specs of the catalogue of checks, for a project that
// has a Ginkgo suite of its own.
//
//	var _ = ginkgospecs.Describe("the shop's tokens", func(ctx context.Context) (record.Run, error) {
//		return webchatspec.Verify(ctx, config)
//	})
//
// The site is tested once, before the first spec that runs; each spec then reports its
// own check. Since the specs are labelled, Ginkgo's filters choose among them:
//
//	ginkgo --label-filter 'MUST && !load'
//	ginkgo --label-filter 'exp-present || sub-stable'
//
// A filter chooses what is reported, not what is sent. To send less, narrow the
// configuration with Parts or Selection.
//
// A spec is red exactly where 'webchatspec verify' would fail: a SHOULD that failed is
// green with a report entry, unless the configuration's FailOn says otherwise, and what
// was not judged is skipped with the reason. The function may also return a saved run,
// from record.ReadFile and suites.Judge: then nothing is sent at all.
package ginkgospecs

import (
	"context"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// RunLabel is the label of the spec that tells what the run as a whole fell
// short of: a part that could not be done, an interruption.
const RunLabel = "run"

// Describe adds a Ginkgo container with one spec for each check of the
// catalogue, labelled with its id, area and level, so that ginkgo's label filter
// chooses checks, and one for the run as a whole. Gather is called once, before
// the first spec that runs, and returns a judged run, as webchatspec.Verify does;
// its error fails every spec.
//
// The specs are red where the run fails: on a failed check of a level that
// counts, on a MUST that was asked for and could not be decided, and on what
// could not be gathered. Other failures are passed with a report entry, and what
// was not judged is skipped with the reason.
func Describe(text string, gather func(context.Context) (record.Run, error)) bool {
	return ginkgo.Describe(text, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		var run record.Run
		outcomes := map[string]record.Outcome{}
		ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) {
			var err error
			if run, err = gather(ctx); err != nil {
				ginkgo.Fail(err.Error())
			}
			for _, outcome := range run.Outcomes {
				outcomes[outcome.ID] = outcome
			}
		})
		ginkgo.It("the run is all that was asked for", ginkgo.Label(RunLabel), func() {
			if all := shortfalls(run); all != "" {
				ginkgo.Fail(all)
			}
		})
		for _, check := range suites.Catalogue() {
			ginkgo.It(check.Title, ginkgo.Label(check.ID, check.Area, string(check.Level)), func() {
				conclude(run, outcomes[check.ID])
			})
		}
	})
}

// conclude ends a spec as its outcome and the run want it. A label filter leaves
// out the spec of the run, so that a check for which something was not there
// fails by itself.
func conclude(run record.Run, outcome record.Outcome) {
	effect := run.Effect(outcome)
	switch {
	case effect == record.Holds:
	case effect == record.Fails || effect == record.Undecides:
		ginkgo.Fail(suites.Details(outcome))
	case outcome.Wanted && shortfalls(run) != "":
		ginkgo.Fail(shortfalls(run))
	case outcome.State == record.Failed:
		ginkgo.AddReportEntry("warning", suites.Details(outcome))
	default:
		ginkgo.Skip(string(outcome.State) + ": " + outcome.Reason)
	}
}

func shortfalls(run record.Run) string {
	var told []string
	for _, shortfall := range run.Shortfalls() {
		told = append(told, shortfall.Name+": "+shortfall.Message)
	}
	return strings.Join(told, "\n")
}
