package cli

import (
	"crypto/rand"
	"crypto/rsa"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httputil"
	"net/url"
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
		target, err := url.Parse(f.issuer)
		if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
			return nil, usageErrorf("--issuer %q: want the URL of a token endpoint, as in http://localhost:3000/createJWT", f.issuer)
		}
		return &demo{profile: f.profile, forwards: withoutSecrets(f.issuer), issuer: func(*mockassistant.Server) http.Handler { return forward(target, f.ownName()) }}, nil
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

// relayed are the headers that the developer's endpoint gets from the browser. The
// Origin is the browser's own: an endpoint that minds it must be seen to do so.
var relayed = []string{"Accept", "Accept-Language", "Cookie", "Origin", "User-Agent"}

// forward asks the developer's endpoint, cookies and all, so that the demo page
// needs no CORS. It passes on what that page asks, and nothing else: no other
// method, body, query or header, and nothing that another page asks, also not under
// a name that is not the mock's.
func forward(target *url.URL, name string) http.Handler {
	password, _ := target.User.Password()
	relay := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		header := http.Header{}
		for _, name := range relayed {
			if values := r.In.Header.Values(name); values != nil {
				header[name] = values
			}
		}
		if target.User != nil {
			header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(target.User.Username()+":"+password)))
		}
		r.Out = (&http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: header, Proto: r.Out.Proto, ProtoMajor: 1, ProtoMinor: 1}).WithContext(r.In.Context())
	}}
	return mockassistant.UnderOwnNames(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch site := r.Header.Get("Sec-Fetch-Site"); {
		case r.Method != http.MethodGet:
			http.Error(w, "the demo page asks with GET only", http.StatusMethodNotAllowed)
		case site != "" && site != "same-origin" && site != "none", strangeOrigin(r):
			http.Error(w, "only the demo page of this mock may ask here", http.StatusForbidden)
		default:
			relay.ServeHTTP(w, r)
		}
	}), name)
}

// strangeOrigin says whether the request comes from a page of another origin, as
// far as the browser says so.
func strangeOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err != nil || r.Header.Get("Origin") != "" && origin.Host != r.Host
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
