package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// missing tells which of the values that are to be sent no answer had.
func (t *configurationText) missing(asking *survey) {
	if len(asking.missing) == 0 {
		return
	}
	names := strings.Join(asking.missing, " or ")
	if len(asking.seen) == 0 {
		t.tell("Nothing that was asked has anything called %s: tell the request whose answer has it, with --visit or --login.", names)
		return
	}
	t.tell("No answer has anything called %s. The answers were:", names)
	for _, a := range asking.seen {
		t.answer(fmt.Sprintf("%s %d  %s", readable(a.at), a.Status, membersOf(a.Body)))
	}
}

// login writes what is to be completed for an endpoint that serves users only.
func (t *configurationText) login(wish loginWish, asking *survey, tried bool) {
	unnamed, answers := asking.unnamed, asking.loginAnswers
	t.begin()
	t.request(wish.method, t.settings.Body)
	t.along(wish.header)
	if len(wish.visit) > 0 {
		t.visit(wish.visit)
	}
	if wish.forms == nil {
		wish.forms = []loginForm{{to: cmp.Or(wish.page, "/login"), fields: []loginField{{name: "user", is: fieldName}, {name: "password", is: fieldPassword}}}}
	}
	const password = "ANN_PASSWORD" // of the one who is to be completed
	if _, known := t.variables[password]; !known {
		t.variables[password] = ""
	}
	users, err := yaml.Marshal(yaml.MapSlice{{Key: "anonymous", Value: false}, {Key: "users", Value: []yaml.MapSlice{
		{{Key: "name", Value: "ann"}, {Key: "login", Value: t.calls(wish.steps(testUser{name: "ann", password: "${" + password + "}"}))}}}}})
	if err != nil {
		panic(err) // texts, lists and maps of them can be written
	}
	t.comment("", wish.said(), "Complete this with test users, two if possible; their passwords come from the environment.")
	t.comment(strings.Split(strings.TrimSpace(string(users)), "\n")...)
	t.comment("  # Or a header or cookie that says who it is:", `  # headers: {Authorization: "Bearer ${ANN_TOKEN}"}`)
	t.files()
	t.givenKeys()
	t.tell("%s", wish.said())
	if wish.silent || asking.missesKey() {
		t.tellKind(asking)
	}
	t.tellAnswers(asking)
	if unnamed != "" {
		t.tell("Its login leads to %s: name it with --login %s if the password may be sent there.", readable(unnamed), readable(unnamed))
	}
	if tried {
		t.tell("No way of logging in brought a token.")
		t.missing(asking)
		t.loginAnswers(answers)
		if i := slices.IndexFunc(answers, func(a loginAnswer) bool { return wantsClient(a.Reply) }); i >= 0 {
			at := readable(answers[i].at)
			t.tell("%s wants a name and a secret (HTTP Basic): %s, or those of the user with -u {name}:{password}.", at, tellClient("--login", at))
		}
		if wish.silent {
			t.tell("Compare it with what the page sends, in the developer tools of a browser: a body or a header may be missing.")
		}
		t.tell("Complete 'users' in the file, or tell the requests of the login as the browser's developer tools show them, each with its own --login: --login '/login {\"user\": \"{name}\", \"password\": \"{password}\"}'. {word} is what an earlier answer calls so.")
		return
	}
	t.tell("No test user is known here: complete 'users' in the file, or give one with --user NAME=VARIABLE.")
	if t.settings.Page.URL == "" {
		t.tell("If visitors get a token once they have opened a page, name that page with --page.")
	}
	t.tell("If the page sends other requests before, tell each with --visit.")
}

// said is what the endpoint said, or that it only gave no token.
func (l loginWish) said() string {
	if l.silent {
		return "It gave no token: " + readable(l.why) + ". It may require a login, or something else that the page sends."
	}
	return "It requires a login: " + readable(l.why) + "."
}
