package endpoint

import (
	"net/http"
	"strings"
)

// SetCookies returns the cookies that an answer sets, as browsers read them. Browsers accept
// values that the grammar of cookies does not allow, such as JSON (RFC 6265bis §5.6).
func SetCookies(header http.Header) []*http.Cookie {
	var cookies []*http.Cookie
	for _, line := range header["Set-Cookie"] {
		if cookie := readSetCookie(line); cookie != nil {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}

// readSetCookie reads one Set-Cookie header. It returns nil for one that browsers ignore.
func readSetCookie(line string) *http.Cookie {
	if cookie, err := http.ParseSetCookie(line); err == nil {
		if !cookie.Quoted {
			cookie.Value = strings.TrimSpace(cookie.Value) // surrounding blanks do not belong to it
		}
		return cookie
	}
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, hasName := strings.Cut(pair, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	cookie, err := http.ParseSetCookie("odd=value;" + attributes)
	if !hasName || name == "" || err != nil || strings.ContainsFunc(pair, isControl) {
		return nil
	}
	cookie.Name, cookie.Value = name, value
	return cookie
}

// sentValue is the value of a cookie as browsers send it: as it was set, with its quotes.
func sentValue(cookie *http.Cookie) string {
	if cookie.Quoted {
		return `"` + cookie.Value + `"`
	}
	return cookie.Value
}

// AddCookies adds cookies to the header of a request as browsers do. net/http would drop
// characters that the grammar of cookies does not allow, such as the quotes in JSON.
func AddCookies(header http.Header, cookies []*http.Cookie) {
	var pairs []Cookie
	for _, cookie := range cookies {
		pairs = append(pairs, Cookie{cookie.Name, sentValue(cookie)})
	}
	if text := joinCookies(pairs); text != "" {
		header["Cookie"] = []string{strings.TrimPrefix(header.Get("Cookie")+"; "+text, "; ")}
	}
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
