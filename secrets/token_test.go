package secrets

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTokensAreKnownByWhatTheyAre(t *testing.T) {
	for _, header := range []string{
		`{"alg":"RS256"}`, `{ "alg":"RS256"}`, "{\n  \"alg\": \"RS256\"\n}", "{\r\n\"alg\":\"RS256\"}", "\t{\"alg\":\"RS256\"}", "\n {\"alg\":\"RS256\"}", `{"k":1}`,
	} {
		token := signed(header)
		for name, text := range map[string]string{
			"alone": token, "in a string": `"` + token + `"`, "in JSON": `{"token":"` + token + `"}`, "in a query": "https://shop.example/a.b?t=" + token + "&x=1.5",
			"after a dot": "window.token." + token + "x", "after a word": "id_" + token, "in a path": "/v1.2/" + token + "/", "padded": token + "==",
		} {
			found := Tokens(text)
			if len(found) != 1 || !strings.HasPrefix(found[0], token) {
				t.Errorf("header %q %s: %q in %q", header, name, found, text)
			}
			if masked, kinds := Mask(text); strings.Contains(masked, "Sig_") || !slices.Equal(kinds, []string{Token}) {
				t.Errorf("header %q %s: %v, left is %s", header, name, kinds, masked)
			}
		}
		if !IsToken(token) || IsToken(token+" ") {
			t.Errorf("header %q: what is a token alone is not told right", header)
		}
	}
}

// A signature in the other alphabet is as secret as a right one.
func TestTheWholeOfAWrongSignatureIsCut(t *testing.T) {
	token := signed(`{"alg":"RS256"}`)
	masked := Masked("x " + token + "+/Sig=Sig y")
	if strings.Contains(masked, "Sig") || !strings.HasSuffix(masked, " y") {
		t.Errorf("left is %s", masked)
	}
}

func TestWhatIsNoToken(t *testing.T) {
	for _, text := range []string{
		"", ".", "..", "www.shop.example", "1.2.3", "a.b.c", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9.x", "eyJh.eyJz.c2ln",
		"document.getElementById.call", "WyJhIiwiYiJd.eyJzdWIiOjF9.c2ln", "ImFiY2RlZiI.eyJzdWIiOjF9.c2ln", "eyJub3QganNvbg.eyJzdWIiOjF9.c2ln",
	} {
		if found := Tokens(text); len(found) > 0 {
			t.Errorf("%q in %q", found, text)
		}
	}
}

// Texts of sites are hostile: the search must not take the square of their length.
func TestTheSearchIsLinear(t *testing.T) {
	const size = 256 << 10
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, piece := range []string{"e", "e.", "eyJ.", "eyJhbGciOiJSUzI1NiJ9.", "a", "=.", "ee.e."} {
			Mask(strings.Repeat(piece, size/len(piece)))
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the search for tokens does not end")
	}
}
