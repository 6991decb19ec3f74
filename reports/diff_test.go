package reports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

func runOf(states map[string]record.State) record.Run {
	var run record.Run
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		if state, ok := states[id]; ok {
			run.Outcomes = append(run.Outcomes, record.Outcome{ID: id, Level: record.Must, State: state})
		}
	}
	return run
}

func ids(changes []reports.Change) []string {
	var names []string
	for _, c := range changes {
		names = append(names, c.ID)
	}
	return names
}

func TestCompare(t *testing.T) {
	older := runOf(map[string]record.State{"a": record.Passed, "b": record.Failed, "c": record.Failed, "d": record.Passed})
	newer := runOf(map[string]record.State{"a": record.Failed, "b": record.Passed, "c": record.Failed, "e": record.Failed})
	d := reports.Compare(older, newer)
	for name, got := range map[string]struct{ got, want []string }{
		"broken":  {ids(d.Broken), []string{"a", "e"}},
		"fixed":   {ids(d.Fixed), []string{"b"}},
		"failing": {ids(d.Failing), []string{"c"}},
		"other":   {ids(d.Other), []string{"d"}},
	} {
		if diff := cmp.Diff(got.want, got.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if d.Other[0].New != reports.Absent || d.Broken[1].Old != reports.Absent {
		t.Error("a check that one run does not have is not told as absent")
	}
}

func TestRegressed(t *testing.T) {
	passed, failed := runOf(map[string]record.State{"a": record.Passed}), runOf(map[string]record.State{"a": record.Failed})
	if !reports.Compare(passed, failed).Regressed() {
		t.Error("a MUST that fails now is no regression")
	}
	for name, d := range map[string]reports.Difference{
		"fixed": reports.Compare(failed, passed), "failed in both": reports.Compare(failed, failed),
	} {
		if d.Regressed() {
			t.Errorf("%s: reads as a regression", name)
		}
	}
	failed.Outcomes[0].Level = record.Should
	if reports.Compare(passed, failed).Regressed() {
		t.Error("a SHOULD that fails now reads as a regression")
	}
}

func TestLoadsArePairedByName(t *testing.T) {
	load := func(name, role string) record.Load { return record.Load{Name: name, Role: role} }
	older := record.Run{Load: []record.Load{load("a", ""), load("a", ""), load("gone", ""), load("x", record.RoleSearch)}}
	newer := record.Run{Load: []record.Load{load("a", ""), load("new", ""), load("a", "")}}
	var got []string
	for _, pair := range reports.Compare(older, newer).Loads {
		got = append(got, pair.Name+map[bool]string{true: " old"}[pair.Old != nil]+map[bool]string{true: " new"}[pair.New != nil])
	}
	if diff := cmp.Diff([]string{"a old new", "new new", "a old new", "gone old"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
