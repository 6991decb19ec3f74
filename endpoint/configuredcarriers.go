package endpoint

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

const (
	maxConfigured = 12 // how many values of the configuration are replaced
	maxRepeated   = 4  // how many parameters are sent twice, in both orders
)

// configuredCarriers are the texts in the configured address, header and body that may
// say who asks: anybody can change what a page sends. They are replaced one at a time,
// because the request may be refused without the others.
func (c *Client) configuredCarriers() []carrier {
	var found []carrier
	most := maxConfigured
	add := func(name, configured string, put func(a *ask, value string)) {
		variant := record.VariantConfigured
		if configured == visitorPlace {
			variant = record.VariantVisitorID
		}
		if len(found) < most && !slices.ContainsFunc(found, func(f carrier) bool { return f.about == name }) {
			found = append(found, single(variant, name, put))
		}
	}
	addresses, bodies := []*url.URL{c.unfilled()}, []string{c.config.Body}
	for i := range c.config.Users[:min(len(c.config.Users), 1)] { // the first user, in whose session the carriers are tried
		own := &c.config.Users[i]
		if address, err := c.endpoint.Parse(NewValues(own).inAddress(own.URL)); err == nil && own.URL != "" {
			addresses = append(addresses, address)
		}
		if own.Body != "" {
			bodies = append(bodies, NewValues(own).inBody(own.Body))
		}
	}
	for _, address := range addresses {
		configuredQuery(address, add)
	}
	for _, body := range bodies {
		configuredBody(body, add)
	}
	c.configuredHeaders(add)
	for _, address := range addresses {
		configuredPath(address, add)
	}
	most = len(found) + 2*maxRepeated
	for _, address := range addresses {
		repeatedQuery(address, add)
	}
	for _, body := range bodies {
		repeatedForm(body, add)
	}
	return found
}

// unfilled is the address of the endpoint with its places, which are filled for each
// visitor when it is asked.
func (c *Client) unfilled() *url.URL {
	if address, err := url.Parse(c.config.URL); err == nil && address.Host != "" {
		return address
	}
	return c.endpoint
}

// visitorPlace stands for the visitor's own id.
const visitorPlace = "{" + visitorValue + "}"

// withoutOwnIDs are the carriers without the names under which the configuration sends the
// visitor's own id: what is offered there is offered in its place.
func (c *Client) withoutOwnIDs(carriers []carrier) []carrier {
	query := c.unfilled().Query()
	for i := range carriers {
		inHeader := carriers[i].variant == record.VariantHeader || carriers[i].variant == record.VariantProxyHeaders
		carriers[i].names = slices.DeleteFunc(slices.Clone(carriers[i].names), func(name string) bool {
			if inHeader {
				return c.config.Header.Get(name) == visitorPlace
			}
			return query.Get(name) == visitorPlace
		})
	}
	return carriers
}

// addCarrier adds a carrier with its name and what the configuration has there; put sends
// another value in it.
type addCarrier func(name, configured string, put func(a *ask, value string))

func configuredQuery(of *url.URL, add addCarrier) {
	query := of.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		add("query "+name, query.Get(name), func(a *ask, value string) {
			address, changed := *of, maps.Clone(query)
			changed[name] = []string{value}
			address.RawQuery = changed.Encode()
			a.address = &address
		})
	}
}

// repeatedQuery repeats parameters of the address with another value: a site that checks
// one of the two may use the other.
func repeatedQuery(of *url.URL, add addCarrier) {
	eachTwice(of.Query(), func(name, own string, twice func(value string) url.Values) {
		add("query "+name, own, func(a *ask, value string) {
			address := *of
			address.RawQuery = twice(value).Encode()
			a.address = &address
		})
	})
}

func repeatedForm(text string, add addCarrier) {
	if !isForm(text) {
		return
	}
	form, _ := url.ParseQuery(text) // a text that is not a form has no parameters
	eachTwice(form, func(name, own string, twice func(value string) url.Values) {
		add("body "+name, own, func(a *ask, value string) { a.body = twice(value).Encode() })
	})
}

