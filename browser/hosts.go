package browser

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
)

// switches are those of the browser that the configuration asks for.
func (g *gathering) switches(ctx context.Context) (map[string]any, error) {
	c := g.config
	if c.ClientCert != nil {
		if err := g.openGateways(); err != nil {
			return nil, err
		}
	}
	var err error
	if g.fence, err = openFence(c, g.gateways); err != nil {
		return nil, err
	}
	switches := g.fence.switches()
	pins, err := c.pins(ctx)
	if err != nil {
		return nil, err
	}
	for _, gateway := range g.gateways {
		pins = append(pins, gateway.pin)
	}
	if len(pins) > 0 {
		switches["ignore-certificate-errors-spki-list"] = strings.Join(pins, ",")
	}
	if c.Headed {
		switches["headless"] = false
	}
	return switches, nil
}

// openGateways opens one for each host that may want the client certificate.
func (g *gathering) openGateways() error {
	roots, err := g.config.roots()
	if err != nil {
		return err
	}
	g.gateways = map[string]*gateway{}
	for _, part := range []string{g.config.Page, g.config.Endpoint} {
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "https" || g.gateways[address.HostPort(u)] != nil {
			continue
		}
		if g.gateways[address.HostPort(u)], err = g.config.openGateway(u, roots); err != nil {
			return err
		}
	}
	return nil
}

// hosts are those that the page may ask, sorted.
func (c Config) hosts() []string {
	hosts := slices.Concat([]string{"localhost", "127.0.0.1", "[::1]"}, c.AllowHosts, c.VendorHosts)
	for _, part := range []string{c.Page, c.Endpoint} {
		if host := hostOf(part); host != "" {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// mayAsk says whether the page may ask an address.
func (c Config) mayAsk(address string) bool {
	return !strings.HasPrefix(address, "http") || slices.Contains(c.hosts(), hostOf(address))
}

func withoutPort(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return hostPort
}

// hostOf returns the host of an address without its port, as the browser
// writes it, or "".
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// pins are the SPKI hashes of the certificates of page and endpoint when they
// come from an authority that only we were told of. The browser cannot be given
// an authority; so the chain is verified here, and the browser is told to take
// this certificate.
func (c Config) pins(ctx context.Context) ([]string, error) {
	if len(c.CA) == 0 || c.ClientCert != nil { // else gateways verify
		return nil, nil
	}
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	var pins []string
	for _, part := range []string{c.Page, c.Endpoint} {
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "https" {
			continue
		}
		pin, err := c.pin(ctx, u, roots)
		if err != nil {
			return nil, fmt.Errorf("the certificate of %s: %w", u.Host, err)
		}
		pins = append(pins, pin)
	}
	return pins, nil
}

// roots are the authorities that certificates may come from.
func (c Config) roots() (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if len(c.CA) > 0 && !roots.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("the file of --ca contains no certificate")
	}
	return roots, nil
}

func (c Config) pin(ctx context.Context, u *url.URL, roots *x509.CertPool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(ctx, "tcp", address.Book(c.Resolve).Lookup(address.HostPort(u)))
	if err != nil {
		return "", err
	}
	defer connection.Close()
	secured, ok := connection.(*tls.Conn)
	if !ok || len(secured.ConnectionState().PeerCertificates) == 0 {
		return "", errors.New("the server showed no certificate")
	}
	sum := sha256.Sum256(secured.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}
