package endpoint

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/url"
	"testing"
)

// TestACookieIsSealedAnew shows which proofs anybody can make, and that what is made
// is what the site itself would have made of another text.
func TestACookieIsSealedAnew(t *testing.T) {
	mac := func(key, text string) []byte {
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	for name, seal := range map[string]func(id string) string{
		"checksum":            func(id string) string { return fmt.Sprintf("%s.%08x", id, crc32.ChecksumIEEE([]byte(id))) },
		"checksum in decimal": func(id string) string { return fmt.Sprintf("%s-%d", id, crc32.ChecksumIEEE([]byte(id))) },
		"MD5":                 func(id string) string { return fmt.Sprintf("%s|%x", id, md5.Sum([]byte(id))) },
		"SHA-1, cut":          func(id string) string { return fmt.Sprintf("%s.%.10x", id, sha1.Sum([]byte(id))) },
		"SHA-256 in base64": func(id string) string {
			sum := sha256.Sum256([]byte(id))
			return url.PathEscape(id + ":" + base64.StdEncoding.EncodeToString(sum[:]))
		},
		"MD5 with a secret of guides": func(id string) string { return fmt.Sprintf("%X.%s", md5.Sum([]byte("changeme"+id)), id) },
		"HMAC under an empty secret":  func(id string) string { return id + "." + hex.EncodeToString(mac("", id)) },
		"as Express signs": func(id string) string {
			return url.QueryEscape("s:" + id + "." + base64.RawStdEncoding.EncodeToString(mac("keyboard cat", id)))
		},
		"MD5 in a member": func(id string) string { return fmt.Sprintf(`{"id":%q,"sum":"%x"}`, id, md5.Sum([]byte(id))) },
	} {
		one, other := newUUIDText(t), newUUIDText(t)
		own := openSeal(Cookie{"visitor", seal(one)}, nil)
		if own == nil || own.text != one {
			t.Errorf("%s: %s is not opened", name, seal(one))
			continue
		}
		if made, _ := own.with(other); unescaped(made) != unescaped(seal(other)) {
			t.Errorf("%s: made %s, not %s", name, made, seal(other))
		}
	}
}

// TestASealBesideIsMade shows a signature in a cookie of its own.
func TestASealBesideIsMade(t *testing.T) {
	sign := func(id string) string {
		m := hmac.New(sha1.New, []byte("cats"))
		m.Write([]byte("vid=" + id))
		return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	one, other := newUUIDText(t), newUUIDText(t)
	own := openSeal(Cookie{"vid", one}, []Cookie{{"vid", one}, {"vid.sig", sign(one)}})
	if own == nil {
		t.Fatal("not opened")
	}
	if value, beside := own.with(other); value != other || len(beside) != 1 || beside[0] != (Cookie{"vid.sig", sign(other)}) {
		t.Errorf("made %s with %v, not the signature %s", value, beside, sign(other))
	}
}

// TestAProofUnderAKeyStaysClosed shows that no chance makes a real signature, or
// random text, one that anybody can make.
func TestAProofUnderAKeyStaysClosed(t *testing.T) {
	for range 10 {
		id, key := newUUIDText(t), make([]byte, 32)
		_, _ = rand.Read(key)
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id))
		sum := m.Sum(nil)
		for _, value := range []string{
			id, id + "." + hex.EncodeToString(sum), id + "." + base64.RawURLEncoding.EncodeToString(sum),
			"s%3A" + id + "." + url.PathEscape(base64.RawStdEncoding.EncodeToString(sum)), base64.RawURLEncoding.EncodeToString(key),
		} {
			if own := openSeal(Cookie{"visitor", value}, nil); own != nil {
				t.Fatalf("%s is opened as %s", value, own.text)
			}
		}
	}
}

func newUUIDText(t *testing.T) string {
	t.Helper()
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
