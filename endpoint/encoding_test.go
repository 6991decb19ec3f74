package endpoint

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// packed packs a body by one coding after the other.
func packed(t *testing.T, body string, codings ...string) []byte {
	t.Helper()
	for _, coding := range codings {
		var out bytes.Buffer
		var writer io.WriteCloser
		switch coding {
		case "gzip":
			writer = gzip.NewWriter(&out)
		case "br":
			writer = brotli.NewWriter(&out)
		default:
			writer, _ = flate.NewWriter(&out, 5)
		}
		_, _ = io.WriteString(writer, body)
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		body = out.String()
	}
	return []byte(body)
}

func TestUnpack(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
	text := strings.Repeat(token, 4)
	once := packed(t, text, "gzip")
	for name, test := range map[string]struct {
		body   []byte
		coding string
		lie    bool
		plain  string // the text unless another is named
	}{
		"plain":                       {[]byte(text), "", false, ""},
		"plain, as identity":          {[]byte(text), "identity", false, ""},
		"gzip":                        {once, "gzip", false, ""},
		"two codings, both named":     {packed(t, text, "gzip", "br"), "gzip, br", false, ""},
		"deflate without its frame":   {packed(t, text, "deflate"), "deflate", false, ""},
		"bytes after the end":         {append(bytes.Clone(once), 0, 0, 0), "gzip", false, ""},
		"plain, said to be gzip":      {[]byte(text), "gzip", true, ""},
		"gzip, said to be br":         {once, "br", true, ""},
		"br, said to be gzip":         {packed(t, text, "br"), "gzip", true, ""},
		"gzip twice, named once":      {packed(t, text, "gzip", "gzip"), "gzip", true, ""},
		"br twice, named once":        {packed(t, text, "br", "br"), "br", true, ""},
		"gzip, named twice":           {once, "gzip, gzip", true, ""},
		"gzip, not named":             {once, "", true, ""},
		"br, said to be as it is":     {packed(t, text, "br"), "identity", true, ""},
		"gzip without its last bytes": {once[:len(once)-6], "gzip", true, string(once[:len(once)-6])},
		"a coding that nobody knows":  {[]byte(text), "rot13", true, ""},
		"no text and not packed":      {[]byte("\xff\xfe\x00\x01\x02\x03\x04\x05\x06"), "", false, "\xff\xfe\x00\x01\x02\x03\x04\x05\x06"},
	} {
		header := http.Header{"Content-Type": {"text/plain"}}
		if test.coding != "" {
			header.Set("Content-Encoding", test.coding)
		}
		plain, lie, err := Unpack(test.body, header, 1<<20)
		want := test.plain
		if want == "" {
			want = text
		}
		if err != nil || (lie != "") != test.lie || string(plain) != want {
			t.Errorf("%s: %.40q, lie %q, %v", name, plain, lie, err)
		}
	}
	if _, lie, _ := Unpack(once, http.Header{"Content-Type": {"application/gzip"}}, 1<<20); lie != "" {
		t.Errorf("an archive: %s", lie)
	}
}
