package browser_test

import (
	"context"
	_ "embed"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

//go:embed testdata/waysout.js
var waysOut string

// inHeaders are ways out that the headers of an answer open.
const inHeaders = `Link: <http://HOST/link-header>; rel=preload; as=image
Content-Security-Policy-Report-Only: default-src 'none'; report-uri http://HOST/csp-report
Content-Security-Policy-Report-Only: script-src 'none'; report-to reports
Reporting-Endpoints: reports="https://SECURE/reports", default="https://SECURE/reports"
Report-To: {"group":"nel","max_age":99,"endpoints":[{"url":"https://SECURE/nel"}]}
NEL: {"report_to":"nel","max_age":99,"success_fraction":1}
Alt-Svc: h3="DATAGRAMS"; ma=99`

// beside is the script of a service worker that asks the host in its address.
const beside = `
const host = new URL(location).searchParams.get("host");
if (host) {
	fetch("http://" + host + "/serviceworker", {mode: "no-cors"}).catch(() => {});
	try { importScripts("http://" + host + "/serviceworker-import.js"); } catch {}
}
`

// trap counts what arrives at an address.
type trap struct {
	host, datagrams, secure, name string
	authority                     []byte // PEM, of its certificate
	connections, packets          atomic.Int64
	mu                            sync.Mutex
	paths                         map[string]bool
}

// setTrap listens at an address of this machine, on TCP, with and without TLS, and on
// UDP. Name leads to the one with TLS where anybody says so.
func setTrap(t *testing.T, ip, name string) *trap {
	t.Helper()
	tr := &trap{name: name, paths: map[string]bool{}}
	listen := func() net.Listener {
		listener, err := net.Listen("tcp", ip+":0")
		if err != nil {
			t.Skipf("there is no other address of this machine to listen on: %v", err)
		}
		return listener
	}
	packets, err := net.ListenPacket("udp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	config := func() *http.Server {
		return &http.Server{
			ErrorLog: log.New(io.Discard, "", 0),
			Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				tr.mu.Lock()
				defer tr.mu.Unlock()
				tr.paths[r.URL.Path] = true
			}),
			ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					tr.connections.Add(1)
				}
			},
		}
	}
	server := &httptest.Server{Listener: listen(), Config: config()}
	server.Start()
	secured := &httptest.Server{Listener: listen(), Config: config()}
	secured.StartTLS()
	go func() {
		for buffer := make([]byte, 2048); ; {
			if _, _, err := packets.ReadFrom(buffer); err != nil {
				return
			}
			tr.packets.Add(1)
		}
	}()
	t.Cleanup(func() {
		for _, server := range []*httptest.Server{server, secured} {
			server.CloseClientConnections()
			server.Close()
		}
		_ = packets.Close()
	})
	tr.host, tr.secure, tr.datagrams = server.Listener.Addr().String(), secured.Listener.Addr().String(), packets.LocalAddr().String()
	tr.authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw})
	return tr
}

// arrived says how much arrived, and by which ways.
func (tr *trap) arrived() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return fmt.Sprintf("%d connections, %d datagrams: %v", tr.connections.Load(), tr.packets.Load(), slices.Sorted(maps.Keys(tr.paths)))
}

// waysThatWork are those of which it is shown that they lead out where they may: of
// the others, which want a browser of another kind or a user who agrees, it is only
// seen that nothing comes of them.
var waysThatWork = strings.Fields(`
	background beacon border cache content csp-report cursor data-frame download embed eventsource fetch
	fetchlater font fontface form iframe image import.css import.js importscripts input keepalive
	link-compression-dictionary link-header link-modulepreload link-prefetch link-stylesheet list location
	mask module.js object paintworklet payment ping poster preload refresh script.js serviceworker
	serviceworker-import.js sharedworker srcset svg-filter svg-image tls track wasm websocket
	new-tab window from-window worker
	worker-websocket xhr`)

// missing are the ways that work, of those that nothing has arrived by.
func (tr *trap) missing() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(waysThatWork), func(way string) bool { return tr.paths["/"+way] })
}

