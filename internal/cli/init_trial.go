package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// trial asks as the file says, as two visitors or as each user, twice each. It returns
// what came of it and what that may mean, or "" where everybody got a token.
func (t *configurationText) trial(ctx context.Context, asking *survey, file string) (failed, meaning string) {
	settings, err := config.ReadFileWith(file, t.lookup)
	if err != nil {
		return err.Error(), ""
	}
	c, err := settings.Build()
	if err != nil {
		return err.Error(), ""
	}
	client, err := endpoint.New(c.Endpoint)
	if err != nil {
		return err.Error(), ""
	}
	type person struct {
		name string
		user *endpoint.User
	}
	people := []person{{"the first visitor", nil}, {"a second visitor", nil}}
	if len(c.Endpoint.Users) > 0 {
		people = nil
		for i := range c.Endpoint.Users {
			people = append(people, person{c.Endpoint.Users[i].Name, &c.Endpoint.Users[i]})
		}
	}
	for i, who := range people {
		session := client.NewSession(who.user, counting{asking, client.Transport(1)})
		if _, err := session.Begin(ctx); err != nil {
			return fmt.Sprintf("%s: %v", who.name, err), "Correct the requests that come before the one for a token."
		}
		for call := range 2 {
			reply, err := session.Ask(ctx)
			if err == nil && servesToken(client, reply) {
				continue
			}
			answered := fmt.Sprintf("no token in the answer with status %d", reply.Status)
			if err != nil {
				answered = err.Error()
			}
			switch {
			case call > 0:
				return fmt.Sprintf("%s, asking again: %s", who.name, answered), "Something that is sent seems to be good for once: 'take' beside 'tokenIn' takes the next one from each answer."
			case i > 0 && who.user != nil:
				return fmt.Sprintf("%s: %s", who.name, answered), fmt.Sprintf("The address, a header or the body may be those of %s alone: give %s its own 'url' or 'body', or 'values' that fill {name} in them.", people[0].name, who.name)
			case i > 0:
				return fmt.Sprintf("%s: %s", who.name, answered), "The address, a header or the body may hold what is one visitor's own: {visitor} stands for an id of each."
			}
			return fmt.Sprintf("%s: %s", who.name, answered), "Compare what is asked with what the page asks, in the developer tools of a browser."
		}
	}
	return "", ""
}

// lookup finds the variables that the file names: those of the environment, and those
// whose values were given by flags.
func (t *configurationText) lookup(name string) (string, bool) {
	if value, given := t.variables[name]; given {
		return value, true
	}
	return os.LookupEnv(name)
}

func servesToken(client *endpoint.Client, reply endpoint.Reply) bool {
	text, found := client.TokenFrom(reply.Header, reply.Body)
	return found && reply.Status/100 == http.StatusOK/100 && verifier.Preview(strings.TrimSpace(text), time.Now()).Name != "JsonWebTokenError"
}

// subjectOf is the sub of a token, "" when it has none.
func subjectOf(token string) string {
	noted := (&verifier.Examiner{}).Examine(token, time.Now(), nil)
	payload, err := verifier.ParseJSON([]byte(noted.Payload.JSON))
	if err != nil {
		return ""
	}
	for name, member := range payload.Members() {
		if name == "sub" {
			return member.Text()
		}
	}
	return ""
}
