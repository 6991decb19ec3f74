package webchatspec

import (
	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
)

// startDemo starts the built-in demo site and points the configuration at it.
func startDemo(config *Config) (*issuers.Site, error) {
	site, err := issuers.Start(issuers.Options{Profile: config.Profile})
	if err != nil {
		return nil, err
	}
	config.PointAt(site.Setup())
	return site, nil
}

// PointAt makes the configuration test the reference site of the setup, as that
// site's team would configure it. What the setup does not have stays as it is.
func (c *Config) PointAt(setup issuers.Setup) {
	c.Profile = setup.Profile
	t := &c.Endpoint
	t.URL, c.Page.Page = setup.Endpoint, setup.Page
	t.PublicKeys = keyTexts("the site", setup.PublicKeys)
	t.KnownKeys, t.OtherKeys = keyTexts("known keys", setup.KnownKeys), keyTexts("other keys", setup.OtherKeys)
	t.CA, t.PlainEndpoint = setup.CA, setup.PlainEndpoint
	t.PayloadPublicKey, t.PayloadPrivateKey = setup.PayloadPublicKey, setup.PayloadPrivateKey
	for i := range setup.Visit {
		t.Visit = append(t.Visit, requests(&setup.Visit[i])...)
	}
	if setup.Login != nil {
		t.Users = []endpoint.User{{
			Name: setup.UserName, Login: requests(setup.Login), Logout: requests(setup.Logout),
			Identifiers: []string{setup.UserName}, Sub: setup.UserSub, Values: setup.UserValues(),
		}}
		if setup.OtherLogin != nil {
			t.Users = append(t.Users, endpoint.User{
				Name: setup.OtherName, Login: requests(setup.OtherLogin), Logout: requests(setup.Logout),
				Identifiers: []string{setup.OtherName}, Values: setup.OtherValues(),
			})
		}
		c.Page.Login, c.Page.Logout = &browser.Action{Script: setup.PageLogin}, &browser.Action{Script: setup.PageLogout}
	}
	if setup.Relying != nil {
		t.Relying = requests(setup.Relying)
	}
}

func keyTexts(source string, texts []string) []endpoint.KeyText {
	var keys []endpoint.KeyText
	for _, text := range texts {
		keys = append(keys, endpoint.KeyText{Source: source, Text: text})
	}
	return keys
}

// requests is the one request, or none.
func requests(c *issuers.Request) []endpoint.Request {
	if c == nil {
		return nil
	}
	made := endpoint.Request{Method: c.Method, URL: c.URL, Form: c.Form, JSON: c.JSON, Take: c.Take, Header: map[string][]string{}}
	for name, value := range c.Header {
		made.Header.Set(name, value)
	}
	return []endpoint.Request{made}
}
