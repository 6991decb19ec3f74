package browser

import (
	"regexp"

	"github.com/webchatspec/webchatspec/secrets"
)

// givenValue finds what a script of the configuration gives a field, or a member
// that is named after a secret.
var givenValue = regexp.MustCompile("(?:\\.value\\s*=|[\"']?\\b(\\w+)[\"']?\\s*:)\\s*(?:\"([^\"\\\\\n]+)\"|'([^'\\\\\n]+)'|`([^`\\\\]+)`)")

// Secrets collects the values of the configuration that must not be written
// anywhere: what lets someone in as part of an address, what is typed or chosen,
// and what a script puts into a field.
func (c Config) Secrets() *secrets.Known {
	known := &secrets.Known{}
	known.AddAddress(c.Page)
	known.AddAddress(c.Endpoint)
	known.AddHeader(c.Header, "")
	for _, cookie := range c.Cookies {
		known.Add("cookie "+cookie.Name, cookie.Value)
	}
	for _, steps := range [][]Step{c.Steps.Before, c.Steps.In, c.Steps.After} {
		for _, step := range steps {
			known.AddAddress(step.Navigate)
			known.Add("text for "+step.Type+step.Select, step.Text)
			addScript(known, step.Evaluate)
		}
	}
	for _, action := range []*Action{c.Begin, c.Login, c.Logout} {
		if action != nil {
			addScript(known, action.Script)
		}
	}
	for _, person := range c.People {
		for name, value := range person {
			if !secrets.IsPlainField(name) {
				known.Add(name, value)
			}
		}
	}
	return known
}

func addScript(known *secrets.Known, script string) {
	for _, given := range givenValue.FindAllStringSubmatch(script, 100) {
		if given[1] == "" || secrets.IsName(given[1]) {
			known.Add("value in a script of the page's configuration", given[2]+given[3]+given[4])
		}
	}
}
