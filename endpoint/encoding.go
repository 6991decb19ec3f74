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
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding is what browsers send.
const acceptEncoding = "gzip, deflate, br, zstd"

// maxCodings is how many codings, one in the other, are undone: each costs time that
// no limit of a request counts, and browsers stop as well.
const maxCodings = 5

// Unpack undoes the codings of Content-Encoding, the last one first (RFC 9110
// §8.4), as browsers do. Lie says why a body is not packed as the header says, "" when
// it is; plain is then what stands in it all the same, as far as that shows. The error
// is that of a body over the limit in bytes.
func Unpack(body []byte, header http.Header, limit int64) (plain []byte, lie string, err error) {
	codings := strings.Split(strings.ToLower(strings.Join(header.Values("Content-Encoding"), ",")), ",")
	if len(codings) > maxCodings {
		return body, fmt.Sprintf("it is packed %d times over", len(codings)), nil
	}
	plain = body
	for i := len(codings) - 1; i >= 0; i-- {
		coding := strings.TrimSpace(codings[i])
		if coding == "" || coding == "identity" {
			continue
		}
		inner, err := unpack(coding, plain, limit+1)
		if err != nil {
			if errors.Is(err, errUnknownCoding) {
				return opened(body, limit), err.Error(), nil // the site's mistake, which is told in words
			}
			if errors.Is(err, io.ErrUnexpectedEOF) && isText(inner) { // a part of a token would only mislead
				return body, fmt.Sprintf("the %s in it is cut", coding), nil
			}
			return opened(body, limit), fmt.Sprintf("it is not %s: %v", coding, err), nil
		}
		if int64(len(inner)) > limit {
			return inner[:limit], "", errTooLarge
		}
		plain = inner
	}
	if coding := packedBy(plain); coding != "" && !isArchive(header) {
		return opened(plain, limit), "it is packed once more than it says, by " + coding, nil
	}
	return plain, "", nil
}

// opened undoes whatever codings show in a body, and leaves it where they show none.
func opened(body []byte, limit int64) []byte {
	const layers = 3
	for range layers {
		coding := packedBy(body)
		if coding == "" {
			break
		}
		inner, err := unpack(coding, body, limit)
		if err != nil {
			break
		}
		body = inner
	}
	return body
}

// packedBy names the coding that a body shows, "" for none. Text is none; brotli has
// no sign of its own but that all of it can be undone, and is text then.
func packedBy(body []byte) string {
	if len(body) < 8 || isText(body) {
		return ""
	}
	if coding := signOf(body); coding != "" {
		return coding
	}
	for _, coding := range []string{"deflate", "br"} {
		if inner, err := unpack(coding, body, longestGuess); err == nil && (isText(inner) || signOf(inner) != "") {
			return coding
		}
	}
	return ""
}

// longestGuess is how much is unpacked to see whether it can be.
const longestGuess = 64 << 10

// signOf names the coding whose sign a body begins with, "" for none.
func signOf(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b\x08")):
		return "gzip"
	case bytes.HasPrefix(body, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	}
	return ""
}

// isText says whether bytes are readable text, and some.
func isText(body []byte) bool {
	return len(body) > 0 && utf8.Valid(body) && !bytes.ContainsFunc(body, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
}

// isArchive says whether a body is packed because that is what it is.
func isArchive(header http.Header) bool {
	media := mediaOf(header)
	return strings.Contains(media, "zip") || strings.Contains(media, "octet-stream") || strings.Contains(media, "compress") ||
		strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "font/") || strings.HasPrefix(media, "application/x-")
}

// widestWindow is the most bytes that a body packed with zstd may have remembered:
// browsers unpack no other (RFC 9659 §3).
const widestWindow = 8 << 20

// unpacking has a place for each body that is unpacked at a time. What that takes is a
// hundred times the body, and more at a time than there are processors for only wait.
var unpacking = make(chan struct{}, runtime.GOMAXPROCS(0))

// errUnknownCoding is wrapped by the error of a coding that no browser knows.
var errUnknownCoding = errors.New("no browser knows the coding")

// unpack undoes one coding, and returns at most that many bytes.
func unpack(coding string, packed []byte, most int64) ([]byte, error) {
	unpacking <- struct{}{}
	defer func() { <-unpacking }()
	reader, err := unpacker(coding, packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, most))
}

// unpacker undoes one coding.
func unpacker(coding string, packed []byte) (io.Reader, error) {
	source := bytes.NewReader(packed)
	switch coding {
	case "gzip", "x-gzip":
		reader, err := gzip.NewReader(source)
		if err != nil {
			return nil, err
		}
		reader.Multistream(false) // browsers leave unread what follows
		return reader, nil
	case "deflate":
		// zlib by the standard; without its frame by habit.
		if reader, err := zlib.NewReader(source); err == nil {
			return reader, nil
		}
		return flate.NewReader(bytes.NewReader(packed)), nil
	case "br":
		return brotli.NewReader(source), nil
	case "zstd":
		reader, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(widestWindow))
		if err != nil {
			return nil, err
		}
		return reader, nil
	}
	return nil, fmt.Errorf("%w %s", errUnknownCoding, shorten(coding, 40))
}
