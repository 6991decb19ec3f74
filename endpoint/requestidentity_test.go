package endpoint

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestIDsOfTheSitesForm(t *testing.T) {
	for _, test := range []struct{ one, other string }{
		{"9bb4c34e-1c58-4a1a-b6c4-26df63e326b1", "026c8166-114d-4f3b-8e0a-c1d2e3f40516"},
		{"anon_7F00AB3310", "anon_7E11CD4421"}, {"1042", "1043"}, {"C-1001", "C-1001"}, {"a", "1234567"},
	} {
		id := alikeTo(test.one, test.other)
		if id == "" || id == test.one || id == test.other || len(id) != len(test.one) {
			t.Errorf("%s and %s became %q", test.one, test.other, id)
		}
		for i := range min(len(test.one), len(test.other)) {
			if c := test.one[i]; len(test.one) == len(test.other) && c == test.other[i] && len(id) > 8 && id[i] != c {
				t.Errorf("%s and %s have %c in common, %s has not", test.one, test.other, c, id)
			}
		}
	}
	for _, none := range []string{"", "---"} {
		if id := alikeTo(none, none); id != "" {
			t.Errorf("%q became %q", none, id)
		}
	}
}

// configured is what becomes of the configured request when a carrier puts a mark
// into each of its values.
func configured(t *testing.T, config Config) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for _, c := range newClient(t, config).configuredCarriers() {
		a := ask{}
		c.put(&a, map[string]string{c.names[0]: "MARK"})
		text := a.body
		if a.address != nil {
			text = a.address.RequestURI()
		} else if a.header != nil {
			text = a.header.Get(strings.TrimPrefix(c.about, "header "))
		}
		changed[c.about] = text
	}
	return changed
}

func TestConfiguredValuesAreReplaced(t *testing.T) {
	got := configured(t, Config{
		URL: "http://localhost/v/guest/token?lang=en&who=x", Method: http.MethodPost, Header: http.Header{"X-Shop": {"1"}, "Accept": {"text/plain"}},
		Body:  `{"query":"query { token(visitor: \"v1\") { jwt } }","variables":{"id":7,"own":null},"n":[{"a":"b"}]}`,
		Users: []User{{Name: "ann", Header: http.Header{"X-Remote-User": {"ann"}}}},
	})
	for about, want := range map[string]string{
		"query who, a second one":      "/v/guest/token?lang=en&who=x&who=MARK",
		"query who, another before it": "/v/guest/token?lang=en&who=MARK&who=x",
		"query who":                    "/v/guest/token?lang=en&who=MARK",
		"path segment guest":           "/v/MARK/token?lang=en&who=x",
		"body query, text 1 in it":     `"query":"query { token(visitor: \"MARK\") { jwt } }"`,
		"body variables.id":            `"variables":{"id":"MARK","own":null}`,
		"body variables.own":           `"variables":{"id":7,"own":"MARK"}`,
		"header X-Shop":                "MARK",
		"header X-Remote-User":         "MARK",
	} {
		if !strings.Contains(got[about], want) {
			t.Errorf("%s: %q, want %q in it", about, got[about], want)
		}
	}
	own := configured(t, Config{URL: "http://localhost/token", Users: []User{{Name: "ann", URL: "/users/4711/token?v=1", Body: `{"userId":4711}`}}})
	if own["path segment 4711"] != "/users/MARK/token?v=1" || own["query v"] != "/users/4711/token?v=MARK" || own["body userId"] != `{"userId":"MARK"}` {
		t.Errorf("a user's own: %v", own)
	}
	if text := withString(`{"userId":4711,"no":"4711"}`, "userId", "4712"); text != `{"no":"4711","userId":4712}` {
		t.Errorf("a number became %s", text)
	}
	if _, has := got["header Accept"]; has || len(got) > maxConfigured+2*maxRepeated {
		t.Errorf("replaced: %v", got)
	}
	if form := configured(t, Config{URL: "http://localhost/", Body: "a=1&user=2"}); form["body user"] != "a=1&user=MARK" {
		t.Errorf("form: %v", form)
	}
}

