package endpoint

import (
	"context"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// hostileValues are cookie values that must not get into a sub. MARK is replaced by a
// random value in each request.
var hostileValues = []badValue{
	{"encoded CR LF", "MARK%0d%0aX-Injected:%20MARK"},
	{"encoded LF", "MARK%0aMARK"},
	{"encoded NUL", "MARK%00MARK"},
	{"encoded quotes", "MARK%22%27MARK"},
	{"quotes", `"MARK"`},
	{"inner quote", `MARK"MARK`},
	{"encoded non-ASCII", "MARK%C3%A9%E2%82%AC"},
	{"encoded blank", "MARK%20MARK"},
	{"separators", "MARK%3B%3D%2CMARK"},
	{"markup", "MARK%3Cscript%3E"},
}

// refusableValues are not valid in HTTP, or longer than usual. A server may refuse them by
// closing the connection.
var refusableValues = []badValue{
	{"non-ASCII", "MARKé€"},
	{"Latin-1", "MARK\xe9"},
	{"8 KiB", "MARK" + longText},
}

var longText = strings.Repeat("a", 8<<10)

var hostileCookiesProbe = probe{
	name:      record.ProbeHostileCookies,
	requests:  func(*Client) int { return (len(hostileValues)+len(refusableValues))*(maxHostile+1) + len(lineEnds) },
	skip:      onlyAnonymous,
	intrusive: true,
	gather:    gatherHostileCookies,
}

// maxHostile is how many of the site's cookies are filled with hostile values.
const maxHostile = 2

// gatherHostileCookies puts hostile values into the site's cookies. It also appends them to
// an issued value, which gets through a check of the beginning only.
func gatherHostileCookies(ctx context.Context, g *gathering) string {
	cookies := g.first.cookies(g.endpoint)
	cookies = cookies[:min(len(cookies), maxHostile)]
	if len(cookies) == 0 {
		cookies = []Cookie{{Name: usualIdentityCookies[0]}}
	}
	for _, cookie := range cookies {
		g.sendHostile(ctx, cookie.Name, "", record.VariantHostile)
	}
	if alike, part := sameShape(cookies[0].Value); part != "" {
		g.sendHostile(ctx, cookies[0].Name, alike, record.VariantHostileAfterID)
	}
	if id := longestWord(cookies[0].Value); len(id) >= 8 {
		for _, end := range lineEnds {
			g.hostile(ctx, record.VariantHostileAfterIssued, end.about, Cookie{cookies[0].Name, cookies[0].Value + end.value}, id)
		}
	}
	return ""
}

// lineEnds are appended to an id: in many regular expressions "$" also matches before the
// end of a line.
var lineEnds = []badValue{
	{"encoded LF", "%0a"},
	{"encoded CR LF and a header", "%0d%0aX-Injected:%20yes"},
	{"encoded NUL", "%00"},
}

// sendHostile sends the cookie with each hostile value, appended to the text before.
func (g *gathering) sendHostile(ctx context.Context, name, before string, variant record.Variant) {
	send := func(variant record.Variant, bad badValue) {
		marked := mark()
		g.hostile(ctx, variant, bad.about, Cookie{name, before + strings.ReplaceAll(bad.value, "MARK", marked)}, marked)
	}
	each(g, hostileValues, func(bad badValue) { send(variant, bad) })
	each(g, refusableValues, func(bad badValue) { send(record.VariantHostileRefusable, bad) })
}

// hostile sends one cookie, and looks for the input in the answer.
func (g *gathering) hostile(ctx context.Context, variant record.Variant, about string, cookie Cookie, input string) {
	g.askFresh(ctx, ask{
		probe: record.ProbeHostileCookies, variant: variant, about: cookie.Name + ": " + about, odd: true,
		inputs: map[string]string{"cookie " + cookie.Name: input},
		exact:  true, cookies: []Cookie{cookie},
	})
}
