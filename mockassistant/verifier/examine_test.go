package verifier

import (
	"strings"
	"testing"
)

// TestPrintsOfMembers are equal for equal values, and none for what many people have.
func TestPrintsOfMembers(t *testing.T) {
	names, prints := membersOf([]byte(`{"a":"gold","b":"gold","c":true,"d":7,"e":1017,"f":"","g":null,"h":"on","i":["x"],"j":1018}`))
	told := ""
	for i, name := range names {
		if prints[i] != "" {
			told += name
		}
	}
	if told != "abeij" || prints[0] != prints[1] || prints[4] == prints[9] || strings.Contains(strings.Join(prints, ""), "1017") {
		t.Errorf("%v: %v", names, prints)
	}
}
