package browser

import "testing"

// TestFilledSteps wants a person's values where steps name them, and what they run
// to be a script still.
func TestFilledSteps(t *testing.T) {
	values := map[string]string{"user": `O'Neil "Ann"`, "password": "a&b"}
	got := Step{
		Type: "#user", Text: "{user}: {password}, {other}", Navigate: "/login?as={password}", Evaluate: `field.value = '{user}'; const {name} = window`,
	}.filled(values)
	want := Step{
		Type: "#user", Text: `O'Neil "Ann": a&b, {other}`, Navigate: "/login?as=a%26b", Evaluate: `field.value = 'O\'Neil \"Ann\"'; const {name} = window`,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPeopleAreToldApart wants two people only where the configuration has them.
func TestPeopleAreToldApart(t *testing.T) {
	two := []map[string]string{{"user": "ann"}, {"user": "ben"}}
	named := []Step{{Type: "#user", Text: "{user}"}}
	for name, test := range map[string]struct {
		config Config
		want   bool
	}{
		"values in the steps":        {Config{People: two, Steps: Steps{Before: named}}, true},
		"values in the login action": {Config{People: two, Login: &Action{Script: "log('{user}')"}}, true},
		"one user":                   {Config{People: two[:1], Steps: Steps{Before: named}}, false},
		"a fixed login":              {Config{People: two, Steps: Steps{Before: []Step{{Type: "#user", Text: "ann"}}}}, false},
	} {
		if got := test.config.tellsPeopleApart(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
