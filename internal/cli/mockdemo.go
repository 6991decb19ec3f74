package cli

import (
	"crypto/rand"
	"crypto/rsa"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/secrets"
)

//go:embed mockdemo.html
var demoSource string

var demoPage = template.Must(template.New("demo").Parse(demoSource))

// demo is a page with the widget in it and the source of its tokens: an issuer
// of its own, or the developer's.
type demo struct {
	issuer    func(*mockassistant.Server) http.Handler
	forwards  string // the URL of the developer's issuer, or ""
	publicKey string // of the issuer of its own, or ""
	profile   profiles.Profile
}

// newDemo returns nil when there is a key but no issuer to go with it.
func newDemo(f mockFlags) (*demo, error) {
	switch {
	case f.issuer != "":
		if len(f.publicKeys) == 0 && f.security == "on" {
			return nil, usageErrorf("--issuer wants --public-key with the key that its tokens are checked with")
		}
		relay, err := newRelay(f.issuer)
		if err != nil {
			return nil, usageErrorf("--issuer: %w", err)
		}
		return &demo{profile: f.profile, forwards: withoutSecrets(f.issuer), issuer: func(*mockassistant.Server) http.Handler { return relay.under(f.ownName()) }}, nil
	case len(f.publicKeys) > 0:
		return nil, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return &demo{profile: f.profile, publicKey: publicPEM(&key.PublicKey), issuer: func(assistant *mockassistant.Server) http.Handler {
		return demoIssuer{key, assistant, f.clockSkew, f.profile}
	}}, nil
}

// withoutSecrets is an address to be shown to whoever opens the demo page.
func withoutSecrets(address string) string {
	var told secrets.Known
	told.AddAddress(address)
	return told.Mask(address)
}

// site puts the demo page and its token endpoint before the assistant. The page
// links to the live page at manage, if there is one.
func (d *demo) site(assistant *mockassistant.Server, manage string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", assistant)
	mux.Handle("/createJWT", d.issuer(assistant))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		// An error here means that the browser has gone.
		_ = demoPage.Execute(w, demoView{
			Issuer: d.forwards, Manage: manage, Lifetime: "30 seconds", Contract: d.profile.Page, Script: d.profile.Page.ScriptPath(),
			Event: d.profile.Page.Event, Member: template.JS(d.profile.Page.Member), Embed: template.JS(mockassistant.EmbedScript()),
		})
	})
	return mux
}

// demoView is what the demo page is made of. Member and Embed are code of our own.
type demoView struct {
	Issuer, Manage, Lifetime string
	Contract                 profiles.Page
	Script, Event            string
	Member, Embed            template.JS
}

// demoIssuer signs tokens for anonymous visitors, whom a cookie keeps apart.
type demoIssuer struct {
	key       *rsa.PrivateKey
	assistant *mockassistant.Server
	skew      time.Duration // of the assistant's clock, from the beginning
	profile   profiles.Profile
}

// now goes along when the assistant's clock is moved: the token that a page has
// expires, and a fresh one is good. Only a skew from the beginning stays.
func (d demoIssuer) now() time.Time { return d.assistant.Clock().Now().Add(-d.skew) }

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
	now := d.now()
	claims := jwt.MapClaims{"sub": visitor, "iat": now.Unix(), "exp": now.Add(demoLifetime).Unix()}
	if payload := d.payload(); payload != "" {
		claims["user_payload"] = payload
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(d.key)
	if err != nil {
		http.Error(w, "the token could not be signed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(token))
}

// payload encrypts private variables, or is "" while security is off.
func (d demoIssuer) payload() string {
	text, err := d.assistant.PayloadPublicKey()
	if err != nil {
		return ""
	}
	key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(text))
	if err != nil {
		return ""
	}
	variables := map[string]string{"name": "Demo visitor", "plan": "gold"}
	if allowed := d.profile.Token.PayloadMembers; allowed != nil {
		clear(variables)
		for _, name := range allowed {
			variables[name] = "demo-" + rand.Text()
		}
	}
	content, err := json.Marshal(variables)
	if err != nil {
		return ""
	}
	payload, err := verifier.Encrypt(content, key)
	if err != nil {
		return ""
	}
	return payload
}
