package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// These are the units in which everything that a person reads is written: the
// findings of checks, the reports and the terminal.

// Span writes a time in seconds in the unit that reads best: "840 µs", "3.2 ms",
// "1.25 s", "2 min 5 s", "30 days".
func Span(s float64) string {
	switch {
	case math.IsNaN(s) || math.IsInf(s, 0):
		return "unknown"
	case s < 0:
		return "−" + Span(-s)
	case s == 0:
		return "0 s"
	case s < 0.000_999_5:
		return fmt.Sprintf("%.0f µs", s*1e6)
	case s < 0.009_95:
		return decimal(s*1e3, 1) + " ms"
	case s < 0.999_5:
		return fmt.Sprintf("%.0f ms", s*1e3)
	case s < 9.995:
		return decimal(s, 2) + " s"
	case s < 59.95:
		return decimal(s, 1) + " s"
	}
	return largeSpan(math.Round(s))
}

// largeSpan writes a time of a minute and more in its two largest units.
func largeSpan(s float64) string {
	units := []struct {
		seconds float64
		name    string
	}{{86400, " day"}, {3600, " h"}, {60, " min"}, {1, " s"}}
	for i, unit := range units[:3] {
		if s < unit.seconds {
			continue
		}
		below := units[i+1]
		whole := math.Floor(s / unit.seconds)
		rest := math.Floor(math.Mod(s, unit.seconds) / below.seconds)
		text := Count(whole) + unit.name
		if i == 0 && whole != 1 {
			text += "s"
		}
		if rest > 0 && whole < 100 {
			text += fmt.Sprintf(" %.0f%s", rest, below.name)
		}
		return text
	}
	return decimal(s, 0) + " s"
}

// decimal writes a number with at most so many decimal places.
func decimal(n float64, places int) string {
	text := strconv.FormatFloat(n, 'f', places, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Count writes a whole number with its thousands apart: "2,125".
func Count[N int | int64 | float64](n N) string {
	digits := strconv.FormatFloat(math.Round(float64(n)), 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// PerSecond writes a rate, as exact as it is worth telling: "1,240/s", "199.8/s".
func PerSecond(rate float64) string {
	switch {
	case math.IsNaN(rate) || math.IsInf(rate, 0):
		return "unknown"
	case math.Abs(rate) >= 1000:
		return Count(rate) + "/s"
	case math.Abs(rate) >= 100:
		return decimal(rate, 1) + "/s"
	}
	return decimal(rate, 2) + "/s"
}
