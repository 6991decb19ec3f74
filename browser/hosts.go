package browser

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
)

// switches are those of the browser that the configuration asks for.
func (c Config) switches(ctx context.Context) (map[string]any, error) {
	switches := map[string]any{"host-resolver-rules": c.resolverRules()}
	pins, err := c.pins(ctx)
	if err != nil {
		return nil, err
	}
	if len(pins) > 0 {
		switches["ignore-certificate-errors-spki-list"] = strings.Join(pins, ",")
	}
	return switches, nil
}

// resolverRules lets nothing resolve but loopback, the hosts of page and
// endpoint, and those that the user allowed.
func (c Config) resolverRules() string {
	var rules []string
	for host, to := range c.Resolve {
		rules = append(rules, "MAP "+host+" "+to)
	}
	slices.Sort(rules)
	rules = append(rules, "MAP * ~NOTFOUND")
	hosts := append([]string{"localhost", "127.0.0.1", "[::1]"}, c.AllowHosts...)
	for _, part := range []string{c.Page, c.Endpoint} {
		if host := hostOf(part); host != "" {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	for _, host := range slices.Compact(hosts) {
		if c.Resolve[host] == "" { // an excluded host would not be mapped
			rules = append(rules, "EXCLUDE "+host)
		}
	}
	return strings.Join(rules, ", ")
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
	if len(c.CA) == 0 {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("there is no certificate in the given authorities (--ca)")
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
