package browser

import (
	"context"

	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// keptScript reads what the page keeps in its caches and databases, as far as it
// is text, with limits on all of it.
const keptScript = `(async () => {
	const found = [];
	const limited = async (what) => { try { await what(); } catch { /* what cannot be read shows nothing */ } };
	const note = (kind, where, value) => {
		const text = typeof value === 'string' ? value : JSON.stringify(value) ?? '';
		if (found.length < 100) found.push({kind, where, text: text.slice(0, 20000)});
	};
	await limited(async () => {
		for (const name of (await caches.keys()).slice(0, 10)) {
			const cache = await caches.open(name);
			for (const request of (await cache.keys()).slice(0, 30)) {
				const answer = await cache.match(request);
				if (/text|json|jwt/.test(answer?.headers.get('content-type') ?? 'text')) note('Cache Storage', name + ', ' + request.url, await answer.text());
			}
		}
	});
	await limited(async () => {
		const done = (r) => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = r.onblocked = no; });
		for (const {name} of (await indexedDB.databases()).slice(0, 10)) {
			const database = await done(indexedDB.open(name));
			for (const store of [...database.objectStoreNames].slice(0, 10))
				note('IndexedDB', name + ', ' + store, await done(database.transaction(store).objectStore(store).getAll(null, 30)));
			database.close();
		}
	});
	return found;
})()`

// readKept looks where else the page may have kept a token that it gave again
// without asking.
func (x *exposures) readKept() {
	ctx, cancel := context.WithTimeout(x.tab.ctx, answerLimit)
	defer cancel()
	kept, err := chromedp.Run(ctx, chromedp.Evaluate[[]struct{ Kind, Where, Text string }](keptScript, chromedp.EvalAwaitPromise))
	if err != nil {
		return
	}
	x.note(func() {
		for _, k := range kept {
			if k.Kind == record.ExposedCache || k.Kind == record.ExposedDatabase {
				x.exposeLocked(k.Kind, maskURL(k.Where), k.Text)
			}
		}
	})
}
