package profiles

import (
	"regexp"
	"time"
)

// WatsonxOrchestrate is the contract of watsonx Orchestrate's embedded chat, to
// which users of the web chat are moving: the same kind of endpoint and key, other
// limits, another hand-over. Its vendor publishes no client to compare with.
var WatsonxOrchestrate = Profile{
	ID:      "watsonx-orchestrate",
	Product: "watsonx Orchestrate embedded chat",
	Basis:   "the vendor's documentation and its example site",
	Proven:  "the faults and the reference site of this repository, and a site after the vendor's example",
	Caveat:  "tested against the documented contract; the vendor publishes no client to compare with",
	Token: Token{
		Algorithms: []string{"RS256"},
		// The example's README, "JWT Expiration Management".
		MaxLifetime: 7100 * time.Second, LifetimeText: "7,100 seconds", LifetimeSource: "vendor: secure embed example, JWT expiration",
		ContextPrefix:  "wxo_",
		PayloadMembers: []string{"sso_token"},
	},
	absent: map[string]string{
		"page-renders":           "the chat shows itself when init() has run; a page need not render it",
		"page-no-update-user-id": "the chat has no updateUserID(): the user is the token's sub alone",
		"page-logout":            "the chat documents no way to end a session from the page",
		"page-next-person":       "the chat documents no way to end a session from the page",
	},
	document: "vendor: secure embed",
	sources: map[string]string{
		"exp-bounded":          "vendor: secure embed example, JWT expiration; OWASP",
		"context-plain":        "vendor: context variables",
		"page-handler-settles": "our own choice, after the former chat: no document says how long the page has",
		"context-names":        "vendor: context variables",
		"page-subscribes":      "vendor: events, authTokenNeeded",
		"page-renews":          "vendor: events, authTokenNeeded",
		"page-token-assigned":  "vendor: events, authTokenNeeded",
	},
	Page: Page{
		Entry:    EntryInit,
		Required: []string{"orchestrationID", "hostURL", "rootElementID", "chatOptions.agentId"},
		Names: map[string]string{
			"integration": "orchestrationID", "agent": "chatOptions.agentId", "host": "hostURL", "root": "rootElementID",
			"token": "token", "tokenFunction": "identityTokenFunction", "onLoad": "chatOptions.onLoad",
		},
		NamedEvents:    true,
		Options:        "wxOConfiguration",
		Loader:         "wxoLoader",
		Script:         "https://us-south.watson-orchestrate.cloud.ibm.com/wxochat/wxoLoader.js?embed=true",
		ScriptExample:  "HOST/wxochat/wxoLoader.js?embed=true (or HOST/wxoLoader.js?embed=true)",
		Preset:         "token",
		Event:          "authTokenNeeded",
		Member:         "authToken",
		EventHasToken:  true,
		Subscription:   "instance.on('authTokenNeeded', async (event) => { event.authToken = … })",
		HandlerSeconds: 30, // our own choice: no document says how long the page has
		Update:         "updateAuthToken",
		UpdateAnswers:  true, // the example of updateAuthToken does so, that of the event sets the member
		domains: []string{
			".watson-orchestrate.ibm.com",
			".watson-orchestrate.cloud.ibm.com",
			".watson-orchestrate.prep.ibm.com",
		},
		scripts: scripts{
			documented: regexp.MustCompile(`^https://[^/?#]+/(?:wxochat/)?wxoLoader\.js(?:[?#]|$)`),
			names:      []string{"/wxoLoader.js"},
		},
		calls: standInCalls,
		Wire:  Wire{Headers: standInHeaders, Hosts: []RegionHost{{"", "https://us-south.watson-orchestrate.cloud.ibm.com"}}},
		Redirects: []Redirect{
			{"options", "hostURL: '{origin}' in window.wxOConfiguration; a page that loads the loader from there needs no more"},
			{"script", "load the chat from {script}, which talks to the mock whatever hostURL says"},
		},
	},
}
