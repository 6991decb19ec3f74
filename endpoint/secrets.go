package endpoint

import (
	"net/url"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// liveCookie is the length from which the value of a cookie that the site has set
// is taken for what lets its visitor in, in bytes. Shorter ones are settings,
// whose words stand in other places, too.
const liveCookie = 12

// Secrets collects the values of the configuration that must not be written
// anywhere, by definition: whatever lets someone in, and every header, cookie and
// field that does not say by its name that it is not confidential.
func (c Config) Secrets() *secrets.Known {
	config, found := c, &secrets.Known{}
	found.AddAddress(config.URL)
	found.AddAddress(config.PlainEndpoint)
	found.AddAll(config.Confidential)
	found.AddHeader(config.Header, "")
	addCookies(found, config.Cookies, "")
	addBody(found, config.Body, "")
	for _, user := range config.Users {
		whose := " of " + user.Name
		found.AddHeader(user.Header, whose)
		addCookies(found, user.Cookies, whose)
		found.AddAddress(user.URL)
		addBody(found, user.Body, whose)
		addRequests(found, user.Login, whose)
		addRequests(found, user.Logout, whose)
		for name, value := range user.Values {
			addField(found, name, whose, value)
		}
	}
	addRequests(found, config.Visit, "")
	addRequests(found, config.Relying, "")
	return found
}

func addCookies(known *secrets.Known, cookies []Cookie, whose string) {
	for _, cookie := range cookies {
		known.Add("cookie "+cookie.Name+whose, cookie.Value)
	}
}

func addRequests(known *secrets.Known, requests []Request, whose string) {
	for i := range requests {
		known.AddAddress(requests[i].URL)
		known.AddHeader(requests[i].Header, whose)
		for name, value := range requests[i].fields() {
			addField(known, name, whose, value)
		}
	}
}

// addField makes the value of a field known, unless its name says that it is
// not confidential or a value goes there.
func addField(known *secrets.Known, name, whose, value string) {
	if !secrets.IsPlainField(name) && !valuePlace.MatchString(value) {
		known.Add(name+whose, value)
	}
}

// addBody makes the values in the body of the requests for a token known, and
// the whole of it when it has no fields.
func addBody(known *secrets.Known, body, whose string) {
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
		addField(known, name, " in the body"+whose, value)
	}
	if len(fields) == 0 {
		known.Add("body"+whose, body)
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
