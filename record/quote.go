package record

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Quote shows a text from outside in a finding: quoted, and cut where it is long.
func Quote(text string) string {
	const most = 120
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
	}
	return fmt.Sprintf("%q", text)
}

// QuoteJSON shows a JSON text as it is, cut where it is long.
func QuoteJSON(raw json.RawMessage) string {
	const most = 80
	if len(raw) <= most {
		return string(raw)
	}
	return Quote(string(raw))
}
