package cli

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestFindToken(t *testing.T) {
	token := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm9uLTEifQ." + strings.Repeat("c2lnbmF0dXJl", 6)
	second := strings.Replace(token, "eyJzdWIiOiJhbm9uLTEifQ", "eyJzdWIiOiJhbm9uLTIifQ", 1)
	quoted, _ := json.Marshal(token)
	for name, test := range map[string]struct {
		text          string
		around, place string
	}{
		"bare":              {token + "\n", "", ""},
		"blanks":            {"  " + token + " \n", "blanks", ""},
		"quotes":            {string(quoted), "quotation marks", ""},
		"single quotes":     {"'" + token + "'", "quotation marks", ""},
		"Python":            {"b'" + token + "'", "b'…'", ""},
		"Bearer":            {"Bearer " + token, "Bearer", ""},
		"header":            {"Authorization: Bearer " + token, "Bearer", ""},
		"byte order mark":   {"\ufeff" + token, "byte order mark", ""},
		"PHP":               {"<br />\n<b>Warning</b>:  Undefined index in <b>/var/www/jwt.php</b> on line <b>3</b><br />\n" + token, "a warning of PHP", ""},
		"PHP, JSON":         {"<b>Warning</b>: x in a.php\n" + `{"token":"` + token + `"}`, "a warning of PHP", "json:token"},
		"JSON":              {`{"data":{"identityToken":"` + token + `"},"n":1}`, "data.identityToken", "json:data.identityToken"},
		"JSON, a list":      {`{"tokens":[{"v":"` + token + `"}]}`, "tokens.0.v", "json:tokens.0.v"},
		"JSON, several":     {`{"access_token":"` + second + `","identityToken":"` + token + `"}`, "identityToken", "json:identityToken"},
		"JSON in JSON":      {`{"body":"{\"jwt\":\"` + token + `\"}"}`, "the member jwt", "json:body | json:jwt"},
		"script inclusion":  {")]}',\n" + `{"jwt":"` + token + `"}`, "script inclusion", "json:jwt"},
		"answer":            {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + token, "HTTP/1.1 200 OK", ""},
		"answer, JSON":      {"HTTP/2 200\r\ncontent-type: application/json\r\n\r\n" + `{"jwt":"` + token + `"}`, "HTTP/2 200", "json:jwt"},
		"answer, header":    {"HTTP/1.1 204 No Content\nX-Identity-Token: " + token + "\n\n", "204", "header:X-Identity-Token"},
		"answer, cookie":    {"HTTP/1.1 200 OK\nset-cookie: chat_token=" + token + "; Path=/; HttpOnly\n\nok", "200 OK", "cookie:chat_token"},
		"curl -v":           {"*   Trying 127.0.0.1:3001...\n> GET / HTTP/1.1\n> Accept: */*\n> \n< HTTP/1.1 200 OK\n< Content-Type: application/json\n< \n" + `{"jwt":"` + token + `"}`, "HTTP/1.1 200 OK", "json:jwt"},
		"percent encoding":  {"token%3D" + strings.ReplaceAll(url.QueryEscape(token), ".", "%2E"), "percent encoding", ""},
		"broken into lines": {token[:40] + "\n" + token[40:80] + "\n" + token[80:], "line breaks", ""},
		"HTML":              {"<html><body>" + token + "</body></html>", "HTML", ""},
		"a name":            {"token=" + token, "a name", ""},
	} {
		got := findToken(test.text)
		if got.token != token || !strings.Contains(strings.Join(got.around, "; "), test.around) || test.around == "" && len(got.around) > 0 || got.place != test.place {
			t.Errorf("%s: %q, around %q, place %q", name, got.token, got.around, got.place)
		}
	}
	for _, text := range []string{"", "undefined", "a.b.c", `{"error":"unauthorized"}`, "HTTP/1.1 401 Unauthorized\n\nno"} {
		if got := findToken(text); got.token != text || len(got.around) > 0 || got.place != "" {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
