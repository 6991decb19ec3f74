package browser

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// fence is what all connections of the browser go through: a SOCKS proxy
// (RFC 1928) of our own that connects to the allowed hosts and to no other,
// whatever asks, the page, a worker or the browser itself. The browser resolves
// no name and sends no datagram. A proxy of the environment stands behind the
// fence, not beside it.
type fence struct {
	listener net.Listener
	config   Config
	gateways map[string]*gateway // by host and port
	open     sync.WaitGroup
	stop     context.CancelFunc
	ctx      context.Context

	mu   sync.Mutex
	ends map[string]string // by host and port: how the last connection failed, as the browser calls it
	last string            // the newest of these
}

// Errors of Chromium's network stack that the fence stands for.
const (
	errorSOCKS    = "net::ERR_SOCKS_CONNECTION_FAILED"
	errorRefused  = "net::ERR_CONNECTION_REFUSED"
	errorTimedOut = "net::ERR_CONNECTION_TIMED_OUT"
	errorNoRoute  = "net::ERR_ADDRESS_UNREACHABLE"
)

// connectLimit bounds the way to a host.
const connectLimit = 20 * time.Second

func openFence(c Config, gateways map[string]*gateway) (*fence, error) {
	listener, err := listenForOwn()
	if err != nil {
		return nil, err
	}
	f := &fence{listener: listener, config: c, gateways: gateways, ends: map[string]string{}}
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.open.Go(func() {
		defer panics.Tell()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.open.Go(func() {
				defer panics.Tell()
				f.serve(conn)
			})
		}
	})
	return f, nil
}

// close ends all connections.
func (f *fence) close() {
	if f == nil {
		return
	}
	f.stop()
	_ = f.listener.Close()
	f.open.Wait()
}

// switches send the browser through the fence, and leave it no other way.
func (f *fence) switches() map[string]any {
	const noDatagrams = "disable_non_proxied_udp"
	return map[string]any{
		"proxy-server":                           "socks5://" + f.listener.Addr().String(),
		"proxy-bypass-list":                      "<-loopback>",
		"host-resolver-rules":                    "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"force-webrtc-ip-handling-policy":        noDatagrams,
		"webrtc-ip-handling-policy":              noDatagrams,
		"disable-quic":                           true,
		"disable-background-networking":          true,
		"disable-domain-reliability":             true,
		"dns-prefetch-disable":                   true,
		"disable-features":                       disabledFeatures,
		"disable-client-side-phishing-detection": true,
	}
}

// disabledFeatures are those of the browser that ask its maker, or find hosts
// nearby, beside what the library that drives it turns off; the isolation of sites, so
// that frames of other sites stand in the page's own process; and the suggestions below
// the address bar, which nobody sees here and which are two more pages for each window.
const disabledFeatures = "Translate,BlinkGenPropertyTrees,IsolateOrigins,site-per-process,OptimizationHints,MediaRouter,DialMediaRouteProvider,AsyncDns," +
	"WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess"

// errNotFenced is the end of the page part with a browser that has another way out.
var errNotFenced = errors.New("it does not go through the fence of this program, which keeps tokens from other hosts: " +
	"a policy of this machine (chrome://policy), or a program around it, gives it a proxy of its own; name another browser with --chromium")

// prove has the browser go to a host that nobody has, and sees whether it asks for it
// here: a policy of the machine comes before all switches. Nothing of the page has run.
func (f *fence) prove(browser context.Context) error {
	ctx, cancel := context.WithTimeout(browser, connectLimit)
	defer cancel()
	nowhere := "fence-" + strings.ToLower(rand.Text()) + ".invalid"
	_, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: "http://" + nowhere + "/"})
	f.mu.Lock()
	_, asked := f.ends[nowhere+":80"]
	f.last = ""
	f.mu.Unlock()
	if err != nil || !asked {
		return cmp.Or(err, errNotFenced)
	}
	_, err = chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: "about:blank"}) // where somebody looks on
	return err
}

// serve does for one connection what the browser wants, if it may.
func (f *fence) serve(conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(f.ctx, func() { _ = conn.Close() })()
	_ = conn.SetDeadline(time.Now().Add(connectLimit))
	from := bufio.NewReader(conn)
	hostPort, err := greet(from, conn)
	if err != nil {
		return
	}
	to, err := f.connect(hostPort)
	if err != nil {
		f.note(hostPort, nameOf(err))
		_ = reply(conn, 4) // host unreachable
		return
	}
	defer to.Close()
	defer context.AfterFunc(f.ctx, func() { _ = to.Close() })()
	f.note(hostPort, "")
	if reply(conn, 0) != nil {
		return
	}
	_ = conn.SetDeadline(time.Time{})
	var back sync.WaitGroup
	back.Go(func() {
		defer panics.Tell()
		_, _ = io.Copy(conn, to)
		closeWrite(conn)
	})
	_, _ = io.Copy(to, from)
	closeWrite(to)
	back.Wait()
}

// closeWrite says that nothing more will be sent.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = conn.Close()
}

