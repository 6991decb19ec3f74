package endpoint

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestHashedPasswordsInClaims: the plain hash of a configured password is as secret as
// the password; that of anything else tells nothing.
func TestHashedPasswordsInClaims(t *testing.T) {
	config := Config{Users: []User{{Name: "ada", Login: []Request{{Form: map[string]string{"user": "ada", "kennwort": "correct horse 7"}}}}}}
	known := credentials(config.Secrets())
	md, sha := md5.Sum([]byte("correct horse 7")), sha256.Sum256([]byte("correct horse 7"))
	other := sha256.Sum256([]byte("ada"))
	for value, want := range map[string]bool{
		hex.EncodeToString(md[:]): true, base64.RawURLEncoding.EncodeToString(sha[:]): true, "{SHA256}" + base64.StdEncoding.EncodeToString(sha[:]): true,
		base64.StdEncoding.EncodeToString([]byte(`{"h":"` + hex.EncodeToString(sha[:]) + `"}`)): true, "correct horse 7": true,
		hex.EncodeToString(other[:]): false, "ada": false,
	} {
		claims, _ := json.Marshal(map[string]string{"sub": "a", "h": value})
		if got := len(record.SegmentOf(string(claims), known).Masked) > 0; got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
}

// TestHashedAddresses: whoever has a list of addresses finds those that were only hashed.
func TestHashedAddresses(t *testing.T) {
	sum := sha1.Sum([]byte("ada@shop.example"))
	uuid := hex.EncodeToString(sum[:16])
	uuid = uuid[:8] + "-" + uuid[8:12] + "-" + uuid[12:16] + "-" + uuid[16:20] + "-" + uuid[20:]
	for text, want := range map[string]string{
		hex.EncodeToString(sum[:]): "SHA-1", "u-" + hex.EncodeToString(sum[:]): "SHA-1", base64.StdEncoding.EncodeToString(sum[:]): "SHA-1",
		"ada@shop.example": "", uuid: "",
	} {
		got := ""
		token := segmentOf(map[string]any{"alg": "RS256"}) + "." + segmentOf(map[string]any{"sub": text}) + ".x"
		for _, found := range hashesIn("ada@shop.example", placesInToken(token)) {
			got = found.by
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
