package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/address"
)

// maxHeaderBytes bounds the header of an answer, in bytes. Browsers and proxies accept
// less.
const maxHeaderBytes = 512 << 10

// maxIdle is how long an idle connection is kept. Servers commonly keep theirs longer, so
// that none is closed at the moment when it is used again.
const maxIdle = 1500 * time.Millisecond

// transports has the connection pools.
type transports struct {
	config Config
	roots  *x509.CertPool
	held   string // host and port that must lead to this machine for the whole run; "" for none
	mu     sync.Mutex
	pools  map[pool]*http.Transport
}

// pool says which requests share connections: those with the same values.
type pool struct {
	local netip.Addr // the address to send from
	alone bool       // one request for each connection
	here  bool       // to this machine only, even if DNS has changed
}

func newTransports(config Config) (*transports, error) {
	t := &transports{config: config, pools: map[pool]*http.Transport{}}
	if len(config.CA) > 0 {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(config.CA) {
			return nil, fmt.Errorf("certificate authority: no PEM certificate in it")
		}
		t.roots = roots
	}
	return t, nil
}

// Transport returns a new transport with the TLS settings, name resolution and
// limits of the configuration, that keeps up to idle connections open.
func (c *Client) Transport(idle int) *http.Transport {
	return c.transports.open(netip.Addr{}, idle)
}

// of returns the transport of a pool, which it opens at the first call.
func (t *transports) of(p pool) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	transport := t.pools[p]
	if transport == nil {
		transport = t.open(p.local, 64)
		transport.DisableKeepAlives = p.alone
		if p.here {
			transport.Proxy, transport.DialContext = nil, address.OnlyLocal(transport.DialContext)
		}
		transport.DialContext = prompting(transport.DialContext)
		t.pools[p] = transport
	}
	return transport
}

func (t *transports) closeIdle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pool := range t.pools {
		pool.CloseIdleConnections()
	}
}

func (t *transports) open(local netip.Addr, idle int) *http.Transport {
	return &http.Transport{
		Proxy:                  address.Book(t.config.Resolve).Proxy,
		DialContext:            t.dialer(local),
		TLSClientConfig:        t.tls(),
		TLSHandshakeTimeout:    t.config.Timeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // unpacked when it is read, with more codings than Go knows
		MaxIdleConns:           idle,
		MaxIdleConnsPerHost:    idle,
		IdleConnTimeout:        maxIdle,
		MaxResponseHeaderBytes: maxHeaderBytes,
		WriteBufferSize:        wholeRequest,
	}
}

// wholeRequest is how much of a request is written at once, in bytes: all of it, but for a
// few of the largest. A server may answer when it has read the head, and close the
// connection: what is to be written then fails, and the answer is lost.
const wholeRequest = 16 << 10

func (t *transports) tls() *tls.Config {
	settings := &tls.Config{
		RootCAs: t.roots, MinVersion: tls.VersionTLS12,
		DynamicRecordSizingDisabled: true, // small records would be written one by one: see wholeRequest
	}
	if len(t.config.Certificate.Certificate) > 0 {
		settings.Certificates = []tls.Certificate{t.config.Certificate}
	}
	return settings
}

// dialer connects from the local address over IPv4, or from any address when that fails.
// The addresses of the configuration take precedence over DNS.
func (t *transports) dialer(local netip.Addr) address.Dial {
	plain := &net.Dialer{Timeout: t.config.Timeout}
	dial := address.Book(t.config.Resolve).DialContext(func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		if local.IsValid() {
			bound := &net.Dialer{Timeout: t.config.Timeout, LocalAddr: &net.TCPAddr{IP: local.AsSlice()}}
			if conn, err := connect(ctx, bound, "tcp4", hostPort); err == nil {
				return conn, nil
			}
		}
		return connect(ctx, plain, network, hostPort)
	})
	return func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		if hostPort == t.held {
			return address.OnlyLocal(dial)(ctx, network, hostPort)
		}
		return dial(ctx, network, hostPort)
	}
}

// knockAgain is the time after which a connection to this machine is tried again.
const knockAgain = 150 * time.Millisecond

// connect dials. Small servers let few connections wait, and the system tries the others
// again only after one, two and four seconds. For fifty visitors who come at once that is
// too late, so on loopback they are tried again sooner.
func connect(ctx context.Context, dialer *net.Dialer, network, hostPort string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil || !address.IsLocalName(host) {
		return dialer.DialContext(ctx, network, hostPort)
	}
	knock := *dialer
	for end := time.Now().Add(dialer.Timeout); ; {
		knock.Timeout = min(knockAgain+rand.N(knockAgain), max(time.Until(end), time.Millisecond))
		conn, err := knock.DialContext(ctx, network, hostPort)
		var slow net.Error
		if err == nil || ctx.Err() != nil || !time.Now().Before(end) || !errors.As(err, &slow) || !slow.Timeout() {
			return conn, err
		}
	}
}
