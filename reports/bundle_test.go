package reports_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

func TestABundleIsWholeAndSaysWhatItHolds(t *testing.T) {
	run := passedRun(t)
	run.Configuration = "endpoint: https://shop.example/createJWT\n"
	data := render(t, reports.Bundle, run)
	if again := render(t, reports.Bundle, run); again != data {
		t.Error("the same run makes other bytes, which no signature would fit")
	}
	manifest, read, err := reports.ReadBundle([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Verdict != record.VerdictPassed || manifest.Checks != len(run.Outcomes) || read.Target.Endpoint != run.Target.Endpoint {
		t.Errorf("the manifest reads %+v", manifest)
	}
	holds := unzip(t, data)
	for name, want := range map[string]string{"report.html": "<!DOCTYPE html>", "catalogue.json": `"exp-present"`, "configuration.yaml": "createJWT", "run.json": "schemaVersion"} {
		if !strings.Contains(holds[name], want) {
			t.Errorf("%s does not hold %q", name, want)
		}
	}
}

func unzip(t *testing.T, data string) map[string]string {
	t.Helper()
	in, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range in.File {
		part, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name] = string(text)
	}
	return files
}

func TestNoBundleIsMadeOfAPartialRun(t *testing.T) {
	for name, change := range map[string]func(*record.Run){
		"interrupted":   func(r *record.Run) { r.Interrupted = true },
		"out of time":   func(r *record.Run) { r.TimeUp = true },
		"a part failed": func(r *record.Run) { r.Parts[0].Failure = &record.Failure{Class: record.FailureRefused} },
		"a shard":       func(r *record.Run) { r.Load[0].Shard = &record.LoadShard{Count: 2} },
		"chosen checks": func(r *record.Run) { r.Only = []string{"exp-present"} },
		"left out":      func(r *record.Run) { r.Skip = []string{"tls"} },
		"never judged":  func(r *record.Run) { r.Outcomes = nil },
	} {
		run := passedRun(t)
		change(&run)
		var b bytes.Buffer
		if err := reports.Bundle(&b, run); !errors.Is(err, reports.ErrPartial) || b.Len() > 0 {
			t.Errorf("%s: %v, and %d bytes", name, err, b.Len())
		}
	}
}

func TestAChangedBundleIsRefused(t *testing.T) {
	whole := unzip(t, render(t, reports.Bundle, passedRun(t)))
	for want, change := range map[string]func(map[string]string){
		"run.json was changed":      func(f map[string]string) { f["run.json"] = strings.Replace(f["run.json"], "passed", "failed", 1) },
		"catalogue.json is missing": func(f map[string]string) { delete(f, "catalogue.json") },
		"does not name":             func(f map[string]string) { f["more.txt"] = "more" },
		"manifest cannot be read":   func(f map[string]string) { f["manifest.json"] = "{" },
		"manifest says failed": func(f map[string]string) {
			f["manifest.json"] = strings.Replace(f["manifest.json"], `"passed"`, `"failed"`, 1)
		},
	} {
		files := map[string]string{}
		for name, text := range whole {
			files[name] = text
		}
		change(files)
		var b bytes.Buffer
		out := zip.NewWriter(&b)
		for name, text := range files {
			part, err := out.CreateHeader(&zip.FileHeader{Name: name, Modified: time.Unix(0, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(part, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := reports.ReadBundle(b.Bytes()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	if _, _, err := reports.ReadBundle([]byte("no zip")); err == nil {
		t.Error("a text is taken for a bundle")
	}
}
