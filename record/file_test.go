package record

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sampleRun() Run {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	token := NewToken(compactToken(plainHeader, plainPayload), nil)
	token.ID, token.ReceivedAt = "t1", at
	return Run{
		SchemaVersion: SchemaVersion, Tool: Tool{Name: "webchatspec", Version: "1"}, StartedAt: at, FinishedAt: at,
		Verdict: VerdictFailed, Target: Target{Endpoint: "http://localhost/?a=1&b=<2>"},
		Outcomes: []Outcome{{ID: "exp-present", Level: Must, State: Failed, Findings: []Finding{{Expected: "exp", Actual: "none"}}}},
		Evidence: Evidence{
			Probes: []Probe{{Name: ProbeVisitors, Requests: 13, Sent: 13, Failures: map[string]int{"no token": 1}}},
			Tokens: []Token{token},
			Exchanges: []Exchange{{ID: "e1", Probe: ProbeVisitors, StartedAt: at, Token: "t1", Response: &Response{
				Status: 200, Cookies: []Cookie{{Name: "id", Identity: true}},
			}}},
		},
	}
}

func TestWriteAndRead(t *testing.T) {
	run := sampleRun()
	name := filepath.Join(t.TempDir(), "run.json")
	if err := WriteFile(name, func(w io.Writer) error { return Write(w, run) }); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, run) {
		t.Errorf("read %+v\nwrote %+v", got, run)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "a=1&b=<2>") {
		t.Error("the address was escaped for HTML")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".webchatspec-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "not a run file",
		"<html>":                "not a run file",
		`{"schemaVersion":0}`:   "schema version",
		`{"schemaVersion":999}`: "999",
		`{"schemaVersion":"1"}`: "not a run file",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Read(strings.NewReader(`{"schemaVersion":2}`)); !errors.Is(err, ErrSchema) {
		t.Errorf("another version: %v", err)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := WriteFile(filepath.Join(t.TempDir(), "none", "run.json"), func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder that is not there was written to")
	}
}

func FuzzRead(f *testing.F) {
	var sample bytes.Buffer
	if err := Write(&sample, sampleRun()); err != nil {
		f.Fatal(err)
	}
	f.Add(sample.Bytes())
	f.Add([]byte(`{"schemaVersion":1,"evidence":{"tokens":[{"payload":{"kind":"object","json":"{"}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, token := range run.Evidence.Tokens {
			token.Sub()
			token.Compact()
		}
		if err := Write(&bytes.Buffer{}, run); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
