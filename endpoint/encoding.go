package endpoint

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding is what browsers send.
const acceptEncoding = "gzip, deflate, br, zstd"

// Unpack undoes the codings of Content-Encoding, the last one first (RFC 9110
// §8.4), as browsers do. A body that is not packed as the header says stays as it
// is, and lie says why. The error is that of a body over the limit in bytes.
func Unpack(body []byte, header http.Header, limit int64) (plain []byte, lie string, err error) {
	codings := strings.Split(strings.ToLower(strings.Join(header.Values("Content-Encoding"), ",")), ",")
	plain = body
	for i := len(codings) - 1; i >= 0; i-- {
		coding := strings.TrimSpace(codings[i])
		if coding == "" || coding == "identity" {
			continue
		}
		reader, err := unpacker(coding, plain)
		if err != nil {
			return body, err.Error(), nil //nolint:nilerr // an unknown coding is the site's mistake, which is told in words
		}
		inner, err := io.ReadAll(io.LimitReader(reader, limit+1))
		if err != nil {
			return body, fmt.Sprintf("it is not %s: %v", coding, err), nil
		}
		if int64(len(inner)) > limit {
			return inner[:limit], "", errTooLarge
		}
		plain = inner
	}
	return plain, "", nil
}

// unpacker undoes one coding.
func unpacker(coding string, packed []byte) (io.Reader, error) {
	source := bytes.NewReader(packed)
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(source)
	case "deflate":
		// zlib by the standard; without its frame by habit.
		if reader, err := zlib.NewReader(source); err == nil {
			return reader, nil
		}
		return flate.NewReader(bytes.NewReader(packed)), nil
	case "br":
		return brotli.NewReader(source), nil
	case "zstd":
		reader, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, err
		}
		return reader, nil
	}
	return nil, errors.New("no browser knows the coding " + shorten(coding, 40))
}
