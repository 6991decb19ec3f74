package profiles

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// scripts says what the addresses of a chat's script look like.
type scripts struct {
	documented *regexp.Regexp
	names      []string // end the path, wherever a page loads the script from
}

// calls says how the requests of a chat to its assistant are known.
type calls struct {
	header   string   // comes with each call that carries a token
	suffixes []string // end the addresses of calls without it
	patterns []string // of addresses that may be calls, for the browser
}

// Owns says whether the host, without its port, is one of the vendor's.
func (p Page) Owns(host string) bool { return ownsHost(p.domains, host) }

// OwnsAddress says whether the address is on one of the vendor's hosts.
func (p Page) OwnsAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && p.Owns(u.Hostname())
}

// IsScript says whether the address is one of the chat's script, wherever it is.
func (p Page) IsScript(address string) bool {
	u, err := url.Parse(address)
	return err == nil && p.IsScriptPath(u.Path)
}

// IsScript says whether the address is one of the script of any profile's chat.
func IsScript(address string) bool {
	_, is := OfScript(address)
	return is
}

// OfScript returns the profile whose chat has its script at the address.
func OfScript(address string) (Profile, bool) {
	i := slices.IndexFunc(All(), func(p Profile) bool { return p.Page.IsScript(address) })
	if i < 0 {
		return Profile{}, false
	}
	return All()[i], true
}

// IsScriptPath says whether the path is that of the chat's script.
func (p Page) IsScriptPath(path string) bool {
	return slices.ContainsFunc(p.scripts.names, func(name string) bool { return strings.HasSuffix(path, name) })
}

// IsDocumentedScript says whether the vendor documents the address for the script.
func (p Page) IsDocumentedScript(address string) bool {
	return p.scripts.documented.MatchString(address)
}

// ScriptNames are the ends of the paths of the script, the usual one first. The
// slice is the caller's.
func (p Page) ScriptNames() []string { return slices.Clone(p.scripts.names) }

// ScriptPath is the path of the script on the vendor's host.
func (p Page) ScriptPath() string {
	u, err := url.Parse(p.Script)
	if err != nil {
		return p.scripts.names[0]
	}
	return u.Path
}

// IsForAssistant says whether a request is the assistant's to answer: one to the
// vendor's hosts, for the script, or a call of the chat that the page sends
// through a server of its own.
func (p Page) IsForAssistant(address string, header http.Header) bool {
	if p.OwnsAddress(address) || p.IsScript(address) || header.Get(p.calls.header) != "" {
		return true
	}
	announced := strings.ToLower(header.Get("Access-Control-Request-Headers"))
	return strings.Contains(announced, strings.ToLower(p.calls.header)) ||
		slices.ContainsFunc(p.calls.suffixes, func(suffix string) bool { return strings.HasSuffix(address, suffix) })
}

// Patterns are the addresses at which a request has to be looked at before it is
// sent, as patterns with stars: the vendor's hosts, and the script and the calls
// wherever a page has moved them.
func (p Page) Patterns() []string {
	var patterns []string
	for _, domain := range p.domains {
		patterns = append(patterns, "*://*"+domain+"/*")
	}
	for _, name := range p.scripts.names {
		patterns = append(patterns, "*"+name+"*")
	}
	return append(patterns, p.calls.patterns...)
}

// standInCalls are the calls of the stand-in for a chat. The paths are those of
// the default profile's chat; other vendors publish none of theirs, so the
// stand-in keeps to these.
var standInCalls = calls{
	header:   "X-Global-Transaction-ID",
	suffixes: []string{"/config?type=init"},
	patterns: []string{"*/chat/*/config*", "*/chat/*/message*", "*/chat/*/channel_conversations/*", "*/chat/*/sessions/*"},
}

// standInHeaders go with each message of the stand-in.
var standInHeaders = map[string]string{"x-watson-assistant-channel": "chat"}
