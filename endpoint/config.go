package endpoint

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/secrets"
)

// Config says what is tested and how it is asked. Only URL is needed.
type Config struct {
	// URL is the address of the token endpoint, http or https. In it, in Header,
	// Cookies and Body, "{visitor}" is an id of each visitor's own, and "{name}" a
	// value of that name that the user has or an answer has given before.
	URL string
	// Method is the request method; "" is GET.
	Method string
	// Header, Cookies and Body go with every request for a token.
	Header  http.Header
	Cookies []Cookie
	Body    string
	// TokenIn says where the token stands in an answer, as places in answers are
	// written: "body" (also a body that is one JSON string), "json:<path>", with
	// dots between the names of members inside members and numbers in arrays,
	// "header:<name>", "cookie:<name>"; in HTML "form:<name>" for a field of a form,
	// "meta:<name>" for a meta element, "html:<selector>" for the text of an element
	// by a selector of CSS, "html:<selector>@<attribute>" for its attribute;
	// "match:<pattern>" for the first group of a regular expression, or all that it
	// matches; "query:<name>" for a parameter of the address in Location. " | "
	// between two places has the second read what stands in the first, as in
	// "html:script#chat | json:token". "" is "body".
	TokenIn string
	// Take says which values each answer with a token gives to the visitor's next
	// request, such as a token against forgery that is good for once: by name the
	// place where each stands. The first ones come from Visit or Login.
	Take map[string]string

	// PublicKeys are the texts that the assistant verifies with; KnownKeys are
	// published keys, OtherKeys further ones, both only to compare with.
	PublicKeys, KnownKeys, OtherKeys []KeyText

	// Anonymous says whether the endpoint serves visitors who are not logged in;
	// nil means that it does.
	Anonymous *bool
	// Users are people with a login.
	Users []User
	// Visit is what a visitor's browser asks before the first token, such as the
	// page that begins a session. Every visitor does it, then logs in if there is
	// a login to be done.
	Visit []Request
	// Hosts are further hosts to which redirects and forms of Visit and of logins may
	// lead, such as an identity provider's, with or without a port.
	Hosts []string
	// Relying are the endpoints of the site that take a token back. "{token}" in
	// a header, form or JSON value is where it goes; without one it goes into
	// "Authorization: Bearer".
	Relying []Request
	// SigningKey is the private key of a test site, PEM: with it the endpoints of
	// Relying are given tokens with a right signature that break one rule.
	SigningKey string
	// Origins are those that the endpoint is meant to allow, such as the page's.
	Origins []string
	// PayloadPublicKey and PayloadPrivateKey are a test pair in the place of the
	// vendor's, PEM, to look into the claim user_payload.
	PayloadPublicKey, PayloadPrivateKey string
	// PlainEndpoint is where the endpoint would answer without TLS; "" is the
	// endpoint's host on port 80.
	PlainEndpoint string

	// CA has further certificate authorities to trust, PEM.
	CA []byte
	// Certificate identifies the tester to the endpoint, for mutual TLS.
	Certificate tls.Certificate
	// Resolve has addresses for "host" or "host:port", in the place of DNS.
	Resolve map[string]string

	// Confidential has further values that must not be written anywhere, beside
	// those that [Config.Secrets] finds in the configuration.
	Confidential *secrets.Known

	// Timeout bounds one request; 0 is 10 s.
	Timeout time.Duration
	// MaxWait is the longest wait for a token to expire; 0 is 6 s, below 0 never.
	MaxWait time.Duration
	// Rate is the most requests a second; 0 is 1,000 on loopback and 20 elsewhere. Not
	// more than a second's worth are let go at the same instant where it is given.
	Rate float64
	// Concurrency is the most requests in flight, apart from those probes whose
	// number of visitors at once is the point; 0 is 16.
	Concurrency int
	// MaxBody is the most bytes read of an answer; 0 is 4 MiB.
	MaxBody int64
	// MaxRequests is the most requests that are sent; 0 is as many as the probes
	// need. What does not fit is left out and said to be.
	MaxRequests int
	// Bounds count the requests of all clients that have them, and of whoever else
	// sends for the same run; nil are those of Rate and MaxRequests for this client.
	Bounds *Bounds
	// Consent allows intrusive probes on hosts other than loopback.
	Consent bool
}

// Cookie is a cookie that is sent.
type Cookie struct{ Name, Value string }

// KeyText is the text of a key and where it came from, such as a file's name.
type KeyText struct{ Source, Text string }

// User is a person with a login: either Header and Cookies say so, or the
// requests of Login and Logout change who a session belongs to.
type User struct {
	Name    string
	Header  http.Header
	Cookies []Cookie
	// Login are the requests that log the user in, one after the other, and
	// Logout those that end the session.
	Login, Logout []Request
	// Values fill the places "{name}" in the requests of this user.
	Values map[string]string
	// URL and Body, where they are given, take the place of the configured ones
	// in this user's requests for a token.
	URL, Body string
	// Sub is the subject expected in this user's tokens, if that is known.
	Sub string
	// Identifiers are texts that point to this person, such as a customer number
	// or an e-mail address, beside the names in Login.
	Identifiers []string
}

