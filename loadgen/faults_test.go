package loadgen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// Each fault of the load part fails exactly its check, and the reference site none.
func TestFaultsFailTheirCheck(t *testing.T) {
	faults := slices.DeleteFunc(issuers.Faults(), func(f issuers.Fault) bool { return f.Part != issuers.PartLoad })
	if len(faults) != 7 {
		t.Errorf("%d load faults, want 7", len(faults))
	}
	for _, fault := range append(faults, issuers.Fault{}) {
		t.Run("fault="+fault.ID, func(t *testing.T) {
			for range attempts {
				run := loaded(t, fault)
				wrong := otherThan(fault, run)
				if len(wrong) == 0 {
					return
				}
				if !slices.ContainsFunc(run.Load, func(l record.Load) bool { return l.Generator.Bound }) {
					t.Fatal(strings.Join(wrong, "\n"))
				}
			}
			t.Skip("this machine is too busy to tell the endpoint from the generator")
		})
	}
}

// attempts is how often a load is run again where the machine was too busy for
// it to say anything.
const attempts = 3

// otherThan tells the outcomes that are not as the fault should make them.
func otherThan(fault issuers.Fault, run record.Run) (wrong []string) {
	for _, outcome := range suites.Judge(run, suites.Options{}).Outcomes {
		if outcome.Area != suites.AreaLoad || outcome.ID == "http-latency" {
			continue // it is judged from another probe
		}
		if failed := outcome.State == record.Failed; failed != (outcome.ID == fault.Check) {
			wrong = append(wrong, fmt.Sprintf("%s: %s %s %+v", outcome.ID, outcome.State, outcome.Reason, outcome.Findings))
		}
	}
	return wrong
}

// loaded runs a load on the site with the fault, long enough for it to show.
func loaded(t *testing.T, fault issuers.Fault) record.Run {
	t.Helper()
	config := Config{Duration: 1200 * time.Millisecond}
	overload := Overload{Duration: 900 * time.Millisecond, Rest: 100 * time.Millisecond}
	client := site(t, fault.ID)
	run := record.Run{
		Evidence: record.Evidence{
			Keys:   []record.Key{{Source: "site"}},
			Probes: []record.Probe{{Name: record.ProbeLoad}},
		},
	}
	var err error
	switch fault.Check {
	case "load-recovers", "":
		config.Duration = 800 * time.Millisecond
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeRecovery})
		run.Load, err = Recovery(t.Context(), client, config, overload, nil)
		if fault.Check == "" {
			break
		}
		return run
	case "load-latency":
		config.Duration = 2500 * time.Millisecond
	case "load-tokens-valid":
		config.Rate, config.Duration = 260, 2*time.Second
	}
	if err != nil {
		t.Fatal(err)
	}
	load, err := Run(t.Context(), client, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	run.Load = append(run.Load, load)
	return run
}
