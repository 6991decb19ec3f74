package record

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cacheHeaders are those by which caches on the way tell what they did: RFC 9211,
// RFC 9111, and the words of common caches, content networks and frameworks.
var cacheHeaders = []string{
	"Cache-Status", "Age", "X-Cache", "X-Cache-Status", "X-Cache-Hits", "X-Cache-Lookup", "CF-Cache-Status", "X-Nextjs-Cache",
	"X-Vercel-Cache", "X-Proxy-Cache", "X-FastCGI-Cache", "X-Varnish", "X-Varnish-Cache", "X-LiteSpeed-Cache", "X-Drupal-Cache",
	"X-Drupal-Dynamic-Cache", "X-Rack-Cache", "X-Kinsta-Cache", "X-Sucuri-Cache", "X-Magento-Cache-Debug", "CDN-Cache",
}

var (
	// cacheHit matches what they say of an answer that they had kept: "HIT",
	// "TCP_MEM_HIT", "RefreshHit from cloudfront", "PRERENDER".
	cacheHit = regexp.MustCompile(`(?i)hit\b|\b(?:stale|prerender(?:ed)?|revalidated|updating|fresh)\b`)
	// forwarded is why a cache asked the site, "fwd=stale" (RFC 9211 §2.2).
	forwarded = regexp.MustCompile(`(?i)\bfwd(?:-status)?\s*=\s*[\w-]+`)
)

// CacheHeaders returns the names of the headers by which caches tell what they did.
func CacheHeaders() []string { return slices.Clone(cacheHeaders) }

// CacheSigns returns what the header of an answer tells of a cache on the way, as
// "X-Cache: HIT, Age: 7", "" for nothing, and whether the cache says that it had
// kept the answer.
func CacheSigns(header map[string][]string) (told string, kept bool) {
	values := map[string]string{}
	for name, lines := range header {
		values[strings.ToLower(name)] = strings.Join(lines, ", ")
	}
	var all []string
	for _, name := range cacheHeaders {
		value := strings.TrimSpace(values[strings.ToLower(name)])
		if value == "" {
			continue
		}
		all = append(all, name+": "+value)
		switch name {
		case "Age", "X-Cache-Hits": // seconds in the cache; hits of each node of a content network
			kept = kept || anyAboveZero(value)
		case "X-Varnish": // two numbers: of this request, and of the one that was kept
			kept = kept || len(strings.Fields(value)) > 1
		default:
			kept = kept || cacheHit.MatchString(forwarded.ReplaceAllString(value, ""))
		}
	}
	return strings.Join(all, ", "), kept
}

func anyAboveZero(list string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(item)); err == nil && n > 0 {
			return true
		}
	}
	return false
}
