package endpoint

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestNewRefusesMistakes(t *testing.T) {
	no := false
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"no endpoint":     {Config{}, "no token endpoint"},
		"no scheme":       {Config{URL: "shop.example/createJWT"}, "write it as https"},
		"other scheme":    {Config{URL: "ftp://shop.example/"}, "not an http or https address"},
		"credentials":     {Config{URL: "https://ada:secret@shop.example/"}, "user name"},
		"method":          {Config{URL: "http://a/", Method: "GET IT"}, "unknown HTTP method"},
		"token in":        {Config{URL: "http://a/", TokenIn: "cookies:jwt"}, "json:<path>"},
		"token in member": {Config{URL: "http://a/", TokenIn: "json:"}, "json:<path>"},
		"nobody to ask":   {Config{URL: "http://a/", Anonymous: &no}, "no user is configured"},
		"authority":       {Config{URL: "http://a/", CA: []byte("none")}, "no PEM certificate"},
		"signing key":     {Config{URL: "http://a/", SigningKey: "none"}, "signing key"},
		"payload key":     {Config{URL: "http://a/", PayloadPrivateKey: "none"}, "user_payload"},
		"login":           {Config{URL: "http://a/", Users: []User{{Login: []Request{{URL: "mailto:a@b"}}}}}, "login of user 1"},
		"plain":           {Config{URL: "https://a/", PlainEndpoint: "https://a/"}, "plain endpoint"},
		"rate":            {Config{URL: "http://a/", Rate: -1}, "above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(test.config)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New says %v, want something about %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error holds the password")
			}
		})
	}
}

func TestNewFillsInDefaults(t *testing.T) {
	for endpoint, rate := range map[string]float64{
		"http://localhost:3001/createJWT": defaultLoopbackRate,
		"http://127.9.9.9/":               defaultLoopbackRate,
		"http://[::1]:80/":                defaultLoopbackRate,
		"https://shop.example/token":      defaultRate,
		"http://192.168.1.2/":             defaultRate,
	} {
		client := newClient(t, Config{URL: endpoint})
		if got := client.config; got.Rate != rate || got.Method != http.MethodGet || got.Timeout != 10*time.Second || !*got.Anonymous {
			t.Errorf("%s: %+v", endpoint, got)
		}
	}
}

func newClient(t testing.TB, config Config) *Client {
	t.Helper()
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestNewRequestCarriesTheConfiguration(t *testing.T) {
	client := newClient(t, Config{
		URL: "http://localhost:1/token", Method: "post", Body: `{"a":1}`,
		Header:  http.Header{"x-api-key": {"k"}, "host": {"shop.example"}},
		Cookies: []Cookie{{"a", "1"}, {"b", "2"}},
	})
	request, err := client.NewRequest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if request.Method != http.MethodPost || request.Host != "shop.example" || request.ContentLength != 7 {
		t.Errorf("%s %s %d", request.Method, request.Host, request.ContentLength)
	}
	for name, want := range map[string]string{"X-Api-Key": "k", "Cookie": "a=1; b=2", "Content-Type": "application/json", "Host": ""} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestTokenFrom(t *testing.T) {
	page := http.Header{"Content-Type": {"text/html"}}
	text, jsonType := http.Header{"Content-Type": {"text/plain"}}, http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for name, test := range map[string]struct {
		in     string
		header http.Header
		body   string
		want   string
		found  bool
	}{
		"body":                       {"", text, "a.b.c\n", "a.b.c\n", true},
		"empty body":                 {"", text, " \n", " \n", false},
		"quotes in a text body":      {"", text, `"a.b.c"`, `"a.b.c"`, true},
		"JSON string":                {"body", jsonType, `"a.b.c"` + "\n", "a.b.c", true},
		"bare token said to be JSON": {"body", jsonType, "a.b.c", "a.b.c", true},
		"member":                     {"json:token", jsonType, `{"token":"a.b.c"}`, "a.b.c", true},
		"member of another type":     {"json:token", jsonType, `{"token":{"x":1}}`, `{"x":1}`, true},
		"nested member":              {"json:data.jwt", text, `{"data":{"jwt":"a.b.c"}}`, "a.b.c", true},
		"member with a dot":          {"json:data.jwt", text, `{"data.jwt":"a.b.c"}`, "a.b.c", true},
		"member behind a mark":       {"json:token", jsonType, "\ufeff" + `{"token":"a.b.c"}`, "a.b.c", true},
		"no such member":             {"json:token", jsonType, `{"jwt":"a.b.c"}`, "", false},
		"member of no object":        {"json:token", jsonType, `["a"]`, "", false},
		"header":                     {"header:x-token", http.Header{"X-Token": {"a.b.c"}}, "", "a.b.c", true},
		"no header":                  {"header:x-token", text, "a.b.c", "", false},
		"script element":             {"html:script#chat | json:chat.token", page, `<script type="application/json" id="chat">{"chat":{"token":"a.b.c"}}</script>`, "a.b.c", true},
		"data attribute":             {"html:[data-token]@data-token", page, `<p></p><div id=x data-token="a.b.c"></div>`, "a.b.c", true},
		"assignment":                 {`match:token: "([^"]+)"`, page, `<script>window.chat = {token: "a.b.c", region: "eu"};</script>`, "a.b.c", true},
		"pattern without a group":    {`match:[a-z]+\.b\.\w+`, page, `window.x = "a.b.c"`, "a.b.c", true},
		"text of an element":         {"html:pre", page, "<pre>\n a.b.c\n</pre>", "a.b.c", true},
		"no such element":            {"html:pre", page, "<p>a.b.c</p>", "", false},
		"field by its odd name":      {`form:a"]`, page, `<input name='a"]' value=a.b.c>`, "a.b.c", true},
		"meta element":               {"meta:chat-token", page, `<meta name="chat-token" content="a.b.c">`, "a.b.c", true},
		"parameter of a redirect":    {"query:id_token", http.Header{"Location": {"/in?x=1&id_token=a.b.c"}}, "", "a.b.c", true},
		"parameter in a fragment":    {"query:id_token", http.Header{"Location": {"/in#id_token=a.b.c"}}, "", "a.b.c", true},
		"JSON in a header":           {"header:x-user | json:token", http.Header{"X-User": {`{"token":"a.b.c"}`}}, "", "a.b.c", true},
		"nothing to look in":         {"html:script#chat | json:token", page, "<p>", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, Config{URL: "http://localhost/", TokenIn: test.in})
			if got, found := client.TokenFrom(test.header, []byte(test.body)); got != test.want || found != test.found {
				t.Errorf("got %q %v, want %q %v", got, found, test.want, test.found)
			}
		})
	}
}

func FuzzTokenFrom(f *testing.F) {
	f.Add("application/json", `{"data":{"jwt":"a.b.c"}}`)
	f.Add("text/plain", `"a.b.c"`)
	f.Add("application/json", `"\ud800"`)
	body := newClient(f, Config{URL: "http://localhost/"})
	member := newClient(f, Config{URL: "http://localhost/", TokenIn: "json:data.jwt"})
	f.Fuzz(func(t *testing.T, contentType, text string) {
		header := http.Header{"Content-Type": {contentType}}
		for _, client := range []*Client{body, member} {
			if token, found := client.TokenFrom(header, []byte(text)); found && token == "" {
				t.Error("found nothing and says it is there")
			}
		}
	})
}
