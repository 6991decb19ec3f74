package suites_test

import (
	"compress/gzip"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// TestGoldenVerdictsOfARecordedRun judges a run that was recorded before there was
// a second profile, of a site whose page throws in its handler: what is added for
// another vendor changes no verdict of the default profile. The same evidence held
// to the other contract shows what that one sees otherwise.
func TestGoldenVerdictsOfARecordedRun(t *testing.T) {
	for _, profile := range profiles.All() {
		run := recordedRun(t)
		run.Target.Profile = profile.ID
		var verdicts strings.Builder
		for _, o := range suites.Judge(run, suites.Options{}).Outcomes {
			fmt.Fprintf(&verdicts, "%s %s\n", o.ID, o.State)
		}
		golden.Compare(t, "recorded-"+profile.ID+".txt", []byte(verdicts.String()))
	}
}

func recordedRun(t *testing.T) record.Run {
	t.Helper()
	file, err := os.Open("testdata/recorded.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.Read(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return run
}
