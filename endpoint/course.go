package endpoint

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Course is a series of requests on a visitor's way to its token.
type Course struct {
	// Name says what the requests are for, and whose they are: "login of ann".
	Name string
	// Requests describes each request in words, without the values that it sends.
	Requests []string
}

// Courses describes how visitors get their tokens, for a plan: the visit, how each user
// logs in and out, and the request for the token itself.
func (c *Client) Courses() []Course {
	var courses []Course
	add := func(name string, requests []Request) {
		if len(requests) == 0 {
			return
		}
		course := Course{Name: name}
		for i := range requests {
			course.Requests = append(course.Requests, c.secrets.Mask(requests[i].inWords()))
		}
		courses = append(courses, course)
	}
	add("visit", c.config.Visit)
	for _, user := range c.config.Users {
		add("login of "+user.Name, user.Login)
	}
	courses = append(courses, Course{Name: "token", Requests: []string{c.secrets.Mask(c.tokenInWords(nil))}})
	for i := range c.config.Users {
		if user := &c.config.Users[i]; user.URL != "" || user.Body != "" || len(user.Header)+len(user.Cookies) > 0 {
			courses = append(courses, Course{Name: "token of " + user.Name, Requests: []string{c.secrets.Mask(c.tokenInWords(user))}})
		}
	}
	for _, user := range c.config.Users {
		add("logout of "+user.Name, user.Logout)
	}
	return courses
}

// tokenInWords describes how the user asks for a token; nil is a visitor without a login.
func (c *Client) tokenInWords(user *User) string {
	v := &visitor{user: user}
	address, cookies := c.config.URL, c.config.Cookies
	token := Request{Method: c.config.Method, Header: c.configuredHeader(v)}
	if user != nil {
		address, cookies = cmp.Or(user.URL, address), slices.Concat(cookies, user.Cookies)
		setAll(token.Header, user.Header)
	}
	token.URL = address
	words := token.inWords()
	if c.bodyFor(v) != "" {
		words += ", a body"
	}
	if cookies := namesOf(cookies); len(cookies) > 0 {
		words += ", cookie " + strings.Join(cookies, ", ")
	}
	return words + "; the token is in " + inAnswer(c.tokenIn) + takeInWords(c.config.Take)
}

func namesOf(cookies []Cookie) []string {
	var names []string
	for _, cookie := range cookies {
		names = append(names, cookie.Name)
	}
	return names
}

// inAnswer describes a place in an answer.
func inAnswer(p place) string { return "the answer's " + p.String() }

// inWords says what the request sends and takes, by name.
func (r *Request) inWords() string {
	text := r.method() + " " + r.URL
	if len(r.Header) > 0 {
		text += ", header " + strings.Join(slices.Sorted(maps.Keys(r.Header)), ", ")
	}
	if r.JSON != "" {
		text += ", JSON " + strings.Join(slices.Sorted(maps.Keys(r.fields())), ", ")
	} else if len(r.Form) > 0 {
		text += ", form " + strings.Join(slices.Sorted(maps.Keys(r.Form)), ", ")
	}
	if r.Follow {
		text += "; redirects are followed"
	}
	return text + takeInWords(r.Take)
}

// takeInWords says which values are taken from an answer, and from where.
func takeInWords(take map[string]string) string {
	text := ""
	for i, name := range slices.Sorted(maps.Keys(take)) {
		separator := ", "
		if i == 0 {
			separator = "; takes "
		}
		where, _ := parsePlace(take[name]) // checked with the configuration
		text += separator + name + " from " + inAnswer(where)
	}
	return text
}
