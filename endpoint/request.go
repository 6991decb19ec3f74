package endpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// Request is a request to the site other than the one for a token: a step of a visit, a
// login or a logout, or a request to a relying endpoint. "{name}" in its address, header,
// form and JSON is replaced by the value of that name that the visitor has by then.
type Request struct {
	// Method is "" for POST where there is a Form or JSON, else GET.
	Method string
	// URL may be relative to the token endpoint.
	URL    string
	Header http.Header
	Form   map[string]string
	JSON   string
	// Take says which values the answer gives to the visitor's later requests. It maps
	// the name of each to its place, written as in [Config.TokenIn]. Values from headers
	// and cookies change when later answers change these.
	Take map[string]string
	// Follow says that redirects are followed, if they lead to hosts that the
	// configuration names. Values are taken from each answer on the way.
	Follow bool

	hops int // how many redirects have led here
}

// check returns an error when the request cannot be sent as it is configured.
func (r *Request) check(endpoint *url.URL) error {
	if _, err := r.fill(sample).resolve(endpoint); err != nil {
		return err
	}
	if r.Method != "" && !isMethod(r.Method) {
		return fmt.Errorf("unknown HTTP method %q", r.Method)
	}
	return checkTake(r.Take)
}

// checkTake returns an error for a name or a place that cannot be.
func checkTake(take map[string]string) error {
	for name, place := range take {
		if !isName(name) {
			return fmt.Errorf("take %q: a name has letters, digits, - and _ only", name)
		}
		if _, err := parsePlace(place); err != nil {
			return fmt.Errorf("take %s: %w", name, err)
		}
	}
	return nil
}

// resolve returns the address of the request, which may be relative to the endpoint.
func (r *Request) resolve(endpoint *url.URL) (*url.URL, error) {
	address, err := endpoint.Parse(r.URL)
	if err != nil {
		return nil, wrongAddress(r.URL, err)
	}
	if address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an http or https address", secrets.Address(r.URL))
	}
	return address, nil
}

// method is the request's method; when none is given, it depends on what is sent.
func (r *Request) method() string {
	switch {
	case r.Method != "":
		return strings.ToUpper(r.Method)
	case len(r.Form) > 0 || r.JSON != "":
		return http.MethodPost
	}
	return http.MethodGet
}

// body is what the request sends, and its media type.
func (r *Request) body() (text, contentType string) {
	switch {
	case r.JSON != "":
		return r.JSON, "application/json"
	case len(r.Form) > 0:
		values := url.Values{}
		for name, value := range r.Form {
			values.Set(name, value)
		}
		return values.Encode(), formType
	}
	return "", ""
}

