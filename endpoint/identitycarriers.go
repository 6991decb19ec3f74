package endpoint

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// carrier is a part of a request that can carry an identity, under one of several
// names or under all of them at once.
type carrier struct {
	variant record.Variant
	about   string
	where   string // describes where the names stand; "" is the variant
	names   []string
	put     func(a *ask, values map[string]string) // fills in the values, by name
	// before are the requests of a visit with the values filled in; nil where the request
	// for the token has them.
	before func(values map[string]string) []Request
	bare   bool // the control is not sent beside the names
}

// input describes the value under a name, such as "query userId".
func (c carrier) input(name string) string {
	kind := cmp.Or(c.where, string(c.variant))
	if slices.Contains(record.Variants[record.ProbeForgedLogins], c.variant) || slices.Contains(record.Variants[record.ProbeForgedCookies], c.variant) {
		kind = "cookie"
	}
	return strings.TrimSpace(kind + " " + name)
}

// headersAtOnce is how many headers are added to one request. Some servers accept no more
// than a hundred headers, or 8 KiB of them.
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
		{variant: record.VariantQuery, about: "JSON in base64", names: nestedNames(encodedParameters), put: putObjects(base64.RawURLEncoding.EncodeToString)},
		{variant: record.VariantQuery, about: "JSON", names: nestedNames(encodedParameters), put: putObjects(func(text []byte) string { return string(text) })},
		{variant: record.VariantQuery, about: "members in brackets", names: nestedNames(wrappers), put: func(a *ask, values map[string]string) { a.query = inBrackets(values).Encode() }},
		{variant: record.VariantQuery, about: "in base64", names: linkParameters, put: encodedBy(base64.RawURLEncoding.EncodeToString, putQuery)},
		{variant: record.VariantQuery, about: "in hexadecimal", names: linkParameters, put: encodedBy(hex.EncodeToString, putQuery)},
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
	list = append(list, c.toldAddress(), pathParameters)
	list = append(list, c.bodyCarriers(all)...)
	list = append(list, c.returnedTokens()...)
	return slices.Concat(c.withoutOwnIDs(list), credentialCarriers, insideCarriers, pathCarriers, c.configuredCarriers(), c.visitCarriers(all))
}

// ownPage are the headers that a browser adds to a request with a body from the site's own
// page. Guards against request forgery look at them.
func (c *Client) ownPage() http.Header {
	return http.Header{"Origin": {c.endpoint.Scheme + "://" + c.endpoint.Host}, "Sec-Fetch-Site": {"same-origin"}}
}

func putQuery(a *ask, values map[string]string) { a.query = valuesOf(values).Encode() }

// encodedBy puts the values into a request, each one encoded.
func encodedBy(encode func([]byte) string, put func(*ask, map[string]string)) func(*ask, map[string]string) {
	return func(a *ask, values map[string]string) {
		encoded := map[string]string{}
		for name, value := range values {
			encoded[name] = encode([]byte(value))
		}
		put(a, encoded)
	}
}

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

// formType is the type of a form that is not sent in parts.
const formType = "application/x-www-form-urlencoded"

// flatForm is a form with the values as its fields.
func flatForm(values map[string]string) string { return valuesOf(values).Encode() }

// sending puts the values into a body of a type.
func (c *Client) sending(method, kind string, body func(values map[string]string) string) func(*ask, map[string]string) {
	return func(a *ask, values map[string]string) {
		a.method, a.body, a.header = method, body(values), c.ownPage()
		a.header.Set("Content-Type", kind)
	}
}

// bodyCarriers are bodies that say who asks: they replace the configured body, or add to
// it.
func (c *Client) bodyCarriers(names []string) []carrier {
	send := c.sending
	list := []carrier{
		{variant: record.VariantJSONBody, names: names, put: send(http.MethodPost, "application/json", flatJSON)},
		{variant: record.VariantJSONBody, about: "an object inside", names: nestedNames(slices.Concat(wrappers, bodyWrappers)), put: send(http.MethodPost, "application/json", nestedJSON)},
		{variant: record.VariantFormBody, names: names, put: send(http.MethodPost, formType, flatForm)},
		{variant: record.VariantFormBody, about: "members in brackets", names: nestedNames(wrappers), put: send(http.MethodPost, formType, func(values map[string]string) string { return inBrackets(values).Encode() })},
		{variant: record.VariantFormBody, about: "in parts", names: names, put: send(http.MethodPost, "multipart/form-data; boundary="+partsBoundary, inParts)},
	}
	if c.config.Method != http.MethodPost {
		list = append(list, carrier{variant: record.VariantFormBody, about: "as " + c.config.Method, names: names, put: c.overridden})
		list = append(list, carrier{variant: record.VariantJSONBody, about: c.config.Method, names: names, put: send(c.config.Method, "application/json", flatJSON)})
	}
	var configured any
	if json.Unmarshal([]byte(c.config.Body), &configured) == nil && len(objectsIn(configured, deepestMember)) > 0 {
		list = append(list, carrier{variant: record.VariantJSONBody, about: "beside what is configured", names: names, put: func(a *ask, values map[string]string) {
			a.body = withMembers(c.config.Body, values)
		}})
		list = append(list, c.unsetVariables(names)...)
	} else if isForm(c.config.Body) {
		list = append(list, carrier{variant: record.VariantFormBody, about: "beside what is configured", names: names, put: func(a *ask, values map[string]string) {
			a.body = c.config.Body + "&" + valuesOf(values).Encode()
		}})
	}
	return list
}

