package browser

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

const (
	// maxAssets bounds the documents and scripts that are searched.
	maxAssets = 200
	// maxSources bounds their texts that are kept until all tokens are known, in bytes.
	maxSources = 32 << 20
	// maxMaps bounds the source maps that are looked for.
	maxMaps = 20
)

// sourceMapPattern finds where a script says that its source map is.
var sourceMapPattern = regexp.MustCompile(`//[#@]\s*sourceMappingURL=(\S+)`)

// assets notes the documents and scripts of the page, and what belongs to them.
type assets struct {
	*scene
	tab  *tab
	maps []sourceMap
}

// inspect searches a document or script of the page for secrets and tokens.
func (a *assets) inspect(address, kind, body string) {
	found := leaks(body, secrets.Find(body, maxSecrets)) // slow on large bodies: not with the evidence locked
	a.note(func() { a.addLocked(address, kind, body, found) })
}

func (a *assets) addLocked(address, kind, body string, found []record.Leak) {
	if len(a.page.Assets) >= maxAssets {
		a.dropLocked("assets")
		return
	}
	asset := record.Asset{Visit: a.visitIDLocked(), Visitor: a.visitor, URL: maskURL(address), Kind: kind, Bytes: len(body), Leaks: found}
	for _, token := range secrets.Tokens(body) {
		if print := a.tokens.look(token, a.visitor, a.step); !slices.Contains(asset.Tokens, print) && len(asset.Tokens) < 20 {
			asset.Tokens = append(asset.Tokens, print)
		}
	}
	a.page.Assets = append(a.page.Assets, asset)
	if a.visitor != record.VisitorFirst {
		return // the others have the same scripts
	}
	a.keepLocked(source{asset: len(a.page.Assets) - 1, text: body})
	if kind != record.AssetScript {
		return
	}
	reference := hostlessPath(address) + ".map" // deployed though nothing refers to it, perhaps
	if found := sourceMapPattern.FindAllStringSubmatch(body, -1); found != nil {
		reference = found[len(found)-1][1]
	}
	a.meetMapLocked(address, reference)
}

// meetMapLocked notes where the source map of a script may be.
func (a *assets) meetMapLocked(script, reference string) {
	if len(a.maps) < maxMaps {
		a.maps = append(a.maps, sourceMap{script: script, reference: reference})
	}
}

// hostlessPath is the path of an address.
func hostlessPath(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// source is the text of an asset, kept until all tokens are known.
type source struct {
	asset int // index in the evidence
	text  string
}

// keepLocked keeps a text, if there is room.
func (n *notes) keepLocked(s source) {
	if n.kept+len(s.text) > maxSources {
		n.dropLocked("texts of assets")
		return
	}
	n.kept += len(s.text)
	n.sources = append(n.sources, s)
}

// findMACSecretsLocked looks for the secret of tokens that were signed with HMAC.
func (n *notes) findMACSecretsLocked() {
	for _, token := range n.tokens.signedWithMAC() {
		for _, source := range n.sources {
			if found, ok := findMACSecret(source.text, token); ok {
				asset := &n.page.Assets[source.asset]
				asset.Leaks = append(asset.Leaks, leaks(source.text, []secrets.Found{found})...)
			}
		}
	}
}

// sourceMap is a reference of a script to its source map.
type sourceMap struct{ script, reference string }

// readHidden reads what a browser loads only for developers, and what the site
// shows for an address that it does not have: source maps and error pages.
func (a *assets) readHidden(site string) {
	var maps []sourceMap
	a.look(func() { maps = slices.Clone(a.maps) })
	for _, m := range maps {
		if inline, found := strings.CutPrefix(m.reference, "data:"); found {
			_, encoded, _ := strings.Cut(inline, ",")
			text, err := base64.StdEncoding.DecodeString(encoded)
			if err == nil {
				a.inspect(m.script, record.AssetSourceMap, string(text))
			}
			continue
		}
		a.read(m.script, m.reference, record.AssetSourceMap)
	}
	a.read(site, "/webchatspec-no-such-page", record.AssetErrorPage)
}

// read loads an address, relative to a base, as the page would, and searches it.
func (a *assets) read(base, reference, kind string) {
	from, err := url.Parse(base)
	if err != nil {
		return
	}
	to, err := from.Parse(reference)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" {
		return
	}
	if body, ok := a.tab.load(to.String()); ok {
		a.inspect(to.String(), kind, body)
	}
}
