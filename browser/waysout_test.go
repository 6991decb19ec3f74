package browser_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// waysOutTo is the script that tries every way to a trap; it is the one of a number.
func waysOutTo(t *testing.T, to *trap, number int) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"requests", "elements", "navigation", "workers", "interfaces", "datagrams"} {
		text, err := os.ReadFile(filepath.Join("testdata", "waysout", name+".js"))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return strings.ReplaceAll(to.fill(all.String()), "NUMBER", strconv.Itoa(number))
}

// inHeaders are ways out that the headers of an answer open.
const inHeaders = `Link: <http://HOST/link-header>; rel=preload; as=image
Link: <http://HOST/link-header-module.js>; rel=modulepreload
Link: <http://HOST/link-header.css>; rel=stylesheet
Link: <http://HOST/link-header-prefetch>; rel=prefetch
Link: <http://HOST/>; rel=preconnect
Link: <http://NAME/>; rel=dns-prefetch
Speculation-Rules: "http://HOST/speculation-rules.json"
Content-Security-Policy-Report-Only: default-src 'none'; report-uri http://HOST/csp-report
Content-Security-Policy-Report-Only: script-src 'none'; report-to reports
Reporting-Endpoints: reports="https://SECURE/reports", default="https://SECURE/reports"
Report-To: {"group":"nel","max_age":99,"endpoints":[{"url":"https://SECURE/nel"}]}
NEL: {"report_to":"nel","max_age":99,"success_fraction":1}
SourceMap: http://HOST/sourcemap-header.map
Alt-Svc: h3="DATAGRAMS"; ma=99, h2="SECURE"; ma=99`

// beside is the script of a service worker that asks the host in its address, at once
// or when it is told to.
const beside = `
const address = new URL(location).searchParams, host = address.get("host"), later = address.get("later");
if (host) {
	fetch("http://" + host + "/serviceworker", {mode: "no-cors"}).catch(() => {});
	try { importScripts("http://" + host + "/serviceworker-import.js"); } catch {}
}
if (later) {
	for (const event of ["message", "sync", "periodicsync", "push"])
		addEventListener(event, e => e.waitUntil(fetch("http://" + later + "/serviceworker-" + event, {mode: "no-cors"}).catch(() => {})));
}
`

// waysThatWork are those of which it is shown that they lead out where they may: of
// the others, which want a browser of another kind or a user who agrees, or which the
// browser only takes when it has the time (early-hint), it is only seen that nothing
// comes of them.
var waysThatWork = strings.Fields(`
	area attribution authority background backgroundfetch base beacon body-background border cache cell
	constructed content cross-fade csp-report css-module cursor data-frame download embed
	eventsource exchange-certificate fetch fetchlater fetchlater-unload font fontface fonts-add form
	form-tab formaction fragment.js frame from-window hints iframe image image-alias image-set
	imagesrcset import-first.css import.css import.js import.json importmap.js importscripts input
	javascript keepalive keepalive-later layoutworklet link-compression-dictionary link-header
	link-header-module.js link-header-prefetch link-modulepreload link-prefetch link-stylesheet list
	location mask mask-box module.js navigate nested-worker new-tab object object-image pagehide
	paintworklet password payment picture ping poster preload-fetch preload-font preload-image
	preload-script preload-style preload-track print.css redirected redirected-frame reflect refresh
	refresh-header script.js serviceworker serviceworker-import.js serviceworker-message
	serviceworker-sync shadow shape sharedworker srcset svg-clip svg-fill svg-filter svg-foreign
	svg-image svg-link svg-mask svg-script.js table tls topics track unload variable wasm websocket
	websocketstream window worker worker-eventsource worker-import.js worker-websocket worker-xhr xhr
	xml.css`)

// missing are the ways that work, of those that nothing has arrived by.
func (tr *trap) missing() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(waysThatWork), func(way string) bool { return tr.paths["/"+way] })
}

// tryLimit is how long a page has for its tries; it takes a few seconds on a machine
// that is not busy. Afterwards is how long what it has begun has.
const tryLimit, afterwards = 2 * time.Minute, time.Second

