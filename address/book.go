package address

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// lookupLimit bounds the search for the addresses of a name.
const lookupLimit = 2 * time.Second

// Book has addresses in the place of DNS, as --resolve gives them: the key is
// "host" or "host:port", where the one with the port goes first, and the value
// an address with or without a port, or another name.
type Book map[string]string

// Validate returns an error for an entry that leads nowhere.
func (b Book) Validate() error {
	for name, to := range b {
		for _, part := range []string{name, to} {
			host, port := split(part)
			if host == "" || strings.ContainsAny(host, "/@ ") {
				return fmt.Errorf("resolve %s=%s: want HOST=ADDRESS or HOST:PORT=ADDRESS", name, to)
			}
			if number, err := strconv.Atoi(port); port != "" && (err != nil || number < 1 || number > 65535) {
				return fmt.Errorf("resolve %s=%s: %q is not a port", name, to, port)
			}
		}
	}
	return nil
}

// Lookup returns where to connect for hostPort: what the book says, else
// hostPort itself.
func (b Book) Lookup(hostPort string) string {
	to, port, found := b.entry(hostPort)
	if !found {
		return hostPort
	}
	host, otherPort := split(to)
	if otherPort != "" {
		port = otherPort
	}
	return net.JoinHostPort(host, port)
}

// Has says whether the book says where hostPort is.
func (b Book) Has(hostPort string) bool {
	_, _, found := b.entry(hostPort)
	return found
}

func (b Book) entry(hostPort string) (to, port string, found bool) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", "", false
	}
	for _, withPort := range []bool{true, false} {
		for name, to := range b {
			named, namedPort := split(name)
			if strings.EqualFold(named, host) && (namedPort != "") == withPort && (!withPort || namedPort == port) {
				return to, port, true
			}
		}
	}
	return "", port, false
}

// split takes "host", "host:port", "[::1]", "[::1]:port" or "::1" apart.
func split(text string) (host, port string) {
	if ip, ok := parse(text); ok {
		return ip.String(), ""
	}
	if host, port, err := net.SplitHostPort(text); err == nil {
		return host, port
	}
	return strings.Trim(text, "[]"), ""
}

// DialContext returns connect with the book before DNS. Localhost and the names
// below it lead to this machine, whatever DNS says of them.
func (b Book) DialContext(connect Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		address = b.Lookup(address)
		host, port, err := net.SplitHostPort(address)
		if err != nil || !isLocalhost(host) {
			return connect(ctx, network, address)
		}
		conn, err := connect(ctx, network, net.JoinHostPort("127.0.0.1", port))
		if err != nil && ctx.Err() == nil {
			if six, failed := connect(ctx, network, net.JoinHostPort("::1", port)); failed == nil {
				return six, nil
			}
		}
		return conn, err
	}
}

// Proxy is for [http.Transport.Proxy]: the proxy of the environment, but none
// for this machine and for what the book names, which DNS is not asked for.
func (b Book) Proxy(request *http.Request) (*url.URL, error) {
	if host := request.URL.Hostname(); IsLocalName(host) || b.Has(HostPort(request.URL)) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(request)
}

func (b Book) proxyOf(u *url.URL) (*url.URL, error) {
	return b.Proxy(&http.Request{URL: u})
}
