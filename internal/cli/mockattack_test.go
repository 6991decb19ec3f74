package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// attack is what a page can try on a mock that runs beside it, for as long as it is open.
const attack = `<!doctype html><script>
	const simple = {method: 'POST', mode: 'no-cors', headers: {'Content-Type': 'text/plain'}};
	const attempts = ['/createJWT', '/createJWT/', '//createJWT', '/x/../createJWT'].flatMap(path => [
		fetch('SITE' + path), fetch('SITE' + path, {mode: 'no-cors', credentials: 'include'}), fetch('SITE' + path, simple),
		fetch('SITE' + path, {headers: {'X-Any': '1'}}), import('SITE' + path),
	]).concat(
		fetch('MANAGE/history').then(answer => answer.text()).then(read => fetch('/read?' + read)),
		fetch('MANAGE/reset', simple), fetch('MANAGE/reset', {method: 'POST'}), fetch('MANAGE/history', {method: 'DELETE'}),
		fetch('MANAGE/faults', {...simple, body: '{"fault":{"name":"token-expired"}}'}),
		fetch('MANAGE/security', {method: 'PUT', body: '{"on":false}'}),
	);
	navigator.sendBeacon('MANAGE/reset');
	for (const base of ['SITE/createJWT', 'MANAGE/reset', 'MANAGE/events']) {
		new WebSocket(base.replace('http', 'ws'));
		new EventSource(base).onmessage = event => fetch('/read?' + event.data);
		new Image().src = base;
		window.open(base);
		for (const [name, attribute] of [['iframe', 'src'], ['script', 'src'], ['link', 'href'], ['object', 'data'], ['video', 'src']])
			document.head.append(Object.assign(document.createElement(name), {[attribute]: base, rel: 'stylesheet'}));
		for (const method of ['get', 'post']) {
			const form = Object.assign(document.createElement('form'), {action: base, method, target: '_blank', enctype: 'text/plain'});
			document.head.append(form);
			form.submit();
		}
	}
	Promise.allSettled(attempts).then(() => setTimeout(() => { window.tried = true }, 300));
</script>`

// A page of another site, or of another port of this machine, gets nothing from the
// developer's endpoint, reads nothing and changes nothing.
func TestAPageOfAnotherSiteCannotUseTheMockInABrowser(t *testing.T) {
	var asked, read atomic.Int64
	issuer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer issuer.Close()
	file := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(file, []byte(keys.PublicPEM(&keys.For("attack").PublicKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	m := startMock(t, append(anyPorts, "--public-key", file, "--issuer", issuer.URL)...)
	m.say("no token", "kept")
	attacker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			read.Add(1)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, strings.NewReplacer("SITE", m.site, "MANAGE", m.manage).Replace(attack))
	}))
	defer attacker.Close()
	state := func() string {
		return m.get(m.manage+"/history") + m.get(m.manage+"/faults") + m.get(m.manage+"/security")
	}
	before := state()
	tab := openTab(t, attacker.URL)
	for _, from := range []string{attacker.URL, strings.Replace(attacker.URL, "127.0.0.1", "localhost", 1)} {
		tab.visit(from)
		tab.waitFor(`window.tried`)
	}
	if after := state(); asked.Load() > 0 || read.Load() > 0 || after != before {
		t.Errorf("%d requests to the endpoint, %d answers read; from %s to %s", asked.Load(), read.Load(), before, after)
	}
	tab.visit(m.site + "/")
	tab.waitFor(`(window.asking ??= fetch('/createJWT').then(() => { window.answered = true }), window.answered)`)
	if asked.Load() == 0 {
		t.Error("the mock's own page does not come through either, so that this proves nothing")
	}
}