// greet reads what the browser wants to be connected to.
func greet(from *bufio.Reader, conn net.Conn) (hostPort string, err error) {
	var start [2]byte
	if _, err := io.ReadFull(from, start[:]); err != nil || start[0] != 5 {
		return "", errors.New("no SOCKS 5")
	}
	if _, err := from.Discard(int(start[1])); err != nil {
		return "", err
	}
	if _, err := conn.Write([]byte{5, 0}); err != nil { // no authentication
		return "", err
	}
	var request [4]byte
	if _, err := io.ReadFull(from, request[:]); err != nil {
		return "", err
	}
	if request[1] != 1 {
		return "", errors.Join(errors.New("only connections are made"), reply(conn, 7))
	}
	host, err := readHost(from, request[3])
	if err != nil {
		return "", err
	}
	var port [2]byte
	if _, err := io.ReadFull(from, port[:]); err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), nil
}

// readHost reads a host of the kind.
func readHost(from *bufio.Reader, kind byte) (string, error) {
	length := map[byte]int{1: 4, 4: 16}[kind]
	if kind == 3 {
		count, err := from.ReadByte()
		if err != nil {
			return "", err
		}
		length = int(count)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(from, text); err != nil || length == 0 {
		return "", errors.New("no host")
	}
	if kind == 3 {
		return string(text), nil
	}
	ip, _ := netip.AddrFromSlice(text)
	return ip.String(), nil
}

func reply(conn net.Conn, code byte) error {
	_, err := conn.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
	return err
}

// errNotAllowed is the end of a connection to a host that the page may not ask.
var errNotAllowed = errors.New("the host is not allowed")

// connect connects to a host, if it is allowed: through its gateway, as the
// configuration says, or through the proxy of the environment.
func (f *fence) connect(hostPort string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(f.ctx, connectLimit)
	defer cancel()
	dialer := &net.Dialer{}
	if gateway := f.gateways[hostPort]; gateway != nil {
		return dialer.DialContext(ctx, "tcp", gateway.listener.Addr().String())
	}
	book := address.Book(f.config.Resolve)
	if !f.allows(hostPort) && !book.Has(hostPort) {
		return nil, errNotAllowed
	}
	scheme := "http"
	if strings.HasSuffix(hostPort, ":443") {
		scheme = "https"
	}
	proxy, err := book.Proxy(&http.Request{URL: &url.URL{Scheme: scheme, Host: hostPort}})
	if err != nil {
		return nil, err
	}
	if proxy != nil {
		return through(ctx, dialer, proxy, hostPort)
	}
	return book.DialContext(dialer.DialContext)(ctx, "tcp", hostPort)
}

// allows says whether the page may ask the host. An allowed "*.shop.example" is
// every host below it.
func (f *fence) allows(hostPort string) bool {
	host := strings.ToLower(strings.TrimSuffix(withoutPort(hostPort), "."))
	if profiles.IsVendorHost(host) {
		return slices.Contains(f.config.VendorHosts, host) // one by one, not below an allowed "*.example"
	}
	return slices.ContainsFunc(f.config.hosts(), func(allowed string) bool {
		suffix, below := strings.CutPrefix(strings.ToLower(allowed), "*")
		return strings.EqualFold(allowed, host) || below && suffix != "" && strings.HasSuffix(host, suffix)
	})
}

// through connects to a host by way of an HTTP proxy (RFC 9110 §9.3.6).
func through(ctx context.Context, dialer *net.Dialer, proxy *url.URL, hostPort string) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", address.HostPort(proxy))
	if err != nil {
		return nil, fmt.Errorf("the proxy of the environment: %w", err)
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: hostPort}, Host: hostPort, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		login := http.Request{Header: http.Header{}}
		login.SetBasicAuth(user.Username(), password)
		request.Header.Set("Proxy-Authorization", login.Header.Get("Authorization"))
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if err := request.Write(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// Nothing comes after the answer until we have sent something, so that the
	// reader holds back nothing.
	response, err := http.ReadResponse(bufio.NewReader(conn), request) //nolint:bodyclose // what follows is the tunnel
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("the proxy of the environment answers %s", response.Status), conn.Close())
	}
	return conn, conn.SetDeadline(time.Time{})
}

// nameOf is what the browser calls an error without a proxy.
func nameOf(err error) string {
	var dns *net.DNSError
	var slow net.Error
	switch {
	case errors.Is(err, errNotAllowed), errors.As(err, &dns):
		return record.Unresolved
	case errors.Is(err, syscall.ECONNREFUSED):
		return errorRefused
	case errors.As(err, &slow) && slow.Timeout():
		return errorTimedOut
	}
	return errorNoRoute
}

// maxEnds bounds the hosts of which it is kept how a connection failed: a page may ask
// for any number of them.
const maxEnds = 1000

func (f *fence) note(hostPort, end string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.ends[hostPort]; !known && len(f.ends) >= maxEnds {
		clear(f.ends)
	}
	if f.ends[hostPort] = end; end != "" {
		f.last = end
	}
}

// named is an error of the browser under the name that it has without the fence.
// The address is where the request went.
func (f *fence) named(netError, to string) string {
	if f == nil || netError != errorSOCKS {
		return netError
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if u, err := url.Parse(to); err == nil && f.ends[address.HostPort(u)] != "" {
		return f.ends[address.HostPort(u)]
	}
	return f.last
}
