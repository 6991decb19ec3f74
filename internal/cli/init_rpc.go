package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// speaksJSONRPC says whether the answers are those of a server of JSON-RPC.
func (s *survey) speaksJSONRPC() bool {
	return slices.ContainsFunc(s.answers, func(got surveyed) bool {
		var answer struct{ JSONRPC string }
		return json.Unmarshal(got.Body, &answer) == nil && answer.JSONRPC != ""
	})
}

// tokenCalls are names that methods for a token have.
var tokenCalls = []string{
	"chat.token", "chat.getToken", "chat/token", "chat_token", "getChatToken", "chatToken", "getToken", "createChatToken",
	"chat.createToken", "chat.identityToken", "identity.token", "getIdentityToken", "auth.chatToken", "token.chat",
}

// callWords match the names of methods that sound like one for a token.
var callWords = regexp.MustCompile(`(?i)token|jwt|identity`)

// asCall asks a server of JSON-RPC for its methods, where it tells them, and calls those
// that sound like a token, then those with usual names.
func (s *survey) asCall(ctx context.Context) (surveyed, bool) {
	if s.base.Body != "" || !s.speaksJSONRPC() {
		return surveyed{}, false
	}
	var names []string
	for _, tells := range []string{"rpc.discover", "system.listMethods"} { // OpenRPC; XML-RPC's custom
		got := s.try(ctx, call(tells))
		if got.err != nil {
			continue
		}
		texts := memberTexts(got.Body)
		for _, at := range slices.Sorted(maps.Keys(texts)) {
			if text := texts[at]; strings.HasPrefix(at, "result") && callWords.MatchString(text) && !strings.Contains(text, " ") {
				names = append(names, text)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(likely(b), likely(a)) })
	const most = 8
	for _, name := range append(names[:min(len(names), most)], tokenCalls...) {
		got := s.try(ctx, call(name))
		if got.token != "" {
			return got, true
		}
		var answer struct{ Error struct{ Code int } }
		const unknownMethod = -32601 // JSON-RPC 2.0 §5.1
		if json.Unmarshal(got.Body, &answer) == nil && answer.Error.Code != 0 && answer.Error.Code != unknownMethod && answer.Error.Code != invalidRequest && s.called == "" {
			s.called = got.body // it is there, and wants something else
		}
	}
	return surveyed{}, false
}

// invalidRequest is the code of JSON-RPC for what is no call at all.
const invalidRequest = -32600

// call calls a method of JSON-RPC.
func call(method string) way {
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method}) // texts and a number
	return way{method: http.MethodPost, body: string(body), header: jsonBody}
}
