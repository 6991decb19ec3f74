package record

import (
	"strings"
	"testing"
)

// A file that would fill the memory is refused before it is taken in.
func TestRunFilesAreMeasured(t *testing.T) {
	for what, text := range map[string]string{
		"empty elements": `"outcomes":[` + strings.Repeat("{},", maxElements) + `{}]`,
		"nulls":          `"load":[` + strings.Repeat("null,", maxElements) + `null]`,
		"lists":          `"skip":[` + strings.Repeat("[],", maxElements) + `[]]`,
		"members":        `"target":{` + strings.Repeat(`"a\"[":1,`, maxMembers) + `"b":1}`,
		"outcomes":       `"outcomes":[` + strings.Repeat("{},", maxOutcomes) + `{}]`,
		"tokens":         `"evidence":{"tokens":[` + strings.Repeat("{},", maxTokens) + `{}]}`,
		"findings":       `"outcomes":[` + strings.Repeat(`{"findings":[`+strings.Repeat("{},", 200)+`{}]},`, maxFindings/200) + `{}]`,
		"claims":         `"evidence":{"tokens":[{"payload":{"json":"` + strings.Repeat("a", 2*maxSegmentBytes+1) + `"}}]}`,
		"claims in all":  `"evidence":{"tokens":[` + strings.Repeat(`{"payload":{"json":"[`+strings.Repeat("1,", 50_000)+`1]"}},`, 2) + `{}]}`,
		"bytes":          `"skip":["` + strings.Repeat("a", maxRunFile) + `"]`,
	} {
		_, err := Read(strings.NewReader(`{"schemaVersion":1,` + text + "}"))
		if err == nil || !strings.Contains(err.Error(), "more than") && !strings.Contains(err.Error(), "larger than") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