// TestEncodedObjectsInTheQuery puts JSON objects with an identity into the query, as
// pages hand them on.
func TestEncodedObjectsInTheQuery(t *testing.T) {
	a := ask{}
	putObjects(base64.RawURLEncoding.EncodeToString)(&a, map[string]string{"ctx.id": "MARK", "ctx.sub": "OTHER", controlName: "x"})
	query, err := url.ParseQuery(a.query)
	text, _ := base64.RawURLEncoding.DecodeString(query.Get("ctx"))
	if err != nil || string(text) != `{"id":"MARK","sub":"OTHER"}` {
		t.Errorf("%v: %s from %s", err, text, a.query)
	}
}

func TestMembersBesideTheConfigured(t *testing.T) {
	got := withMembers(`{"lang":"en","user":{"id":"own"}}`, map[string]string{"id": "x", "lang": "y"})
	if got != `{"id":"x","lang":"en","user":{"id":"own","lang":"y"}}` {
		t.Error(got)
	}
}

func TestSpellings(t *testing.T) {
	if got := spell("X-Forwarded-Email", "wcs"); got != "wcs@shop.example" {
		t.Error(got)
	}
	if got := spell("Remote-Email", "ann@own.example"); got != "ann@own.example" {
		t.Error(got)
	}
	var principal struct {
		UserID string                      `json:"userId"`
		Claims []struct{ Typ, Val string } `json:"claims"`
	}
	text, err := base64.StdEncoding.DecodeString(spell("X-Ms-Client-Principal", "wcs"))
	if err != nil || json.Unmarshal(text, &principal) != nil || principal.UserID != "wcs" || principal.Claims[0].Val != "wcs" {
		t.Errorf("%s", text)
	}
}

// No request has more headers than servers commonly take, nor are names offered twice.
func TestCarriersFitIntoRequests(t *testing.T) {
	for _, c := range newClient(t, Config{URL: "http://localhost/token"}).carriers() {
		a, values := ask{}, map[string]string{}
		for _, name := range c.names {
			values[name] = spell(name, mark())
		}
		c.put(&a, values)
		size := len(a.query)
		for name, lines := range a.header {
			size += len(name) + len(lines[0])
		}
		if size > 7<<10 || len(a.header) > headersAtOnce {
			t.Errorf("%s %s: %d bytes, %d headers", c.variant, c.about, size, len(a.header))
		}
		if sorted := slices.Sorted(slices.Values(c.names)); len(slices.Compact(sorted)) != len(c.names) {
			t.Errorf("%s %s names one twice", c.variant, c.about)
		}
	}
}

