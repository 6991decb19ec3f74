package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-no-private-key", Area: AreaPage, Level: record.Must,
	Title:  `The page and its scripts contain no private key, no JWK with d, and no HMAC secret`,
	Why:    "Whoever opens the page can sign tokens for any user.",
	Fix:    "Sign on the server only. Take the key out of everything that is sent to browsers, generate a new key pair, and give the new public key to the assistant: the old private key is public.",
	Source: "vendor: enable",
	Faults: []string{"key-in-bundle"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageNoPrivateKey),
})

func pageNoPrivateKey(p pageRun) judgement {
	return p.judgeLeaks("no private key and no secret in documents and scripts", func(a record.Asset, l record.Leak) bool {
		return (a.Kind == record.AssetDocument || a.Kind == record.AssetScript) && l.Where != record.LeakInComment
	})
}

var _ = add(Check{
	ID: "sourcemap-no-key", Area: AreaPage, Level: record.Must,
	Title:  "Source maps, comments and error pages contain no private key",
	Why:    "Source maps, comments and error pages are public like the page itself, and searched for keys first.",
	Fix:    "Do not publish source maps of server code, keep keys out of sources and comments, and show no details on error pages; then generate a new key pair.",
	Source: "OWASP",
	Faults: []string{"key-in-sourcemap"},
	Needs:  []string{record.ProbePage}, judge: inPage(sourcemapNoKey),
})

func sourcemapNoKey(p pageRun) judgement {
	return p.judgeLeaks("no private key and no secret in source maps, comments and error pages", func(a record.Asset, l record.Leak) bool {
		return a.Kind == record.AssetSourceMap || a.Kind == record.AssetErrorPage || l.Where == record.LeakInComment
	})
}

