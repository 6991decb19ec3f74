package cli

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

//go:embed mockdemo.html
var demoPage []byte

// demo is a page with the widget in it and the source of its tokens: an issuer
// of its own, or the developer's.
type demo struct {
	issuer    http.Handler
	publicKey string // of the issuer of its own; "" for the developer's
}

// newDemo returns nil when there is a key but no issuer to go with it.
func newDemo(f mockFlags) (*demo, error) {
	switch {
	case f.issuer != "":
		if len(f.publicKeys) == 0 && f.security == "on" {
			return nil, usageErrorf("--issuer wants --public-key with the key that its tokens are checked with")
		}
		target, err := url.Parse(f.issuer)
		if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
			return nil, usageErrorf("--issuer %q: want the URL of a token endpoint, as in http://localhost:3000/createJWT", f.issuer)
		}
		return &demo{issuer: forward(target)}, nil
	case len(f.publicKeys) > 0:
		return nil, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &demo{issuer: demoIssuer{key}, publicKey: string(text)}, nil
}

// forward asks the developer's endpoint, cookies and all, so that the demo page
// needs no CORS.
func forward(target *url.URL) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL = target
		r.Out.Host = target.Host
		r.Out.Header.Set("Origin", target.Scheme+"://"+target.Host)
	}}
}

// site puts the demo page and its token endpoint before the assistant.
func (d *demo) site(assistant http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", assistant)
	mux.Handle("/createJWT", d.issuer)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(demoPage)
	})
	return mux
}

// demoIssuer signs tokens for anonymous visitors, whom a cookie keeps apart.
type demoIssuer struct{ key *rsa.PrivateKey }

const (
	demoCookie   = "DEMO_VISITOR"
	demoLifetime = 30 * time.Second // short, so that an expiry can be watched
	cookieDays   = 45
)

func (d demoIssuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	visitor := "visitor-" + rand.Text()
	if cookie, err := r.Cookie(demoCookie); err == nil && len(cookie.Value) == len(visitor) {
		visitor = cookie.Value
	}
	http.SetCookie(w, &http.Cookie{
		Name: demoCookie, Value: visitor, Path: "/", MaxAge: cookieDays * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"sub": visitor, "iat": now.Unix(), "exp": now.Add(demoLifetime).Unix(),
	}).SignedString(d.key)
	if err != nil {
		http.Error(w, "the token could not be signed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(token))
}
