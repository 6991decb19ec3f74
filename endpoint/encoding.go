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

// maxCodings is how many nested codings are undone. Each takes time that no time limit
// of a request covers, and browsers stop, too.
const maxCodings = 5

// Unpack undoes the codings of Content-Encoding, the last one first (RFC 9110 §8.4), as
// browsers do. Lie says in what way the body is not packed as the header says; it is ""
// when the header is right. Plain is the content as far as it can be read even so. The
// error says that the content is larger than limit bytes.
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
				return opened(body, limit), err.Error(), nil // the site's mistake, and so not an error of ours
			}
			if errors.Is(err, io.ErrUnexpectedEOF) && isText(inner) { // half a token would only mislead
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

// opened undoes the codings that can be recognised in a body.
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

// packedBy recognises the coding of a body; "" is none. Deflate and brotli have no
// signature: they are recognised when the body can be unpacked and holds text.
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

// longestGuess is how much is unpacked to try a coding, in bytes.
const longestGuess = 64 << 10

// signOf names the coding whose signature a body begins with; "" is none.
func signOf(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b\x08")):
		return "gzip"
	case bytes.HasPrefix(body, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	}
	return ""
}

// isText says whether a body is readable text, and not empty.
func isText(body []byte) bool {
	return len(body) > 0 && utf8.Valid(body) && !bytes.ContainsFunc(body, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
}

// isArchive says whether a body is of a type that is packed by itself.
func isArchive(header http.Header) bool {
	media := mediaOf(header)
	return strings.Contains(media, "zip") || strings.Contains(media, "octet-stream") || strings.Contains(media, "compress") ||
		strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "font/") || strings.HasPrefix(media, "application/x-")
}

// widestWindow is the largest window of zstd that browsers accept, in bytes (RFC 9659 §3).
const widestWindow = 8 << 20

// unpacking limits how many bodies are unpacked at a time. Unpacking may take a hundred
// times the memory of the body, and more at a time than processors would only wait.
var unpacking = make(chan struct{}, runtime.GOMAXPROCS(0))

// errUnknownCoding is wrapped by the errors of codings that no browser knows.
var errUnknownCoding = errors.New("no browser knows the coding")

// unpack undoes one coding, and returns at most most bytes.
func unpack(coding string, packed []byte, most int64) ([]byte, error) {
	unpacking <- struct{}{}
	defer func() { <-unpacking }()
	reader, err := unpacker(coding, packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, most))
}

// unpacker returns a reader that undoes one coding.
func unpacker(coding string, packed []byte) (io.Reader, error) {
	source := bytes.NewReader(packed)
	switch coding {
	case "gzip", "x-gzip":
		reader, err := gzip.NewReader(source)
		if err != nil {
			return nil, err
		}
		reader.Multistream(false) // browsers ignore what follows
		return reader, nil
	case "deflate":
		// The standard says zlib; some servers send it without the frame of zlib.
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
