package webchatspec

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionTellsWhatTheBuildRecorded(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	date := debug.BuildSetting{Key: "vcs.time", Value: "2026-11-26T18:00:00Z"}
	for _, test := range []struct {
		name     string
		info     *debug.BuildInfo
		version  string
		contains []string
	}{
		{"a release", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{revision, date}},
			"v1.2.3", []string{"v1.2.3 (commit 0123456789abcdef0123456789abcdef01234567, 2026-11-26T18:00:00Z, go1."}},
		{"a checkout with changes", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"},
			Settings: []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "true"}}},
			"devel+0123456789ab", []string{"with changes, go1."}},
		{"a build that recorded nothing", nil, "devel", []string{"devel (go1."}},
	} {
		b := buildOf(test.info, test.info != nil)
		if got := b.version(); got != test.version {
			t.Errorf("%s: version %q, want %q", test.name, got, test.version)
		}
		for _, want := range test.contains {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q does not contain %q", test.name, b, want)
			}
		}
	}
}