// header is the header that the site's own page would send with the request.
func (r *Request) header(address *url.URL, contentType string) http.Header {
	header := http.Header{"Origin": {address.Scheme + "://" + address.Host}, "Sec-Fetch-Site": {"same-origin"}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	setAll(header, r.Header)
	return header
}

// fields are the strings that the request sends, by name: those of the form, and those of
// the JSON text at any depth, by path.
func (r *Request) fields() map[string]string {
	fields := maps.Clone(r.Form)
	if fields == nil {
		fields = map[string]string{}
	}
	var value any
	if json.Unmarshal([]byte(r.JSON), &value) == nil {
		eachString(value, "", func(path, text string) { fields[path] = text })
	}
	return fields
}

// asQuery returns the request's address with its fields as parameters.
func (r *Request) asQuery(address *url.URL) *url.URL {
	query := address.Query()
	for name, value := range r.fields() {
		query.Set(name, value)
	}
	changed := *address
	changed.RawQuery = query.Encode()
	return &changed
}

// hasPlace says whether the request has a place for the value.
func (r *Request) hasPlace(name string) bool {
	place := "{" + name + "}"
	holds := func(text string) bool { return strings.Contains(text, place) }
	if holds(r.URL) || holds(r.JSON) || slices.ContainsFunc(slices.Collect(maps.Values(r.Form)), holds) {
		return true
	}
	for _, lines := range r.Header {
		if slices.ContainsFunc(lines, holds) {
			return true
		}
	}
	return false
}

// fill returns the request with the values in their places.
func (r *Request) fill(v Values) *Request {
	filled := *r
	if r.hops == 0 { // an address in a redirect has no places
		filled.URL = v.inAddress(r.URL)
	}
	filled.JSON = v.inJSON(r.JSON)
	filled.Header = v.inHeader(r.Header)
	filled.Form = maps.Clone(r.Form)
	for name, value := range filled.Form {
		filled.Form[name] = v.plain(value)
	}
	return &filled
}

// For returns the HTTP request that a page of the site sends for a visitor with the values.
// The caller adds the visitor's cookies.
func (r *Request) For(ctx context.Context, c *Client, v Values) (*http.Request, error) {
	filled := r.fill(v)
	address, err := filled.resolve(c.endpoint)
	if err != nil {
		return nil, err
	}
	body, contentType := filled.body()
	return c.request(ctx, &ask{ // the visitor also fills the configured headers
		visitor: &visitor{known: v}, exact: true, foreign: true, method: filled.method(), address: address, body: body,
		header: filled.header(address, contentType),
	})
}

// Learn adds the values that the answer to the request gives. When a redirect is to be
// followed, next is the request for it, else nil. The error names the value that the
// answer lacks, or says why its redirect is not followed.
func (r *Request) Learn(c *Client, v Values, reply Reply) (next *Request, err error) {
	missing := maps.Clone(r.Take)
	for name, where := range r.Take {
		place, err := parsePlace(where)
		if err != nil {
			return nil, err
		}
		text, found := place.find(reply.Header, reply.Body)
		if !found {
			continue
		}
		if place.isAddress() {
			if text, err = c.linked(reply.From, text); err != nil {
				return nil, err
			}
		}
		v[name] = text
		delete(missing, name)
	}
	if r.Follow && reply.Status >= 300 && reply.Status < 400 && reply.Header.Get("Location") != "" {
		return r.redirected(c, reply, missing)
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		place, _ := parsePlace(missing[name]) // read above
		return nil, fmt.Errorf("the answer has no %s to take %q from", place, name)
	}
	return nil, nil
}

// mostHops is how many redirects are followed in a row.
const mostHops = 6

// redirected is the request to which the answer redirects (RFC 9110 §15.4). Its answer is
// to give the values that are still missing.
func (r *Request) redirected(c *Client, reply Reply, missing map[string]string) (*Request, error) {
	to, err := c.leads(reply.From, reply.Header.Get("Location"))
	switch {
	case err != nil:
		return nil, err
	case r.hops == mostHops:
		return nil, fmt.Errorf("it leads on after %d redirects", mostHops)
	case to.Scheme != "https" && to.Scheme != reply.From.Scheme:
		return nil, fmt.Errorf("it leads from %s to %s", reply.From.Scheme, to.Scheme)
	}
	to.Fragment, to.RawFragment = "", ""
	next := &Request{URL: to.String(), Take: missing, Follow: true, hops: r.hops + 1}
	if reply.Status == http.StatusTemporaryRedirect || reply.Status == http.StatusPermanentRedirect {
		next.Method, next.Form, next.JSON = r.Method, r.Form, r.JSON
	}
	return next, nil
}

// linked is the absolute address of a form or a link.
func (c *Client) linked(page *url.URL, text string) (string, error) {
	to, err := c.leads(page, text)
	switch {
	case errors.Is(err, errNoAddress):
		return text, nil
	case err != nil:
		return "", err
	}
	return to.String(), nil
}

// leads resolves the address in a redirect, a link or a form. It is an error when that is
// on a host that the user has not named.
func (c *Client) leads(from *url.URL, address string) (*url.URL, error) {
	to, err := from.Parse(strings.TrimSpace(address))
	if err != nil || to.Scheme != "http" && to.Scheme != "https" {
		return nil, errNoAddress
	}
	if !c.names(to.Hostname()) {
		return nil, fmt.Errorf("it leads to %s, a host that the configuration does not name", to.Hostname())
	}
	to.User = nil
	return to, nil
}

var errNoAddress = errors.New("it leads to what is no address")

// names says whether the configuration names the host: as that of the token endpoint, of a
// visit, a login or a logout, or as a further host.
func (c *Client) names(host string) bool {
	return slices.ContainsFunc(append(c.steps(), c.endpoint), func(u *url.URL) bool { return strings.EqualFold(u.Hostname(), host) })
}

// eachString calls visit with every string and number inside a decoded JSON
// value and its path, member names joined by dots.
func eachString(value any, path string, visit func(path, text string)) {
	switch v := value.(type) {
	case string:
		visit(path, v)
	case float64:
		visit(path, strconv.FormatFloat(v, 'f', -1, 64))
	case json.Number:
		visit(path, v.String())
	case []any:
		for _, element := range v {
			eachString(element, path, visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner := name
			if path != "" && len(path) < maxValue { // hostile depths must not cost the square of their depth
				inner = path + "." + name
			}
			eachString(v[name], inner, visit)
		}
	}
}
