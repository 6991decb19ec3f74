package suites

import (
	"fmt"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// Details describes an outcome over several lines, for test output: its
// findings, or the reason where it has none.
func Details(outcome record.Outcome) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s: %s", outcome.Level, outcome.ID, outcome.Title)
	if outcome.State != record.Failed {
		fmt.Fprintf(&text, "\n\t%s", outcome.State)
	}
	if outcome.Reason != "" {
		fmt.Fprintf(&text, "\n\t%s", outcome.Reason)
	}
	for _, finding := range outcome.Findings {
		fmt.Fprintf(&text, "\n\texpected: %s\n\tactual:   %s", finding.Expected, finding.Actual)
		if finding.Hint != "" {
			fmt.Fprintf(&text, "\n\tfix:      %s", finding.Hint)
		}
	}
	return text.String()
}
