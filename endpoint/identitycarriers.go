package endpoint

import (
	"encoding/base64"
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

// carrier is a part of a request that can carry an identity, under one of several
// names or under all of them at once.
type carrier struct {
	variant record.Variant
	about   string
	names   []string
	put     func(a *ask, values map[string]string) // fills in the values, by name
	bare    bool                                   // nothing but the names goes along
}

// input says in words what stands under a name.
func (c carrier) input(name string) string {
	kind := string(c.variant)
	if slices.Contains(record.Variants[record.ProbeForgedLogins], c.variant) || slices.Contains(record.Variants[record.ProbeForgedCookies], c.variant) {
		kind = "cookie"
	}
	return strings.TrimSpace(kind + " " + name)
}

// headersAtOnce is how many headers one request has: some servers take no more than
// a hundred of them, or 8 KiB.
const headersAtOnce = 32

// carriers are all parts of a request that are tried.
func (c *Client) carriers() []carrier {
	usual, other := c.config.Method, http.MethodPost
	if usual == other {
		other = http.MethodGet
	}
	all := slices.Concat(identityParameters, rareParameters)
	list := []carrier{
		{variant: record.VariantQuery, names: identityParameters, put: putQuery},
		{variant: record.VariantQuery, about: "rarer names", names: rareParameters, put: putQuery},
		{variant: record.VariantJSONWanted, names: all, put: func(a *ask, values map[string]string) {
			putQuery(a, values)
			a.header = http.Header{"Accept": {"application/json"}, "X-Requested-With": {"XMLHttpRequest"}}
		}},
		{variant: record.VariantQuery, about: "with a page wanted", names: all, put: func(a *ask, values map[string]string) {
			putQuery(a, values)
			a.header = http.Header{"Accept": {pageWanted}}
		}},
		{variant: record.VariantQuery, about: "JSON in base64", names: nestedNames(encodedParameters), put: putEncoded},
		{variant: record.VariantOtherMethod, about: other, names: all, put: func(a *ask, values map[string]string) {
			putQuery(a, values)
			a.method, a.header = other, c.ownPage()
		}},
		{variant: record.VariantHeader, names: identityHeaders, put: putHeaders},
	}
	for names := range slices.Chunk(rareHeaders, headersAtOnce) {
		list = append(list, carrier{variant: record.VariantHeader, about: "rarer names", names: names, put: putHeaders})
	}
	for names := range slices.Chunk(proxyHeaders, headersAtOnce) {
		list = append(list, carrier{variant: record.VariantProxyHeaders, about: "from " + names[0], names: names, put: putHeaders})
	}
	list = append(list, c.bodyCarriers(all)...)
	return slices.Concat(list, credentialCarriers, pathCarriers, c.configuredCarriers())
}

// ownPage is what a browser adds to a request with a body that the site's own page
// makes, which guards against forged ones look at.
func (c *Client) ownPage() http.Header {
	return http.Header{"Origin": {c.endpoint.Scheme + "://" + c.endpoint.Host}, "Sec-Fetch-Site": {"same-origin"}}
}

func putQuery(a *ask, values map[string]string) { a.query = valuesOf(values).Encode() }

func valuesOf(values map[string]string) url.Values {
	list := url.Values{}
	for name, value := range values {
		list.Set(name, value)
	}
	return list
}

func putHeaders(a *ask, values map[string]string) {
	a.header = http.Header{}
	for name, value := range values {
		a.header.Set(name, value)
	}
}

// bodyCarriers are bodies that say who asks: in the place of the configured one,
// and in it beside what it says.
func (c *Client) bodyCarriers(names []string) []carrier {
	send := func(method, kind string, body func(values map[string]string) string) func(*ask, map[string]string) {
		return func(a *ask, values map[string]string) {
			a.method, a.body, a.header = method, body(values), c.ownPage()
			a.header.Set("Content-Type", kind)
		}
	}
	const form = "application/x-www-form-urlencoded"
	list := []carrier{
		{variant: record.VariantJSONBody, names: names, put: send(http.MethodPost, "application/json", flatJSON)},
		{variant: record.VariantJSONBody, about: "an object inside", names: nestedNames(wrappers), put: send(http.MethodPost, "application/json", nestedJSON)},
		{variant: record.VariantFormBody, names: names, put: send(http.MethodPost, form, func(values map[string]string) string { return valuesOf(values).Encode() })},
	}
	if c.config.Method != http.MethodPost {
		list = append(list, carrier{variant: record.VariantJSONBody, about: c.config.Method, names: names, put: send(c.config.Method, "application/json", flatJSON)})
	}
	var members map[string]any
	if json.Unmarshal([]byte(c.config.Body), &members) == nil {
		list = append(list, carrier{variant: record.VariantJSONBody, about: "beside what is configured", names: names, put: func(a *ask, values map[string]string) {
			a.body = withMembers(c.config.Body, values)
		}})
	} else if isForm(c.config.Body) {
		list = append(list, carrier{variant: record.VariantFormBody, about: "beside what is configured", names: names, put: func(a *ask, values map[string]string) {
			a.body = c.config.Body + "&" + valuesOf(values).Encode()
		}})
	}
	return list
}

func flatJSON(values map[string]string) string {
	text, _ := json.Marshal(values) // strings can always be encoded
	return string(text)
}

// pageWanted is what a browser accepts that opens an address, and a token.
const pageWanted = "text/html,application/xhtml+xml,application/xml;q=0.9,application/jwt;q=0.8,*/*;q=0.7"

// nestedNames are the names of members inside members, as "user.id".
func nestedNames(wrappers []string) []string {
	var names []string
	for _, outer := range wrappers {
		for _, inner := range wrapped {
			names = append(names, outer+"."+inner)
		}
	}
	return names
}

// nested are members inside members, by their names as "user.id".
func nested(values map[string]string) map[string]map[string]string {
	members := map[string]map[string]string{}
	for name, value := range values {
		outer, inner, _ := strings.Cut(name, ".")
		if members[outer] == nil {
			members[outer] = map[string]string{}
		}
		members[outer][inner] = value
	}
	return members
}

func nestedJSON(values map[string]string) string {
	text, _ := json.Marshal(nested(values)) // strings can always be encoded
	return string(text)
}

// putEncoded puts JSON objects into the query, in base64 as pages hand them on.
func putEncoded(a *ask, values map[string]string) {
	query := url.Values{}
	for outer, members := range nested(values) {
		query.Set(outer, base64.RawURLEncoding.EncodeToString([]byte(flatJSON(members))))
	}
	a.query = query.Encode()
}

// withMembers adds members to a JSON object, and to the objects in it that carry
// what is asked for; those that it has stay.
func withMembers(text string, values map[string]string) string {
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) != nil {
		return text
	}
	objects := []map[string]any{members}
	for _, name := range wrappers {
		if inner, ok := members[name].(map[string]any); ok {
			objects = append(objects, inner)
		}
	}
	for _, object := range objects {
		for name, value := range values {
			if _, has := object[name]; !has {
				object[name] = value
			}
		}
	}
	changed, _ := json.Marshal(members) // was decoded from JSON
	return string(changed)
}

