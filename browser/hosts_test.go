package browser

import (
	"net/http"
	"testing"
)

func TestResolverRules(t *testing.T) {
	c := Config{
		Page: "https://shop.example:8443/chat", Endpoint: "https://id.example/createJWT", AllowHosts: []string{"cdn.example"},
		Resolve: map[string]string{"shop.example": "192.0.2.7"},
	}
	const want = "MAP shop.example 192.0.2.7, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE [::1], EXCLUDE cdn.example, EXCLUDE id.example, EXCLUDE localhost"
	if rules := c.resolverRules(); rules != want {
		t.Errorf("got  %s\nwant %s", rules, want)
	}
}

func TestDocumentedScripts(t *testing.T) {
	for address, documented := range map[string]bool{
		"https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js":  true,
		"https://web-chat.global.assistant.watson.appdomain.cloud/versions/8.1.0/WatsonAssistantChatEntry.js?a": true,
		"https://web-chat.global.assistant.watson.appdomain.cloud/loadWatsonAssistantChat.js":                   true,
		"http://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js":   false,
		"https://cdn.example/versions/latest/WatsonAssistantChatEntry.js":                                       false,
		"https://web-chat.global.assistant.watson.appdomain.cloud.example/loadWatsonAssistantChat.js":           false,
	} {
		if documentedScript.MatchString(address) != documented {
			t.Errorf("%s: want documented %t", address, documented)
		}
		if !isWidgetScript(address) {
			t.Errorf("%s is not known as the widget's script", address)
		}
	}
}

func TestIsForAssistant(t *testing.T) {
	own := http.Header{}
	own.Set(transactionHeader, "1")
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
		if got := isForAssistant(test.address, test.header); got != test.want {
			t.Errorf("%s with %v: %t", test.address, test.header, got)
		}
	}
}
