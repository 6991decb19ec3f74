package cli

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/internal/input"
)

// open opens the port of the widget and the assistant, with TLS where it is asked
// for: a page on https may talk to nothing else.
func (f mockFlags) open(out io.Writer) (net.Listener, error) {
	certificate, err := f.certificate()
	if err != nil {
		return nil, err
	}
	l, err := f.listenAt("--listen", f.listen, f.anyListen, out)
	if err != nil || !f.secure() {
		return l, err
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

func (f mockFlags) secure() bool { return f.tls || f.tlsCert != "" }

func (f mockFlags) scheme() string {
	if f.secure() {
		return "https://"
	}
	return "http://"
}

// certificate returns the given certificate, or one made for the names of the listener.
func (f mockFlags) certificate() (tls.Certificate, error) {
	switch {
	case (f.tlsCert == "") != (f.tlsKey == ""):
		return tls.Certificate{}, usageErrorf("--tls-cert and --tls-key belong together")
	case f.tlsCert != "":
		cert, err := input.File(f.tlsCert, maxInput)
		if err != nil {
			return tls.Certificate{}, usageErrorf("--tls-cert: %w", err)
		}
		key, err := input.File(f.tlsKey, maxInput)
		if err != nil {
			return tls.Certificate{}, usageErrorf("--tls-key: %w", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return pair, usageErrorf("--tls-cert: %w", err)
		}
		return pair, nil
	case !f.tls:
		return tls.Certificate{}, nil
	}
	machine, _ := os.Hostname() // without it the certificate has one name less
	_, pair, err := keys.Authority(f.ownName(), machine, outside())
	return pair, err
}

// ownName is the host under which the mock was told to listen; "" for all.
func (f mockFlags) ownName() string {
	host, _, _ := net.SplitHostPort(f.listen) // a wrong address is told when it is listened on
	return strings.ToLower(host)
}

// listenAt opens a port, another one when it is taken and nobody asked for it, and
// says what to do when it cannot. One that other machines reach wants consent.
func (f mockFlags) listenAt(flag, at string, anyPort bool, out io.Writer) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", at)
	if err != nil {
		return nil, usageErrorf("%s: %w; choose another address, such as 127.0.0.1:0", flag, err)
	}
	if !resolved.IP.IsLoopback() && !f.consent {
		return nil, usageErrorf("%s %s can be reached by other machines, which may then read tokens and what is said in the chat; say --yes if they may", flag, at)
	}
	l, err := net.Listen("tcp", resolved.String()) // what was looked at, not what the name leads to by now
	if err != nil && anyPort {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, usageErrorf("%s: %w; choose another address, port 0 takes a free one", flag, err)
	}
	if own, ok := l.Addr().(*net.TCPAddr); ok && !own.IP.IsLoopback() {
		fmt.Fprintf(out, "Mind: %s %s can be reached by other machines, at %s.\n", flag, at, net.JoinHostPort(outside(), fmt.Sprint(own.Port)))
	}
	return l, nil
}

// openable is the host and port at which a listener can be opened on this machine:
// one on all addresses has none of its own.
func openable(l net.Listener) string {
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsUnspecified() {
		return l.Addr().String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(at.Port))
}

// outside is an address under which other machines reach this one, or its name.
func outside() string {
	all, _ := net.InterfaceAddrs() // without them the name must do
	for _, a := range all {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() && network.IP.To4() != nil {
			return network.IP.String()
		}
	}
	name, _ := os.Hostname()
	return name
}
