package suites

import (
	"fmt"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-steps", Area: AreaPage, Level: record.Must,
	Title:  "The configured actions on the page (begin, steps, login, logout) can be carried out",
	Why:    "After a failed action the page is not in the state that its visitors see, so that nothing after it can be judged.",
	Fix:    "Look at the screenshot of the step that failed, and correct its selector or its place in page.steps; a step waits five seconds for its element.",
	Source: "webchatspec", NeverFails: true,
	Needs: []string{record.ProbePage}, judge: onPage(pageSteps),
})

// pageSteps never fails: a step that cannot be taken says nothing against the
// site, but keeps it from being judged.
func pageSteps(p pageRun) judgement {
	if len(p.Actions) == 0 {
		return notApplicable("nothing is configured for visitors to do on the page")
	}
	taken := collect(p.Actions, func(a record.PageAction) *record.Finding {
		if a.Failure == "" {
			return nil
		}
		return found("", "the step can be taken", "%s (%s, %s): %s", a.What, a.Phase, at(a.Visitor, a.Step), a.Failure)
	})
	if len(taken.findings) == 0 {
		return taken.judge()
	}
	undecided := inconclusive(fmt.Sprintf("a configured step could not be taken: %s", taken.findings[0].Actual))
	undecided.Findings = taken.findings
	return undecided
}
