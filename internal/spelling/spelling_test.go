package spelling

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"exp-present", "exp-ahead", "sub-present", "token"}
	for word, want := range map[string]string{
		"exp-presnt": "exp-present", "EXP-AHEAD": "exp-ahead", "subpresent": "sub-present",
		"tokn": "token", "something-else": "", "": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got, want := DidYouMean("tokne", known), ` (did you mean "token"?)`; got != want {
		t.Errorf("DidYouMean = %q, want %q", got, want)
	}
}
