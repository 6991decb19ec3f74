package endpoint

import (
	"reflect"
	"testing"
)

func TestNamesInOtherCapitals(t *testing.T) {
	user := User{Values: map[string]string{"login": "Ann@shop.example"}, Login: []Request{
		{URL: "/login", Form: map[string]string{"email": "{login}", "csrf": "{csrf}", "password": "pW"}},
		{URL: "/second", JSON: `{"user":{"login":"ann"},"password":"pW","step":2}`},
	}}
	got := user.respelledLogin()
	if form := map[string]string{"email": "aNN@SHOP.EXAMPLE", "csrf": "{csrf}", "password": "pW"}; !reflect.DeepEqual(got[0].Form, form) {
		t.Errorf("%v", got[0].Form)
	}
	if want := `{"password":"pW","step":2,"user":{"login":"ANN"}}`; got[1].JSON != want {
		t.Errorf("%s", got[1].JSON)
	}
	if user.Login[0].Form["email"] != "{login}" {
		t.Error("the user's own login has changed")
	}
	for name, login := range map[string][]Request{
		"no name":           {{URL: "/login", Form: map[string]string{"token": "abc"}}},
		"a number":          {{URL: "/login", Form: map[string]string{"user": "4711"}}},
		"a name that comes": {{URL: "/login", Form: map[string]string{"user": "{given}"}}},
		"no login":          nil,
	} {
		if got := (&User{Login: login}).respelledLogin(); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}
