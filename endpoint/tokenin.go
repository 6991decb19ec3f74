package endpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// The places in an answer where a token may stand, as Config.TokenIn names them.
const (
	tokenInBody   = "body"
	tokenInJSON   = "json:"
	tokenInHeader = "header:"
)

func checkTokenIn(place string) error {
	member, isJSON := strings.CutPrefix(place, tokenInJSON)
	name, isHeader := strings.CutPrefix(place, tokenInHeader)
	switch {
	case place == tokenInBody, isJSON && member != "", isHeader && isToken(name):
		return nil
	}
	return fmt.Errorf(`token in %q: write "body", "json:<member>" or "header:<name>"`, place)
}

// TokenFrom takes the text out of an answer that stands where the token should,
// with the blanks and whatever else is round it. It is false when there is
// nothing: no such member or header, or an empty body.
func (c *Client) TokenFrom(header http.Header, body []byte) (text string, ok bool) {
	if name, found := strings.CutPrefix(c.config.TokenIn, tokenInHeader); found {
		text = header.Get(name)
		return text, text != ""
	}
	if path, found := strings.CutPrefix(c.config.TokenIn, tokenInJSON); found {
		return jsonMember(body, path)
	}
	if isJSONType(header.Get("Content-Type")) && json.Unmarshal(body, &text) == nil {
		return text, text != ""
	}
	return string(body), len(bytes.TrimSpace(body)) > 0
}

// jsonMember returns the string at path, member names joined by dots. A member
// whose own name has dots in it is found as well.
func jsonMember(body []byte, path string) (string, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return "", false
	}
	if value, found := members[path]; found {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value) // not a string: noted as it is
		}
		return text, text != ""
	}
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return "", false
	}
	return jsonMember(members[first], rest)
}

// isJSONType says whether a Content-Type is JSON (RFC 6839 §3.1).
func isJSONType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
