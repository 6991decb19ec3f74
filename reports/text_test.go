package reports

import (
	"math"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestLine(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a text", "a text"},
		{"line break", "a\r\nb", `a\r\nb`},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"reordering", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"C1 control", "a\u009bb", `a\u009bb`},
		{"delete", "a\x7f", `a\x7f`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"tag", "a\U000e0041", `a\U000e0041`},
		{"blanks round it", "  a\t", "a"},
		{"cut", strings.Repeat("ä", 60), strings.Repeat("ä", 50) + " … (cut, 120 bytes in all)"},
		{"just fits", strings.Repeat("ä", 50), strings.Repeat("ä", 50)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := line(test.in, 50); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := block("a\r\nb\x1b", 50); got != "a\nb\\x1b" {
		t.Errorf("a block reads %q", got)
	}
}

func TestLineMasksSecrets(t *testing.T) {
	token := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0." + strings.Repeat("A", 342)
	for _, limit := range []int{60, 200, 380, 4000} {
		if got := line("token: "+token+" end", limit); strings.Contains(got, "AAAA") && limit != 60 {
			t.Errorf("at limit %d the signature is shown: %q", limit, got)
		}
	}
	label := "PRIVATE" + " KEY"
	if got := line("-----BEGIN "+label+"-----\nMIIEvQ\n-----END "+label+"-----", 400); strings.Contains(got, "MIIEvQ") {
		t.Errorf("a private key is shown: %q", got)
	}
}

func TestSeconds(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0 s", 0.0000004: "0 µs", 0.00084: "840 µs", 0.0032: "3.2 ms", 0.0999: "100 ms", 0.9996: "1 s", 1.25: "1.25 s", 18.4: "18.4 s", 100: "1 min 40 s",
		3600: "1 h", 3600.1: "1 h", 86400: "1 day", -2: "−2 s", math.Inf(1): "unknown", math.NaN(): "unknown",
	} {
		if got := seconds(in); got != want {
			t.Errorf("seconds(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestRatesAndShares(t *testing.T) {
	for in, want := range map[float64]string{200: "200/s", 199.6: "199.6/s", 0.333: "0.33/s", 12345: "12,345/s", 0: "0/s"} {
		if got := perSecond(in); got != want {
			t.Errorf("perSecond(%v) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[float64]string{0: "0 %", 0.0025: "0.25 %", 0.1: "10 %", 1: "100 %", 0.000001: "below 0.01 %", math.NaN(): "unknown"} {
		if got := percent(in); got != want {
			t.Errorf("percent(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestHeadline(t *testing.T) {
	passed := record.Outcome{State: record.Passed, Level: record.Must}
	failed := record.Outcome{State: record.Failed, Level: record.Should}
	open := record.Outcome{State: record.NotRun, Wanted: true, Level: record.Must}
	tests := []struct {
		name string
		run  record.Run
		want string
	}{
		{"all passed", record.Run{Outcomes: []record.Outcome{passed, passed}}, "2 checks passed, none failed."},
		{"one failed", record.Run{Outcomes: []record.Outcome{passed, failed}}, "1 check passed; 1 warning."},
		{"not judged", record.Run{Outcomes: []record.Outcome{passed, open}}, "1 check passed, none failed; 1 could not be judged."},
		{"stopped", record.Run{Interrupted: true}, "0 checks passed, none failed; the run was stopped before its end."},
		{"not reachable", record.Run{Parts: []record.Part{{Name: "tokens", Failure: &record.Failure{Message: "nothing listens there"}}}},
			"0 checks passed, none failed; tokens part: nothing listens there."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := headline(test.run); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnUnknownStateIsNeverGreen(t *testing.T) {
	if got := stateOf(record.Outcome{State: "splendid"}); got != record.Inconclusive {
		t.Errorf("a state that is none reads %q", got)
	}
}

func TestWrapped(t *testing.T) {
	got := wrapped("aa bb cc "+strings.Repeat("d", 12)+" e", 5)
	want := []string{"aa bb", "cc", "dddddddddddd", "e"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}
