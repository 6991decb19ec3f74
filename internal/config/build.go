package config

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// Build reads the files that the settings name and returns the configuration of
// a run. The errors are the user's to mend: a file that cannot be read, a word
// that means nothing.
func (s Settings) Build() (webchatspec.Config, error) {
	var c webchatspec.Config
	var errs []error
	check := func(err error) { errs = append(errs, err) }

	check(s.buildTarget(&c.Endpoint))
	c.Page = browser.Config{
		Page: s.Page.URL, Chromium: s.Page.Chromium, AllowHosts: s.Page.AllowHosts, Timeout: s.Page.Timeout,
		Begin: (*browser.Action)(s.Page.Begin), Login: (*browser.Action)(s.Page.Login), Logout: (*browser.Action)(s.Page.Logout),
	}
	c.Load = loadgen.Config{
		Rate: s.Load.Rate, Duration: s.Load.Duration, WarmUp: s.Load.WarmUp, Users: s.Load.Users,
		Timeout: s.Load.Timeout, MaxAge: s.Load.MaxAge, AllowHosts: s.Load.AllowHosts,
		Objective: record.Objective{
			Percentile: s.Load.Objective.Percentile, Latency: s.Load.Objective.Latency.Seconds(), ErrorShare: s.Load.Objective.ErrorShare,
		},
	}
	c.Selection = suites.Selection{Only: s.Only, Skip: s.Skip}
	switch level := record.Level(strings.ToUpper(s.FailOn)); level {
	case "", record.Must, record.Should:
		c.FailOn = level
	default:
		check(fmt.Errorf("fail-on %q: give must or should", s.FailOn))
	}
	if s.Waivers != "" {
		waivers, err := ReadWaivers(s.Waivers)
		check(err)
		c.Waivers = waivers
	}
	return c, errors.Join(errs...)
}

func (s Settings) buildTarget(t *endpoint.Config) error {
	*t = endpoint.Config{
		URL: s.Endpoint, Method: s.Method, Header: header(s.Headers), Cookies: cookies(s.Cookies), Body: s.Body,
		TokenIn: s.TokenIn, Anonymous: s.Anonymous, Origins: s.Origins, PlainEndpoint: s.PlainEndpoint, Resolve: s.Resolve,
		Timeout: s.Timeout, MaxWait: s.MaxWait, Rate: s.Rate, Concurrency: s.Concurrency, Consent: s.Consent,
	}
	for _, user := range s.Users {
		t.Users = append(t.Users, endpoint.User{
			Name: user.Name, Header: header(user.Headers), Cookies: cookies(user.Cookies),
			Login: user.Login.build(), Logout: user.Logout.build(), Sub: user.Sub, Identifiers: user.Identifiers,
		})
	}
	for _, call := range s.Relying {
		t.Relying = append(t.Relying, *call.build())
	}
	var errs []error
	for _, list := range []struct {
		names []string
		keys  *[]endpoint.KeyText
		split func(name, text string) []endpoint.KeyText
	}{{s.PublicKeys, &t.PublicKeys, oneKey}, {s.KnownKeys, &t.KnownKeys, manyKeys}, {s.OtherKeys, &t.OtherKeys, manyKeys}} {
		for _, name := range list.names {
			text, err := readBounded(name)
			errs = append(errs, err)
			*list.keys = append(*list.keys, list.split(name, string(text))...)
		}
	}
	for _, file := range []struct {
		name string
		text *string
	}{{s.Payload.PublicKey, &t.PayloadPublicKey}, {s.Payload.PrivateKey, &t.PayloadPrivateKey}} {
		if file.name != "" {
			text, err := readBounded(file.name)
			errs = append(errs, err)
			*file.text = string(text)
		}
	}
	return errors.Join(append(errs, s.TLS.build(t))...)
}

// oneKey takes the text as it is, as the integration does.
func oneKey(name, text string) []endpoint.KeyText {
	return []endpoint.KeyText{{Source: name, Text: text}}
}

// manyKeys takes each PEM block for a key of its own: a list of keys to compare with.
func manyKeys(name, text string) []endpoint.KeyText {
	const begin = "-----BEGIN"
	blocks := strings.Split(text, begin)[1:]
	if len(blocks) < 2 {
		return oneKey(name, text)
	}
	var keys []endpoint.KeyText
	for i, block := range blocks {
		keys = append(keys, endpoint.KeyText{Source: fmt.Sprintf("%s, key %d", name, i+1), Text: begin + block})
	}
	return keys
}

// build reads the certificates.
func (s TLS) build(t *endpoint.Config) (err error) {
	if s.CA != "" {
		if t.CA, err = readBounded(s.CA); err != nil {
			return err
		}
	}
	switch {
	case s.Cert == "" && s.Key == "":
		return nil
	case s.Cert == "" || s.Key == "":
		return errors.New("a client certificate needs both its file and the file of its key")
	}
	t.Certificate, err = tls.LoadX509KeyPair(s.Cert, s.Key)
	return err
}

func (c *Call) build() *endpoint.Call {
	if c == nil {
		return nil
	}
	return &endpoint.Call{Method: c.Method, URL: c.URL, Header: header(c.Headers), Form: c.Form, JSON: c.JSON}
}

func header(values map[string]string) http.Header {
	made := http.Header{}
	for name, value := range values {
		made.Set(name, value)
	}
	return made
}

func cookies(values map[string]string) []endpoint.Cookie {
	var made []endpoint.Cookie
	for _, name := range slices.Sorted(maps.Keys(values)) {
		made = append(made, endpoint.Cookie{Name: name, Value: values[name]})
	}
	return made
}

// OutFolder is the folder for the reports.
func (s Settings) OutFolder() string { return cmp.Or(s.Out, "webchatspec-report") }
