package record_test

import (
	"math"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestSpansAreWrittenInOneStyle(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 s", 0.00084: "840 µs", 0.0032: "3.2 ms", 0.3599: "360 ms", 0.9996: "1 s", 1.25: "1.25 s", 10: "10 s", 59.9: "59.9 s", 59.97: "1 min",
		125: "2 min 5 s", 3598: "59 min 58 s", 3600: "1 h", 5400: "1 h 30 min", 86400: "1 day", 90000: "1 day 1 h", 2592000: "30 days",
		31536000: "365 days", 315360000: "3,650 days", -2: "−2 s", math.Inf(1): "unknown",
	} {
		if got := record.Span(seconds); got != want {
			t.Errorf("%v seconds read %q, want %q", seconds, got, want)
		}
	}
}

func TestNumbersHaveTheirThousandsApart(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 2125: "2,125", -1234567: "-1,234,567", -100: "-100"} {
		if got := record.Count(n); got != want {
			t.Errorf("%d reads %q, want %q", n, got, want)
		}
	}
	for rate, want := range map[float64]string{0.25: "0.25/s", 199.83: "199.8/s", 200: "200/s", 1240.4: "1,240/s", 99.999: "100/s", 7.25: "7.25/s", 0: "0/s", 1234567: "1,234,567/s"} {
		if got := record.PerSecond(rate); got != want {
			t.Errorf("%v reads %q, want %q", rate, got, want)
		}
	}
}
