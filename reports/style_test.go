package reports

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// variables returns the colours that a rule of the style sheet sets.
func variables(rule string) map[string]string {
	colours := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{3,6})`).FindAllStringSubmatch(rule, -1) {
		colours[m[1]] = m[2]
	}
	return colours
}

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", colour, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// TestTextsStandOut wants the contrast of 4.5 to 1 that WCAG asks for (AA), in
// light and in dark.
func TestTextsStandOut(t *testing.T) {
	roots := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(htmlStyle), 2)
	for i, mode := range []string{"light", "dark"} {
		colours := variables(roots[i][1])
		for text, grounds := range map[string][]string{
			"ink": {"paper", "card", "good-wash", "bad-wash", "warn-wash"}, "soft": {"paper", "card", "good-wash", "bad-wash", "warn-wash"},
			"link": {"paper", "card"}, "good": {"card", "paper", "good-wash"}, "bad": {"card", "paper", "bad-wash"}, "warn": {"card", "paper", "warn-wash"},
			"card": {"good", "bad", "warn", "soft"}, // the marks
		} {
			for _, ground := range grounds {
				a, b := luminance(t, colours[text]), luminance(t, colours[ground])
				if contrast := (max(a, b) + 0.05) / (min(a, b) + 0.05); contrast < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", mode, text, ground, contrast)
				}
			}
		}
	}
}
