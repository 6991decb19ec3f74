package profiles

import (
	"regexp"
	"time"
)

// WatsonAssistant is the contract of watsonx Assistant's web chat, the default.
var WatsonAssistant = Profile{
	ID:      "watson-assistant",
	Product: "watsonx Assistant web chat",
	Basis:   "the vendor's documentation, and published code of a sibling of the widget",
	Proven:  "the verifier against npm jsonwebtoken, the stand-in widget against the published sibling, the vendor's own example sites",
	Token: Token{
		MaxLifetime: 24 * time.Hour, LifetimeText: "a day", LifetimeSource: `vendor: "short-lived"`,
	},
	Page: Page{
		Entry:    EntryFunction,
		Required: []string{"integrationID", "region", "serviceInstanceID"},
		Names: map[string]string{
			"integration": "integrationID", "region": "region", "agent": "serviceInstanceID", "host": "servers.assistantURLPrefix",
			"token": "identityToken", "onLoad": "onLoad",
		},
		Options:       "watsonAssistantChatOptions",
		Loader:        "loadWatsonAssistantChat",
		Script:        "https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js",
		ScriptExample: "https://web-chat.global.assistant.watson.appdomain.cloud/versions/…/WatsonAssistantChatEntry.js (or …/loadWatsonAssistantChat.js)",
		Preset:        "identityToken",
		Event:         "identityTokenExpired",
		Member:        "identityToken",
		Subscription:  "instance.on({type: 'identityTokenExpired', handler: async (event) => { event.identityToken = … }})",
		Update:        "updateIdentityToken",
		domains: []string{
			".assistant.watson.appdomain.cloud",
			".assistant-builder.watson.appdomain.cloud",
			".assistant.watson.cloud.ibm.com",
		},
		scripts: scripts{
			documented: regexp.MustCompile(`^https://web-chat\.global\.assistant\.watson\.(?:appdomain\.cloud|cloud\.ibm\.com)` +
				`/(?:versions/[^/?#]+/WatsonAssistantChatEntry\.js|loadWatsonAssistantChat\.js)(?:[?#]|$)`),
			names: []string{"/WatsonAssistantChatEntry.js", "/loadWatsonAssistantChat.js"},
		},
		calls: standInCalls,
		Wire: Wire{Headers: standInHeaders, Hosts: []RegionHost{
			{"wxo-", "https://integrations.{region}.assistant-builder.watson.appdomain.cloud"},
			{"", "https://integrations.{region}.assistant.watson.appdomain.cloud"},
		}},
		Redirects: []Redirect{
			{"script", "load the chat from {script}"},
			{"React", `hostURL="{origin}/mock"`},
			{"options", "keep the vendor's script, and have it talk to the mock by servers: { assistantURLPrefix: '{origin}' }"},
		},
	},
}
