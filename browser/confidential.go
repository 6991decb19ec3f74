package browser

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// givenValue finds what a script of the configuration gives a field, or a member
// that is named after a secret.
var givenValue = regexp.MustCompile("(?:\\.value\\s*=|[\"']?\\b(\\w+)[\"']?\\s*:)\\s*(?:\"([^\"\\\\\n]+)\"|'([^'\\\\\n]+)'|`([^`\\\\]+)`)")

// argument finds a text that a script of the configuration gives a function, of which
// those are taken for secrets that look like a password; sentPair finds one of a form,
// as it is sent or stands in an address.
var (
	argument = regexp.MustCompile("[(,]\\s*(?:\"([^\"\\\\\n]+)\"|'([^'\\\\\n]+)'|`([^`\\\\]+)`)")
	sentPair = regexp.MustCompile("([\\w.-]+)=([^&\"'`\\s\\\\]+)")
)

// mostGiven bounds the values that are looked for in one script.
const mostGiven = 100

// Secrets collects the values of the configuration that must not be written
// anywhere: what lets someone in as part of an address, what is typed or chosen,
// and what a script puts into a field.
func (c Config) Secrets() *secrets.Known {
	known := &secrets.Known{}
	known.AddAll(c.Confidential)
	known.AddAddress(c.Page)
	known.AddAddress(c.Endpoint)
	known.AddAddress(c.Remote)
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
	const name = "value in a script of the page's configuration"
	for _, given := range givenValue.FindAllStringSubmatch(script, mostGiven) {
		if given[1] == "" || secrets.IsName(given[1]) {
			known.Add(name, given[2]+given[3]+given[4])
		}
	}
	for _, argument := range argument.FindAllStringSubmatch(script, mostGiven) {
		if text := argument[1] + argument[2] + argument[3]; !strings.ContainsAny(text[:1], "#./[") && secrets.IsNamed("pass", text) {
			known.Add(name, text)
		}
	}
	for _, pair := range sentPair.FindAllStringSubmatch(script, mostGiven) {
		isPlace := strings.Contains(pair[2], "{")
		if value, err := url.QueryUnescape(pair[2]); !isPlace && (secrets.IsName(pair[1]) || secrets.IsParameter(pair[1])) {
			known.Add(name, pair[2])
			if err == nil {
				known.Add(name, value)
			}
		}
	}
}
