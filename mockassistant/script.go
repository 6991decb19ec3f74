package mockassistant

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/webchat"
	"github.com/webchatspec/webchatspec/profiles"
)

// ScriptPath is where a listening assistant serves the script of the default
// profile's chat, as the vendor's host does. Under it the script is nothing but the
// chat. The script of every profile is served under whatever path ends as its
// vendor's does.
var ScriptPath = "/versions/latest" + profiles.Default().Page.ScriptNames()[0]

// PointedPrefix before the path of the script gives a script that also points
// the chat at the server it came from, so that a page need change nothing else.
const PointedPrefix = "/mock"

//go:embed pointed.js
var pointing string

func isScript(path string) bool { return profiles.IsScript(path) }

func script(path string) answer {
	profile, _ := profiles.OfScript(path)
	body := webchat.Script(profile)
	if strings.HasPrefix(path, PointedPrefix+"/") {
		body = append([]byte(pointing), body...)
	}
	return answer{status: http.StatusOK, contentType: "text/javascript; charset=utf-8", body: body}
}
