package profiles

import (
	"regexp"
	"time"
)

// enableDocument is the document that the contract is mostly made from.
const enableDocument = "https://cloud.ibm.com/docs/watson-assistant?topic=watson-assistant-web-chat-security-enable"

// WatsonAssistant is the contract of watsonx Assistant's web chat, the default.
var WatsonAssistant = Profile{
	ID:      "watson-assistant",
	Product: "watsonx Assistant web chat",
	Basis:   "the vendor's documentation, and published code of a sibling of the widget",
	Proven:  "the verifier against npm jsonwebtoken, the stand-in widget against the published sibling, the vendor's own example sites",
	Token: Token{
		Algorithms:  []string{"RS256"},
		MaxLifetime: 24 * time.Hour, LifetimeText: "a day", LifetimeSource: `vendor: "short-lived"`,
	},
	documents: map[string]string{
		"enable":                             enableDocument + "#web-chat-security-enable-jwt",
		`"short-lived"`:                      enableDocument + "#web-chat-security-enable-jwt",
		`enable, "Configuring the web chat"`: enableDocument + "#web-chat-security-include-messages",
		"enable, keys":                       enableDocument + "#web-chat-security-enable-prereq",
		"enable, embed script":               enableDocument + "#web-chat-security-include-messages",
		"enable (fetch createJWT)":           enableDocument + "#web-chat-security-include-messages",
		"enable, identityTokenExpired":       enableDocument + "#web-chat-security-include-messages",
		"identityTokenExpired":               enableDocument + "#web-chat-security-include-messages",
		"events, identityTokenExpired":       "https://web-chat.global.assistant.watson.cloud.ibm.com/docs.html?to=api-events#identityexpired",
		"authenticate":                       "https://cloud.ibm.com/docs/watson-assistant?topic=watson-assistant-web-chat-security-authenticate",
		"encrypt":                            "https://cloud.ibm.com/docs/watson-assistant?topic=watson-assistant-web-chat-security-encrypt",
	},
	Page: Page{
		Entry:    EntryFunction,
		Required: []string{"integrationID", "region", "serviceInstanceID"},
		Names: map[string]string{
			"integration": "integrationID", "region": "region", "agent": "serviceInstanceID", "host": "servers.assistantURLPrefix",
			"token": "identityToken", "onLoad": "onLoad",
		},
		Options:        "watsonAssistantChatOptions",
		Loader:         "loadWatsonAssistantChat",
		Script:         "https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js",
		ScriptExample:  "https://web-chat.global.assistant.watson.appdomain.cloud/versions/…/WatsonAssistantChatEntry.js (or …/loadWatsonAssistantChat.js)",
		Preset:         "identityToken",
		Event:          "identityTokenExpired",
		Member:         "identityToken",
		Subscription:   "instance.on({type: 'identityTokenExpired', handler: async (event) => { event.identityToken = … }})",
		HandlerSeconds: 30,
		Update:         "updateIdentityToken",
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
