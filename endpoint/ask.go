package endpoint

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// ask is one request that is to be sent.
type ask struct {
	probe     string
	variant   record.Variant
	about     string
	relying   int               // the number of the relying endpoint; 0 for none
	visitor   *visitor          // whose cookies and values go with it; nil for none
	method    string            // "" as configured for a token
	address   *url.URL          // nil for the token endpoint
	below     string            // escaped, added to the path
	query     string            // added to the query, as it is
	header    http.Header       // added to the usual one, replacing equal names
	cookies   []Cookie          // instead of those in the visitor's jar, when exact is set
	exact     bool              // send cookies, and none of the jar
	beside    []Cookie          // sent beside the others
	rawCookie string            // a Cookie header that is sent as it is, instead of all other cookies
	body      string            // what is sent; "" as configured for a token
	users     map[string]string // by input, the user to whom it points
	inputs    map[string]string // marked values in the request, looked for in the answer
	step      *Request          // the step of a visit, a login or a logout that it is
	decides   bool              // of a login, the step whose answer says whether the site accepted it
	foreign   bool              // not a request for a token: the configured method and body do not apply
	odd       bool              // an answer without a token is fine, too
	intrudes  bool              // needs consent, even where its probe does not
	excerpt   int               // bytes of the body that are noted; 0 for the default
	client    http.RoundTripper // instead of the visitor's connections; nil for those
	timeout   time.Duration     // 0 for the configured one
	tries     int               // how often it has been repeated
}

// expectsToken says whether the endpoint owes a token for this request.
func (a *ask) expectsToken() bool { return !a.foreign && !a.odd }

// ofCrowd says whether the request is one of very many. Those are noted in full only
// when something is odd about them.
func (a *ask) ofCrowd() bool { return a.visitor != nil && a.visitor.inCrowd }

// misused says whether a careless server may leave a part of the request unread, or
// close the connection because of it. Such a request gets a connection of its own: the
// next one on the same connection could fail, and that would not be its own fault.
func (a *ask) misused(configured string) bool {
	return a.body != "" && !a.foreign || a.method != "" && a.method != configured ||
		a.rawCookie != "" || a.address != nil && a.address.Opaque != "" || a.probe == record.ProbeBadInput ||
		a.probe == record.ProbeHostileCookies
}

// request builds the request of an ask.
func (c *Client) request(ctx context.Context, a *ask) (*http.Request, error) {
	address, err := c.address(a)
	if err != nil {
		return nil, err
	}
	method, body := a.method, a.body
	if !a.foreign {
		method = cmp.Or(method, c.config.Method)
		if body == "" && method == c.config.Method {
			body = c.bodyFor(a.visitor)
		}
		body = a.visitor.valuesOrNone().inBody(body)
	}
	request, err := http.NewRequestWithContext(ctx, cmp.Or(method, http.MethodGet), "http://unused/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		request.Body, request.GetBody, request.ContentLength = http.NoBody, nil, 0
	}
	header := c.header(a, address)
	if host := header.Get("Host"); host != "" {
		request.Host = host
		header.Del("Host")
	} else {
		request.Host = address.Host
	}
	// Go repeats a request when a server closes a connection that was idle, if it
	// may; an empty value says that it may and is not sent.
	header["X-Idempotency-Key"] = []string{}
	request.URL, request.Header = address, header
	return request, nil
}

// address is where the ask goes: to the visitor's own token endpoint, unless the ask
// names another address.
func (c *Client) address(a *ask) (*url.URL, error) {
	address := *c.endpoint
	if a.address != nil {
		address = *a.address
		if filled, err := url.Parse(a.visitor.valuesOrNone().inAddress(bracesKept.Replace(address.String()))); err == nil && !a.foreign && address.Opaque == "" {
			address = *filled
		}
	} else if own := c.addressFor(a.visitor); own != "" {
		filled, err := c.endpoint.Parse(a.visitor.valuesOrNone().inAddress(own))
		if err != nil {
			return nil, err
		}
		address = *filled
	}
	if a.below != "" {
		if below, err := address.Parse(strings.TrimSuffix(address.EscapedPath(), "/") + a.below); err == nil {
			below.RawQuery = address.RawQuery
			address = *below
		}
	}
	if a.query != "" && address.RawQuery != "" {
		address.RawQuery += "&" + a.query
	} else if a.query != "" {
		address.RawQuery = a.query
	}
	return &address, nil
}

