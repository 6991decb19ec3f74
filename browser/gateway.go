package browser

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/internal/panics"
)

// gateway stands between the browser and one host that wants a client
// certificate, which Chromium cannot be given. The browser meets it under the
// host's own name, with a certificate made for this run, and it asks the host in
// the browser's place, whose certificate it verifies.
type gateway struct {
	listener net.Listener
	server   *http.Server
	pin      string // SPKI hash of its own certificate
}

// openGateway opens one to the host of an address.
func (c Config) openGateway(to *url.URL, roots *x509.CertPool) (*gateway, error) {
	own, pin, err := ownCertificate(to.Hostname())
	if err != nil {
		return nil, err
	}
	plain, err := listenForOwn()
	if err != nil {
		return nil, err
	}
	listener := tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12})
	book := address.Book(c.Resolve)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: to.Scheme, Host: to.Host})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, hostPort string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, book.Lookup(hostPort))
			},
			TLSClientConfig: &tls.Config{
				RootCAs: roots, ServerName: to.Hostname(), MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*c.ClientCert},
			},
		},
	}
	g := &gateway{listener: listener, pin: pin, server: &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}}
	go func() {
		defer panics.Tell()
		_ = g.server.Serve(listener) // it ends with close
	}()
	return g, nil
}

func (g *gateway) close() { _ = g.server.Close() }

// ownCertificate makes a certificate for a host, with the hash of its key.
func ownCertificate(host string) (tls.Certificate, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	sum := sha256.Sum256(parsed.RawSubjectPublicKeyInfo)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, base64.StdEncoding.EncodeToString(sum[:]), nil
}
