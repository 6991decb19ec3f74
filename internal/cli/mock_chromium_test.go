package cli

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/browser"
)

// tab is a page in a real browser, as a user sees it.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func openTab(t *testing.T, url string) tab {
	t.Helper()
	path, err := browser.Find()
	if err != nil {
		t.Fatal(err)
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Flag("disable-dev-shm-usage", true))...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	p := tab{t, ctx}
	p.visit(url)
	return p
}

func (p tab) visit(url string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Navigate(url)); err != nil {
		p.t.Fatal(err)
	}
}

func (p tab) click(selector string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
		p.t.Fatalf("%s: %v", selector, err)
	}
}

func (p tab) typeInto(selector, text string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.SendKeys(chromedp.CSS(selector), text)); err != nil {
		p.t.Fatalf("%s: %v", selector, err)
	}
}

// waitFor waits until the JavaScript expression holds on the page; while it
// throws, it does not hold.
func (p tab) waitFor(expression string) {
	p.t.Helper()
	for {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`(() => { try { return !!(`+expression+`); } catch { return false; } })()`))
		if err != nil {
			text, _ := chromedp.Run(context.WithoutCancel(p.ctx), chromedp.Evaluate[string]("document.body.innerText"))
			p.t.Fatalf("waiting for %s: %v; the page reads:\n%s", expression, err, text)
		}
		if holds {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// The path that docs/mock.md describes: to a chat that works, fails on purpose
// and works again, with the live page telling why.
func TestFirstFiveMinutesInABrowser(t *testing.T) {
	m := startMock(t, anyPorts...)
	const input = "#WACInputContainer-TextArea"
	page := openTab(t, m.site+"/")
	page.waitFor(`document.querySelector('.WACLauncher__Button')`)
	page.click(".WACLauncher__Button")
	page.waitFor(`document.querySelector('.WACContainer').innerText.includes('you are the user "visitor-')`)
	page.typeInto(input, "first\r")
	page.waitFor(`document.querySelector('.WACContainer').innerText.includes('You said: first')`)

	page.click("#handlers label:nth-of-type(3) input")
	m.put("/clock", `{"advance":"31s"}`)
	page.typeInto(input, "second\r")
	page.waitFor(`document.querySelector('#log').innerText.includes('onError IDENTITY_TOKEN')`)
	page.waitFor(`!document.querySelector('.WACContainer').innerText.includes('You said: second')`)

	page.click("#handlers label:nth-of-type(1) input")
	page.typeInto(input, "third\r")
	page.waitFor(`document.querySelector('.WACContainer').innerText.includes('You said: third')`)

	page.visit(m.manage + "/")
	page.waitFor(`document.querySelector('#messages li:first-child').innerText.includes('third')`)
	page.waitFor(`document.querySelector('#messages').innerText.includes('TokenExpiredError: jwt expired')`)
	page.click("#messages li:nth-child(2) summary")
	page.waitFor(`document.querySelector('#messages li:nth-child(2) .hint').checkVisibility()`)
	page.waitFor(`document.querySelector('#offset').innerText === '31s off'`)
	page.click("#clock-reset")
	page.waitFor(`document.querySelector('#offset').innerText === 'real time'`)
	page.click("#fault-form [type=submit]")
	page.waitFor(`document.querySelector('#faults').innerText === 'token-expired,for=1'`)
	page.click("#keys summary")
	page.waitFor(`document.querySelector('#key-texts').value.includes('BEGIN PUBLIC KEY')`)
	page.typeInto("#key-texts", "no key")
	page.click("#keys-use")
	page.waitFor(`document.querySelector('#problem').innerText.includes('cannot be used with security on')`)
	page.click("#security")
	page.waitFor(`document.querySelector('#security-note').innerText.startsWith('Anyone may send')`)

	// The page shows what comes while it is open.
	if status := m.say("", "struck"); status != 401 {
		t.Errorf("the planned failure: got %d", status)
	}
	page.waitFor(`document.querySelector('#messages li:first-child').innerText.includes('struck')`)
	page.waitFor(`document.querySelector('#faults').innerText === ''`)
	page.click("#reset")
	page.waitFor(`document.querySelector('#security').checked && document.querySelector('#messages').childElementCount === 0`)
}

// A page of another site changes nothing but the address of the script; so does
// one that calls the loading function itself, as the React wrapper does.
func TestPageWithTheScriptsAddressInABrowser(t *testing.T) {
	m := startMock(t, append(anyPorts, "--security", "off")...)
	const options = `{ integrationID: 'shop', region: 'us-south', openChatByDefault: true }`
	for name, page := range map[string]string{
		"options": `<script>window.watsonAssistantChatOptions = { ...` + options + `, onLoad: (instance) => instance.render() };</script>
			<script src="` + m.site + `/mock/versions/latest/WatsonAssistantChatEntry.js" async></script>`,
		"function": `<script src="` + m.site + `/mock/loadWatsonAssistantChat.js"></script>
			<script>window.loadWatsonAssistantChat(` + options + `).then((instance) => instance.render());</script>`,
	} {
		t.Run(name, func(t *testing.T) {
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, "<!DOCTYPE html><title>Shop</title>"+page)
			}))
			defer site.Close()
			tab := openTab(t, site.URL)
			tab.waitFor(`document.querySelector('.WACContainer')?.innerText.includes('Security is off')`)
		})
	}
}

