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
	// "match:<pattern>" for the first group of a regular expression, or for the whole
	// match when it has no group; "query:<name>" for a parameter of the address in
	// Location. " | " between two places applies the second one to the text that the
	// first one has found, as in "html:script#chat | json:token". "" is "body".
	TokenIn string
	// Take says which values each answer with a token gives to the visitor's next
	// request, such as a CSRF token that is valid once. It maps the name of each value
	// to the place where it stands. The first ones come from Visit or Login.
	Take map[string]string

	// PublicKeys are the texts with which the assistant verifies. KnownKeys (published
	// keys) and OtherKeys are only compared with the keys in use.
	PublicKeys, KnownKeys, OtherKeys []KeyText

	// Anonymous says whether the endpoint serves visitors who are not logged in;
	// nil means that it does.
	Anonymous *bool
	// Users are people with a login.
	Users []User
	// Visit has the requests that a visitor's browser sends before the one for the first
	// token, such as that for the page that begins a session. Every visitor sends them
	// first, and logs in after that if it is a user.
	Visit []Request
	// Hosts are further hosts to which redirects and forms of Visit and of logins may
	// lead, such as an identity provider's, with or without a port.
	Hosts []string
	// Relying are the endpoints of the site to which the token is sent back. It replaces
	// "{token}" in a header, form or JSON value; where there is none, it is sent as
	// "Authorization: Bearer".
	Relying []Request
	// SigningKey is the private key of a test site, PEM. With it the endpoints in Relying
	// are sent tokens that have a valid signature and break one rule.
	SigningKey string
	// Origins are those that the endpoint is meant to allow, such as the page's.
	Origins []string
	// PayloadPublicKey and PayloadPrivateKey are a test pair, PEM, that replaces the
	// vendor's, so that the claim user_payload can be decrypted.
	PayloadPublicKey, PayloadPrivateKey string
	// PlainEndpoint is where the endpoint would answer without TLS; "" is the
	// endpoint's host on port 80.
	PlainEndpoint string

	// CA has further certificate authorities to trust, PEM.
	CA []byte
	// Certificate identifies the tester to the endpoint, for mutual TLS.
	Certificate tls.Certificate
	// Resolve maps "host" or "host:port" to an address, instead of DNS.
	Resolve map[string]string

	// Confidential has further values that must not be written anywhere, in addition to
	// those that [Config.Secrets] finds in the configuration.
	Confidential *secrets.Known

	// Timeout bounds one request; 0 is 10 s.
	Timeout time.Duration
	// MaxWait is the longest wait for a token to expire; 0 is 6 s, a negative value is no
	// wait at all.
	MaxWait time.Duration
	// Rate is the highest number of requests a second; 0 is 1,000 on loopback and 20
	// elsewhere. Where it is given, at most the requests of one second are sent at once.
	Rate float64
	// Concurrency is the highest number of requests in flight; 0 is 32, which only slow
	// sites get. Probes that test many visitors at once do not keep to it.
	Concurrency int
	// MaxBody is how many bytes of an answer are read; 0 is 4 MiB.
	MaxBody int64
	// MaxRequests is the highest number of requests that are sent; 0 is as many as the
	// probes need. Probes that do not fit are left out, and the evidence says so.
	MaxRequests int
	// Bounds are shared with everything else that sends requests in the same run. Nil
	// stands for bounds of this client's own, made of Rate and MaxRequests.
	Bounds *Bounds
	// Consent allows intrusive probes on hosts other than loopback.
	Consent bool
}

// Cookie is a cookie that is sent.
type Cookie struct{ Name, Value string }

// KeyText is the text of a key and where it came from, such as a file's name.
type KeyText struct{ Source, Text string }

// User is a person whom the site knows: by Header and Cookies, or because the requests of
// Login have made the session that person's.
type User struct {
	Name    string
	Header  http.Header
	Cookies []Cookie
	// Login are the requests that log the user in, one after the other, and
	// Logout those that end the session.
	Login, Logout []Request
	// Values fill the places "{name}" in the requests of this user.
	Values map[string]string
	// URL and Body replace those of the configuration in this user's requests for a
	// token, where they are not "".
	URL, Body string
	// Sub is the subject expected in this user's tokens, if that is known.
	Sub string
	// Identifiers are texts that point to this person, such as a customer number or an
	// e-mail address. The names in Login need not be repeated here.
	Identifiers []string
}

// isNamed says whether the site can tell from the user's requests who sends them: they
// hold something that may name a person, or no other user sends the same ones.
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
	defaultConcurrency  = 32
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

// wrongAddress says why a text is not an address, without repeating the secrets in it.
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
