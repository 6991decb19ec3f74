package mockassistant

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/webchat"
)

// The widget's script, at the end of whatever path it is asked under.
const (
	scriptEntry = "/WatsonAssistantChatEntry.js" // /versions/<version>/WatsonAssistantChatEntry.js
	scriptLoad  = "/loadWatsonAssistantChat.js"  // older pages and the React wrapper
)

// ScriptPath is where a listening assistant serves the widget's script, as the
// vendor's host does. Under it the script is nothing but the widget.
const ScriptPath = "/versions/latest" + scriptEntry

// PointedPrefix before the path of the script gives a script that also points
// the chat at the server it came from, so that a page need change nothing else.
const PointedPrefix = "/mock"

//go:embed pointed.js
var pointing string

func isScript(path string) bool {
	return strings.HasSuffix(path, scriptEntry) || strings.HasSuffix(path, scriptLoad)
}

func script(path string) answer {
	body := webchat.Script()
	if strings.HasPrefix(path, PointedPrefix+"/") {
		body = append([]byte(pointing), body...)
	}
	return answer{status: http.StatusOK, contentType: "text/javascript; charset=utf-8", body: body}
}
