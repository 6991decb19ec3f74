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

// configuredCarriers are the texts in the configured address, header and body that
// may say who asks: what a visitor's page sends, anybody may change. Each is
// replaced by itself, as the others may be what makes the request a right one.
func (c *Client) configuredCarriers() []carrier {
	var found []carrier
	most := maxConfigured
	add := func(name string, put func(a *ask, value string)) {
		if len(found) < most && !slices.ContainsFunc(found, func(f carrier) bool { return f.about == name }) {
			found = append(found, single(record.VariantConfigured, name, put))
		}
	}
	addresses, bodies := []*url.URL{c.endpoint}, []string{c.config.Body}
	for i := range c.config.Users[:min(len(c.config.Users), 1)] { // in whose session it is tried, or as whom
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

func configuredQuery(of *url.URL, add func(name string, put func(a *ask, value string))) {
	query := of.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		add("query "+name, func(a *ask, value string) {
			address, changed := *of, maps.Clone(query)
			changed[name] = []string{value}
			address.RawQuery = changed.Encode()
			a.address = &address
		})
	}
}

// repeatedQuery has parameters of the address twice: what looks at the one of them may take
// the other.
func repeatedQuery(of *url.URL, add func(name string, put func(a *ask, value string))) {
	eachTwice(of.Query(), func(name string, twice func(value string) url.Values) {
		add("query "+name, func(a *ask, value string) {
			address := *of
			address.RawQuery = twice(value).Encode()
			a.address = &address
		})
	})
}

func repeatedForm(text string, add func(name string, put func(a *ask, value string))) {
	if !isForm(text) {
		return
	}
	form, _ := url.ParseQuery(text) // what is none has no names
	eachTwice(form, func(name string, twice func(value string) url.Values) {
		add("body "+name, func(a *ask, value string) { a.body = twice(value).Encode() })
	})
}

// eachTwice calls use for each parameter with what has another value of it, too: behind
// its own, and before that.
func eachTwice(parameters url.Values, use func(name string, twice func(value string) url.Values)) {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		with := func(values func(value string) []string) func(string) url.Values {
			return func(value string) url.Values {
				changed := maps.Clone(parameters)
				changed[name] = values(value)
				return changed
			}
		}
		own := parameters[name]
		use(name+", a second one", with(func(value string) []string { return append(slices.Clip(own), value) }))
		use(name+", another before it", with(func(value string) []string { return append([]string{value}, own...) }))
	}
}

func configuredBody(text string, add func(name string, put func(a *ask, value string))) {
	var body any
	if json.Unmarshal([]byte(text), &body) == nil {
		eachString(named(body), "", func(path, inner string) {
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

// named has texts for what a body leaves open, such as a variable that is null.
func named(value any) any {
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any:
		for name, inner := range v {
			v[name] = named(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = named(inner)
		}
	}
	return value
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

// configuredPath are the last segments of an address's path.
func configuredPath(of *url.URL, add func(name string, put func(a *ask, value string))) {
	segments := strings.Split(strings.Trim(of.EscapedPath(), "/"), "/")
	for i := len(segments) - 1; i >= max(0, len(segments)-3); i-- {
		add("path segment "+segments[i], func(a *ask, value string) {
			address, changed := *of, slices.Clone(segments)
			changed[i] = url.PathEscape(value)
			address.RawPath = "/" + strings.Join(changed, "/")
			address.Path, _ = url.PathUnescape(address.RawPath) // was escaped here
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
		if at != path {
			return value
		}
		if _, isNumeric := value.(float64); isNumeric && isNumber(with) {
			return json.Number(with) // what compares numbers finds no text equal
		}
		return with
	}
	return value
}