// bracesKept restores the braces of places such as "{visitor}", which a URL escapes when
// it is written as a text.
var bracesKept = strings.NewReplacer("%7B", "{", "%7D", "}")

// addressFor is the visitor's token endpoint where it is the visitor's own, or has places
// for the visitor's values, and "" where all visitors have the same.
func (c *Client) addressFor(v *visitor) string {
	switch {
	case v != nil && v.user != nil && v.user.URL != "":
		return v.user.URL
	case strings.Contains(c.config.URL, "{"):
		return c.config.URL
	}
	return ""
}

func (c *Client) bodyFor(v *visitor) string {
	if v != nil && v.user != nil && v.user.Body != "" {
		return v.user.Body
	}
	return c.config.Body
}

// header joins the headers of the configuration, of the visitor and of the ask. Those of
// the configuration go to the hosts of the token endpoint and of the users' own
// endpoints, and to no other host.
func (c *Client) header(a *ask, address *url.URL) http.Header {
	header := http.Header{"Accept": {"*/*"}, "User-Agent": {userAgent}, "Accept-Encoding": {acceptEncoding}}
	own := slices.ContainsFunc(c.own, func(u *url.URL) bool { return u.Scheme == address.Scheme && u.Host == address.Host })
	known := a.visitor.valuesOrNone()
	if own {
		setAll(header, known.inHeader(c.configuredHeader(a.visitor)))
		if a.foreign {
			header.Del("Content-Type")
		}
	}
	if v := a.visitor; v != nil {
		if v.agent != "" {
			header.Set("User-Agent", v.agent)
		}
		if v.user != nil && own {
			setAll(header, known.inHeader(v.user.Header))
		}
	}
	setAll(header, a.header)
	if a.rawCookie != "" {
		header["Cookie"] = []string{a.rawCookie}
	} else if cookies := joinCookies(c.cookies(a, address, own)); cookies != "" {
		header["Cookie"] = []string{cookies}
	}
	return header
}

// configuredHeader is the header that every request for a token has.
func (c *Client) configuredHeader(v *visitor) http.Header {
	header := http.Header{}
	setAll(header, c.config.Header)
	if body := strings.TrimSpace(c.bodyFor(v)); header.Get("Content-Type") == "" {
		if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			header.Set("Content-Type", "application/json")
		} else if isForm(body) {
			header.Set("Content-Type", formType)
		}
	}
	return header
}

// cookies puts together the configured cookies and those of the visitor.
func (c *Client) cookies(a *ask, address *url.URL, own bool) []Cookie {
	var cookies []Cookie
	if own {
		cookies = append(cookies, c.config.Cookies...)
		if a.visitor != nil && a.visitor.user != nil {
			cookies = append(cookies, a.visitor.user.Cookies...)
		}
		known := a.visitor.valuesOrNone()
		for i := range cookies {
			cookies[i].Value = known.plain(cookies[i].Value)
		}
	}
	jar := a.cookies
	if !a.exact && a.visitor != nil {
		jar = a.visitor.cookies(address)
	}
	for _, cookie := range slices.Concat(jar, a.beside) {
		cookies = withCookie(cookies, cookie.Name, cookie.Value)
	}
	return cookies
}

func joinCookies(cookies []Cookie) string {
	pairs := make([]string, len(cookies))
	for i, cookie := range cookies {
		pairs[i] = cookie.Name + "=" + cookie.Value
	}
	return strings.Join(pairs, "; ")
}

func setAll(header, from http.Header) {
	for name, values := range from {
		header[http.CanonicalHeaderKey(name)] = values
	}
}