// The preview link is a page with nothing but the chat, while security is off.
func TestPreviewLinkInABrowser(t *testing.T) {
	m := startMock(t, append(anyPorts, "--security", "off")...)
	page := openTab(t, m.site+"/preview.html?integrationID=demo")
	page.waitFor(`document.querySelector('.WACContainer')?.innerText.includes('Security is off')`)
	m.put("/security", `{"on":true}`)
	page.visit(m.site + "/preview.html?integrationID=demo")
	page.waitFor(`document.body.innerText.includes('The preview is disabled') && !document.querySelector('.WACContainer')`)
}

// The mock in the words of another profile: its demo page through expiry, a page
// that loads the script from the mock whatever host it names, and the preview.
func TestMockOfAnotherProfileInABrowser(t *testing.T) {
	const profile, answered, input = "watsonx-orchestrate", `document.querySelector('.WACContainer').innerText.includes`, "#WACInputContainer-TextArea"
	m := startMock(t, append(anyPorts, "--profile", profile)...)
	page := openTab(t, m.site+"/")
	page.waitFor(`document.querySelector('.WACLauncher__Button')`)
	page.waitFor(`document.querySelector('#code').innerText.startsWith("instance.on('authTokenNeeded', async function")`)
	page.click(".WACLauncher__Button")
	page.waitFor(answered + `('you are the user "visitor-')`)
	m.put("/clock", `{"advance":"31s"}`)
	page.typeInto(input, "first\r")
	page.waitFor(answered + `('You said: first')`)
	page.waitFor(`document.querySelector('#log').innerText.includes('asks for a token (authTokenNeeded)')`)

	m.put("/security", `{"on":false}`)
	page.visit(m.site + "/preview.html")
	page.waitFor(`document.querySelector('.WACLauncher__Button')`)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!DOCTYPE html><title>Shop</title><div id="chat"></div>
			<script>window.wxOConfiguration = { orchestrationID: 'shop', hostURL: 'https://chat.example', rootElementID: 'chat', chatOptions: { agentId: 'a' } };</script>
			<script src="`+m.site+`/mock/wxochat/wxoLoader.js?embed=true" onload="wxoLoader.init()"></script>`)
	}))
	defer site.Close()
	page.visit(site.URL)
	page.waitFor(`document.querySelector('.WACLauncher__Button')`)
	page.click(".WACLauncher__Button")
	page.waitFor(answered + `('Security is off')`)
}
