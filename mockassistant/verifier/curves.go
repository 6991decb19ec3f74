package verifier

import (
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"strconv"
	"strings"
)

// curve is an elliptic curve that OpenSSL knows, as far as it takes to tell a
// point from other octets.
type curve struct {
	size    int      // of a coordinate, in bytes; 0 for a curve given by parameters
	p, a, b *big.Int // of y² = x³ + ax + b over p; nil where only the size is known
	sm2     bool
}

// kind is "ec", or what Node makes of a curve that OpenSSL treats as another kind of key.
func (c *curve) kind() string {
	if c != nil && c.sm2 {
		return kindOther
	}
	return kindEC
}

// The named curves of OpenSSL 3.0: the prefix of the object identifiers, and after
// it "last arc:bytes of a coordinate".
var curveSizes = map[string]string{
	"1.2.156.10197.1":    "301:32",
	"1.2.840.10045.3.0":  "1:21 2:21 3:21 4:22 5:24 6:24 7:24 10:26 11:30 12:30 13:30 16:34 17:38 18:45 19:46 20:54",
	"1.2.840.10045.3.1":  "1:24 2:24 3:24 4:30 5:30 6:30 7:32",
	"1.3.36.3.3.2.8.1.1": "1:20 2:20 3:24 4:24 5:28 6:28 7:32 8:32 9:40 10:40 11:48 12:48 13:64 14:64",
	"1.3.132.0": "1:21 2:21 3:30 4:15 5:15 6:14 7:14 8:20 9:20 10:32 15:21 16:36 17:36 22:17 23:17 24:25 25:25 26:30 27:30 28:16 29:16 " +
		"30:20 31:24 32:28 33:28 34:48 35:66 36:52 37:52 38:72 39:72",
	"2.23.43.1.4": "1:15 3:21 4:15 5:21 6:14 7:20 8:14 9:20 10:30 11:30 12:28",
}

// curves are the named curves by their object identifier in its encoding.
var curves = func() map[string]*curve {
	all := map[string]*curve{}
	for prefix, list := range curveSizes {
		for entry := range strings.FieldsSeq(list) {
			last, size, _ := strings.Cut(entry, ":")
			c := &curve{sm2: prefix+"."+last == "1.2.156.10197.1.301"}
			c.size, _ = strconv.Atoi(size)
			all[encodedOID(prefix+"."+last)] = c
		}
	}
	for oid, known := range map[string]elliptic.Curve{
		"1.3.132.0.33": elliptic.P224(), "1.2.840.10045.3.1.7": elliptic.P256(), "1.3.132.0.34": elliptic.P384(), "1.3.132.0.35": elliptic.P521(),
	} {
		c, of := all[encodedOID(oid)], known.Params()
		c.p, c.a, c.b = of.P, big.NewInt(-3), of.B
	}
	k1 := all[encodedOID("1.3.132.0.10")]
	k1.p = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1<<32+977))
	k1.a, k1.b = new(big.Int), big.NewInt(7)
	return all
}()

// encodedOID is the content of the encoding of an object identifier.
func encodedOID(dotted string) string {
	var oid asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(dotted, ".") {
		n, _ := strconv.Atoi(arc)
		oid = append(oid, n)
	}
	der, err := asn1.Marshal(oid)
	if err != nil {
		panic(err) // only for a slip in the table above
	}
	return string(der[2:])
}

// readCurve reads EcpkParameters (RFC 3279 §2.3.5): a name, or the parameters
// themselves, which are not checked. It is nil for what OpenSSL does not know.
func readCurve(der []byte) *curve {
	input := berReader{data: der}
	if input.nextTag() == tagOID {
		return curves[string(input.element(tagOID))]
	}
	explicit := input.sequence()
	explicit.element(tagInteger)  // version
	explicit.element(tagSequence) // field
	explicit.element(tagSequence) // a and b
	explicit.octetString()        // base point
	explicit.element(tagInteger)  // order
	if !explicit.atMostOneMore() {
		return nil
	}
	return &curve{}
}

// hasPoint tells whether octets are a point of the curve (SEC 1 §2.3.4). Where
// only the size of coordinates is known, any of the right size pass.
func (c *curve) hasPoint(octets []byte) bool {
	if c == nil || len(octets) == 0 {
		return false
	}
	if octets[0] == 0 {
		return len(octets) == 1 // infinity
	}
	if c.size == 0 {
		return true
	}
	form, x, y := octets[0], octets[1:], []byte(nil)
	switch form {
	case 2, 3:
		if len(x) != c.size {
			return false
		}
	case 4, 6, 7:
		if len(x) != 2*c.size {
			return false
		}
		x, y = x[:c.size], x[c.size:]
	default:
		return false
	}
	return c.p == nil || c.contains(form, new(big.Int).SetBytes(x), y)
}

// contains checks the equation of the curve; for a compressed point, that there
// is a y, and for a hybrid one, that its parity is the one announced.
func (c *curve) contains(form byte, x *big.Int, y []byte) bool {
	right := new(big.Int).Mul(x, x)
	right.Add(right, c.a).Mul(right, x).Add(right, c.b).Mod(right, c.p)
	if x.Cmp(c.p) >= 0 {
		return false
	}
	if y == nil {
		return big.Jacobi(right, c.p) >= 0
	}
	left := new(big.Int).SetBytes(y)
	if left.Cmp(c.p) >= 0 || form != 4 && byte(left.Bit(0)) != form&1 {
		return false
	}
	return left.Mul(left, left).Mod(left, c.p).Cmp(right) == 0
}
