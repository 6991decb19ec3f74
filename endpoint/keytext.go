package endpoint

import (
	"encoding/pem"
	"strings"
)

// keyTexts returns the texts that a server may have in hand for a public key
// and take for an HMAC secret: the PEM as given, with other line ends, without
// its lines, and the DER.
func keyTexts(text string) [][]byte {
	trimmed := strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	texts := [][]byte{
		[]byte(text),
		[]byte(trimmed),
		[]byte(trimmed + "\n"),
		[]byte(strings.ReplaceAll(trimmed, "\n", "\r\n")),
		[]byte(strings.ReplaceAll(trimmed, "\n", "\r\n") + "\r\n"),
		[]byte(strings.ReplaceAll(trimmed, "\n", "")),
		[]byte(strings.ReplaceAll(trimmed, "\n", `\n`)),
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return texts
	}
	var body []string
	for line := range strings.Lines(trimmed) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			body = append(body, line)
		}
	}
	return append(texts, block.Bytes, []byte(strings.Join(body, "")), pem.EncodeToMemory(block))
}
