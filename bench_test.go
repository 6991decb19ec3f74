package webchatspec_test

import (
	"testing"

	"github.com/webchatspec/webchatspec"
)

// BenchmarkVerify runs the main job against the demo site and tells how long each
// part took, in seconds, and what share of the load's length the rest took.
//
//	go test -run '^$' -bench Verify -benchtime 1x .
func BenchmarkVerify(b *testing.B) {
	for b.Loop() {
		run, err := webchatspec.Verify(b.Context(), webchatspec.Config{})
		if err != nil {
			b.Fatal(err)
		}
		var whole float64
		for _, stage := range run.Parts {
			if stage.Failure != nil {
				b.Fatalf("%s part: %s", stage.Name, stage.Failure.Message)
			}
			b.ReportMetric(stage.Seconds, stage.Name+"-s")
			whole += stage.Seconds
		}
		b.ReportMetric(whole, "whole-s")
	}
}