// judgeLeaks fails for the secrets in the page's assets that concern the check.
func (p pageRun) judgeLeaks(expected string, concerns func(record.Asset, record.Leak) bool) judgement {
	if len(p.Assets) == 0 {
		return notRun("no document of the page could be read")
	}
	return collect(p.Assets, func(a record.Asset) *record.Finding {
		for _, leak := range a.Leaks {
			if concerns(a, leak) {
				return found("", expected, "%s in the %s %s: %s", leak.Kind, a.Kind, a.URL, leak.Excerpt)
			}
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "page-no-literal-jwt", Area: AreaPage, Level: record.Must,
	Title:  "The page and its scripts do not contain one token for everybody (the same token in two fresh visitors' pages; a token rendered by the server for one visitor is fine)",
	Why:    "All visitors are one user to the assistant, and the token expires for all of them at once.",
	Fix:    "Ask the token endpoint for a token in the visitor's browser, or have the server render one for each visitor.",
	Source: `vendor: enable "Do not hardcode a JWT in your website code"`,
	Faults: []string{"jwt-in-html"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageNoLiteralJWT),
})

func pageNoLiteralJWT(p pageRun) judgement {
	if len(p.Assets) == 0 {
		return notRun("no document of the page could be read")
	}
	visitors := map[string]string{} // who got the token first, by its id
	return collect(p.Assets, func(a record.Asset) *record.Finding {
		if a.Kind != record.AssetDocument && a.Kind != record.AssetScript {
			return beside
		}
		for _, token := range a.Tokens {
			if first := visitors[token]; first != "" && first != a.Visitor && !p.SignedIn { // else they are one user
				return found("", "no token that is the same for everybody",
					"two visitors with separate cookies got %s with the same token in it, of sub %s", a.URL, record.Quote(p.sub(token)))
			}
			visitors[token] = a.Visitor
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "page-token-minted-by-server", Area: AreaPage, Level: record.Must,
	Title:    "Every token that reaches the assistant was seen in a response of the site's server (otherwise it was made in the browser)",
	Why:      "A page that signs its own tokens contains the private key, and so every visitor has it.",
	Fix:      "Sign on the server, and generate a new key pair.",
	Source:   "vendor: enable, keys only on the server",
	Faults:   []string{"page-mints-token"},
	YieldsTo: []string{"page-no-private-key"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageTokenMintedByServer),
})

func pageTokenMintedByServer(p pageRun) judgement {
	served := map[string]bool{}
	unread := p.Workers && !p.WorkersWatched
	for _, r := range p.Requests {
		unread = unread || r.Unread && r.Worker != record.WorkerService // the page's own answer tells the same
		for _, token := range r.Tokens {
			served[token] = true
		}
	}
	used := slices.DeleteFunc(slices.Clone(p.Messages), func(m record.AssistantCall) bool { return m.Token == "" })
	if len(used) == 0 {
		return notRun("no token reached the assistant")
	}
	minted := collect(used, func(m record.AssistantCall) *record.Finding {
		if served[m.Token] {
			return nil
		}
		return found("", "the token stands in an answer of the site's server",
			"a token with sub %s reached the assistant that stood in no answer to the page (%s)", record.Quote(p.sub(m.Token)), at(m.Visitor, m.Step))
	})
	if len(minted.findings) > 0 && unread {
		return warn("not all answers to the page could be read, and a token stood in none of the others")
	}
	return minted.judge()
}

var _ = add(Check{
	ID: "page-token-not-in-url", Area: AreaPage, Level: record.Must,
	Title:  "No token appears in a request's URL, the page's address or a Referer",
	Why:    "Addresses are kept in histories, logs and analytics, and sent on as Referer: whoever reads them is the visitor until the token expires.",
	Fix:    "Send tokens in the body or in a header.",
	Source: "RFC 6750 5.3",
	Faults: []string{"page-token-in-url"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageTokenNotInURL),
})

func pageTokenNotInURL(p pageRun) judgement {
	return p.exposed("no token in addresses", record.ExposedURL, record.ExposedLocation, record.ExposedReferer)
}

var _ = add(Check{
	ID: "page-token-not-stored", Area: AreaPage, Level: record.Should,
	Title:  "No token is kept in localStorage, sessionStorage or a cookie that scripts can read",
	Why:    "Storage outlives the session and can be read by any script of the site.",
	Fix:    "Keep the token in memory only; the widget does.",
	Source: "OWASP storage",
	Faults: []string{"page-token-in-storage"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageTokenNotStored),
})

func pageTokenNotStored(p pageRun) judgement {
	return p.exposed("tokens in memory only", record.ExposedLocal, record.ExposedSession, record.ExposedCookie)
}

var _ = add(Check{
	ID: "page-token-not-logged", Area: AreaPage, Level: record.Should,
	Title:  "No token is written to the console",
	Why:    "Consoles are collected by error trackers and shown on screens that are shared.",
	Fix:    "Do not log the token.",
	Source: "OWASP logging",
	Faults: []string{"page-token-in-console"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageTokenNotLogged),
})

func pageTokenNotLogged(p pageRun) judgement {
	return p.exposed("no token in the console", record.ExposedConsole)
}

var _ = add(Check{
	ID: "page-csp", Area: AreaPage, Level: record.Must,
	Title:  "The page's Content-Security-Policy blocks nothing that the chat or the token fetch needs",
	Why:    "The browser does not load or send what the policy forbids, whatever the page says.",
	Fix:    "Allow the widget's hosts and the token endpoint in the named directive. The vendor's sample for connect-src lacks 'self', which a token endpoint on the page's own origin needs.",
	Source: "vendor: web chat architecture",
	Faults: []string{"page-csp-blocks-issuer"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageCSP),
})

func pageCSP(p pageRun) judgement {
	if len(p.Visits) == 0 {
		return notRun("the page was not loaded")
	}
	needed := collect(p.Violations, func(v record.Violation) *record.Finding {
		if !p.matters(v) {
			return nil
		}
		blocked := v.Blocked
		if v.Inline {
			blocked = "code in the page itself"
		}
		finding := found("", "the policy allows what the chat needs", "%s blocks %s (%s)", v.Directive, blocked, at(v.Visitor, v.Step))
		finding.Hint = "allow it in " + v.Directive
		if v.Inline {
			finding.Hint = "give it a nonce or its hash in " + v.Directive + "; the widget's own style takes the nonce of the option cspNonce"
		}
		if strings.Contains(v.Directive, "trusted-types") {
			finding.Actual = fmt.Sprintf("%s blocks the address of a script that is a plain text (%s)", v.Directive, at(v.Visitor, v.Step))
			finding.Hint = "make the address of the embed script with a policy: trustedTypes.createPolicy('chat', { createScriptURL: (url) => url }).createScriptURL(address)"
		}
		return finding
	})
	return saw(len(p.Visits), "page visit").with(needed.findings...).judge()
}

// matters says whether the chat or the token fetch needed what was blocked.
func (p pageRun) matters(v record.Violation) bool {
	switch {
	case v.Vendor || v.Issuer:
		return true
	case strings.HasPrefix(v.Directive, "connect-src"):
		return v.Renewing && !p.renewedIn(v.Visit, v.Step)
	}
	// Without a widget, any script that did not run may have been the embed script.
	return len(p.visits()) == 0 && (strings.HasPrefix(v.Directive, "script-src") || strings.Contains(v.Directive, "trusted-types"))
}

// renewedIn says whether the page's handler got a token in a step of a visit.
func (p pageRun) renewedIn(visit, step string) bool {
	return slices.ContainsFunc(p.Firings, func(f record.Firing) bool { return f.Visit == visit && f.Step == step && f.Value.JWT })
}

var _ = add(Check{
	ID: "page-cors", Area: AreaPage, Level: record.Must,
	Title:  "The token fetch is not refused by CORS, mixed content or cookie policy",
	Why:    "The page does not get to see the answer: no token, and often not even an error that can be read.",
	Fix:    "Serve the token endpoint from the page's own origin, or have it answer with Access-Control-Allow-Origin: <this origin> (not *), Access-Control-Allow-Credentials: true, and Vary: Origin, on errors too.",
	Source: "Fetch standard",
	Faults: []string{"page-cors-refused"},
	Needs:  []string{record.ProbePage}, judge: inPage(pageCORS),
})

func pageCORS(p pageRun) judgement {
	if len(p.Visits) == 0 {
		return notRun("the page was not loaded")
	}
	return collect(p.Requests, func(r record.PageRequest) *record.Finding {
		refused := r.CORS != "" || r.Blocked == record.BlockedMixed || r.Blocked == record.BlockedEmbedder ||
			strings.HasPrefix(r.Blocked, record.BlockedResource)
		switch {
		case refused && p.wasForToken(r):
		case r.Issuer || p.inHandler(r):
			return nil
		default:
			return beside
		}
		finding := found("", "the browser lets the page read the answer of the token endpoint", "%s (%s)", toldRequest(r), at(r.Visitor, r.Step))
		finding.Hint = corsHints[r.CORS]
		return finding
	}).judgeOr(p.askedNobody())
}

// askedNobody is the judgement where no request for a token was seen.
func (p pageRun) askedNobody() judgement {
	if len(p.Tokens) > 0 {
		return notApplicable("the page has its tokens without a request of its scripts")
	}
	return notRun("the page asked for no token")
}

// inHandler says whether a request was made while a handler of the page ran.
func (p pageRun) inHandler(r record.PageRequest) bool {
	return slices.ContainsFunc(p.Firings, func(f record.Firing) bool { return slices.Contains(f.Requests, r.ID) })
}

// wasForToken says whether a request was one for a token, going by the named
// endpoint, or else by the time: the handler was running, or waiting for what
// was asked for before, and got no token.
func (p pageRun) wasForToken(r record.PageRequest) bool {
	if r.Issuer || r.Type != record.TypeFetch && r.Type != record.TypeXHR {
		return r.Issuer
	}
	for _, f := range p.Firings {
		if slices.Contains(f.Requests, r.ID) {
			return !f.Value.JWT
		}
	}
	_, got := p.firstToken(r.Visitor)
	return !got
}

// corsHints say what is wrong, by the browser's reason.
var corsHints = map[string]string{
	"MissingAllowOriginHeader":            "the answer has no Access-Control-Allow-Origin: name the page's origin there, on errors too",
	"PreflightMissingAllowOriginHeader":   "the answer to the preflight (OPTIONS) has no Access-Control-Allow-Origin: answer it, or send no header that needs one",
	"WildcardOriginNotAllowed":            "with credentials Access-Control-Allow-Origin must name the page's origin, not *",
	"PreflightWildcardOriginNotAllowed":   "with credentials Access-Control-Allow-Origin must name the page's origin, not *, on the preflight too",
	"AllowOriginMismatch":                 "Access-Control-Allow-Origin names another origin than the page's",
	"PreflightAllowOriginMismatch":        "Access-Control-Allow-Origin of the preflight names another origin than the page's",
	"MultipleAllowOriginValues":           "Access-Control-Allow-Origin may name one origin only",
	"InvalidAllowCredentials":             "the page sends cookies: answer with Access-Control-Allow-Credentials: true",
	"PreflightInvalidAllowCredentials":    "the page sends cookies: answer the preflight with Access-Control-Allow-Credentials: true",
	"PreflightInvalidStatus":              "the preflight (OPTIONS) must be answered with a status from 200 to 299",
	"HeaderDisallowedByPreflightResponse": "the page sends a header that the preflight's Access-Control-Allow-Headers does not name",
	"MethodDisallowedByPreflightResponse": "the preflight's Access-Control-Allow-Methods does not name the method",
	"DisallowedByMode":                    "the fetch says mode: 'same-origin', and the endpoint is on another origin",
	"RedirectContainsCredentials":         "the endpoint redirects to an address with a password in it",
}
