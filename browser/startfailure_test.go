package browser

import (
	"errors"
	"strings"
	"testing"
)

func TestWhyNotStarted(t *testing.T) {
	for printed, want := range map[string]string{
		"[1:1:ERROR:ozone_platform_x11.cc:257] Missing X server or $DISPLAY\n[1:1:ERROR:env.cc] The platform failed to initialize.": "xvfb-run -a",
		"chrome: error while loading shared libraries: libnss3.so: cannot open shared object file":                                  "the library libnss3.so is missing",
		"some other noise": "chrome failed to start (it said: some other noise)",
	} {
		why := whyNotStarted(errors.New("chrome failed to start:\n"+printed), printed)
		if !strings.Contains(why, want) || strings.Contains(why, "\n") || strings.Count(why, "ozone") > 0 {
			t.Errorf("%q is told as %q", printed, why)
		}
	}
}
