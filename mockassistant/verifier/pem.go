package verifier

import (
	"bytes"
	"strings"
)

// readPEM reads a key text as Node's createPublicKey does on OpenSSL 3.0: it
// looks through the whole text for a PUBLIC KEY block, then for RSA PUBLIC KEY,
// then for CERTIFICATE, and at last for a private key. The first block of a
// label decides: when its content is wrong there is no key.
func readPEM(text []byte) (keyEncoding, string) {
	for _, try := range []struct {
		labels []string
		form   string
		decode func([]byte) (keyEncoding, bool)
	}{
		{[]string{"PUBLIC KEY"}, formSPKI, decodeSPKI},
		{[]string{"RSA PUBLIC KEY"}, formPKCS1, decodePKCS1},
		{[]string{"CERTIFICATE", "X509 CERTIFICATE"}, formCertificate, decodeCertificate},
	} {
		if der, found := findBlock(text, try.labels); found {
			if key, ok := try.decode(der); ok {
				return key, try.form
			}
			return keyEncoding{}, formNone
		}
	}
	if key, ok := readPrivateKey(text); ok {
		return key, formPrivate
	}
	return keyEncoding{}, formNone
}

// findBlock returns the content of the first block that has one of labels. A
// malformed block before it ends the search, and so does a header in it: the
// only headers that PEM has are those of encryption.
func findBlock(text []byte, labels []string) ([]byte, bool) {
	reader := pemReader{rest: text}
	for {
		block, ok := reader.next()
		if !ok {
			return nil, false
		}
		for _, label := range labels {
			if block.label == label {
				return block.data, block.header == ""
			}
		}
	}
}

// pemBlock is one block of a PEM text.
type pemBlock struct {
	label, header string
	data          []byte
}

// pemReader reads PEM line by line with the rules of OpenSSL's PEM_read_bio_ex,
// which are neither those of RFC 7468 nor those of encoding/pem.
type pemReader struct {
	rest    []byte
	begun   bool // the first line, which may have a byte order mark, is read
	partial bool // the last line was cut at maxPEMLine
}

// maxPEMLine is the number of bytes that OpenSSL reads as one line at most; what
// follows them counts as the next line.
const maxPEMLine = 254

// maxDataLine is the length of the lines after a blank one. Only the last may be
// shorter, and none longer.
const maxDataLine = 64

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemTail  = "-----"
)

var utf8BOM = []byte("\xEF\xBB\xBF")

// line returns the next line without the blanks at its end. Blank is every byte up to the space, and since C's char has a sign, every byte
// from 0x80 on.
func (r *pemReader) line() (line []byte, ok bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	size := min(len(r.rest), maxPEMLine)
	if i := bytes.IndexByte(r.rest[:size], '\n'); i >= 0 {
		size = i + 1
	}
	line, r.rest = r.rest[:size], r.rest[size:]
	r.partial = size == maxPEMLine && line[size-1] != '\n'
	if !r.begun && len(line) > len(utf8BOM) {
		line = bytes.TrimPrefix(line, utf8BOM)
	}
	r.begun = true
	end := len(line)
	for end > 0 && int8(line[end-1]) <= ' ' {
		end--
	}
	return line[:end], true
}

// next returns the next block. It is not ok at the end of the text and at a
// malformed block.
func (r *pemReader) next() (block pemBlock, ok bool) {
	for {
		line, ok := r.line()
		if !ok {
			return pemBlock{}, false
		}
		label, begins := bytes.CutPrefix(line, []byte(pemBegin))
		if label, ends := bytes.CutSuffix(label, []byte(pemTail)); begins && ends {
			block.label = string(label)
			break
		}
	}
	header, data, ok := r.body(block.label)
	if !ok {
		return pemBlock{}, false
	}
	block.header = string(header)
	block.data, ok = decodePEMBase64(data)
	return block, ok
}

// body collects the lines up to the END line. A blank line divides the header
// from the data; without one there is no header, unless a colon has announced it.
func (r *pemReader) body(label string) (header, data []byte, ok bool) {
	var lines []byte // of the part that is being read
	announced, divided, last := false, false, false
	for {
		wasPartial := r.partial
		line, ok := r.line()
		if !ok {
			return nil, nil, false
		}
		if !divided && bytes.IndexByte(line, ':') >= 0 {
			announced = true
		}
		if len(line) == 0 {
			if wasPartial {
				continue
			}
			if divided {
				return nil, nil, false
			}
			header, lines, divided = lines, nil, true
			continue
		}
		if bytes.HasPrefix(line, []byte(pemEnd)) {
			if string(line) != pemEnd+label+pemTail {
				return nil, nil, false
			}
			if announced && !divided {
				return lines, nil, true
			}
			return header, lines, true
		}
		if last || divided && len(line) > maxDataLine {
			return nil, nil, false
		}
		last = divided && len(line) < maxDataLine
		lines = append(append(lines, line...), '\n')
	}
}

// decodePEMBase64 decodes as EVP_DecodeUpdate and EVP_DecodeFinal do: blanks
// anywhere, a hyphen ends the data, padding must be there and be the last.
func decodePEMBase64(text []byte) ([]byte, bool) {
	symbols, padding := make([]byte, 0, len(text)), 0
scan:
	for _, c := range text {
		switch {
		case c == '-':
			break scan
		case c == ' ', c == '\t', c == '\n', c == '\r':
			continue
		case c == '=':
			padding++
		case padding > 0 || base64Value(c) < 0:
			return nil, false
		}
		symbols = append(symbols, c)
	}
	if padding > 2 || len(symbols)%4 != 0 || len(symbols) == 0 {
		return nil, false
	}
	data := make([]byte, 0, len(symbols)/4*3)
	for group := symbols; len(group) > 0; group = group[4:] {
		bits := 0
		for _, c := range group[:4] {
			bits = bits<<6 | max(base64Value(c), 0)
		}
		data = append(data, byte(bits>>16), byte(bits>>8), byte(bits))
	}
	return data[:len(data)-padding], true
}

// base64Value is the value of a symbol of the standard alphabet, else -1.
func base64Value(c byte) int {
	return strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c)
}