// isNamed says whether the site can tell from the requests of the user who it is: they
// hold something that may name somebody, or are not those of another user.
func (u User) isNamed(all []User) bool {
	if len(u.Header)+len(u.Cookies)+len(u.Values) > 0 || u.URL != "" || u.Body != "" {
		return true
	}
	tells := func(r Request) bool {
		return len(r.Form)+len(r.Header) > 0 || r.JSON != "" || strings.Contains(r.URL, "?")
	}
	like := func(other User) bool { return reflect.DeepEqual(u.Login, other.Login) }
	alone := len(all) > 1 && !slices.ContainsFunc(all, func(other User) bool { return other.Name != u.Name && like(other) })
	return alone || slices.ContainsFunc(u.Login, tells)
}

const (
	defaultTimeout      = 10 * time.Second
	defaultMaxWait      = 6 * time.Second
	defaultLoopbackRate = 1000
	defaultRate         = 20
	defaultConcurrency  = 16
	defaultMaxBody      = 4 << 20
)

// complete checks the configuration and fills in what was left out.
func (c Config) complete() (Config, *url.URL, error) {
	endpoint, err := parseEndpoint(sample.inAddress(c.URL))
	if err != nil {
		return c, nil, err
	}
	c.TokenIn = cmp.Or(c.TokenIn, tokenInBody)
	if c.Method = strings.ToUpper(cmp.Or(c.Method, http.MethodGet)); !isMethod(c.Method) {
		return c, nil, fmt.Errorf("unknown HTTP method %q", c.Method)
	}
	if _, err := parsePlace(c.TokenIn); err != nil {
		return c, nil, fmt.Errorf("token in: %w", err)
	}
	if err := checkTake(c.Take); err != nil {
		return c, nil, err
	}
	if c.Anonymous == nil {
		yes := true
		c.Anonymous = &yes
	}
	if !*c.Anonymous && len(c.Users) == 0 {
		return c, nil, errors.New("the endpoint is said not to serve anonymous visitors, but no user is configured: name one")
	}
	for i, user := range c.Users {
		if user.Name == "" {
			c.Users = slices.Clone(c.Users)
			c.Users[i].Name = fmt.Sprintf("user %d", i+1)
		}
	}
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.MaxWait = cmp.Or(c.MaxWait, defaultMaxWait)
	c.Concurrency = cmp.Or(c.Concurrency, defaultConcurrency)
	c.MaxBody = cmp.Or(c.MaxBody, defaultMaxBody)
	if err := address.Book(c.Resolve).Validate(); err != nil {
		return c, nil, err
	}
	usual := float64(defaultRate)
	if address.Book(c.Resolve).IsLocal(context.Background(), endpoint) {
		usual = defaultLoopbackRate
	}
	c.Rate = cmp.Or(c.Rate, usual)
	if c.Timeout < 0 || c.Rate < 0 || c.Concurrency < 0 || c.MaxBody < 0 {
		return c, nil, errors.New("timeout, rate, concurrency and the size limit must be above 0")
	}
	return c, endpoint, c.checkRequests(endpoint)
}

// isMethod says whether HTTP can have such a method. Methods and the names of headers
// have the same grammar (RFC 9110 §9.1).
func isMethod(text string) bool { return httpguts.ValidHeaderFieldName(text) }

func parseEndpoint(address string) (*url.URL, error) {
	if address == "" {
		return nil, errors.New("no token endpoint is named")
	}
	endpoint, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", wrongAddress(address, err))
	}
	if endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Hostname() == "" {
		return nil, fmt.Errorf("endpoint %q is not an http or https address: write it as https://host/path", secrets.Address(address))
	}
	if endpoint.User != nil {
		return nil, errors.New("endpoint: the address holds a user name; put it into a header of the configuration, where it is masked")
	}
	endpoint.Fragment, endpoint.RawFragment = "", ""
	if endpoint.Path == "" {
		endpoint.Path = "/"
	}
	return endpoint, nil
}

// wrongAddress says why an address is none, without what is secret in it.
func wrongAddress(address string, err error) error {
	var wrong *url.Error
	if errors.As(err, &wrong) {
		err = wrong.Err
	}
	return fmt.Errorf("%q is no address: %w", secrets.Address(address), err)
}

// checkRequests makes sure that every further address can be asked.
func (c Config) checkRequests(endpoint *url.URL) error {
	named := map[string][]Request{"visit": c.Visit, "relying endpoint": c.Relying}
	for _, user := range c.Users {
		named["login of "+user.Name], named["logout of "+user.Name] = user.Login, user.Logout
		if user.URL != "" {
			named["endpoint of "+user.Name] = []Request{{URL: user.URL}}
		}
	}
	for what, requests := range named {
		for i := range requests {
			if err := requests[i].check(endpoint); err != nil {
				if len(requests) > 1 {
					what = fmt.Sprintf("%s, request %d", what, i+1)
				}
				return fmt.Errorf("%s: %w", what, err)
			}
		}
	}
	if c.PlainEndpoint != "" {
		plain, err := url.Parse(c.PlainEndpoint)
		if err != nil || plain.Scheme != "http" || plain.Hostname() == "" {
			return fmt.Errorf("plain endpoint %q is not an http address", secrets.Address(c.PlainEndpoint))
		}
	}
	if len(c.CA) > 0 && !x509.NewCertPool().AppendCertsFromPEM(c.CA) {
		return errors.New("certificate authority: no PEM certificate in it")
	}
	return nil
}
