package verifier

import "math/big"

// berReader reads the elements of a BER encoding in their order, as loosely as
// OpenSSL's ASN.1 templates do: lengths need not be minimal, and sequences may
// be of indefinite length. A failure sticks: everything read after it is empty.
type berReader struct {
	data   []byte
	failed bool
	parent *berReader
}

// berHeader is the beginning of an element.
type berHeader struct {
	tag        byte // with its class and the bit for constructed encodings
	size       int  // of the header itself
	length     int  // of the content; of all that is left, if it is indefinite
	indefinite bool
}

// header reads the header of the next element without stepping over it.
func (r *berReader) header() (h berHeader, ok bool) {
	if r.failed || len(r.data) < 2 {
		return berHeader{}, false
	}
	h.tag, h.size = r.data[0], 1
	if h.tag&0x1F == 0x1F && !h.longTag(r.data) {
		return berHeader{}, false
	}
	if h.size >= len(r.data) {
		return berHeader{}, false
	}
	octets := int(r.data[h.size])
	h.size++
	switch {
	case octets < 0x80:
		h.length = octets
	case octets == 0x80:
		h.length, h.indefinite = len(r.data)-h.size, true
		return h, h.tag&constructed != 0
	default:
		octets &= 0x7F
		if octets == 0x7F || octets >= len(r.data)-h.size { // OpenSSL wants something behind them
			return berHeader{}, false
		}
		for _, b := range r.data[h.size : h.size+octets] {
			if h.length > len(r.data) {
				return berHeader{}, false
			}
			h.length = h.length<<8 | int(b)
		}
		h.size += octets
	}
	return h, h.length <= len(r.data)-h.size
}

// longTag reads a tag number in several octets. The tags of keys are all below
// 31, and may be written so all the same.
func (h *berHeader) longTag(data []byte) bool {
	number := 0
	for h.size < len(data) && h.size <= 4 {
		b := data[h.size]
		h.size++
		number = number<<7 | int(b&0x7F)
		if b < 0x80 {
			h.tag = h.tag&^0x1F | byte(number)
			return number < 0x1F
		}
	}
	return false
}

// maxOuterHeader is the size up to which OpenSSL's decoders read the header of a
// whole key. Inside of it headers may be longer.
const maxOuterHeader = 8

// hasShortHeader tells whether the first element of der is within maxOuterHeader.
func hasShortHeader(der []byte) bool {
	h, ok := (&berReader{data: der}).header()
	return ok && h.size <= maxOuterHeader
}

// nextTag is the tag of the next element, 0 when there is none.
func (r *berReader) nextTag() byte {
	h, _ := r.header()
	return h.tag
}

// element reads the content of the next element, which must have the tag.
func (r *berReader) element(tag byte) []byte {
	h, ok := r.header()
	if !ok || h.tag != tag {
		r.fail()
		return nil
	}
	rest := r.data[h.size:]
	if !h.indefinite {
		r.data = rest[h.length:]
		return rest[:h.length]
	}
	content, ok := untilEnd(rest, 0)
	if !ok {
		r.fail()
		return nil
	}
	r.data = rest[len(content)+2:]
	return content
}

// maxNesting bounds the depth of elements of indefinite length, and of strings
// in pieces.
const maxNesting = 5

// untilEnd returns the content up to the end-of-contents octets.
func untilEnd(data []byte, depth int) ([]byte, bool) {
	inner := berReader{data: data}
	for {
		if len(inner.data) >= 2 && inner.data[0] == 0 && inner.data[1] == 0 {
			return data[:len(data)-len(inner.data)], true
		}
		h, ok := inner.header()
		if !ok || depth > maxNesting {
			return nil, false
		}
		length := h.length
		if h.indefinite {
			content, ok := untilEnd(inner.data[h.size:], depth+1)
			if !ok {
				return nil, false
			}
			length = len(content) + 2
		}
		inner.data = inner.data[h.size+length:]
	}
}

// str reads the content of a string, which may come in pieces.
func (r *berReader) str(tag byte) []byte {
	if r.nextTag() != tag|constructed {
		return r.element(tag)
	}
	content, ok := joinPieces(r.element(tag|constructed), 0)
	if !ok {
		r.fail()
	}
	return content
}

// joinPieces concatenates the contents of the elements in data.
func joinPieces(data []byte, depth int) (joined []byte, ok bool) {
	pieces := berReader{data: data}
	for len(pieces.data) > 0 {
		tag := pieces.nextTag()
		piece := pieces.element(tag)
		if pieces.failed || depth >= maxNesting {
			return nil, false
		}
		if tag&constructed != 0 {
			if piece, ok = joinPieces(piece, depth+1); !ok {
				return nil, false
			}
		}
		joined = append(joined, piece...)
	}
	return joined, true
}

// The tags whose content has one length.
const (
	tagBoolean = 0x01
	tagNull    = 0x05
)

// any reads an element of any type, with its tag.
func (r *berReader) any() (tag byte) {
	tag = r.nextTag()
	content := r.element(tag)
	if tag == tagNull && len(content) != 0 || tag == tagBoolean && len(content) != 1 || tag == tagInteger && len(content) == 0 {
		r.fail()
	}
	return tag
}

// octetString reads an octet string.
func (r *berReader) octetString() []byte { return r.str(tagOctetString) }

// peekElement returns the next element as a whole without stepping over it.
func (r *berReader) peekElement() []byte {
	ahead := berReader{data: r.data, failed: r.failed}
	ahead.element(ahead.nextTag())
	return r.data[:len(r.data)-len(ahead.data)]
}

// sequence reads a sequence and returns a reader of its content.
func (r *berReader) sequence() berReader {
	return berReader{data: r.element(tagSequence), failed: r.failed, parent: r}
}

// unsigned reads an integer as OpenSSL reads a BIGNUM: its octets, without a sign.
func (r *berReader) unsigned() *big.Int {
	return new(big.Int).SetBytes(r.element(tagInteger))
}

// bitString reads a bit string; the bits that are not used are cleared.
func (r *berReader) bitString() []byte {
	content := r.str(tagBitString)
	if len(content) == 0 || content[0] > 7 {
		r.fail()
		return nil
	}
	unused, bits := content[0], content[1:]
	if unused > 0 && len(bits) > 0 {
		bits = append([]byte(nil), bits...)
		bits[len(bits)-1] &= 0xFF << unused
	}
	return bits
}

// atMostOneMore tells whether the reader holds one element more or none.
func (r *berReader) atMostOneMore() bool {
	if !r.failed && len(r.data) > 0 {
		r.any()
	}
	return r.done()
}

// done tells whether all has been read without a failure.
func (r *berReader) done() bool { return !r.failed && len(r.data) == 0 }

// fail marks the reader, and those of the sequences around it.
func (r *berReader) fail() {
	for ; r != nil; r = r.parent {
		r.failed, r.data = true, nil
	}
}
