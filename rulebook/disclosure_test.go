package rulebook

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestThePathOfAPersonalClaim(t *testing.T) {
	for claims, want := range map[string]string{
		`{"email":"x"}`: "email", `{"ctx":{"a":[{"phone":{"n":1}}]}}`: "ctx.a.phone", `{"a":"ann@shop.example"}`: "a",
		`{"a":{"b":[1,null,"eyJtYWlsIjoiYW5uQHNob3AuZXhhbXBsZSJ9"]}}`: "a.b", `{"a":{"b":"x"}}`: "", `{"name":{}}`: "",
	} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(claims), &members); err != nil {
			t.Fatal(err)
		}
		for name, raw := range members {
			if got := personalPath(name, raw); got != want {
				t.Errorf("%s: %q, want %q", claims, got, want)
			}
		}
	}
}

// Each level is looked at once: a token with the deepest claims that JSON allows
// took minutes.
func TestDeepClaimsAreReadOnce(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9_900) + `{"email":"x"}` + strings.Repeat("}", 9_900)
	if path := personalPath("deep", json.RawMessage(deep)); strings.Count(path, ".") != 9_901 || !strings.HasSuffix(path, ".email") {
		t.Errorf("the path has %d names", strings.Count(path, ".")+1)
	}
}
