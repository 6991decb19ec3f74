package browser

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/secrets"
)

// Config says which page is driven, and how.
type Config struct {
	// Profile is the contract that the page is held to: with the zero value that of
	// the first chat that it is seen to embed, or else the default one.
	Profile profiles.Profile
	// Page is the address of the embed page.
	Page string
	// PublicKeys are the texts of the keys under which the assistant accepts
	// tokens. At least one must be usable.
	PublicKeys []string
	// Endpoint is the address of the token endpoint, to tell the requests to it
	// from others. Empty: those are taken for it that bring a token.
	Endpoint string
	// Chromium is the path or name of the browser; empty: see [Find].
	Chromium string
	// AllowHosts are further hosts, without ports, that the page may load from.
	// Loopback and the hosts of Page and Endpoint always may.
	AllowHosts []string
	// VendorHosts are hosts of vendors of chats that the page may reach all the
	// same, so that tokens may reach them, too. They are none of AllowHosts.
	VendorHosts []string
	// Resolve names the addresses of hosts that are not to be looked up.
	Resolve map[string]string
	// CA is the PEM of further certificate authorities that Page, and Endpoint,
	// may have their certificates from.
	CA []byte
	// ClientCert is shown to the hosts of Page and Endpoint that want one.
	ClientCert *tls.Certificate
	// Header goes with each request to the origins of Page and Endpoint, unless
	// the page sets it itself: a password of a staging site, such as
	// Authorization. A name and password in Page's address do the same.
	Header http.Header
	// Cookies are those that each visitor brings along to Page.
	Cookies []Cookie
	// Arrive has a visitor, numbered from 0, do what comes before the page, such as
	// a visit of the shop or a login by requests of its own, and returns the cookies
	// that it then has; nil where nothing comes before.
	Arrive func(ctx context.Context, visitor int) ([]Cookie, error)
	// People are the users of the site, each with the values that it fills into the
	// places "{name}" of the steps and of the login action. Visitors log in as one
	// after the other. Arrive has the same people, where it logs them in.
	People []map[string]string
	// Remote is the debugging address of a browser that runs already, such as
	// http://127.0.0.1:9222; empty: one is started.
	Remote string
	// Headed shows the browser, KeepOpen leaves it open at the end until it is
	// closed by hand or the context ends.
	Headed, KeepOpen bool
	// Trace is a folder for HTTP archives of the page's requests and for its
	// document at the end of each step; "": none are written.
	Trace string
	// Confidential has further values that must not be written anywhere; those of
	// this configuration need not be among them.
	Confidential *secrets.Known
	// Timeout bounds each wait for the page. Default 35 s: a little more than
	// the widget gives the page's handler.
	Timeout time.Duration
	// MaxWait is the longest remaining life of a token whose expiry is waited
	// for; longer ones are brought to expiry by moving the clocks. Default 60 s;
	// negative: never wait.
	MaxWait time.Duration
	// Begin is what a visitor must do before the page loads the widget, such as
	// to consent or to click a button of the page; nil where nothing is wanted.
	// It is short for one step in Steps.Before.
	Begin *Action
	// Steps is what visitors do before, in and after the chat.
	Steps Steps
	// Admit is asked before each request of the pages leaves, and counts it; an error
	// ends the request. Nil holds none back.
	Admit func() error
	// Personal is set for sites without anonymous visitors, where whoever comes
	// to the chat has logged in.
	Personal bool
	// Login and Logout are how a visitor of the page logs in and out; nil where
	// the page has none.
	Login, Logout *Action
}

const (
	defaultTimeout = 35 * time.Second
	defaultMaxWait = 60 * time.Second

	windowWidth, windowHeight = 900, 780
)

// complete checks the configuration and fills in the defaults.
func (c Config) complete() (Config, error) {
	c = c.withoutUser()
	page, err := url.Parse(c.Page)
	if err != nil || page.Host == "" || (page.Scheme != "http" && page.Scheme != "https") {
		return c, fmt.Errorf("page %q is not an address such as https://example.com/chat", secrets.Address(c.Page))
	}
	for _, host := range c.AllowHosts {
		if profiles.IsVendorHost(strings.TrimPrefix(host, "*.")) {
			return c, fmt.Errorf("%s is a host of a vendor of chats: nothing that is tested may reach it, so it cannot be allowed like others", host)
		}
	}
	for _, host := range c.VendorHosts {
		if !profiles.IsVendorHost(host) {
			return c, fmt.Errorf("%s is not a host of a vendor of chats: name it among the hosts that the page may load from", host)
		}
	}
	for name, action := range map[string]*Action{"begin": c.Begin, "login": c.Login, "logout": c.Logout} {
		if action != nil && (action.Click == "") == (action.Script == "") {
			return c, fmt.Errorf("the page's %s action wants either a selector to click or a script, and not both", name)
		}
	}
	if err := c.Steps.check(); err != nil {
		return c, err
	}
	if c.Logout != nil && c.Login == nil && !c.signsIn() {
		return c, errors.New("the page's logout action wants a login before it: a login action, steps that log in, or users where there are no anonymous visitors")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxWait == 0 {
		c.MaxWait = defaultMaxWait
	}
	return c, nil
}
