// Scripts beside the page.
attempt(() => new Worker(URL.createObjectURL(new Blob([ask("worker") + "new WebSocket('ws://HOST/worker-websocket'); importScripts('" + way("importscripts") + "')"]))));
attempt(() => new SharedWorker("data:text/javascript," + ask("sharedworker").replace("?", "%3f")));
attempt(() => navigator.serviceWorker.register("/worker.js?host=HOST", {scope: "/scope-NUMBER"}));
attempt(async () => {
	const registered = await navigator.serviceWorker.register("/worker.js?host=", {scope: "/background-NUMBER"});
	await new Promise(done => setTimeout(done, 500));
	await registered.backgroundFetch.fetch("out", [way("backgroundfetch")]);
});
attempt(() => new Worker(file("text/javascript", "import '" + way("worker-import.js") + "'"), {type: "module"}));
attempt(() => new Worker(file("text/javascript", "new Worker(URL.createObjectURL(new Blob([\"" + ask("nested-worker") + "\"])))")));
attempt(() => new Worker(file("text/javascript", "const x = new XMLHttpRequest(); x.open('GET', '" + way("worker-xhr") + "', false); x.send()")));
attempt(() => new Worker(file("text/javascript", "new EventSource('" + way("worker-eventsource") + "')")));
attempt(() => new AudioContext().audioWorklet.addModule(file("text/javascript", "import '" + way("worklet-import.js") + "'")));
attempt(() => CSS.layoutWorklet.addModule(way("layoutworklet")));
attempt(() => CSS.animationWorklet.addModule(way("animationworklet")));
attempt(async () => {
	const registered = await navigator.serviceWorker.register("/worker.js?host=&later=HOST", {scope: "/later-NUMBER"});
	await new Promise(done => setTimeout(done, 500));
	registered.active.postMessage("");
	attempt(() => registered.sync.register("out"));
	attempt(() => registered.periodicSync.register("out"));
	attempt(() => registered.showNotification("out", {icon: way("notification-icon"), image: way("notification-image")}));
	attempt(() => registered.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: "BP" + "A".repeat(85)}));
	attempt(() => registered.index.add({id: "out", title: token, description: token, url: "/", icons: [{src: way("contentindex")}]}));
	attempt(() => registered.paymentManager.instruments.set("out", {name: token, icons: [{src: way("paymenticon")}]}));
});
