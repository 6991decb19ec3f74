package endpoint

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
)

// Jar holds the cookies of one browser, and no more of them than browsers do: a
// site may set new ones with each answer. It is safe for concurrent use.
type Jar struct {
	*cookiejar.Jar
	mu    sync.Mutex
	kept  map[cookieKey]int // their bytes
	bytes int
}

// cookieKey is what makes two cookies of a site one.
type cookieKey struct{ host, domain, path, name string }

// Chromium and Firefox keep 180 cookies of a site; more bytes than these fit into
// no header that servers read.
const (
	mostCookies     = 180
	mostCookieBytes = 64 << 10
)

// NewJar returns an empty jar; options may be nil.
func NewJar(options *cookiejar.Options) *Jar {
	jar, _ := cookiejar.New(options) // never fails
	return &Jar{Jar: jar, kept: map[cookieKey]int{}}
}

// SetCookies keeps the cookies of an answer from u, as long as there is room.
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

// fits says whether there is room for the cookie, and takes it.
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