func TestOriginsThatLookLikeTheOwn(t *testing.T) {
	for endpoint, want := range map[string][]string{
		"http://127.0.0.1:8080/": {
			"http://127.0.0.1.webchatspec-foreign.example", "http://webchatspec-foreign-127.0.0.1",
			"http://127.0.0.1:8080.webchatspec-foreign.example", "http://webchatspec-foreign-127.0.0.1:8080",
		},
		"https://api.shop.example/": {
			"https://api.shop.example.webchatspec-foreign.example", "https://webchatspec-foreign-shop.example", "http://api.shop.example",
			"https://api.shopxexample", "https://webchatspec-foreign.shop.example", "https://webchatspec-foreign.api.shop.example",
		},
	} {
		client := newClient(t, Config{URL: endpoint})
		var got []string
		for _, o := range client.alike(client.endpoint) {
			got = append(got, o.value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", endpoint, got)
		}
	}
	of := func(origins ...string) []origin {
		return newClient(t, Config{URL: "http://localhost:3000/", Origins: origins}).lookAlikes()
	}
	has := func(list []origin, value string) bool {
		return slices.ContainsFunc(list, func(o origin) bool { return o.value == value })
	}
	if !has(of("https://www.shop.example"), "http://www.shop.example") || has(of("https://www.shop.example", "http://www.shop.example"), "http://www.shop.example") {
		t.Error("an origin that is meant to be allowed is taken for a foreign one, or none is made of it")
	}
}

func TestMembersBesideWhatIsConfigured(t *testing.T) {
	got := withMembers(`{"method":"chat","params":{"channel":"web","user":"x"}}`, map[string]string{"user": "MARK"})
	if got != `{"method":"chat","params":{"channel":"web","user":"x"},"user":"MARK"}` {
		t.Error(got)
	}
	if got = withMembers(`[{"op":"chat"}]`, map[string]string{"user": "MARK"}); got != `[{"op":"chat","user":"MARK"}]` {
		t.Error(got)
	}
	if got = withMembers(`{"method":"chat","params":{"channel":"web"}}`, map[string]string{"user": "MARK"}); !strings.Contains(got, `"params":{"channel":"web","user":"MARK"}`) {
		t.Error(got)
	}
}

func TestWhichIdsOfAUserAreTried(t *testing.T) {
	user := User{Name: "jon", Identifiers: []string{"48377", "Jon Hale", "jon.hale@acme.example"}, URL: "/u/jon/token"}
	ids := (&gathering{sender: &sender{Client: &Client{config: Config{Users: []User{{Name: "mara"}, user}}}}}).idsOf(&user)
	if want := []string{"48377", "jon.hale@acme.example", "jon", "Jon Hale"}; !slices.Equal(ids, want) {
		t.Errorf("%q", ids)
	}
}

// TestOtherCarriersOfParameters has the same parameters where frameworks and proxies read
// them, too.
func TestOtherCarriersOfParameters(t *testing.T) {
	client := newClient(t, Config{URL: "http://localhost/token"})
	sent := map[string]*http.Request{}
	for _, c := range client.carriers() {
		a, values := ask{}, map[string]string{}
		for _, name := range c.names {
			values[name] = "x-" + name
		}
		c.put(&a, values)
		request, err := client.request(t.Context(), &a)
		if err != nil {
			t.Fatal(err)
		}
		sent[string(c.variant)+" "+c.about] = request
	}
	form := func(r *http.Request) url.Values {
		list, _ := url.ParseQuery(cmp.Or(sentBody(r), r.URL.RawQuery))
		return list
	}
	parts := func(r *http.Request) string {
		r.Body = io.NopCloser(strings.NewReader(sentBody(r)))
		return r.FormValue("email")
	}
	told, _ := url.Parse(sent["header with an address,"].Header.Get("X-Original-Url"))
	override := sent["form body as GET"]
	for what, got := range map[string][2]string{
		"brackets in the query":    {form(sent["query members in brackets"]).Get("visitor[id]"), "x-visitor.id"},
		"brackets in a form":       {form(sent["form body members in brackets"]).Get("user[email]"), "x-user.email"},
		"JSON in the query":        {form(sent["query JSON"]).Get("context")[:7], `{"email`},
		"behind a semicolon":       {sent["path below the endpoint behind a semicolon"].URL.EscapedPath()[:27], "/token;customerId=x-custome"},
		"a file":                   {sent["path below the endpoint a file"].URL.Path, "/token/x-a file.json"},
		"an address in a header":   {told.Path + " " + told.Query().Get("userId"), "/token x-userId"},
		"the method overridden":    {override.Method + " " + override.Header.Get("X-HTTP-Method-Override") + " " + form(override).Get("_method"), "POST GET GET"},
		"a form in parts":          {parts(sent["form body in parts"]), "x-email"},
		"with what names somebody": {form(override).Get("user_id"), "x-user_id"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", what, got[0], got[1])
		}
	}
}

// TestTheVisitorsOwnIDIsToldFromOtherValues wherever the configuration has it.
func TestTheVisitorsOwnIDIsToldFromOtherValues(t *testing.T) {
	client := newClient(t, Config{URL: "http://localhost/of/{visitor}/token?id={visitor}&lang=en", Method: http.MethodPost,
		Header: http.Header{"X-Device": {"{visitor}"}, "X-Shop": {"north"}}, Body: `{"visitor": {"id": "{visitor}"}, "channel": "web"}`})
	own := []string{"query id", "query id, a second one", "query id, another before it", "header X-Device", "path segment %7Bvisitor%7D"}
	seen := 0
	for _, c := range client.configuredCarriers() {
		want := record.VariantConfigured
		if slices.Contains(own, c.about) {
			want = record.VariantVisitorID
			seen++
		}
		if c.variant != want {
			t.Errorf("%s: %s, want %s", c.about, c.variant, want)
		}
	}
	if seen != len(own) {
		t.Errorf("%d of %q", seen, own)
	}
	for _, c := range client.carriers() {
		if c.variant == record.VariantQuery && slices.Contains(c.names, "id") || c.variant == record.VariantHeader && slices.Contains(c.names, "X-Device") {
			t.Errorf("%s %s: the visitor's own id is offered among others", c.variant, c.about)
		}
	}
	a, v := ask{}, newVisitor("v1")
	a.visitor = v
	for _, c := range client.configuredCarriers() {
		if c.about == "query lang" {
			c.put(&a, map[string]string{"query lang": "MARK"})
		}
	}
	if address, err := client.address(&a); err != nil || address.Query().Get("id") != v.known[visitorValue] || address.Path != "/of/"+v.known[visitorValue]+"/token" {
		t.Errorf("beside another value the visitor's own id is not kept: %v, %v", address, err)
	}
}

// TestPlacesInChangedRequestsAreFilled: the values beside the one that was changed are
// those of the visitor.
func TestPlacesInChangedRequestsAreFilled(t *testing.T) {
	client := newClient(t, Config{URL: "http://localhost/{tenant}/token?uid={uid}&lang=en", Method: http.MethodPost, Body: `{"visitor":"{uid}","channel":"web"}`})
	v := newVisitor("v1")
	v.known["uid"], v.known["tenant"] = "4711", "north"
	for about, want := range map[string]string{
		"query lang":              "/north/token?lang=MARK&uid=4711 {\"visitor\":\"4711\",\"channel\":\"web\"}",
		"query uid, a second one": "/north/token?lang=en&uid=4711&uid=MARK {\"visitor\":\"4711\",\"channel\":\"web\"}",
		"body channel":            "/north/token?uid=4711&lang=en {\"channel\":\"MARK\",\"visitor\":\"4711\"}",
	} {
		for _, c := range client.configuredCarriers() {
			if c.about != about {
				continue
			}
			a := ask{visitor: v}
			c.put(&a, map[string]string{about: "MARK"})
			request, err := client.request(t.Context(), &a)
			if err != nil {
				t.Fatal(err)
			}
			if got := request.URL.RequestURI() + " " + sentBody(request); got != want {
				t.Errorf("%s: %s, want %s", about, got, want)
			}
			want = ""
		}
		if want != "" {
			t.Errorf("%s is not replaced", about)
		}
	}
}

func TestUnsetVariables(t *testing.T) {
	for body, want := range map[string]string{
		`{"query":"mutation { chatToken { jwt } }"}`:                  `{"query":"mutation { chatToken { jwt } }","variables":{"customerId":"MARK"}}`,
		`{"id":1,"jsonrpc":"2.0","method":"token"}`:                   `{"id":1,"jsonrpc":"2.0","method":"token","params":{"customerId":"MARK"}}`,
		`{"query":"{ chatToken { jwt } }","variables":{"lang":"en"}}`: "",
		`{"query":"chat"}`: "", `a=1`: "", `[1]`: "",
	} {
		got := ""
		for _, c := range newClient(t, Config{URL: "http://localhost/token", Method: http.MethodPost, Body: body}).unsetVariables([]string{"customerId"}) {
			a := ask{}
			c.put(&a, map[string]string{"customerId": "MARK"})
			got = a.body
		}
		if got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
	}
}
