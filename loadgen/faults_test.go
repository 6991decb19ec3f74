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
	if len(faults) < 8 {
		t.Errorf("%d load faults, some are missing", len(faults))
	}
	for _, fault := range append(faults, issuers.Fault{}) {
		t.Run("fault="+fault.ID, func(t *testing.T) {
			for range attempts {
				run := loaded(t, fault)
				wrong := otherThan(fault, run)
				if len(wrong) == 0 {
					return
				}
				if !slices.ContainsFunc(run.Load, func(l record.Load) bool { return l.Judged().Verdict == record.LoadInconclusive }) {
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

// loaded runs a load on the site with the fault, long enough for it to show, and
// where it is about that an overload.
func loaded(t *testing.T, fault issuers.Fault) record.Run {
	t.Helper()
	client := site(t, fault.ID)
	run := record.Run{Evidence: record.Evidence{Probes: []record.Probe{{Name: record.ProbeLoad}}}}
	if fault.Check == "load-recovers" || fault.Check == "" {
		config := Config{Duration: 800 * time.Millisecond}
		loads, err := Recovery(t.Context(), client, config, Overload{Duration: 900 * time.Millisecond, Within: time.Second}, nil)
		if err != nil {
			t.Fatal(err)
		}
		run.Load = loads
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeRecovery})
	}
	if fault.Check == "load-capacity" {
		loads, measured, err := Capacity(t.Context(), client, Config{Users: 1}, Search{From: 2, Step: time.Second, Rest: time.Millisecond}, nil)
		if err != nil {
			t.Fatal(err)
		}
		run.Load, run.Capacity = loads, &measured
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeCapacity})
		return run
	}
	if fault.Check != "load-recovers" {
		load, err := Run(t.Context(), client, loadFor(fault), nil)
		if err != nil {
			t.Fatal(err)
		}
		run.Load = append(run.Load, load)
	}
	return run
}

// loadFor is the load that shows the fault. Where the fault is none of speed,
// neither is the test: no latency is too long.
func loadFor(fault issuers.Fault) Config {
	patient := record.Objective{Latency: 30}
	if fault.ID == "load-clock-stands" { // as long as clocks may differ
		return Config{Duration: 4500 * time.Millisecond, Objective: patient}
	}
	switch fault.Check {
	case "":
		return Config{Duration: 1200 * time.Millisecond}
	case "load-latency":
		return Config{Duration: 2500 * time.Millisecond}
	case "load-tokens-valid": // one in 500
		return Config{Rate: 260, Duration: 2 * time.Second, Objective: patient}
	}
	return Config{Duration: 1200 * time.Millisecond, Objective: patient}
}
