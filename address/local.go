package address

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// IsLoopback says whether an address is on this machine: loopback, and the
// unspecified address, to which systems connect as if it were.
func IsLoopback(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsLoopback() || ip.IsUnspecified()
}

// IsLocalName says whether a host, a name or an address with or without
// brackets, is this machine by its name alone: localhost and the names below it,
// which never leave the machine (RFC 6761 §6.3), and what [IsLoopback] says.
func IsLocalName(host string) bool {
	if ip, ok := parse(host); ok {
		return IsLoopback(ip)
	}
	return isLocalhost(host)
}

// isLocalhost says whether host is localhost or a name below it.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func parse(host string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return ip, err == nil
}

// IsLocal says whether a request to u stays on this machine: neither a proxy nor
// another machine gets it. A name that does not resolve is not local.
func (b Book) IsLocal(ctx context.Context, u *url.URL) bool {
	if proxy, err := b.proxyOf(u); err != nil || proxy != nil {
		return false
	}
	host, _, err := net.SplitHostPort(b.Lookup(HostPort(u)))
	if err != nil {
		return false
	}
	if _, isAddress := parse(host); isAddress || isLocalhost(host) {
		return IsLocalName(host)
	}
	return leadsHere(ctx, host)
}

// leadsHere says whether all addresses of a name are this machine's.
func leadsHere(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return false
	}
	for _, ip := range found {
		if !IsLoopback(ip) {
			return false
		}
	}
	return true
}

// HostPort returns the host and port of an address, the usual port where it
// names none.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "wss": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// ErrElsewhere is returned for connections that would leave this machine where
// they must not.
var ErrElsewhere = errors.New("the connection leads to another machine")

// Dial is what connects, as in [net.Dialer.DialContext].
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// OnlyLocal returns connect, held to this machine: any other connection is
// closed at once, and its error is [ErrElsewhere].
func OnlyLocal(connect Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := connect(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if there, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !IsLoopback(there.AddrPort().Addr()) {
			return nil, errors.Join(fmt.Errorf("%w: %s leads to %s", ErrElsewhere, address, conn.RemoteAddr()), conn.Close())
		}
		return conn, nil
	}
}

// Names says whether one of the hosts, each "host" or "host:port", is that of
// the address.
func Names(hosts []string, u *url.URL) bool {
	for _, host := range hosts {
		name, port := split(host)
		_, theirs, _ := net.SplitHostPort(HostPort(u))
		if strings.EqualFold(name, u.Hostname()) && (port == "" || port == theirs) {
			return true
		}
	}
	return false
}
