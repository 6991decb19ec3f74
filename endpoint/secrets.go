package endpoint

import (
	"net/url"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// secretsOf collects the values of the configuration that must not be written
// anywhere.
func secretsOf(config Config) *secrets.Known {
	found := &secrets.Known{}
	found.AddAddress(config.URL)
	found.AddAddress(config.PlainEndpoint)
	found.AddHeader(config.Header)
	addCookies(found, config.Cookies)
	addBody(found, config.Body)
	for _, user := range config.Users {
		found.AddHeader(user.Header)
		addCookies(found, user.Cookies)
		found.AddAddress(user.URL)
		addBody(found, user.Body)
		addRequests(found, user.Login)
		addRequests(found, user.Logout)
		for name, value := range user.Values {
			addField(found, name, value)
		}
	}
	addRequests(found, config.Visit)
	addRequests(found, config.Relying)
	return found
}

func addCookies(known *secrets.Known, cookies []Cookie) {
	for _, cookie := range cookies {
		known.Add("cookie "+cookie.Name, cookie.Value)
	}
}

func addRequests(known *secrets.Known, requests []Request) {
	for i := range requests {
		known.AddAddress(requests[i].URL)
		known.AddHeader(requests[i].Header)
		for name, value := range requests[i].fields() {
			addField(known, name, value)
		}
	}
}

// addField makes the value of a field known, unless its name says that it is
// not confidential or a value goes there.
func addField(known *secrets.Known, name, value string) {
	if !secrets.IsPlainField(name) && !valuePlace.MatchString(value) {
		known.Add(name, value)
	}
}

// addBody makes the values in the body of the requests for a token known, and
// the whole of it when it has no fields.
func addBody(known *secrets.Known, body string) {
	fields := (&Request{JSON: body}).fields()
	if len(fields) == 0 && !strings.ContainsAny(body, " \r\n") {
		form, _ := url.ParseQuery(body) // of what is no form, there is nothing
		for name, values := range form {
			if fields[name] = values[0]; fields[name] == "" {
				clear(fields)
				break
			}
		}
	}
	for name, value := range fields {
		addField(known, "body "+name, value)
	}
	if len(fields) == 0 {
		known.Add("body", body)
	}
}

// credentials are the secrets that no claim may repeat, by name.
func credentials(known *secrets.Known) map[string]string {
	values := map[string]string{}
	for value, name := range known.Values() {
		if secrets.IsCredential(name) {
			values["secret: "+name] = value
		}
	}
	return values
}
