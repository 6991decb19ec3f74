package config

import (
	"strings"
	"testing"
)

// YAML whose reading costs more than it is worth is refused before it is read.
func TestYAMLIsMeasured(t *testing.T) {
	merges := "endpoint: http://127.0.0.1:1/\nheaders: &a {x: '1'}\nusers:\n- &b {name: b, headers: {<<: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]}}\n"
	for names := "bcdefg"; len(names) > 1; names = names[1:] {
		merges += "- &" + names[1:2] + " {<<: [" + strings.TrimSuffix(strings.Repeat("*"+names[:1]+", ", 11), ", ") + "]}\n"
	}
	for what, test := range map[string]struct{ text, says string }{
		"merges":   {merges, "each alias in full"},
		"aliases":  {"publicKeys: [&a [x, x], &b [*a" + strings.Repeat(", *a", 200) + "], &c [*b" + strings.Repeat(", *b", 200) + "]]", "each alias in full"},
		"brackets": {"endpoint: " + strings.Repeat("[", 100_000), "nested"},
		"braces":   {"headers: " + strings.Repeat("{a: ", 20_000), "nested"},
		"dashes":   {"users:\n" + strings.Repeat("- ", 20_000) + "a", "nested"},
		"keys":     {"headers:\n" + strings.Repeat("  a: b\n", 100_000), "keys"},
		"entries":  {"publicKeys: [" + strings.Repeat("a,", 100_000) + "a]", "keys"},
		"bytes":    {"# " + strings.Repeat("a", maxYAML), "larger"},
	} {
		for kind, read := range map[string]func([]byte) error{
			"configuration": func(text []byte) error { _, err := Parse(text); return err },
			"waivers":       func(text []byte) error { _, err := parseWaivers(text); return err },
		} {
			if err := read([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s, %s: %.200v", kind, what, err)
			}
		}
	}
	list := "users:\n" + strings.Repeat("- {name: x, headers: {Authorization: Bearer abcdef}}\n", 1000)
	if _, err := Parse([]byte(list)); err != nil {
		t.Errorf("a thousand users are too many: %v", err)
	}
}
