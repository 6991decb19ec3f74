package endpoint

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
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

// TestSessionsInOtherSpellings: whoever reads the number of a session without its dashes, or
// in capitals, has the session; one that the sub is made of is there on purpose.
func TestSessionsInOtherSpellings(t *testing.T) {
	const session, visitor = "8a4f0c1e-93d2-4c55-b0aa-1f6e2d7c9b30", "01HW9Z6K3V5Q2R8T4Y7M1N0PBC"
	e := &examiner{Client: &Client{withheld: map[string]string{}}}
	asking := &ask{visitor: newVisitor("ada")}
	asking.visitor.values = map[string][]string{"cookie sid": {session}, "cookie vid": {visitor}}
	for claim, want := range map[string]bool{
		session: true, "web-8a4f0c1e93d24c55b0aa1f6e2d7c9b30": true, "8A4F0C1E-93D2-4C55-B0AA-1F6E2D7C9B30": true, visitor: true,
		"8a4f0c1e-93d2": false, "0b4f0c1e93d24c55b0aa1f6e2d7c9b30": false, strings.ToLower(visitor): false,
	} {
		claims, _ := json.Marshal(map[string]string{"sub": "c-1", "h": claim})
		if got := len(record.SegmentOf(string(claims), e.claimSecrets(asking, "c-1")).Masked) > 0; got != want {
			t.Errorf("%s: %v, want %v", claim, got, want)
		}
	}
	bare := strings.ReplaceAll(session, "-", "")
	for _, sub := range []string{session, "anon-" + bare} {
		if known := e.claimSecrets(asking, sub); len(known) != 1 {
			t.Errorf("with the sub %s: %v", sub, known)
		}
	}
}
