package suites

import (
	"fmt"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Waivers are the failures that the user has agreed to live with for a while, by
// check id.
type Waivers map[string]record.Waiver

// waiversOf returns the waivers by which a run was judged before. Those of checks
// that another version called otherwise go with their outcomes.
func waiversOf(run record.Run) Waivers {
	waivers := Waivers{}
	for _, outcome := range run.Outcomes {
		if outcome.Waiver != nil {
			waiver := *outcome.Waiver
			waiver.Standing = ""
			waivers[outcome.ID] = waiver
		}
	}
	return waivers
}

// apply waives failed outcomes. A waiver that has expired leaves the failure; one
// that is no longer needed is itself a failure, so that it goes away.
func (w Waivers) apply(outcomes []record.Outcome, today time.Time) {
	for i := range outcomes {
		outcome := &outcomes[i]
		waiver, ok := w[outcome.ID]
		if !ok {
			continue
		}
		outcome.Waiver = &waiver
		waiver.Standing = record.WaiverIdle
		switch expired := isExpired(waiver, today); {
		case outcome.State == record.Failed && expired:
			waiver.Standing = record.WaiverExpired
			outcome.Reason = "its waiver expired on " + waiver.Expires
		case outcome.State == record.Failed:
			outcome.State, waiver.Standing = record.Waived, record.WaiverHolds
			outcome.Reason = fmt.Sprintf("waived until %s by %s: %s", waiver.Expires, waiver.Owner, waiver.Reason)
		case outcome.State == record.Passed:
			outcome.State, waiver.Standing = record.Failed, record.WaiverUnneeded
			outcome.Reason = "unexpected pass: remove its waiver"
			outcome.Findings = []record.Finding{{
				Requirement: "A waiver stands for a failure",
				Expected:    "the check still fails, as the waiver says",
				Actual:      "the check passes",
				Hint:        "remove the entry " + outcome.ID + " from the waivers file",
			}}
		}
	}
}

// isExpired says whether the waiver's last day is over.
func isExpired(w record.Waiver, today time.Time) bool {
	last, err := time.Parse(time.DateOnly, w.Expires)
	return err != nil || !today.Before(last.AddDate(0, 0, 1))
}
