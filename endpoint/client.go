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
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/secrets"
)

// Client asks one token endpoint. It is safe for concurrent use, but run one
// [Client.Gather] at a time: two of them disturb each other.
type Client struct {
	config        Config
	endpoint      *url.URL
	loopback      bool
	keys          []*verifier.Key // those to verify with
	facts         verifier.Examiner
	tokenIn       place
	guesses       bool              // the first answers decide whether only users are served
	secrets       *secrets.Known    // those of the configuration
	withheld      map[string]string // secrets that no claim may repeat: see credentials
	live          *secrets.Known    // cookies that the site has set
	own           []*url.URL        // the token endpoints, those of users included: configured headers go there only
	transports    *transports
	apart         time.Duration // the pause after which a token must have later times
	leeway        time.Duration // how long after its expiry verifiers may still accept a token
	signingKey    *rsa.PrivateKey
	mostCrowdTime time.Duration // the most time for a probe with very many requests
	burst         int           // how many requests may be sent at the same instant
	bounds        *Bounds
}

// New returns a client for the endpoint of the configuration. The errors are mistakes in
// the configuration. A public key text that holds no key is not one of them: it is
// evidence for the checks.
func New(config Config) (*Client, error) {
	guesses := config.Anonymous == nil && len(config.Users) > 0
	bounds, burst := config.Bounds, crowd
	if bounds == nil {
		bounds = NewBounds(config.MaxRequests, config.Rate, nil)
	}
	if config.Rate > 0 {
		burst = burstOf(config.Rate)
	}
	config, endpoint, err := config.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, endpoint: endpoint, guesses: guesses, live: &secrets.Known{}, loopback: address.Book(config.Resolve).IsLocal(context.Background(), endpoint), apart: secondsApart, mostCrowdTime: mostCrowdTime, leeway: longestLeeway, bounds: bounds, burst: burst}
	c.own = append(c.ofUsers(), endpoint)
	for _, key := range config.PublicKeys {
		c.keys = append(c.keys, verifier.ReadKey(key.Text))
	}
	var payloadKey *rsa.PrivateKey // nil when no pair is configured
	if config.PayloadPrivateKey != "" {
		if payloadKey, err = readPrivateKey(config.PayloadPrivateKey); err != nil {
			return nil, fmt.Errorf("private key for user_payload: %w", err)
		}
	}
	if c.signingKey, err = config.signingKey(c.keys); err != nil {
		return nil, err
	}
	if c.tokenIn, err = parsePlace(config.TokenIn); err != nil {
		return nil, err
	}
	c.facts = c.examinerOf(config, payloadKey)
	c.secrets = config.Secrets()
	c.withheld = credentials(c.secrets)
	if c.transports, err = newTransports(config); err != nil {
		return nil, err
	}
	if c.loopback && !config.Consent {
		c.transports.held = address.HostPort(endpoint)
	}
	return c, nil
}

// Keys returns the public keys that tokens are verified with, in the order of
// the configuration.
func (c *Client) Keys() []*verifier.Key { return c.keys }

// Secrets returns the values that must not be written anywhere: those of the
// configuration, and the cookies that the site has set so far.
func (c *Client) Secrets() *secrets.Known {
	all := &secrets.Known{}
	all.AddAll(c.secrets, c.live)
	return all
}

// Bounds returns the limits of the requests to the site.
func (c *Client) Bounds() *Bounds { return c.bounds }

// Mask removes the secrets from a text that a site sent.
func (c *Client) Mask(text string) string { return c.secrets.Mask(text) }

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

// RequestFor is [Client.NewRequest] for a visitor who has the values, and is logged in as
// the user unless that is nil.
func (c *Client) RequestFor(ctx context.Context, user *User, values Values) (*http.Request, error) {
	return c.request(ctx, &ask{visitor: &visitor{user: user, known: values}, exact: true})
}

// Before returns the requests that a visitor sends before the first one for a token:
// those of the visit, and those of the user's login unless user is nil.
func (c *Client) Before(user *User) []Request {
	if user == nil {
		return c.config.Visit
	}
	return slices.Concat(c.config.Visit, user.Login)
}

// userAgent names the program in the form that browsers use, so that endpoints
// that look for one do not turn it away.
const userAgent = "Mozilla/5.0 (compatible; webchatspec)"

// signingKey returns the private key of a test site, or nil when none is configured.
func (c Config) signingKey(public []*verifier.Key) (*rsa.PrivateKey, error) {
	if c.SigningKey == "" {
		return nil, nil
	}
	key, err := readPrivateKey(c.SigningKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	own := verifier.ReadKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if len(public) > 0 && !slices.ContainsFunc(public, func(k *verifier.Key) bool { return k.Fingerprint() == own.Fingerprint() }) {
		return nil, errors.New("signing key: it belongs to none of the public keys")
	}
	return key, nil
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