// single is a carrier of one name.
func single(variant record.Variant, name string, put func(a *ask, value string)) carrier {
	return carrier{variant: variant, about: name, names: []string{name}, put: func(a *ask, values map[string]string) { put(a, values[name]) }}
}

// credentialCarriers are the ways of HTTP itself to say who asks.
var credentialCarriers = []carrier{
	single(record.VariantBasicUser, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"+value))}}
	}),
	single(record.VariantBearer, "", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Bearer " + unsignedFor(value)}}
	}),
	single(record.VariantBearer, "the id alone", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Bearer " + value}}
	}),
}

// pathCarriers are addresses below the endpoint.
var pathCarriers = []carrier{
	single(record.VariantBelow, "", func(a *ask, value string) { a.below = "/" + url.PathEscape(value) }),
	single(record.VariantBelow, "users", func(a *ask, value string) { a.below = "/users/" + url.PathEscape(value) }),
}

// maxConfigured is how many values of the configuration are replaced.
const maxConfigured = 12

// configuredCarriers are the texts in the configured address, header and body that
// may say who asks: what a visitor's page sends, anybody may change. Each is
// replaced by itself, as the others may be what makes the request a right one.
func (c *Client) configuredCarriers() []carrier {
	var found []carrier
	add := func(name string, put func(a *ask, value string)) {
		if len(found) < maxConfigured && !slices.ContainsFunc(found, func(f carrier) bool { return f.about == name }) {
			found = append(found, single(record.VariantConfigured, name, put))
		}
	}
	query := c.endpoint.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		add("query "+name, func(a *ask, value string) {
			address, changed := *c.endpoint, maps.Clone(query)
			changed[name] = []string{value}
			address.RawQuery = changed.Encode()
			a.address = &address
		})
	}
	c.configuredBody(add)
	c.configuredHeaders(add)
	c.configuredPath(add)
	return found
}

