package endpoint

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// TestRightSignaturesThatBreakARule has an endpoint that verifies the signature and
// nothing else: what is right but for one rule shows it, whether signed with the
// site's key or by the site itself and expired since.
func TestRightSignaturesThatBreakARule(t *testing.T) {
	key := keys.For("issuer")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Second).Unix()}).SignedString(key)
			_, _ = w.Write([]byte(text))
			return
		}
		text := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		lenient := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"RS256"}))
		if _, err := lenient.Parse(text, func(*jwt.Token) (any, error) { return &key.PublicKey, nil }); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer site.Close()
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	client := newClient(t, Config{
		URL: site.URL + "/token", Relying: []Request{{URL: "/me"}}, Rate: 5000, MaxWait: 3 * time.Second,
		SigningKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	client.leeway = 100 * time.Millisecond
	accepted := map[string]int{}
	for _, x := range gather(t, client, record.ProbeRelying).exchanges(record.ProbeRelying, record.VariantForged) {
		if x.Response != nil && x.Response.Status == http.StatusOK {
			why, _, _ := strings.Cut(x.About, ",")
			if strings.HasPrefix(x.About, record.AboutExpired) {
				why = record.AboutExpired
			}
			accepted[why]++
		}
	}
	if len(accepted) != 2 || accepted[record.AboutRightKey] != 7 || accepted[record.AboutExpired] != 1 {
		t.Errorf("accepted: %v", accepted)
	}
	if _, err := New(Config{URL: site.URL, SigningKey: client.config.SigningKey, PublicKeys: []KeyText{{Text: keys.PublicPEM(&keys.For("another").PublicKey)}}}); err == nil {
		t.Error("a signing key that belongs to none of the public keys is taken")
	}
}

// TestForgedUnderTheBytesOfTheKey: verifiers that read the key file before they take
// it for a secret have its bytes, not its text.
func TestForgedUnderTheBytesOfTheKey(t *testing.T) {
	key := keys.For("issuer")
	right, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann"}).SignedString(key)
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	f, err := newForger(right, nil)
	if err != nil {
		t.Fatal(err)
	}
	believed := 0
	for _, made := range f.byHMAC([]KeyText{{Text: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}}) {
		if token, err := jwt.Parse(made.token, func(*jwt.Token) (any, error) { return der, nil }); err == nil && token.Valid {
			believed++
		}
	}
	if believed != 3 {
		t.Errorf("%d forgeries under the bytes of the key, want one for each of three algorithms", believed)
	}
}

// TestOtherAlgorithmsAreOfTheRightKey: they verify under the site's key, and only the
// algorithm is another one.
func TestOtherAlgorithmsAreOfTheRightKey(t *testing.T) {
	key := keys.For("issuer")
	right, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann"}).SignedString(key)
	f, err := newForger(right, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range f.otherAlgorithms() {
		token, err := jwt.Parse(made.token, func(*jwt.Token) (any, error) { return &key.PublicKey, nil }, jwt.WithValidMethods([]string{made.how}))
		if err != nil || made.how == "RS256" || token.Claims.(jwt.MapClaims)["sub"] != "ann" {
			t.Errorf("%s: %v", made.how, err)
		}
	}
	if f.right = nil; f.otherAlgorithms() != nil {
		t.Error("other algorithms without the site's key")
	}
}

// TestForgedByACurve: who takes the key from the header finds one that verifies.
func TestForgedByACurve(t *testing.T) {
	right, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann"}).SignedString(keys.For("issuer"))
	f, err := newForger(right, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range f.byCurve() {
		token, err := jwt.Parse(made.token, func(token *jwt.Token) (any, error) {
			jwk := token.Header["jwk"].(map[string]any)
			x, _ := base64.RawURLEncoding.DecodeString(jwk["x"].(string))
			y, _ := base64.RawURLEncoding.DecodeString(jwk["y"].(string))
			return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		}, jwt.WithValidMethods([]string{"ES256"}))
		if err != nil || !token.Valid {
			t.Errorf("%s: %v", made.how, err)
		}
	}
}

// TestRedirectsOfARelyingEndpoint follows an endpoint that has moved, with the token, and
// takes a redirect to the login for the refusal that it is.
func TestRedirectsOfARelyingEndpoint(t *testing.T) {
	key := keys.For("issuer")
	verified := func(r *http.Request) error {
		_, err := jwt.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), func(*jwt.Token) (any, error) { return &key.PublicKey, nil }, jwt.WithValidMethods([]string{"RS256"}))
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}).SignedString(key)
		_, _ = w.Write([]byte(text))
	})
	mux.Handle("/believing", http.RedirectHandler("/v2/believing", http.StatusTemporaryRedirect))
	mux.HandleFunc("/v2/believing", func(w http.ResponseWriter, r *http.Request) {
		if len(strings.Split(r.Header.Get("Authorization"), ".")) != 3 {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("/right", func(w http.ResponseWriter, r *http.Request) {
		to := "/v2/right"
		if verified(r) != nil {
			to = "/login"
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("/v2/right", func(w http.ResponseWriter, r *http.Request) {
		if verified(r) != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("/login", func(http.ResponseWriter, *http.Request) {})
	site := httptest.NewServer(mux)
	defer site.Close()
	for address, believes := range map[string]bool{"/believing": true, "/right": false} {
		client := newClient(t, Config{URL: site.URL + "/token", Relying: []Request{{URL: address, Follow: true}}, Rate: 5000})
		e := gather(t, client, record.ProbeRelying)
		statuses := func(variant record.Variant) (all []int) {
			for _, x := range e.exchanges(record.ProbeRelying, variant) {
				all = append(all, x.Response.Status)
			}
			return all
		}
		if valid := statuses(record.VariantValid); !slices.Contains(valid, http.StatusOK) {
			t.Errorf("%s: the right token got %v", address, valid)
		}
		if slices.Contains(statuses(record.VariantForged), http.StatusOK) != believes {
			t.Errorf("%s: forgeries got %v", address, statuses(record.VariantForged))
		}
	}
}
