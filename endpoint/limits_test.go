package endpoint

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// What docs/limits.md counts is about as much as is tried.
func TestTheLimitsCountWhatIsTried(t *testing.T) {
	text, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, counted := range []struct {
		words string
		tried int
	}{
		{`some\s+(\d+)\s+names\s+of\s+parameters`, len(identityParameters) + len(rareParameters)},
		{`some\s+(\d+)\s+usual\s+headers`, len(identityHeaders) + len(rareHeaders)},
		{`(\d+)\s+of\s+identity-aware\s+proxies`, len(proxyHeaders)},
		{`some\s+(\d+)\s+forgeries`, mostForgeries},
	} {
		told := regexp.MustCompile(counted.words).FindSubmatch(text)
		if told == nil {
			t.Errorf("nothing matches %s", counted.words)
			continue
		}
		if n, _ := strconv.Atoi(string(told[1])); n*9 > counted.tried*10 || n*11 < counted.tried*10 {
			t.Errorf("%s are told, %d are tried", told[0], counted.tried)
		}
	}
}
