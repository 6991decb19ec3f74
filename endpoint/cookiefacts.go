package endpoint

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

var sameSites = map[http.SameSite]string{
	http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None",
}

// cookieFacts describes the cookies that an answer sets.
func (e *examiner) cookieFacts(from *url.URL, response *http.Response, result *answer) []record.Cookie {
	var facts []record.Cookie
	for _, cookie := range SetCookies(response.Header) {
		if len(facts) == 20 {
			break
		}
		values := decoded(cookie.Value)
		facts = append(facts, record.Cookie{
			Name:        strings.Clone(shorten(cookie.Name, maxValue)),
			Fingerprint: secrets.Fingerprint(cookie.Value),
			ValueBytes:  len(cookie.Value),
			HTTPOnly:    cookie.HttpOnly,
			Secure:      cookie.Secure,
			SameSite:    sameSites[cookie.SameSite],
			Path:        strings.Clone(shorten(cookie.Path, maxValue)),
			Domain:      strings.Clone(shorten(cookie.Domain, maxValue)),
			MaxAge:      cookie.MaxAge,
			Expires:     cookie.Expires,
			Dropped:     whyDropped(cookie, from),
			Cut:         whatIsCut(cookie),
			HoldsToken: slices.ContainsFunc(values, func(value string) bool {
				return slices.ContainsFunc(secrets.Tokens(value), e.isIdentityToken)
			}),
			HoldsSub: len(result.sub) >= 6 && slices.ContainsFunc(values, func(value string) bool {
				return strings.Contains(value, result.sub)
			}),
		})
	}
	return facts
}

// maxCookie is the most bytes that browsers keep of a cookie's name and value
// together (RFC 6265bis §5.6).
const maxCookie = 4096

// whyDropped says why a browser does not keep the cookie, or "" when it does
// (RFC 6265bis §5.7).
func whyDropped(cookie *http.Cookie, from *url.URL) string {
	trusted := from.Scheme == "https" || address.IsLocalName(from.Hostname())
	host := strings.HasPrefix(strings.ToLower(cookie.Name), "__host-")
	switch {
	case len(cookie.Name)+len(cookie.Value) > maxCookie:
		return "over 4,096 bytes"
	case cookie.SameSite == http.SameSiteNoneMode && !cookie.Secure:
		return "SameSite=None without Secure"
	case cookie.Partitioned && !cookie.Secure:
		return "Partitioned without Secure"
	case cookie.Secure && !trusted:
		return "Secure, on plain http"
	case (host || strings.HasPrefix(strings.ToLower(cookie.Name), "__secure-")) && !cookie.Secure:
		return "the prefix of its name wants Secure"
	case host && (cookie.Domain != "" || cookie.Path != "/"):
		return "the prefix __Host- wants Path=/ and no Domain"
	}
	return wrongDomain(cookie.Domain, from.Hostname())
}

// attributes are those of cookies, in RFC 6265bis, the RFCs before it and in browsers.
var attributes = []string{
	"expires", "max-age", "domain", "path", "secure", "httponly", "samesite",
	"partitioned", "priority", "sameparty", "version", "comment", "commenturl", "discard", "port",
}

var (
	// secondCookie matches the beginning of another cookie in the attributes of one.
	secondCookie = regexp.MustCompile(`,\s*([\w.-]{1,64})=`)
	word         = regexp.MustCompile(`^[A-Za-z][\w-]{0,30}$`)
)

// whatIsCut says what of the header that sets a cookie browsers take for no part of it:
// another cookie, or the rest of a value with a semicolon in it (RFC 6265bis §5.6). It
// tells nothing of a value.
func whatIsCut(cookie *http.Cookie) string {
	_, rest, _ := strings.Cut(cookie.Raw, ";")
	if second := secondCookie.FindStringSubmatch(rest); second != nil {
		return "the cookie " + second[1] + " stands behind a comma in the same header, and browsers do not see it"
	}
	for part := range strings.SplitSeq(rest, ";") {
		name, _, named := strings.Cut(strings.TrimSpace(part), "=")
		switch name = strings.TrimSpace(name); {
		case name == "", slices.Contains(attributes, strings.ToLower(name)):
		case named && word.MatchString(name):
			return "its value ends at the semicolon before " + name + ", which is no attribute of cookies"
		default:
			return "its value ends at the semicolon in it"
		}
	}
	return ""
}

// wrongDomain says why a host may not set a cookie for the domain, or "".
func wrongDomain(domain, host string) string {
	domain, host = strings.ToLower(strings.TrimPrefix(domain, ".")), strings.ToLower(host)
	if domain == "" || domain == host {
		return ""
	}
	if _, err := netip.ParseAddr(host); err == nil || !strings.HasSuffix(host, "."+domain) {
		return "Domain is another host"
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return "Domain is a public suffix"
	}
	return ""
}
