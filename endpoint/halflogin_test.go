package endpoint

import (
	"slices"
	"testing"
)

func TestHalfway(t *testing.T) {
	name := Request{URL: "/login/name", Form: map[string]string{"user": "ann"}}
	password := Request{URL: "/login", Form: map[string]string{"password": "secret"}}
	both := Request{URL: "/login", JSON: `{"email": "ann@shop.example", "password": "secret"}`}
	for about, test := range map[string]struct {
		steps []Request
		want  []int
	}{
		"one step":                        {[]Request{both}, nil},
		"the form before":                 {[]Request{{URL: "/login"}, both}, nil},
		"name, then password":             {[]Request{{URL: "/login"}, name, password}, []int{2}},
		"a code after both":               {[]Request{both, {URL: "/code", JSON: `{"challenge": "{challenge}", "code": "000000"}`}}, []int{1}},
		"all three":                       {[]Request{name, password, {URL: "/code", Form: map[string]string{"otp": "000000"}}}, []int{1, 2}},
		"a code that the site has given":  {[]Request{both, {URL: "/callback", Form: map[string]string{"code": "{code}"}}}, nil},
		"a token for another":             {[]Request{both, {URL: "/tokens", JSON: `{"refresh_token": "{refresh}"}`}}, nil},
		"a choice of the shop afterwards": {[]Request{both, {URL: "/shop", Form: map[string]string{"shop": "north"}}}, nil},
	} {
		if got := (&User{Name: "ann", Login: test.steps}).halfway(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", about, got, test.want)
		}
	}
}
