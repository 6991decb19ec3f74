package webchat_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/webchatspec/webchatspec/mockassistant/webchat"
	"github.com/webchatspec/webchatspec/profiles"
)

func TestScriptStaysSmall(t *testing.T) {
	const limit = 45000
	if size := len(webchat.Script(profiles.Default())); size > limit {
		t.Errorf("the script has %d bytes, want at most %d", size, limit)
	}
}

// Nothing but the assistant may be asked: the script holds no address but that
// of the integrations host (and the name of the SVG namespace), and no other means of loading than fetch.
func TestScriptLoadsNothing(t *testing.T) {
	script := webchat.Script(profiles.Default())
	for _, address := range regexp.MustCompile(`https?://[^"'`+"`"+`\s]*`).FindAll(script, -1) {
		isNamespace := bytes.Equal(address, []byte("http://www.w3.org/2000/svg"))
		if !isNamespace && !bytes.HasPrefix(address, []byte("https://integrations.")) {
			t.Errorf("the script holds the address %s", address)
		}
	}
	for _, means := range []string{"import(", "XMLHttpRequest", "sendBeacon", "@import", "url(", "eval(", "innerHTML"} {
		if bytes.Contains(script, []byte(means)) {
			t.Errorf("the script uses %s", means)
		}
	}
}

func TestScriptBelongsToTheCaller(t *testing.T) {
	clear(webchat.Script(profiles.Default()))
	if len(bytes.TrimLeft(webchat.Script(profiles.Default()), "\x00")) == 0 {
		t.Error("a caller can change the script for the others")
	}
}

// A page may declare any encoding, or none.
func TestScriptIsASCII(t *testing.T) {
	for i, b := range webchat.Script(profiles.Default()) {
		if b > 0x7e {
			t.Fatalf("byte %d of the script is %#x", i, b)
		}
	}
}
