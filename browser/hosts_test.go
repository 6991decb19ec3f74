package browser

import "testing"

func TestResolverRules(t *testing.T) {
	c := Config{
		Page: "https://shop.example:8443/chat", Endpoint: "https://id.example/createJWT", AllowHosts: []string{"cdn.example"},
		Resolve: map[string]string{"shop.example": "192.0.2.7"},
	}
	const want = "MAP shop.example 192.0.2.7, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE [::1], EXCLUDE cdn.example, EXCLUDE id.example, EXCLUDE localhost"
	if rules := c.resolverRules(nil); rules != want {
		t.Errorf("got  %s\nwant %s", rules, want)
	}
}
