package suites

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	"github.com/webchatspec/webchatspec/record"
)

// Describe adds a Ginkgo container with one spec for each check of the
// catalogue, labelled with its id, area and level, so that ginkgo's label filter
// chooses checks. Gather is called once, before the first spec that runs, and
// returns a judged run, as webchatspec.Verify does; its error fails every spec.
//
//	var _ = suites.Describe("the shop's tokens", func(ctx context.Context) (record.Run, error) {
//		return webchatspec.Verify(ctx, config)
//	})
//
// A failed check fails its spec, a check that was not judged skips it with the
// reason: the specs say the same as the command.
func Describe(text string, gather func(context.Context) (record.Run, error)) bool {
	return ginkgo.Describe(text, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		outcomes := map[string]record.Outcome{}
		ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) {
			run, err := gather(ctx)
			if err != nil {
				ginkgo.Fail(err.Error())
			}
			for _, outcome := range run.Outcomes {
				outcomes[outcome.ID] = outcome
			}
		})
		for _, check := range catalogue() {
			ginkgo.It(check.Title, ginkgo.Label(check.ID, check.Area, string(check.Level)), func() {
				conclude(outcomes[check.ID])
			})
		}
	})
}

// conclude ends a spec as the outcome wants it. A check below MUST that failed
// fails its spec too: who accepts it filters by label or waives it.
func conclude(outcome record.Outcome) {
	switch outcome.State {
	case record.Passed, record.Waived:
	case record.Failed:
		ginkgo.Fail(Details(outcome))
	default:
		ginkgo.Skip(string(outcome.State) + ": " + outcome.Reason)
	}
}
