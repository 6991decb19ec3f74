package endpoint

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what careless sites make cookies of
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Cookies that anybody can make who knows a user's name, and those that nobody can.
func TestGuessedCookies(t *testing.T) {
	now := time.Now()
	user := &User{Name: "ada", Identifiers: []string{"C-1001", "ada@shop.example"}}
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	five, two := md5.Sum([]byte("ada")), sha256.Sum256([]byte("1001"))
	proof := hmac.New(sha256.New, []byte("secret"))
	proof.Write([]byte("ada"))
	for name, value := range map[string]string{
		"name": "ada", "in capitals": "ADA", "number": "1001", "customer": "C-1001", "address": "ada@shop.example", "with a word": "user:ada", "query": "uid=1001&role=customer",
		"base64": encode("ada"), "base64 number": encode("1001"), "base64 twice": encode(encode("ada")), "unpadded": base64.RawURLEncoding.EncodeToString([]byte("user:1001")),
		"hex": hex.EncodeToString([]byte("ada")), "escaped": "ada%40shop.example", "JSON": `{"user":"ada","id":7,"admin":false}`, "JSON escaped": "%7B%22user%22%3A%22ada%22%7D",
		"JSON in base64": encode(`{"user":{"name":"ada","n":1001},"at":` + fmt.Sprint(now.UnixMilli()) + `}`), "j:": `j:{"user":"ada"}`,
		"with the time": fmt.Sprintf("ada|%d", now.Unix()), "reversed": "1001-C", "base64 reversed": encode("ada")[0:0] + reversed(encode("ada")),
		"rot13": "nqn", "MD5": hex.EncodeToString(five[:]), "MD5 in base64": base64.StdEncoding.EncodeToString(five[:]), "SHA-256 of a number": hex.EncodeToString(two[:]),
		"half a digest": hex.EncodeToString(two[:8]), "name and digest": "ada." + hex.EncodeToString(five[:]), "a counter": "session-42",
		"as PHP writes it": `a:2:{s:4:"user";s:3:"ada";s:2:"id";i:1001;}`,
		"unsigned token":   unsigned(map[string]any{"sub": "ada", "iat": now.Unix()}),
		"a known secret":   "ada." + hex.EncodeToString(proof.Sum(nil)),
	} {
		if newGuesser(user, now).guesses(value) == "" {
			t.Errorf("%s: %q is not guessed", name, value)
		}
	}
	for range 30 {
		random := make([]byte, 16)
		rand.Read(random)
		for _, value := range []string{
			hex.EncodeToString(random), rand.Text(), base64.RawURLEncoding.EncodeToString(random), NewValues(nil)["visitor"], fmt.Sprintf("%x", random[:8]),
			"s:" + rand.Text() + "." + rand.Text(), "ada." + hex.EncodeToString(random), encode(`{"user":"ada","nonce":"` + rand.Text() + `"}`), fmt.Sprintf("%d", random[:6]) + rand.Text(),
		} {
			if got := newGuesser(user, now).guesses(value); got != "" {
				t.Errorf("random %q is %q", value, got)
			}
		}
	}
}

// What a login has given is forged without the site's signature, or of its form.
func TestForgedAs(t *testing.T) {
	value := "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"ada"}`)) + ".c2lnbmF0dXJl"
	forged := forgedAs(value, nil)
	if len(forged) != 2 {
		t.Fatalf("%d forms of a token, want 2", len(forged))
	}
	for _, made := range forged {
		if claims := claimsOf(made.text); claims["sub"] != "ada" || made.text == value {
			t.Errorf("%s: claims %v in %s", made.how[0], claims, made.text)
		}
	}
	random := rand.Text()
	alike := forgedAs(random, nil)
	if len(alike) != 1 || len(alike[0].text) != len(random) || alike[0].text == random {
		t.Errorf("of the form of %s: %v", random, alike)
	}
	if short := forgedAs("a", nil); len(short) != 0 {
		t.Errorf("something of the form of one letter: %v", short)
	}
}

func reversed(text string) string {
	turned := []byte(text)
	for i, j := 0, len(turned)-1; i < j; i, j = i+1, j-1 {
		turned[i], turned[j] = turned[j], turned[i]
	}
	return string(turned)
}

// TestForgedWithTheUsersName keeps the name in a value that anybody can write but for
// its proof.
func TestForgedWithTheUsersName(t *testing.T) {
	forged := forgedAs("1017-0a1b2c3d4e5f", []string{"ann", "1017"})
	if len(forged) != 2 || !strings.HasPrefix(forged[1].text, "1017-") || forged[1].text == "1017-0a1b2c3d4e5f" {
		t.Errorf("%v", forged)
	}
	if forged := forgedAs("0a1b2c3d4e5f6071", []string{"ann", "1017"}); len(forged) != 1 {
		t.Errorf("a value without the name: %v", forged)
	}
}
