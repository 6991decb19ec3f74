package config

import (
	"strings"
	"testing"
)

func TestSettingsAreShownWithoutSecrets(t *testing.T) {
	t.Setenv("SHOP_CODE", "umbrella-2209")
	s, err := Parse([]byte(`
endpoint: https://shop.example/token?code=${SHOP_CODE}
headers: {X-Shop: swordfish-4711}
rate: 20
users:
- name: ann
  login: {url: /login, form: {user: ann, password: hunter-22}}
  sub: u-17
page: {url: https://shop.example/, steps: {before: [{type: "#code", text: opensesame-9}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	shown := s.Shown()
	for _, secret := range []string{"swordfish", "hunter-22", "umbrella", "opensesame"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown:\n%s", secret, shown)
		}
	}
	for _, want := range []string{"endpoint: https://shop.example/token", "rate: 20", "X-Shop:", "name: ann", "password:", "sub: u-17", "type: \"#code\""} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown:\n%s", want, shown)
		}
	}
	for _, noise := range []string{"null", "timeout", "waivers"} {
		if strings.Contains(shown, noise) {
			t.Errorf("%q is shown, which was not given:\n%s", noise, shown)
		}
	}
}