// partsBoundary separates the fields of a multipart form.
const partsBoundary = "webchatspec-part"

func inParts(values map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&text, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", partsBoundary, name, values[name])
	}
	return text.String() + "--" + partsBoundary + "--\r\n"
}

// overridden is a POST of a form that names the configured method, in the ways in which
// frameworks let a form do that.
func (c *Client) overridden(a *ask, values map[string]string) {
	form := valuesOf(values)
	form.Set("_method", c.config.Method)
	a.method, a.body, a.header = http.MethodPost, form.Encode(), c.ownPage()
	a.header.Set("Content-Type", formType)
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		a.header.Set(name, c.config.Method)
	}
}

func flatJSON(values map[string]string) string {
	text, _ := json.Marshal(values) // strings can always be encoded
	return string(text)
}

// pageWanted is the Accept of a browser that opens a page, with the type of a token.
const pageWanted = "text/html,application/xhtml+xml,application/xml;q=0.9,application/jwt;q=0.8,*/*;q=0.7"

// nestedNames are the names of members in an object that is a member itself: "user.id".
func nestedNames(wrappers []string) []string {
	var names []string
	for _, outer := range wrappers {
		for _, inner := range wrapped {
			names = append(names, outer+"."+inner)
		}
	}
	return names
}

// nested puts values with names such as "user.id" into objects.
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

// putObjects puts JSON objects into the query, encoded by written.
func putObjects(written func([]byte) string) func(a *ask, values map[string]string) {
	return func(a *ask, values map[string]string) {
		query := url.Values{}
		for outer, members := range nested(values) {
			query.Set(outer, written([]byte(flatJSON(members))))
		}
		a.query = query.Encode()
	}
}

// inBrackets writes nested names as Rails, PHP and Express read them: "user[id]".
func inBrackets(values map[string]string) url.Values {
	list := url.Values{}
	for name, value := range values {
		outer, inner, isNested := strings.Cut(name, ".")
		if isNested {
			name = outer + "[" + inner + "]"
		}
		list.Set(name, value)
	}
	return list
}

// deepestMember is down to which depth of a configured body members are added.
const deepestMember = 4

// objectsIn are the objects in a JSON value.
func objectsIn(value any, depth int) (objects []map[string]any) {
	if depth < 0 {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		objects = append(objects, v)
		for _, inner := range v {
			objects = append(objects, objectsIn(inner, depth-1)...)
		}
	case []any:
		for _, inner := range v {
			objects = append(objects, objectsIn(inner, depth-1)...)
		}
	}
	return objects
}

// withMembers adds members to each object in a JSON text, and replaces none.
func withMembers(text string, values map[string]string) string {
	var body any
	if json.Unmarshal([]byte(text), &body) != nil {
		return text
	}
	for _, object := range objectsIn(body, deepestMember) {
		for name, value := range values {
			if _, has := object[name]; !has {
				object[name] = value
			}
		}
	}
	changed, _ := json.Marshal(body) // decoded from JSON, so it can be encoded
	return string(changed)
}

// single is a carrier with one name.
func single(variant record.Variant, name string, put func(a *ask, value string)) carrier {
	return carrier{variant: variant, about: name, names: []string{name}, put: func(a *ask, values map[string]string) { put(a, values[name]) }}
}

// credentialCarriers are the ways of HTTP authentication.
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
	single(record.VariantBearer, "in a token under another signature", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Bearer " + missigned(value)}}
	}),
	single(record.VariantBearer, "as a Token", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"Token " + value}}
	}),
	single(record.VariantBearer, "as an ApiKey", func(a *ask, value string) {
		a.header = http.Header{"Authorization": {"ApiKey " + value}}
	}),
}

// toldAddress puts parameters into headers that hold an address: those in which proxies say
// what the browser has asked for, and Referer.
func (c *Client) toldAddress() carrier {
	return carrier{variant: record.VariantHeader, about: "with an address,", where: "parameter of an address in a header", names: addressParameters, put: func(a *ask, values map[string]string) {
		told := *c.endpoint
		told.RawQuery = valuesOf(values).Encode()
		a.header = http.Header{"Referer": {told.String()}}
		for _, name := range []string{"X-Original-Url", "X-Rewrite-Url", "X-Original-Uri", "X-Forwarded-Uri"} {
			a.header.Set(name, told.RequestURI())
		}
	}}
}

// pathParameters stand behind semicolons in the path (RFC 3986 §3.3). Java servers read
// them.
var pathParameters = carrier{variant: record.VariantBelow, about: "behind a semicolon", where: "path parameter", names: addressParameters, put: func(a *ask, values map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		a.below += ";" + name + "=" + url.PathEscape(values[name])
	}
}}

// pathCarriers are addresses below the endpoint.
var pathCarriers = []carrier{
	single(record.VariantBelow, "", func(a *ask, value string) { a.below = "/" + url.PathEscape(value) }),
	single(record.VariantBelow, "a file", func(a *ask, value string) { a.below = "/" + url.PathEscape(value) + ".json" }),
	single(record.VariantBelow, "users", func(a *ask, value string) { a.below = "/users/" + url.PathEscape(value) }),
}
