package record

import (
	"strings"
	"testing"
)

// A ratio whose interval holds 1 says nothing about which endpoint is faster.
func TestARatioThatLeavesItOpenTellsNoDifference(t *testing.T) {
	for _, test := range []struct {
		ratio ComparisonRatio
		says  string
	}{
		{ComparisonRatio{Entry: "node", Base: "go", Ratio: 0.35, Low: 0.33, High: 0.37, Rounds: 8}, "node signs 0.35 times as many tokens as go (0.33 to 0.37"},
		{ComparisonRatio{Entry: "new", Base: "old", Ratio: 0.88, Low: 0.56, High: 1.37, Rounds: 5}, "no difference between new and old was shown"},
		{ComparisonRatio{Entry: "new", Base: "old", Ratio: 1.2, Rounds: 1}, "new signs 1.2 times"},
		{ComparisonRatio{Entry: "new", Base: "old"}, "cannot be compared"},
	} {
		if told := test.ratio.Sentence(); !strings.Contains(told, test.says) {
			t.Errorf("%+v: %q, want %q", test.ratio, told, test.says)
		}
	}
}