// A page reaches no host that is not allowed, whatever it tries, and no proxy of
// the environment helps it. What it tries works where it is allowed.
func TestNothingLeavesTheFence(t *testing.T) {
	for name, proxied := range map[string]bool{"without a proxy": false, "with a proxy": true} {
		t.Run(name, func(t *testing.T) {
			outside, proxy, allowed := setTrap(t, "127.0.0.3", "outside.example"), setTrap(t, "127.0.0.4", ""), setTrap(t, "127.0.0.1", "allowed.example")
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
				value := ""
				if proxied {
					value = "http://" + proxy.host
				}
				t.Setenv(name, value)
			}
			opened := programsOpened(t)
			tryEveryWayOut(t, browser.Config{
				Endpoint: "https://" + allowed.secure + "/token", CA: allowed.authority, Resolve: map[string]string{allowed.name + ":443": allowed.secure},
			}, func() bool { return len(allowed.missing()) == 0 }, allowed, outside)
			for name, trap := range map[string]*trap{"a host that is not allowed": outside, "the proxy of the environment": proxy} {
				if trap.connections.Load()+trap.packets.Load() > 0 {
					t.Errorf("%s got %s", name, trap.arrived())
				}
			}
			if packets := allowed.packets.Load(); packets > 0 {
				t.Errorf("%d datagrams were sent, which no fence sees", packets)
			}
			if missing := allowed.missing(); len(missing) > 0 {
				t.Errorf("%v do not reach the host that is allowed, so that they prove nothing elsewhere", missing)
			}
			if programs, err := os.ReadFile(opened); err == nil && strings.Contains(string(programs), "c2VjcmV0") {
				t.Errorf("the browser has given the token to other programs: %s", programs)
			}
		})
	}
}

// programsOpened puts programs before those of the system by which a browser opens
// addresses with others, and returns the file in which they note what they are given.
func programsOpened(t *testing.T) string {
	folder := t.TempDir()
	file := filepath.Join(folder, "opened")
	for _, name := range []string{"xdg-open", "xdg-email", "gio", "kde-open"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\necho $0 \"$@\" >> "+file+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return file
}

// tryLimit is how long a page has for its tries; it takes a few seconds on a machine
// that is not busy. Afterwards is how long what it has begun has.
const tryLimit, afterwards = 30 * time.Second, time.Second

// tryEveryWayOut opens a page that tries every way out, to each of the hosts, until all
// is tried and done.
func tryEveryWayOut(t *testing.T, config browser.Config, done func() bool, hosts ...*trap) {
	t.Helper()
	var tried atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tried":
			tried.Add(1)
			return
		case "/worker.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, beside)
			return
		}
		for _, to := range hosts {
			for line := range strings.Lines(to.fill(inHeaders)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				w.Header().Add(name, value)
			}
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><body><script>const token = 'c2VjcmV0';</script>")
		for i, to := range hosts {
			fmt.Fprintf(w, "<script>{%s}</script>", strings.ReplaceAll(to.fill(waysOut)+"\nfetch('/tried');", "NUMBER", strconv.Itoa(i)))
		}
	}))
	defer site.Close()
	config.Page, config.PublicKeys, config.Timeout = site.URL, []string{keys.PublicPEM(&keys.For("fence").PublicKey)}, tryLimit
	ctx, cancel := context.WithTimeout(t.Context(), tryLimit)
	defer cancel()
	all := func() bool { return tried.Load() >= int64(len(hosts)) && done() }
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
	if tried.Load() < int64(len(hosts)) {
		t.Errorf("not all ways were tried, so that this proves nothing")
	}
}

// fill puts the addresses of the trap into a text.
func (tr *trap) fill(text string) string {
	return strings.NewReplacer("HOST", tr.host, "DATAGRAMS", tr.datagrams, "SECURE", tr.secure, "NAME", tr.name).Replace(text)
}

// A browser that has another way out, as a policy of the machine may give it, is not
// given the page.
func TestABrowserWithAnotherWayOutGetsNoPage(t *testing.T) {
	path, err := browser.Find()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(t.TempDir(), "chromium")
	script := "#!/bin/sh\nfor a do shift; case $a in --proxy-server=*) ;; *) set -- \"$@\" \"$a\";; esac; done\nexec " + path + " \"$@\"\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer site.Close()
	_, err = browser.Gather(t.Context(), browser.Config{Page: site.URL, Chromium: wrapper, PublicKeys: []string{keys.PublicPEM(&keys.For("fence").PublicKey)}}, nil)
	if err == nil || !strings.Contains(err.Error(), "policy") || asked.Load() > 0 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}
