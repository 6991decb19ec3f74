package browser

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What is known of the vendor's addresses stands here and nowhere else.

// vendorDomains end the names of the hosts that serve the widget and the assistant.
var vendorDomains = []string{
	".assistant.watson.appdomain.cloud",
	".assistant-builder.watson.appdomain.cloud",
	".assistant.watson.cloud.ibm.com",
}

// documentedScript is the address under which the vendor documents the widget's
// script, in the current and in the older form.
var documentedScript = regexp.MustCompile(
	`^https://web-chat\.global\.assistant\.watson\.(?:appdomain\.cloud|cloud\.ibm\.com)` +
		`/(?:versions/[^/?#]+/WatsonAssistantChatEntry\.js|loadWatsonAssistantChat\.js)(?:[?#]|$)`)

// scriptNames end the path of the script, wherever a page loads it from.
var scriptNames = []string{"/WatsonAssistantChatEntry.js", "/loadWatsonAssistantChat.js"}

// transactionHeader comes with every call of the widget that carries a token.
const transactionHeader = "X-Global-Transaction-ID"

// interceptedPatterns are the addresses at which a request is looked at before
// it is sent: the vendor's hosts, and the widget's script and calls wherever a
// page has moved them.
var interceptedPatterns = []string{
	"*://*.watson.appdomain.cloud/*",
	"*://*.watson.cloud.ibm.com/*",
	"*/WatsonAssistantChatEntry.js*",
	"*/loadWatsonAssistantChat.js*",
	"*/chat/*/config*",
	"*/chat/*/message*",
	"*/chat/*/channel_conversations/*",
	"*/chat/*/sessions/*",
}

// isVendor says whether the address is on one of the vendor's hosts.
func isVendor(address string) bool {
	host := hostOf(address)
	for _, domain := range vendorDomains {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}

// isWidgetScript says whether the address is one of the widget's script.
func isWidgetScript(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return strings.HasSuffix(u.Path, scriptNames[0]) || strings.HasSuffix(u.Path, scriptNames[1])
}

// isForAssistant says whether a request is the assistant's to answer: one to the
// vendor's hosts, for the script, or a call of the widget that the page sends
// through a server of its own.
func isForAssistant(address string, header http.Header) bool {
	if isVendor(address) || isWidgetScript(address) {
		return true
	}
	return header.Get(transactionHeader) != "" || strings.HasSuffix(address, "/config?type=init") ||
		strings.Contains(strings.ToLower(header.Get("Access-Control-Request-Headers")), strings.ToLower(transactionHeader))
}

// otherProducts are chats of other products, by the global that their embed
// scripts set and by the domains of their hosts.
var otherProducts = []product{
	{"watsonx Orchestrate", "wxOConfiguration", []string{".watson-orchestrate.ibm.com", ".watson-orchestrate.cloud.ibm.com", ".watson-orchestrate.prep.ibm.com"}},
	{"Salesforce Enhanced Web Chat", "embeddedservice_bootstrap", []string{".salesforce-scrt.com", ".my.site.com"}},
	{"Zendesk messaging", "zE", []string{".zdassets.com", ".zendesk.com"}},
	{"Intercom Messenger", "intercomSettings", []string{".intercom.io", ".intercomcdn.com"}},
}

type product struct {
	name, global string
	domains      []string
}

func (p product) owns(host string) bool {
	return slices.ContainsFunc(p.domains, func(domain string) bool { return strings.HasSuffix("."+host, domain) })
}

// globalsOfOthers is the list of those globals, as JavaScript.
func globalsOfOthers() string {
	var names []string
	for _, p := range otherProducts {
		names = append(names, "'"+p.global+"'")
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// otherProduct names the product whose chat a page embeds instead of this
// vendor's, or "".
func otherProduct(globals, hosts []string) string {
	for _, p := range otherProducts {
		if slices.Contains(globals, p.global) || slices.ContainsFunc(hosts, p.owns) {
			return p.name
		}
	}
	return ""
}

// isForeign says whether the address is a host of any vendor of chats. No page
// is ever let through to them.
func isForeign(host string) bool {
	return isVendor("https://"+host+"/") || otherProduct(nil, []string{host}) != ""
}
