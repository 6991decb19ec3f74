package profiles

import (
	"net/http"
	"testing"
)

func TestDocumentedScripts(t *testing.T) {
	for address, documented := range map[string]bool{
		"https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js":  true,
		"https://web-chat.global.assistant.watson.appdomain.cloud/versions/8.1.0/WatsonAssistantChatEntry.js?a": true,
		"https://web-chat.global.assistant.watson.appdomain.cloud/loadWatsonAssistantChat.js":                   true,
		"http://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js":   false,
		"https://cdn.example/versions/latest/WatsonAssistantChatEntry.js":                                       false,
		"https://web-chat.global.assistant.watson.appdomain.cloud.example/loadWatsonAssistantChat.js":           false,
	} {
		if WatsonAssistant.Page.IsDocumentedScript(address) != documented {
			t.Errorf("%s: want documented %t", address, documented)
		}
		if !WatsonAssistant.Page.IsScript(address) {
			t.Errorf("%s is not known as the widget's script", address)
		}
	}
}

func TestIsForAssistant(t *testing.T) {
	own := http.Header{}
	own.Set(standInCalls.header, "1")
	preflight := http.Header{"Access-Control-Request-Headers": {"authorization,x-global-transaction-id"}}
	for _, test := range []struct {
		address string
		header  http.Header
		want    bool
	}{
		{"https://integrations.us-south.assistant.watson.appdomain.cloud/public/chat/i/config", nil, true},
		{"https://shop.example/proxy/public/chat/i/config?type=init", nil, true},
		{"https://shop.example/proxy/public/chat/i/message", own, true},
		{"https://shop.example/proxy/public/chat/i/message", preflight, true},
		{"https://shop.example/chat/7/message", nil, false},
		{"https://watson.appdomain.cloud.example/", nil, false},
	} {
		if got := WatsonAssistant.Page.IsForAssistant(test.address, test.header); got != test.want {
			t.Errorf("%s with %v: %t", test.address, test.header, got)
		}
	}
}
