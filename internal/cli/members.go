package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// memberTexts returns the strings of a JSON document by their paths, such as
// "data.users.0.name". A document that is a string itself has none, and neither has a
// text that is not JSON.
func memberTexts(document []byte) map[string]string {
	var value any
	if json.Unmarshal(document, &value) != nil {
		return nil
	}
	return textsOf(value)
}

// memberValues returns the numbers of a JSON document, too, as they are written there.
func memberValues(document []byte) map[string]string {
	reader := json.NewDecoder(bytes.NewReader(document))
	reader.UseNumber()
	var value any
	if reader.Decode(&value) != nil {
		return nil
	}
	return textsOf(value)
}

// memberTokens returns the strings of a JSON document that hold a token.
func memberTokens(document []byte) map[string]string {
	texts := memberTexts(document)
	maps.DeleteFunc(texts, func(_, text string) bool { return len(secrets.Tokens(text)) == 0 })
	return texts
}

// textsOf returns the strings, and the numbers read as [json.Number], of a decoded value.
func textsOf(value any) map[string]string {
	found := map[string]string{}
	collectTexts(value, "", found)
	delete(found, "") // the document as a whole is no member
	return found
}

func collectTexts(value any, path string, found map[string]string) {
	below := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch value := value.(type) {
	case string:
		found[path] = value
	case json.Number:
		found[path] = value.String()
	case []any:
		for i, element := range value {
			collectTexts(element, below(fmt.Sprint(i)), found)
		}
	case map[string]any:
		for name, member := range value {
			collectTexts(member, below(name), found)
		}
	}
}
