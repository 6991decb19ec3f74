package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// maxAssets bounds the documents and scripts that are searched.
const maxAssets = 200

// sourceMapPattern finds where a script says that its source map is.
var sourceMapPattern = regexp.MustCompile(`//[#@]\s*sourceMappingURL=(\S+)`)

// inspect searches a document or script of the page for secrets and tokens.
func (v *visitor) inspect(address, kind, body string) {
	found := leaks(body, findSecrets(body)) // slow on large bodies: not with the evidence locked
	v.note(func() { v.noteAsset(address, kind, body, found) })
}

func (v *visitor) noteAsset(address, kind, body string, found []record.Leak) {
	if len(v.page.Assets) >= maxAssets {
		v.drop("assets")
		return
	}
	asset := record.Asset{Visit: v.visitID(), Visitor: v.name, URL: maskURL(address), Kind: kind, Bytes: len(body), Leaks: found}
	for _, token := range record.FindTokens(body) {
		if print := v.tokens.look(token, v.name, v.step); !slices.Contains(asset.Tokens, print) && len(asset.Tokens) < 20 {
			asset.Tokens = append(asset.Tokens, print)
		}
	}
	v.page.Assets = append(v.page.Assets, asset)
	if v.name != record.VisitorFirst {
		return // the others have the same scripts
	}
	v.sources = append(v.sources, source{asset: len(v.page.Assets) - 1, text: body})
	if kind != record.AssetScript {
		return
	}
	reference := hostlessPath(address) + ".map" // deployed though nothing refers to it, perhaps
	if found := sourceMapPattern.FindAllStringSubmatch(body, -1); found != nil {
		reference = found[len(found)-1][1]
	}
	v.maps = append(v.maps, sourceMap{script: address, reference: reference})
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

// findMACSecrets looks for the secret of tokens that were signed with HMAC.
func (g *gathering) findMACSecrets() {
	for _, token := range g.tokens.signedWithMAC() {
		for _, source := range g.sources {
			if found, ok := findMACSecret(source.text, token); ok {
				asset := &g.page.Assets[source.asset]
				asset.Leaks = append(asset.Leaks, leaks(source.text, []secret{found})...)
			}
		}
	}
}

// sourceMap is a reference of a script to its source map.
type sourceMap struct{ script, reference string }

// readHidden reads what a browser loads only for developers, and what the site
// shows for an address that it does not have: source maps and error pages.
func (v *visitor) readHidden() {
	v.mu.Lock()
	maps := slices.Clone(v.maps)
	v.mu.Unlock()
	for _, m := range maps[:min(len(maps), 20)] {
		if inline, found := strings.CutPrefix(m.reference, "data:"); found {
			_, encoded, _ := strings.Cut(inline, ",")
			text, err := base64.StdEncoding.DecodeString(encoded)
			if err == nil {
				v.inspect(m.script, record.AssetSourceMap, string(text))
			}
			continue
		}
		v.readResource(m.script, m.reference, record.AssetSourceMap)
	}
	v.readResource(v.config.Page, "/webchatspec-no-such-page", record.AssetErrorPage)
}

// readResource loads an address, relative to a base, as the page would.
func (v *visitor) readResource(base, reference, kind string) {
	from, err := url.Parse(base)
	if err != nil {
		return
	}
	to, err := from.Parse(reference)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" {
		return
	}
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	loaded, err := chromedp.Call(ctx, network.LoadNetworkResource, network.LoadNetworkResourceParams{
		FrameID: cdp.FrameID(chromedp.FromContext(v.ctx).Target.TargetID), URL: to.String(),
		Options: &network.LoadNetworkResourceOptions{IncludeCredentials: true},
	})
	if err != nil || loaded.Resource == nil || loaded.Resource.Stream == "" {
		return
	}
	v.inspect(to.String(), kind, readStream(ctx, loaded.Resource.Stream))
}

// readStream reads a stream of the browser, up to the limit for one answer.
func readStream(ctx context.Context, handle io.StreamHandle) string {
	var body bytes.Buffer
	for body.Len() < maxBody {
		piece, err := chromedp.Call(ctx, io.Read, io.ReadParams{Handle: handle, Size: 1 << 20})
		if err != nil {
			break
		}
		body.Write(piece.Data)
		if piece.EOF {
			break
		}
	}
	_, _ = chromedp.Call(ctx, io.Close, io.CloseParams{Handle: handle})
	return body.String()
}
