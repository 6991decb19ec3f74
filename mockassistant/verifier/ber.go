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

// header reads tag and length of the next element without stepping over it.
func (r *berReader) header() (tag byte, head, length int, indefinite, ok bool) {
	if r.failed || len(r.data) < 2 || r.data[0]&0x1F == 0x1F {
		return 0, 0, 0, false, false // keys have no tags above 30
	}
	tag, head = r.data[0], 2
	length = int(r.data[1])
	switch {
	case length < 0x80:
	case length == 0x80:
		if tag&0x20 == 0 {
			return 0, 0, 0, false, false
		}
		return tag, head, len(r.data) - head, true, true
	default:
		octets := length & 0x7F
		head += octets
		if octets == 0x7F || head > len(r.data) {
			return 0, 0, 0, false, false
		}
		length = 0
		for _, b := range r.data[2:head] {
			if length > len(r.data) {
				return 0, 0, 0, false, false
			}
			length = length<<8 | int(b)
		}
	}
	return tag, head, length, false, length <= len(r.data)-head
}

// nextTag is the tag of the next element, 0 when there is none.
func (r *berReader) nextTag() byte {
	tag, _, _, _, _ := r.header()
	return tag
}

// element reads the content of the next element, which must have the tag.
func (r *berReader) element(tag byte) []byte {
	got, head, length, indefinite, ok := r.header()
	if !ok || got != tag {
		r.fail()
		return nil
	}
	if indefinite {
		content, ok := skipIndefinite(r.data[head:], 0)
		if !ok {
			r.fail()
			return nil
		}
		length = len(content)
		r.data = r.data[head+length+2:]
		return content
	}
	content := r.data[head : head+length]
	r.data = r.data[head+length:]
	return content
}

// maxNesting bounds the depth of elements of indefinite length.
const maxNesting = 30

// skipIndefinite returns the content up to the end-of-contents octets.
func skipIndefinite(data []byte, depth int) ([]byte, bool) {
	inner := berReader{data: data}
	for {
		if len(inner.data) >= 2 && inner.data[0] == 0 && inner.data[1] == 0 {
			return data[:len(data)-len(inner.data)], true
		}
		_, head, length, indefinite, ok := inner.header()
		if !ok || depth > maxNesting {
			return nil, false
		}
		if indefinite {
			content, ok := skipIndefinite(inner.data[head:], depth+1)
			if !ok {
				return nil, false
			}
			length = len(content) + 2
		}
		inner.data = inner.data[head+length:]
	}
}

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
	content := r.element(tagBitString)
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
		r.element(r.nextTag())
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
