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
	"time"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
	"github.com/webchatspec/webchatspec/suites"
)

// Build reads the files that the settings name and returns the configuration of
// a run. The errors are the user's to mend: a file that cannot be read, a word
// that means nothing. All of them are told at once.
func (s Settings) Build() (webchatspec.Config, error) {
	c := webchatspec.Config{Confidential: s.Confidential(), MaxTime: s.MaxTime}
	var errs []error
	check := func(key string, err error) { errs = append(errs, s.at(key, err)) }

	if s.Profile != "" {
		c.Profile, _ = profiles.Lookup(s.Profile) // its words are checked when they are read
	}
	errs = append(errs, s.buildEndpoint(&c.Endpoint))
	c.Page = s.Page.build(s.maxWait())
	errs = append(errs, s.buildLoad(&c))
	c.Selection = suites.Selection{Only: s.Only, Skip: s.Skip}
	c.FailOn = record.Level(strings.ToUpper(s.FailOn))
	if s.Waivers != "" {
		waivers, err := ReadWaivers(s.Waivers)
		check("waivers", err)
		c.Waivers = waivers
	}
	return c, errors.Join(errs...)
}

// Confidential returns the values that came from the environment: what people
// keep out of a file is a secret, whatever it is used for.
func (s Settings) Confidential() *secrets.Known {
	known := &secrets.Known{}
	known.AddAll(s.told)
	return known
}

// maxWait is below 0 for not to wait at all, as the rooms take it.
func (s Settings) maxWait() time.Duration {
	if s.MaxWait == 0 && s.given("maxWait") {
		return -1
	}
	return s.MaxWait
}

func (s Settings) buildEndpoint(t *endpoint.Config) error {
	*t = endpoint.Config{
		URL: s.Endpoint, Method: s.Method, Header: header(s.Headers), Cookies: cookies(s.Cookies), Body: s.Body,
		TokenIn: s.TokenIn, Take: s.Take, Anonymous: s.Anonymous, Origins: s.Origins, Hosts: s.Hosts, PlainEndpoint: s.PlainEndpoint, Resolve: s.Resolve,
		Timeout: s.Timeout, MaxWait: s.maxWait(), Rate: s.Rate, Concurrency: s.Concurrency, MaxRequests: s.MaxRequests, Consent: s.Consent,
	}
	for _, user := range s.Users {
		t.Users = append(t.Users, endpoint.User{
			Name: user.Name, Header: header(user.Headers), Cookies: cookies(user.Cookies),
			Login: requests(user.Login), Logout: requests(user.Logout), Values: user.Values, URL: user.URL, Body: user.Body,
			Sub: user.Sub, Identifiers: user.Identifiers,
		})
	}
	t.Visit, t.Relying = requests(s.Visit), requests(s.Relying)
	var errs []error
	for _, list := range []struct {
		key   string
		names []string
		keys  *[]endpoint.KeyText
		split func(name, text string) []endpoint.KeyText
	}{
		{"publicKeys", s.PublicKeys, &t.PublicKeys, oneKey},
		{"knownKeys", s.KnownKeys, &t.KnownKeys, manyKeys},
		{"otherKeys", s.OtherKeys, &t.OtherKeys, manyKeys},
	} {
		for _, name := range list.names {
			text, err := input.File(name, maxFile)
			errs = append(errs, s.at(list.key, err))
			*list.keys = append(*list.keys, list.split(name, string(text))...)
		}
	}
	for _, file := range []struct {
		key, name string
		text      *string
	}{{"signingKey", s.SigningKey, &t.SigningKey}, {"payload.publicKey", s.Payload.PublicKey, &t.PayloadPublicKey}, {"payload.privateKey", s.Payload.PrivateKey, &t.PayloadPrivateKey}} {
		if file.name != "" {
			text, err := input.File(file.name, maxFile)
			errs = append(errs, s.at(file.key, err))
			*file.text = string(text)
		}
	}
	return errors.Join(append(errs, s.buildTLS(t))...)
}

// buildTLS reads the certificates.
func (s Settings) buildTLS(t *endpoint.Config) (err error) {
	if s.TLS.CA != "" {
		if t.CA, err = input.File(s.TLS.CA, maxFile); err == nil && len(t.CA) == 0 {
			err = fmt.Errorf("%s is empty", s.TLS.CA)
		}
		if err != nil {
			return s.at("tls.ca", err)
		}
	}
	switch {
	case s.TLS.Cert == "" && s.TLS.Key == "":
		return nil
	case s.TLS.Cert == "":
		return s.at("tls.key", errors.New("name the client certificate as well: --cert, tls.cert"))
	case s.TLS.Key == "":
		return s.at("tls.cert", errors.New("name the certificate's private key as well: --cert-key, tls.key"))
	}
	cert, err := input.File(s.TLS.Cert, maxFile)
	if err != nil {
		return s.at("tls.cert", err)
	}
	key, err := input.File(s.TLS.Key, maxFile)
	if err != nil {
		return s.at("tls.key", err)
	}
	t.Certificate, err = tls.X509KeyPair(cert, key)
	return s.at("tls.cert", err)
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

func requests(calls []Request) []endpoint.Request {
	var made []endpoint.Request
	for _, c := range calls {
		made = append(made, endpoint.Request{
			Method: c.Method, URL: c.URL, Header: header(c.Headers), Form: c.Form, JSON: c.JSON, Take: c.Take, Follow: c.Follow,
		})
	}
	return made
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
