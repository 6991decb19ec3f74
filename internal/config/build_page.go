package config

import (
	"maps"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/browser"
)

// build is the configuration of the page part.
func (p Page) build(maxWait time.Duration) browser.Config {
	c := browser.Config{
		Page: p.URL, Chromium: p.Chromium, AllowHosts: p.AllowHosts, VendorHosts: p.Vendors, Timeout: p.Timeout, MaxWait: maxWait,
		Trace: p.Trace, Remote: p.Remote, Headed: p.Headed, KeepOpen: p.KeepOpen,
		Begin: (*browser.Action)(p.Begin), Login: (*browser.Action)(p.Login), Logout: (*browser.Action)(p.Logout),
		Steps: browser.Steps{Before: steps(p.Steps.Before), In: steps(p.Steps.In), After: steps(p.Steps.After)},
	}
	if len(p.Headers) > 0 {
		c.Header = header(p.Headers)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Cookies)) {
		c.Cookies = append(c.Cookies, browser.Cookie{Name: name, Value: p.Cookies[name]})
	}
	return c
}

func steps(given []PageStep) []browser.Step {
	var made []browser.Step
	for _, step := range given {
		made = append(made, browser.Step(step))
	}
	return made
}
