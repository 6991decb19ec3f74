package webchat

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"

	"github.com/webchatspec/webchatspec/profiles"
)

//go:embed src
var sources embed.FS

// order is that of the parts in the script: a part uses only what stands
// before it while the script loads.
var order = []string{
	"basics.js", "report.js", "events.js", "memory.js", "identity.js", "wire.js",
	"messages.js", "outbox.js", "opening.js", "views.js", "renderer.js", "screen.js",
	"panel.js", "chat.js", "instance.js", "start.js",
}

// entries are the last part, which has the embed contract.
var entries = map[profiles.Entry]string{
	profiles.EntryFunction: "entry_function.js",
	profiles.EntryInit:     "entry_init.js",
}

const banner = "// A stand-in for the web chat widget, from webchatspec. Not the vendor's code.\n"

// Script returns the widget of a profile as one classic script, in UTF-8, to be
// served with the media type text/javascript. It is made of the parts in src/ when
// it is first asked for, without their comments and with short names. The caller
// owns the slice.
func Script(profile profiles.Profile) []byte {
	script, _ := built.LoadOrStore(profile.ID, sync.OnceValue(func() []byte {
		text, err := build(profile.Page)
		if err != nil {
			// The parts are embedded and tested, so no user's input leads here.
			panic("webchat: the widget's script cannot be built: " + err.Error())
		}
		return text
	}))
	return slices.Clone(script.(func() []byte)())
}

// built has the scripts by profile.
var built sync.Map

// build joins the parts in a function of their own, so that nothing but the
// embed contract reaches the page.
func build(contract profiles.Page) ([]byte, error) {
	style, err := sources.ReadFile("src/style.css")
	if err != nil {
		return nil, err
	}
	minifier := minify.New()
	var small strings.Builder
	if err := css.Minify(minifier, &small, bytes.NewReader(style), nil); err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(small.String())
	if err != nil {
		return nil, err
	}
	words, err := json.Marshal(contract)
	if err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	fmt.Fprintf(&whole, "(() => {\n'use strict';\nconst STYLE = %s;\nconst CONTRACT = %s;\n", quoted, words)
	for _, name := range append(slices.Clone(order), entries[contract.Entry]) {
		part, err := sources.ReadFile("src/" + name)
		if err != nil {
			return nil, err
		}
		whole.Write(part)
	}
	whole.WriteString("})();\n")
	script := bytes.NewBufferString(banner)
	if err := js.Minify(minifier, script, &whole, nil); err != nil {
		return nil, err
	}
	return script.Bytes(), nil
}