// tryEveryWayOut opens a page that tries every way out, to each of the hosts, until all
// is tried and done.
func tryEveryWayOut(t *testing.T, config browser.Config, done func() bool, hosts ...*trap) {
	t.Helper()
	site := &pageWithWaysOut{hosts: hosts, chainless: chainless(t, hosts)}
	for i, to := range hosts {
		site.scripts = append(site.scripts, waysOutTo(t, to, i))
	}
	server := httptest.NewServer(site)
	defer server.Close()
	config.Page, config.PublicKeys, config.Timeout = server.URL, []string{keys.PublicPEM(&keys.For("fence").PublicKey)}, tryLimit
	config.Chromium = eagerBrowser(t)
	ctx, cancel := context.WithTimeout(t.Context(), tryLimit)
	defer cancel()
	all := func() bool { return site.tried.Load() >= int64(len(hosts)) && done() }
	go func() {
		for !all() && ctx.Err() == nil {
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(afterwards)
		cancel()
	}()
	if page, err := browser.Gather(ctx, config, nil); page == nil || len(page.Visits) == 0 {
		t.Fatalf("the page was not visited: %v", err)
	}
	if site.tried.Load() < int64(len(hosts)) {
		t.Errorf("not all ways were tried, so that this proves nothing")
	}
}

// eagerBrowser is the browser with what is still being tried out, and with reports that
// are sent at once, not after a minute.
func eagerBrowser(t *testing.T) string {
	t.Helper()
	path, err := browser.Find()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(t.TempDir(), "chromium")
	script := "#!/bin/sh\nexec " + path + " --short-reporting-delay --enable-experimental-web-platform-features \"$@\"\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return wrapper
}

// pageWithWaysOut is a site with a page of that kind.
type pageWithWaysOut struct {
	hosts     []*trap
	scripts   []string // to each of the hosts
	chainless string   // host and port of a server whose authority is to be had from the hosts
	opened    atomic.Bool
	tried     atomic.Int64
}

func (p *pageWithWaysOut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, header := r.FormValue("to"), w.Header()
	switch r.URL.Path {
	case "/tried":
		p.tried.Add(1)
	case "/worker.js":
		header.Set("Content-Type", "text/javascript")
		fmt.Fprint(w, beside)
	case "/redirect":
		http.Redirect(w, r, to, http.StatusFound)
	case "/refresh":
		header.Set("Refresh", "0; url="+to)
	case "/playlist.m3u8":
		header.Set("Content-Type", "application/vnd.apple.mpegurl")
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI=%q\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n", to+"&key", to)
	case "/exchange":
		header.Set("Content-Type", "application/signed-exchange;v=b3")
		header.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(signedExchange("https://" + to + "/exchange-certificate"))
	case "/":
		if p.opened.CompareAndSwap(false, true) { // by one visitor, which is enough
			p.serve(w)
		}
	}
}

func (p *pageWithWaysOut) serve(w http.ResponseWriter) {
	for _, to := range p.hosts {
		for line := range strings.Lines(to.fill(inHeaders)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			w.Header().Add(name, value)
		}
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, "<!doctype html><body><script>const token = 'c2VjcmV0'; fetch('https://%s/').catch(() => {})</script>", p.chainless)
	fmt.Fprint(w, "<script>") // one for all, since another would wait for the styles of the first
	for _, script := range p.scripts {
		fmt.Fprintf(w, "{%s\nfetch('/tried');\n}\n", script)
	}
	fmt.Fprint(w, "</script>")
}

// signedExchange is an exchange of somebody else whose signature the browser verifies
// with the certificate at an address, which it asks for.
func signedExchange(certificate string) []byte {
	const site = "https://exchange.example/"
	bytesOf := func(text string) []byte { // CBOR (RFC 8949 §3.1), up to 255 bytes, as short as can be
		if len(text) < 24 {
			return append([]byte{0x40 + byte(len(text))}, text...)
		}
		return append([]byte{0x58, byte(len(text))}, text...)
	}
	header := []byte{0xa0 + 4} // names sorted by length, then by bytes
	for _, text := range []string{"digest", "mi-sha256-03=" + base64.StdEncoding.EncodeToString(make([]byte, 32)), ":status", "200", "content-type", "text/html", "content-encoding", "mi-sha256-03"} {
		header = append(header, bytesOf(text)...)
	}
	now := time.Now().Unix()
	encoded := "*" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "*"
	signature := fmt.Sprintf(`label; sig=%s; integrity="digest/mi-sha256-03"; validity-url="%svalid"; cert-url="%s"; cert-sha256=%s; date=%d; expires=%d`,
		encoded, site, certificate, encoded, now-60, now+60)
	size := func(bytes, n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)}[3-bytes:] }
	return slices.Concat([]byte("sxg1-b3\x00"), size(2, len(site)), []byte(site), size(3, len(signature)), size(3, len(header)), []byte(signature), header)
}

// chainless is a server whose certificate says only where its authority is, and where
// one may ask whether it still holds: at the hosts.
func chainless(t *testing.T, hosts []*trap) string {
	t.Helper()
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, to := range hosts {
		template.IssuingCertificateURL = append(template.IssuingCertificateURL, "http://"+to.host+"/authority")
		template.OCSPServer = append(template.OCSPServer, "http://"+to.host+"/ocsp")
		template.CRLDistributionPoints = append(template.CRLDistributionPoints, "http://"+to.host+"/crl")
	}
	from := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority that nobody knows"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, from, &own.PublicKey, authority)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// way finds the names of ways in the scripts.
var way = regexp.MustCompile(`\b(?:way|style)\("([\w.-]+)"`)

// withoutEffect are the ways by which nothing arrives: another browser may know them.
func (tr *trap) withoutEffect(script string) (names []string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, found := range way.FindAllStringSubmatch(script, -1) {
		if !tr.paths["/"+found[1]] {
			names = append(names, found[1])
		}
	}
	return names
}
