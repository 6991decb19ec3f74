package record

import "testing"

// TestCachesAreKnownByTheirHeaders takes what caches say of answers that they had
// kept, and of those that they had not.
func TestCachesAreKnownByTheirHeaders(t *testing.T) {
	for _, test := range []struct {
		name, value string
		kept        bool
	}{
		{"Age", "7", true},
		{"Age", "0", false},
		{"age", "120", true},
		{"X-Cache", "HIT", true},
		{"X-Cache", "Hit from cloudfront", true},
		{"X-Cache", "RefreshHit from cloudfront", true},
		{"X-Cache", "TCP_MEM_HIT from a23-1-1-1", true},
		{"X-Cache", "MISS, HIT", true},
		{"X-Cache", "Miss from cloudfront", false},
		{"X-Cache-Hits", "0, 2", true},
		{"X-Cache-Hits", "0", false},
		{"CF-Cache-Status", "HIT", true},
		{"CF-Cache-Status", "REVALIDATED", true},
		{"CF-Cache-Status", "DYNAMIC", false},
		{"x-nextjs-cache", "STALE", true},
		{"x-vercel-cache", "PRERENDER", true},
		{"x-vercel-cache", "BYPASS", false},
		{"Cache-Status", "ExampleCache; hit; ttl=376", true},
		{"Cache-Status", "ExampleCache; fwd=stale; fwd-status=304", false},
		{"X-Varnish", "32770 3", true},
		{"X-Varnish", "32770", false},
		{"X-Rack-Cache", "fresh", true},
		{"X-Rack-Cache", "miss, store", false},
		{"Cache-Control", "max-age=60", false},
	} {
		told, kept := CacheSigns(map[string][]string{test.name: {test.value}})
		if kept != test.kept || (told == "") != (test.name == "Cache-Control") {
			t.Errorf("%s: %s: told %q, kept %t, want %t", test.name, test.value, told, kept, test.kept)
		}
	}
}
