package record

import (
	"slices"
	"testing"
)

// TestRemarksSayWhatWasNotSent: a crowd that was shortened is told with the reason, a probe
// that sent all it had is not.
func TestRemarksSayWhatWasNotSent(t *testing.T) {
	e := Evidence{Probes: []Probe{
		{Name: ProbeAnonymous, Requests: 1000, Sent: 15, Shortened: "an answer took 2 s"},
		{Name: ProbeParallel, Requests: 1000, Sent: 1000},
	}}
	want := []string{"15 of 1,000 requests of fresh visitors were sent in the time there is for them, since an answer took 2 s: what shows in more of them alone was not seen"}
	if got := e.Remarks(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
