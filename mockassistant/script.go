package mockassistant

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/webchat"
	"github.com/webchatspec/webchatspec/profiles"
)

// PointedPrefix before the path of a chat's script gives a script that also points
// the chat at the server it came from, so that a page need change nothing else.
// Without it the script is nothing but the chat, as on the vendor's host. The
// script of every profile is served, under whatever path ends as its vendor's does.
const PointedPrefix = "/mock"

//go:embed pointed.js
var pointing string

//go:embed embed.js
var embedding string

// EmbedScript is JavaScript for pages that embed a chat by its contract, which is a
// [profiles.Page] as JSON: embedChat, subscribe and show.
func EmbedScript() string { return embedding }

func isScript(path string) bool { return profiles.IsScript(path) }

func script(path string) answer {
	profile, _ := profiles.OfScript(path)
	body := webchat.Script(profile)
	if strings.HasPrefix(path, PointedPrefix+"/") {
		body = append(pointedAt(profile.Page), body...)
	}
	return answer{status: http.StatusOK, contentType: "text/javascript; charset=utf-8", body: body}
}

// pointedAt is what stands before a script that points its chat at the server that
// it came from.
func pointedAt(contract profiles.Page) []byte {
	words, err := json.Marshal(contract)
	if err != nil {
		panic("mockassistant: the words of a profile are no JSON: " + err.Error()) // texts and lists of them are
	}
	return fmt.Appendf(nil, "(() => {\nconst CONTRACT = %s;\n%s})();\n", words, pointing)
}
