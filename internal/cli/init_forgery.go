package cli

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// forgeryToken is a token against request forgery: where an answer has it, and
// the header in which pages send it back.
type forgeryToken struct{ place, header string }

// forgeryTokens finds those of the well-known frameworks.
func forgeryTokens(header http.Header, body []byte) []forgeryToken {
	var found []forgeryToken
	for _, name := range []string{"X-CSRF-Token", "X-XSRF-Token"} {
		if header.Get(name) != "" {
			found = append(found, forgeryToken{"header:" + name, name})
		}
	}
	sent := http.Response{Header: header}
	for _, cookie := range sent.Cookies() {
		switch strings.ToLower(cookie.Name) {
		case "xsrf-token":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-XSRF-TOKEN"})
		case "csrftoken":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-CSRFToken"})
		case "csrf-token", "csrf_token", "_csrf":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-CSRF-Token"})
		}
	}
	if wholeValue.Match(body) && !strings.Contains(header.Get("Content-Type"), "html") { // as Drupal has it
		found = append(found, forgeryToken{"body", "X-CSRF-Token"})
	}
	found = append(found, forgeryMembers(body)...)
	named := map[string]string{} // headers that the page names, as Spring does
	eachElement(body, func(n *html.Node) {
		if name := attribute(n, "name"); n.Data == "meta" && strings.HasSuffix(name, "_header") {
			named[name] = attribute(n, "content")
		}
	})
	eachElement(body, func(n *html.Node) {
		name := attribute(n, "name")
		if !isForgeryField(name) {
			return
		}
		switch {
		case n.Data == "meta" && attribute(n, "content") != "" && !strings.Contains(strings.ToLower(name), "header") && !strings.Contains(strings.ToLower(name), "param"):
			found = append(found, forgeryToken{"meta:" + name, cmp.Or(named[name+"_header"], "X-CSRF-Token")})
		case n.Data == "input" && name == "__RequestVerificationToken" && attribute(n, "value") != "":
			found = append(found, forgeryToken{"form:" + name, "RequestVerificationToken"})
		case n.Data == "input" && attribute(n, "value") != "":
			found = append(found, forgeryToken{"form:" + name, "X-CSRF-Token"})
		}
	})
	return found
}

// forgeryMembers finds those of a JSON document. Spring and ASP.NET say there, too, in
// which header they want it back.
func forgeryMembers(body []byte) (found []forgeryToken) {
	texts, header := memberTexts(body), "X-CSRF-Token"
	for path, text := range texts {
		if plain(path[strings.LastIndex(path, ".")+1:]) == "headername" {
			header = text
		}
	}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if texts[path] != "" && texts[path] != header && (forgeryWords.MatchString(path) || path == "token" || path == "requestToken") {
			found = append(found, forgeryToken{"json:" + path, header})
		}
	}
	return found
}

// isForgeryField says whether the name is that of a token against forgery in a page.
func isForgeryField(name string) bool {
	return strings.Contains(strings.ToLower(name), "csrf") || slices.Contains([]string{"_token", "authenticity_token", "__RequestVerificationToken"}, name)
}

// eachElement calls look with each element of an HTML page.
func eachElement(body []byte, look func(*html.Node)) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			look(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
