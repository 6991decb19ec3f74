package endpoint

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"

	"github.com/webchatspec/webchatspec/secrets"
)

// Client asks one token endpoint. It is safe for concurrent use, but one
// [Client.Gather] at a time tells more than two that disturb each other.
type Client struct {
	config     Config
	endpoint   *url.URL
	loopback   bool
	keys       []*verifier.Key // those to verify with
	payloadKey *rsa.PrivateKey // nil when no pair is configured
	secrets    *secrets.Known
	transports *transports
	apart      time.Duration // the pause after which a token must be a later one
	crowdTime  time.Duration // the most time for a probe with very many requests
}

// New returns a client for the endpoint of the configuration. The errors are
// mistakes in the configuration. What the public key texts hold is no matter
// here: a text that is no key is evidence.
func New(config Config) (*Client, error) {
	config, endpoint, err := config.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, endpoint: endpoint, loopback: address.Book(config.Resolve).IsLocal(context.Background(), endpoint), apart: secondsApart, crowdTime: crowdTime}
	for _, key := range config.PublicKeys {
		c.keys = append(c.keys, verifier.ReadKey(key.Text))
	}
	if config.PayloadPrivateKey != "" {
		if c.payloadKey, err = readPrivateKey(config.PayloadPrivateKey); err != nil {
			return nil, fmt.Errorf("private key for user_payload: %w", err)
		}
	}
	c.secrets = secretsOf(config)
	if c.transports, err = newTransports(config); err != nil {
		return nil, err
	}
	return c, nil
}

// Keys returns the public keys that tokens are verified with, in the order of
// the configuration.
func (c *Client) Keys() []*verifier.Key { return c.keys }

// IsLocal says whether requests to the endpoint stay on this machine.
func (c *Client) IsLocal() bool { return c.loopback }

// Endpoint returns the address of the token endpoint.
func (c *Client) Endpoint() *url.URL {
	copied := *c.endpoint
	return &copied
}

// NewRequest returns a request for a token as configured, of a visitor without
// cookies.
func (c *Client) NewRequest(ctx context.Context) (*http.Request, error) {
	return c.request(ctx, &ask{})
}

// configuredHeader is the header that every request for a token has.
func (c *Client) configuredHeader() http.Header {
	header := http.Header{"Accept": {"*/*"}, "User-Agent": {userAgent}}
	for name, values := range c.config.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if c.config.Body != "" && header.Get("Content-Type") == "" && strings.HasPrefix(strings.TrimSpace(c.config.Body), "{") {
		header.Set("Content-Type", "application/json")
	}
	return header
}

// userAgent names the program in the form that browsers use, so that endpoints
// that look for one do not turn it away.
const userAgent = "Mozilla/5.0 (compatible; webchatspec)"

func joinCookies(cookies []Cookie) string {
	pairs := make([]string, len(cookies))
	for i, cookie := range cookies {
		pairs[i] = cookie.Name + "=" + cookie.Value
	}
	return strings.Join(pairs, "; ")
}

// readPrivateKey reads an RSA private key, PKCS #8 or PKCS #1 in PEM.
func readPrivateKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block in it")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither a PKCS #8 nor a PKCS #1 private key")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is a %T, not an RSA key", key)
	}
	return private, nil
}
