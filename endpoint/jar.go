package endpoint

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
)

// Jar holds the cookies of one browser, and as many as browsers hold: a site may set new
// ones with each answer. It is safe for concurrent use.
type Jar struct {
	*cookiejar.Jar
	mu    sync.Mutex
	kept  map[cookieKey]int // the size of each cookie, in bytes
	bytes int
}

// cookieKey identifies a cookie: one with the same key replaces another.
type cookieKey struct{ host, domain, path, name string }

// Chromium and Firefox keep 180 cookies of a site. No server reads a header of more than
// mostCookieBytes.
const (
	mostCookies     = 180
	mostCookieBytes = 64 << 10
)

// NewJar returns an empty jar; options may be nil.
func NewJar(options *cookiejar.Options) *Jar {
	jar, _ := cookiejar.New(options) // never fails
	return &Jar{Jar: jar, kept: map[cookieKey]int{}}
}

// SetCookies stores the cookies of an answer from u, as far as there is room.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var fitting []*http.Cookie
	for _, cookie := range cookies {
		if j.fits(cookieKey{u.Hostname(), cookie.Domain, cookie.Path, cookie.Name}, cookie) {
			fitting = append(fitting, cookie)
		}
	}
	j.Jar.SetCookies(u, fitting)
}

// fits says whether there is room for the cookie, and counts it.
func (j *Jar) fits(key cookieKey, cookie *http.Cookie) bool {
	before, known := j.kept[key]
	if cookie.MaxAge < 0 {
		delete(j.kept, key)
		j.bytes -= before
		return true
	}
	size := len(cookie.Name) + len(cookie.Value)
	if j.bytes-before+size > mostCookieBytes || !known && len(j.kept) >= mostCookies {
		return false
	}
	j.kept[key] = size
	j.bytes += size - before
	return true
}