// eachTwice calls use twice for each parameter. Twice adds another value of the parameter:
// in the first call behind its own value, in the second before it.
func eachTwice(parameters url.Values, use func(name, own string, twice func(value string) url.Values)) {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		with := func(values func(value string) []string) func(string) url.Values {
			return func(value string) url.Values {
				changed := maps.Clone(parameters)
				changed[name] = values(value)
				return changed
			}
		}
		own := parameters[name]
		use(name+", a second one", own[0], with(func(value string) []string { return append(slices.Clip(own), value) }))
		use(name+", another before it", own[0], with(func(value string) []string { return append([]string{value}, own...) }))
	}
}

func configuredBody(text string, add addCarrier) {
	var body any
	if json.Unmarshal([]byte(text), &body) == nil {
		eachString(withoutNulls(body), "", func(path, inner string) {
			if len(inner) <= 200 && !isGraphQL(inner) {
				add("body "+path, inner, func(a *ask, value string) { a.body = withString(text, path, value) })
				return
			}
			for i, literal := range literals.FindAllStringSubmatchIndex(inner, -1) { // those in a GraphQL query
				add(fmt.Sprintf("body %s, text %d in it", path, i+1), inner[literal[2]:literal[3]], func(a *ask, value string) {
					a.body = withString(text, path, inner[:literal[2]]+value+inner[literal[3]:])
				})
			}
		})
	} else if isForm(text) {
		form, _ := url.ParseQuery(text)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			add("body "+name, form.Get(name), func(a *ask, value string) {
				changed := maps.Clone(form)
				changed[name] = []string{value}
				a.body = changed.Encode()
			})
		}
	}
}

// withoutNulls has "" for each null, which a body may have for a variable that is not set.
func withoutNulls(value any) any {
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any:
		for name, inner := range v {
			v[name] = withoutNulls(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = withoutNulls(inner)
		}
	}
	return value
}

// literals matches the string literals in a GraphQL query.
var literals = regexp.MustCompile(`"([^"\\]{1,100})"`)

func isGraphQL(text string) bool {
	return strings.Contains(text, "{") && (strings.HasPrefix(text, "query") || strings.HasPrefix(text, "mutation") || strings.HasPrefix(text, "{"))
}

// usualRequestHeaders say nothing about who asks.
var usualRequestHeaders = []string{"Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Origin", "Referer", "User-Agent", "Host", "Cookie"}

// configuredHeaders adds the headers that every request has, and those by which a site
// knows its users.
func (c *Client) configuredHeaders(add addCarrier) {
	headers := []http.Header{c.config.Header}
	for _, user := range c.config.Users {
		headers = append(headers, user.Header)
	}
	for _, header := range headers {
		for _, name := range slices.Sorted(maps.Keys(header)) {
			if name := http.CanonicalHeaderKey(name); !slices.Contains(usualRequestHeaders, name) {
				add("header "+name, header.Get(name), func(a *ask, value string) { a.header = http.Header{name: {value}} })
			}
		}
	}
}

// configuredPath adds the last three segments of the address's path.
func configuredPath(of *url.URL, add addCarrier) {
	segments := strings.Split(strings.Trim(of.EscapedPath(), "/"), "/")
	for i := len(segments) - 1; i >= max(0, len(segments)-3); i-- {
		configured, _ := url.PathUnescape(segments[i]) // of an address that was parsed
		add("path segment "+segments[i], configured, func(a *ask, value string) {
			address, changed := *of, slices.Clone(segments)
			changed[i] = url.PathEscape(value)
			address.RawPath = "/" + strings.Join(changed, "/")
			address.Path, _ = url.PathUnescape(address.RawPath) // escaped here, so it can be unescaped
			a.address = &address
		})
	}
}

// withString returns JSON text with the string or number at path replaced.
func withString(text, path, with string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	changed, _ := json.Marshal(replaceAt(value, "", path, with)) // decoded from JSON, so it can be encoded
	return string(changed)
}

func replaceAt(value any, at, path, with string) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = replaceAt(inner, strings.TrimPrefix(at+"."+name, "."), path, with)
		}
	case []any:
		for i, inner := range v {
			v[i] = replaceAt(inner, at, path, with)
		}
	default:
		if at != path {
			return value
		}
		if _, isNumeric := value.(float64); isNumeric && isNumber(with) {
			return json.Number(with) // a site that compares numbers would find a string different
		}
		return with
	}
	return value
}
