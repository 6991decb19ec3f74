package endpoint

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what careless sites make cookies of
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"net/url"
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
		"half a digest": hex.EncodeToString(two[:8]), "name and digest": "ada." + hex.EncodeToString(five[:]), "a counter": "session-42", "a number in base 36": "rt",
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

// TestWhatTwoUsersHaveInCommon is no secret: who has one of the cookies can make the other.
func TestWhatTwoUsersHaveInCommon(t *testing.T) {
	encode := func(text string) string { return url.PathEscape(text) }
	now, user := time.Now(), &User{Name: "bob", Identifiers: []string{"48214"}}
	for name, test := range map[string]struct {
		own, others string
		want        bool
	}{
		"JSON with a constant": {encode(`{"u":"ann","r":"buyer","t":1532700000}`), encode(`{"u":"bob","r":"buyer","t":1532700000}`), true},
		"behind a constant":    {"k7q9xx.48213", "k7q9xx.48214", true},
		"a secret of each":     {encode(`{"u":"ann","n":"x81kkwm0qa"}`), encode(`{"u":"bob","n":"zz91lqp0va"}`), false},
		"nothing of the user":  {"shop-de-9f1c0aa2", "shop-en-9f1c0aa2", false},
	} {
		g := newGuesser(user, now)
		if before := g.guesses(test.others); before != "" {
			t.Errorf("%s: guessed without the other one: %s", name, before)
		}
		if g.see(test.own); (g.guesses(test.others) != "") != test.want {
			t.Errorf("%s: %q, want %t", name, g.guesses(test.others), test.want)
		}
	}
	if g := newGuesser(&User{Name: "ann"}, now); g.guesses(fmt.Sprintf("1001:%08x", crc32.ChecksumIEEE([]byte("1001")))) == "" || g.guesses("1001:0a1b2c3d") != "" {
		t.Error("a checksum of a number")
	}
}

// What a login has given is forged without the site's signature, or of its form.
func TestForgedAs(t *testing.T) {
	value := "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"ada"}`)) + ".c2lnbmF0dXJl"
	forged := forgedAs(value, nil, nil)
	if len(forged) != 2 {
		t.Fatalf("%d forms of a token, want 2", len(forged))
	}
	for _, made := range forged {
		if claims := claimsOf(made.text); claims["sub"] != "ada" || made.text == value {
			t.Errorf("%s: claims %v in %s", made.how[0], claims, made.text)
		}
	}
	random := rand.Text()
	alike := forgedAs(random, nil, nil)
	if len(alike) != 1 || len(alike[0].text) != len(random) || alike[0].text == random {
		t.Errorf("of the form of %s: %v", random, alike)
	}
	if short := forgedAs("a", nil, nil); len(short) != 0 {
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
	forged := forgedAs("1017-0a1b2c3d4e5f", []string{"ann", "1017"}, nil)
	if len(forged) != 2 || !strings.HasPrefix(forged[1].text, "1017-") || forged[1].text == "1017-0a1b2c3d4e5f" {
		t.Errorf("%v", forged)
	}
	if forged := forgedAs("0a1b2c3d4e5f6071", []string{"ann", "1017"}, nil); len(forged) != 1 {
		t.Errorf("a value without the name: %v", forged)
	}
}

// TestSignaturesUnderWellKnownSecrets has cookies as frameworks sign them.
func TestSignaturesUnderWellKnownSecrets(t *testing.T) {
	sign := func(made func() hash.Hash, key, text string) string {
		mac := hmac.New(made, []byte(key))
		mac.Write([]byte(text))
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	derived := hmac.New(sha1.New, []byte("dev"))
	derived.Write([]byte("cookie-session"))
	flask := base64.RawURLEncoding.EncodeToString([]byte(`{"_fresh":true,"_id":"9f1c0aa2","_user_id":"48213"}`)) + ".aSgxyQ"
	g := newGuesser(&User{Name: "mara", Identifiers: []string{"48213"}}, time.Now())
	for value, want := range map[string]bool{
		flask + "." + sign(sha1.New, string(derived.Sum(nil)), flask):    true,
		"s:48213." + sign(sha256.New, "keyboard cat", "48213"):           true,
		"s:48213." + sign(sha256.New, "a real secret", "48213"):          false,
		"s:Zq81kkWm_0." + sign(sha256.New, "keyboard cat", "Zq81kkWm_0"): false, // a session's id: nobody can guess it
	} {
		if got := g.guesses(value) != ""; got != want {
			t.Errorf("%s: %t", value, got)
		}
	}
	value := base64.StdEncoding.EncodeToString([]byte(`{"passport":{"user":48213}}`))
	all := []given{{"session", value, true}, {"session.sig", sign(sha1.New, "keyboard cat", "session="+value), true}}
	if !g.signsAnother(all[1], all) || !g.isSignedByAnother(all[0], all) {
		t.Error("a signature beside the cookie is not seen")
	}
	all[1].value = sign(sha1.New, "a real secret", "session="+value)
	if g.pieces("1") != aWord || g.pieces("true") != aWord || g.pieces("Zq81kkWm_0") == aWord {
		t.Error("a flag is not told from what says something")
	}
	if g.signsAnother(all[1], all) || g.isSignedByAnother(all[0], all) {
		t.Error("a signature under a real secret is taken for one that anybody can make")
	}
}

func TestUnproved(t *testing.T) {
	guesser := newGuesser(&User{Name: "ann", Identifiers: []string{"K7302914"}}, time.Now())
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"id":"K7302914","v":2}`))
	made := guesser.unproved(body + ".c2lnbmF0dXJlLW9mLXNvbWUtbGVuZ3Ro")
	if len(made) != 3 || made[0].text != body || made[1].text != body+"." {
		t.Errorf("made %v", made)
	}
	if made := guesser.unproved("s%3Aann.c2lnbmF0dXJl"); len(made) != 3 || made[0].text != "s:ann" {
		t.Errorf("made %v", made)
	}
	for _, closed := range []string{"ann", body, body + ".v2", "f3b1c09d7a5e4b22.c2lnbmF0dXJlLW9m", ".c2lnbmF0dXJlLW9m"} {
		if made := guesser.unproved(closed); made != nil {
			t.Errorf("%s became %v", closed, made)
		}
	}
}
