package secrets_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/secrets"
)

// A private key is found in whatever it is wrapped, and all of it is.
func TestFindPrivateKeys(t *testing.T) {
	private, public := keys.PrivatePEM(keys.For("wrapped")), keys.PublicPEM(&keys.For("wrapped").PublicKey)
	inJSON := func(text string) string {
		return `{"config":{"pem":"` + strings.ReplaceAll(text, "\n", `\n`) + `"}}`
	}
	for name, wrap := range map[string]func(string) string{
		"as it is":         func(text string) string { return text },
		"JSON":             inJSON,
		"base64":           func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"address":          url.PathEscape,
		"form":             url.QueryEscape,
		"JSON in a form":   func(text string) string { return url.QueryEscape(inJSON(text)) },
		"hexadecimal":      func(text string) string { return hex.EncodeToString([]byte(text)) },
		"in capitals, too": func(text string) string { return strings.ToUpper(hex.EncodeToString([]byte(text))) },
	} {
		t.Run(name, func(t *testing.T) {
			text := wrap(private)
			found := secrets.Find("before "+text+" after", 5)
			if len(found) == 0 || found[0].Kind != secrets.PrivateKey || found[len(found)-1].End-found[0].Begin < len(text)/2 {
				t.Errorf("found %+v in %d characters", found, len(text))
			}
			if found := secrets.Find(wrap(public), 5); len(found) > 0 {
				t.Errorf("a public key is found: %+v", found)
			}
		})
	}
	if found := secrets.Find("write -----BEGIN%20PRIVATE%20KEY----- above it", 5); len(found) > 0 {
		t.Errorf("a label alone is found: %+v", found)
	}
}