func (c *Client) configuredBody(add func(name string, put func(a *ask, value string))) {
	text := c.config.Body
	var body any
	if json.Unmarshal([]byte(text), &body) == nil {
		eachString(body, "", func(path, inner string) {
			if len(inner) <= 200 && !isGraphQL(inner) {
				add("body "+path, func(a *ask, value string) { a.body = withString(text, path, value) })
				return
			}
			for i, literal := range literals.FindAllStringSubmatchIndex(inner, -1) { // written into a query of GraphQL
				add(fmt.Sprintf("body %s, text %d in it", path, i+1), func(a *ask, value string) {
					a.body = withString(text, path, inner[:literal[2]]+value+inner[literal[3]:])
				})
			}
		})
	} else if isForm(text) {
		form, _ := url.ParseQuery(text)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			add("body "+name, func(a *ask, value string) {
				changed := maps.Clone(form)
				changed[name] = []string{value}
				a.body = changed.Encode()
			})
		}
	}
}

// literals matches the texts in a query of GraphQL.
var literals = regexp.MustCompile(`"([^"\\]{1,100})"`)

func isGraphQL(text string) bool {
	return strings.Contains(text, "{") && (strings.HasPrefix(text, "query") || strings.HasPrefix(text, "mutation") || strings.HasPrefix(text, "{"))
}

// usualRequestHeaders say nothing of who asks.
var usualRequestHeaders = []string{"Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Origin", "Referer", "User-Agent", "Host", "Cookie"}

// configuredHeaders are the headers that every request has, and those that are all
// that makes somebody a user.
func (c *Client) configuredHeaders(add func(name string, put func(a *ask, value string))) {
	headers := []http.Header{c.config.Header}
	for _, user := range c.config.Users {
		headers = append(headers, user.Header)
	}
	for _, header := range headers {
		for _, name := range slices.Sorted(maps.Keys(header)) {
			if name := http.CanonicalHeaderKey(name); !slices.Contains(usualRequestHeaders, name) {
				add("header "+name, func(a *ask, value string) { a.header = http.Header{name: {value}} })
			}
		}
	}
}

// configuredPath are the last segments of the endpoint's path.
func (c *Client) configuredPath(add func(name string, put func(a *ask, value string))) {
	segments := strings.Split(strings.Trim(c.endpoint.EscapedPath(), "/"), "/")
	for i := len(segments) - 1; i >= max(0, len(segments)-3); i-- {
		add("path segment "+segments[i], func(a *ask, value string) {
			address, changed := *c.endpoint, slices.Clone(segments)
			changed[i] = url.PathEscape(value)
			address.RawPath = "/" + strings.Join(changed, "/")
			address.Path, _ = url.PathUnescape(address.RawPath) // was escaped here
			a.address = &address
		})
	}
}

// withString returns JSON text with the string at path replaced.
func withString(text, path, with string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	changed, _ := json.Marshal(replaceAt(value, "", path, with)) // was decoded from JSON
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
		if at == path {
			return with
		}
	}
	return value
}
