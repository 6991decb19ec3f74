package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
)

// Config says what is tested and how it is asked. Only URL is needed.
type Config struct {
	// URL is the address of the token endpoint, http or https.
	URL string
	// Method is the request method; "" is GET.
	Method string
	// Header, Cookies and Body go with every request for a token.
	Header  http.Header
	Cookies []Cookie
	Body    string
	// TokenIn says where the token stands in an answer: "body" (also a body that
	// is one JSON string), "json:<member>", with dots between the names of
	// members inside members, or "header:<name>". "" is "body".
	TokenIn string

	// PublicKeys are the texts that the assistant verifies with; KnownKeys are
	// published keys, OtherKeys further ones, both only to compare with.
	PublicKeys, KnownKeys, OtherKeys []KeyText

	// Anonymous says whether the endpoint serves visitors who are not logged in;
	// nil means that it does.
	Anonymous *bool
	// Users are people with a login.
	Users []User
	// Relying are the endpoints of the site that take a token back. "{token}" in
	// a header, form or JSON value is where it goes; without one it goes into
	// "Authorization: Bearer".
	Relying []Call
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

	// Timeout bounds one request; 0 is 10 s.
	Timeout time.Duration
	// MaxWait is the longest wait for a token to expire; 0 is 6 s, below 0 never.
	MaxWait time.Duration
	// Rate is the most requests a second; 0 is 600 on loopback and 20 elsewhere.
	Rate float64
	// Concurrency is the most requests in flight, apart from those probes whose
	// number of visitors at once is the point; 0 is 16.
	Concurrency int
	// MaxBody is the most bytes read of an answer; 0 is 4 MiB.
	MaxBody int64
	// Consent allows intrusive probes on hosts other than loopback.
	Consent bool
}

// Cookie is a cookie that is sent.
type Cookie struct{ Name, Value string }

// KeyText is the text of a key and where it came from, such as a file's name.
type KeyText struct{ Source, Text string }

// User is a person with a login: either Header and Cookies say so, or the
// requests Login and Logout change who a session belongs to.
type User struct {
	Name          string
	Header        http.Header
	Cookies       []Cookie
	Login, Logout *Call
	// Sub is the subject expected in this user's tokens, if that is known.
	Sub string
	// Identifiers are texts that point to this person, such as a customer number
	// or an e-mail address, beside the names in Login.
	Identifiers []string
}

// Call is a request to the site other than the one for a token.
type Call struct {
	// Method is "" for POST where there is a Form or JSON, else GET.
	Method string
	// URL may be relative to the token endpoint.
	URL    string
	Header http.Header
	Form   map[string]string
	JSON   string
}

const (
	defaultTimeout      = 10 * time.Second
	defaultMaxWait      = 6 * time.Second
	defaultLoopbackRate = 600
	defaultRate         = 20
	defaultConcurrency  = 16
	defaultMaxBody      = 4 << 20
)

// complete checks the configuration and fills in what was left out.
func (c Config) complete() (Config, *url.URL, error) {
	endpoint, err := parseEndpoint(c.URL)
	if err != nil {
		return c, nil, err
	}
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	if c.Method = strings.ToUpper(c.Method); !isToken(c.Method) {
		return c, nil, fmt.Errorf("method %q is no HTTP method", c.Method)
	}
	if c.TokenIn == "" {
		c.TokenIn = tokenInBody
	}
	if err := checkTokenIn(c.TokenIn); err != nil {
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
	c.Timeout = orDefault(c.Timeout, defaultTimeout)
	c.MaxWait = orDefault(c.MaxWait, defaultMaxWait)
	c.Concurrency = orDefault(c.Concurrency, defaultConcurrency)
	c.MaxBody = orDefault(c.MaxBody, defaultMaxBody)
	if err := address.Book(c.Resolve).Validate(); err != nil {
		return c, nil, err
	}
	usual := float64(defaultRate)
	if address.Book(c.Resolve).IsLocal(context.Background(), endpoint) {
		usual = defaultLoopbackRate
	}
	c.Rate = orDefault(c.Rate, usual)
	if c.Timeout < 0 || c.Rate < 0 || c.Concurrency < 0 || c.MaxBody < 0 {
		return c, nil, errors.New("timeout, rate, concurrency and the size limit must be above 0")
	}
	return c, endpoint, c.checkCalls(endpoint)
}

func orDefault[T comparable](value, usual T) T {
	var zero T
	if value == zero {
		return usual
	}
	return value
}

func parseEndpoint(address string) (*url.URL, error) {
	if address == "" {
		return nil, errors.New("no token endpoint is named")
	}
	endpoint, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	if endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Hostname() == "" {
		return nil, fmt.Errorf("endpoint %q is no http or https address: write it as https://host/path", endpoint.Redacted())
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

// checkCalls makes sure that every further address can be asked.
func (c Config) checkCalls(endpoint *url.URL) error {
	calls := map[string]*Call{}
	for i := range c.Relying {
		calls[fmt.Sprintf("relying endpoint %d", i+1)] = &c.Relying[i]
	}
	for _, user := range c.Users {
		calls["login of "+user.Name] = user.Login
		calls["logout of "+user.Name] = user.Logout
	}
	for what, call := range calls {
		if call == nil {
			continue
		}
		if _, err := call.resolve(endpoint); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if call.Method != "" && !isToken(call.Method) {
			return fmt.Errorf("%s: method %q is no HTTP method", what, call.Method)
		}
	}
	if c.PlainEndpoint != "" {
		plain, err := url.Parse(c.PlainEndpoint)
		if err != nil || plain.Scheme != "http" || plain.Hostname() == "" {
			return fmt.Errorf("plain endpoint %q is no http address", c.PlainEndpoint)
		}
	}
	if len(c.CA) > 0 && !x509.NewCertPool().AppendCertsFromPEM(c.CA) {
		return errors.New("certificate authority: no PEM certificate in it")
	}
	return nil
}

// resolve returns the address of the call, which may be relative to the endpoint.
func (call *Call) resolve(endpoint *url.URL) (*url.URL, error) {
	address, err := endpoint.Parse(call.URL)
	if err != nil {
		return nil, err
	}
	if address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("%q is no http or https address", call.URL)
	}
	return address, nil
}

// method is the call's method, chosen by what it sends when it is not given.
func (call *Call) method() string {
	switch {
	case call.Method != "":
		return strings.ToUpper(call.Method)
	case len(call.Form) > 0 || call.JSON != "":
		return http.MethodPost
	}
	return http.MethodGet
}

// isToken says whether text is a token of RFC 9110 §5.6.2, as methods and
// header names are.
func isToken(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	}) < 0
}
