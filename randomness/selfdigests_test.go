package randomness

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// TestSelfDigests: a digest of its own part makes an id longer, not harder to guess. Behind
// enough random bits it is a right checksum.
func TestSelfDigests(t *testing.T) {
	for name, test := range map[string]struct {
		says string
		id   func() string
	}{
		"four bytes in hexadecimal": {"SHA-1 of the other 8", func() string {
			drawn := hex.EncodeToString(random(4))
			sum := sha1.Sum([]byte(drawn))
			return drawn + hex.EncodeToString(sum[:])[:24]
		}},
		"five bytes as they are, in a UUID": {"MD5 of the other 10", func() string {
			drawn := random(5)
			sum := md5.Sum(drawn)
			s := hex.EncodeToString(append(drawn, sum[:11]...))
			return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
		}},
		"behind the digest, in base64": {"SHA-256 of the other 6", func() string {
			drawn := base64.RawURLEncoding.EncodeToString(random(9))[:6]
			return "anon_" + base64.RawURLEncoding.EncodeToString(hashed(drawn))[:22] + drawn
		}},
		"a checksum behind 64 bits": {"", func() string {
			drawn := hex.EncodeToString(random(8))
			return drawn + hex.EncodeToString(hashed(drawn))[:8]
		}},
	} {
		samples := made(func(int, time.Time) string { return test.id() })
		texts := make([]string, len(samples))
		for i, sample := range samples {
			texts[i] = sample.Text
		}
		if what := selfDigests(texts); test.says == "" && what != "" || !strings.Contains(what, test.says) {
			t.Errorf("%s: %q (ids such as %s)", name, what, texts[0])
		}
	}
}
