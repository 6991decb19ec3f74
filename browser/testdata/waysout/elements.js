// Elements that load.
new Image().src = way("image");
add("img", {srcset: way("srcset") + " 1x"});
add("input", {type: "image", src: way("input")});
document.body.setAttribute("background", way("body-background"));
add("script", {src: way("script.js")});
add("script", {type: "module", src: way("module.js")});
add("iframe", {src: way("iframe")});
add("object", {data: way("object")});
add("embed", {src: way("embed")});
add("video", {poster: way("poster")});
add("video", {crossorigin: "anonymous"}).innerHTML = "<track default kind=captions src='" + way("track") + "'>";
document.querySelectorAll("video").forEach(video => { for (const track of video.textTracks) track.mode = "showing"; });
add("picture", {}).innerHTML = "<source srcset='" + way("picture") + "'><img>";
add("img", {loading: "lazy", src: way("lazy"), attributionsrc: way("attributionsrc")});
document.body.insertAdjacentHTML("beforeend", "<image src='" + way("image-alias") + "'><table background='" + way("table") + "'><tr><td background='" + way("cell") + "'></table>");
add("iframe", {srcdoc: "<frameset><frame src='" + way("frame") + "'></frameset>"});
add("iframe", {srcdoc: "<base href='http://HOST/'><img src='base'>"});
add("object", {type: "image/png", data: way("object-image")});
attempt(() => document.implementation.createHTMLDocument().body.appendChild(Object.assign(new Image(), {src: way("other-document")})));
attempt(() => document.body.append(document.createRange().createContextualFragment("<script src='" + way("fragment.js") + "'><\/script>")));

// Pictures of vectors, and documents of other kinds.
document.body.insertAdjacentHTML("beforeend", "<svg><image href='" + way("svg-image") + "' /><filter id=f><feImage href='" + way("svg-filter") + "' /></filter><rect width=9 height=9 filter='url(#f)' /></svg>");
document.body.insertAdjacentHTML("beforeend", "<svg><use href='" + way("svg-use") + "#a' /><foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='" + way("svg-foreign") + "' /></foreignObject>" +
	"<image><animate attributeName=href to='" + way("svg-animate") + "' fill=freeze dur=1ms /></image><rect fill='url(" + way("svg-fill") + "#a)' mask='url(" + way("svg-mask") + "#a)' clip-path='url(" + way("svg-clip") + "#a)' /></svg>");
const svg = text => "<svg xmlns='http://www.w3.org/2000/svg'>" + text + "</svg>";
add("iframe", {src: file("image/svg+xml", svg("<script href='" + way("svg-script.js").replace("&", "&amp;") + "' />"))});
add("img", {src: data("image/svg+xml", svg("<image href='" + way("svg-in-image") + "' />"))});
const xml = (processed, text) => add("iframe", {src: file("application/xml", processed + (text || "<a />"))});
xml("<?xml-stylesheet type='text/xsl' href='" + way("xslt") + "'?>");
xml("<?xml-stylesheet type='text/css' href='" + way("xml.css") + "'?>");
xml("<!DOCTYPE a SYSTEM '" + way("dtd") + "' [<!ENTITY e SYSTEM '" + way("entity") + "'>]>", "<a>&e;</a>");
const xsl = inner => "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>" + inner + "<xsl:template match='/'><a><xsl:copy-of select=\"document('" + way("xslt-document") + "')\" /></a></xsl:template></xsl:stylesheet>";
xml("<?xml-stylesheet type='text/xsl' href='" + data("text/xsl", xsl("<xsl:import href='" + way("xslt-import") + "' />")) + "'?>");
attempt(() => {
	const processor = new XSLTProcessor(), parse = text => new DOMParser().parseFromString(text, "application/xml");
	processor.importStylesheet(parse(xsl("")));
	document.body.append(processor.transformToFragment(parse("<a />"), document));
});
add("link", {rel: "prefetch", href: "/exchange?to=SECURE"});
add("iframe", {src: "/exchange?to=SECURE"});

// Styles.
add("style", {}, "@import url(" + way("import.css") + "); body { background: url(" + way("background") + "); cursor: url(" + way("cursor") + "), auto } " +
	"@font-face { font-family: f; src: url(" + way("font") + ") } p { font-family: f; list-style: url(" + way("list") + "); display: list-item; border-image: url(" + way("border") + "); mask-image: url(" + way("mask") + ") } " +
	"p::before { content: url(" + way("content") + ") }");
add("p", {}, "text in that font");
const style = (name, before, after) => add("div", {style: before + "url(" + way(name) + ")" + (after || "")}, "text");
style("image-set", "background: image-set(", " 1x)");
style("cross-fade", "background: -webkit-cross-fade(", ", linear-gradient(red, red), 50%)");
style("shape", "float: left; shape-outside: ");
style("clip", "clip-path: ", "#a");
style("filter", "filter: ", "#a");
style("offset", "offset-path: ", "#a");
style("reflect", "-webkit-box-reflect: below 0 ");
style("mask-box", "-webkit-mask-box-image: ");
style("variable", "--out: ", "; background: var(--out)");
add("style", {}, "@namespace url(" + way("namespace") + "); @import url(" + way("import-layer.css") + ") layer(a) supports(display: block); li::marker { content: url(" + way("marker") + ") } " +
	"@property --p { syntax: '<image>'; inherits: false; initial-value: url(" + way("property") + ") } @page { background: url(" + way("page-rule") + ") } ::-webkit-scrollbar { background: url(" + way("scrollbar") + ") }");
add("style", {}, "@import url(" + way("import-first.css") + ") layer(a) supports(display: block);");
add("li", {}, "with a marker");
add("link", {rel: "stylesheet", media: "print", href: way("print.css")});
attempt(() => { const sheet = new CSSStyleSheet(); sheet.replaceSync("section { background: url(" + way("constructed") + ") }"); document.adoptedStyleSheets.push(sheet); add("section", {}, "text"); });
attempt(() => { add("p", {}).attachShadow({mode: "closed"}).innerHTML = "<style>:host { background: url(" + way("shadow") + ") }</style>"; });

// Links.
for (const rel of ["stylesheet", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest", "compression-dictionary", "prerender", "subresource", "search", "alternate",
	"apple-touch-icon", "mask-icon", "monetization", "pingback", "webmention", "next", "canonical", "import", "help", "expect"])
	add("link", {rel, href: way("link-" + rel)});
for (const as of ["image", "script", "style", "font", "fetch", "track", "json", "worker", "document", "video"])
	add("link", {rel: "preload", as, crossorigin: "", href: way("preload-" + as)});
add("link", {rel: "preload", as: "image", imagesrcset: way("imagesrcset") + " 1x"});
add("link", {rel: "manifest", href: data("application/manifest+json", JSON.stringify({name: "out", start_url: way("manifest-start"), icons: [{src: way("manifest-icon"), sizes: "512x512"}]}))});
add("script", {type: "speculationrules"}, JSON.stringify({prerender: [{source: "list", urls: [way("prerender")], eagerness: "immediate"}]}));
add("script", {type: "webbundle"}, JSON.stringify({source: way("webbundle"), resources: [way("bundled")]}));
attempt(() => { add("fencedframe", {}).config = new FencedFrameConfig(way("fencedframe")); });

