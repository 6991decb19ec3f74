package webchat

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

//go:embed src
var sources embed.FS

// order is that of the parts in the script: a part uses only what stands
// before it while the script loads.
var order = []string{
	"basics.js", "report.js", "events.js", "memory.js", "identity.js", "wire.js",
	"messages.js", "outbox.js", "opening.js", "views.js", "renderer.js", "screen.js",
	"chat.js", "instance.js", "entry.js",
}

// Script returns the widget as one classic script, in UTF-8, to be served with
// the media type text/javascript. The caller owns the slice.
func Script() []byte {
	return slices.Clone(script())
}

var script = sync.OnceValue(build)

// build joins the parts in a function of their own, so that nothing but the
// embed contract reaches the page.
func build() []byte {
	var b strings.Builder
	b.WriteString("// A stand-in for the web chat widget, from webchatspec. Not the vendor's code.\n(() => {\n'use strict';\n")
	style, err := json.Marshal(dense(part("style.css")))
	if err != nil {
		panic("webchat: a text cannot fail to be JSON: " + err.Error())
	}
	b.WriteString("const STYLE = " + string(style) + ";\n")
	for _, name := range order {
		b.WriteString(dense(part(name)))
	}
	b.WriteString("})();\n")
	return []byte(b.String())
}

func part(name string) string {
	text, err := sources.ReadFile("src/" + name)
	if err != nil {
		panic("webchat: the script lacks a part that is embedded: " + err.Error())
	}
	return string(text)
}

// dense drops indentation, empty lines and comments that have a line of their
// own. The parts have no text that spans lines, so nothing else is lost.
func dense(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
