package randomness

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// reading is one way to take the ids for numbers: the bytes of each, all of one
// length, the most significant first.
type reading struct {
	how   string
	whole bool // nothing of the id is left out but what never changes
	uuid  bool // six bits of the bytes are fixed (RFC 9562)
	plain bool // hexadecimal or base64, and no other of the two as well
	bytes [][]byte
}

// separators stand between the parts of ids.
const separators = "-_.:|~/ "

// readings returns the ways in which the ids can be read: as a whole, without
// what they have in common at their beginning, and part by part.
func readings(texts []string) []reading {
	var all []reading
	ways := [][]string{strip(texts)}
	if bare := stripWords(texts); !slices.Equal(bare, ways[0]) {
		ways = append(ways, bare)
	}
	if bare := stripEnds(ways[0]); len(bare[0]) < len(ways[0][0]) {
		ways = append(ways, bare)
	}
	for _, cores := range ways {
		all = append(all, coreReadings(cores)...)
	}
	for _, r := range all {
		if rest, ok := r.behindClock(); ok {
			all = append(all, rest)
		}
	}
	return all
}

func coreReadings(cores []string) []reading {
	var all []reading
	joined := mapped(cores, func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(separators, r) {
				return -1
			}
			return r
		}, s)
	})
	all = append(all, numbers("the id", joined, true, 0)...)
	if !slices.Equal(joined, cores) && !isUUID(cores[0]) {
		all = append(all, numbers("the id", cores, true, 0)...) // base64url has - and _ for digits
	}
	all = append(all, pieces(joined)...)
	parts := columns(cores)
	for i, part := range parts {
		if len(parts) > 1 && !constant(part) {
			all = append(all, numbers(ordinal(i)+" part of the id", part, varying(parts) == 1, 0)...)
		}
	}
	return all
}

// pieces reads texts of one length as several numbers of 32 bits, each padded to as many
// digits as the largest has, in the order in which a generator put them out.
func pieces(texts []string) (all []reading) {
	for _, base := range []struct{ digits, base int }{{10, 10}, {7, 36}} {
		if len(texts[0])%base.digits != 0 || len(texts[0]) < 2*base.digits {
			continue
		}
		r := reading{how: fmt.Sprintf("the id, read as numbers of %d digits in base %d", base.digits, base.base), whole: true}
		for _, text := range texts {
			var id []byte
			for begin := 0; begin < len(text) && len(text) == len(texts[0]); begin += base.digits {
				n, err := strconv.ParseUint(text[begin:begin+base.digits], base.base, 32)
				if err != nil {
					break
				}
				id = binary.BigEndian.AppendUint32(id, uint32(n))
			}
			if len(id) != len(texts[0])/base.digits*4 {
				break
			}
			r.bytes = append(r.bytes, id)
		}
		if len(r.bytes) == len(texts) {
			all = append(all, r)
		}
	}
	return all
}

func varying(parts [][]string) int {
	count := 0
	for _, part := range parts {
		if !constant(part) {
			count++
		}
	}
	return count
}

func ordinal(i int) string {
	return []string{"the first", "the second", "the third", "the fourth", "the fifth", "the sixth", "the seventh", "the eighth"}[i]
}

// strip takes off what all ids begin and end with, up to a separator.
func strip(texts []string) []string {
	first := texts[0]
	begin, end := len(first), len(first)
	for _, text := range texts[1:] {
		begin = min(begin, commonPrefix(first, text))
		end = min(end, commonPrefix(reversed(first), reversed(text)))
	}
	cut := strings.LastIndexAny(first[:begin], separators) + 1
	tail := first[len(first)-end:]
	if at := strings.IndexAny(tail, separators); at >= 0 && cut+len(tail)-at <= len(first) {
		tail = tail[at:]
	} else {
		tail = ""
	}
	return mapped(texts, func(s string) string { return strings.TrimSuffix(s[cut:], tail) })
}

// stripWords takes off what all ids begin with but for digits at its end.
func stripWords(texts []string) []string {
	cut := len(texts[0])
	for _, text := range texts[1:] {
		cut = min(cut, commonPrefix(texts[0], text))
	}
	for cut > 0 && texts[0][cut-1] >= '0' && texts[0][cut-1] <= '9' {
		cut--
	}
	return mapped(texts, func(s string) string { return s[cut:] })
}

// stripEnds takes off what all texts end with, whatever it is.
func stripEnds(texts []string) []string {
	end := len(texts[0])
	for _, text := range texts[1:] {
		end = min(end, commonPrefix(reversed(texts[0]), reversed(text)))
	}
	return mapped(texts, func(s string) string { return s[:len(s)-end] })
}

func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func mapped(texts []string, change func(string) string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = change(text)
	}
	return out
}

func constant(texts []string) bool {
	for _, text := range texts {
		if text != texts[0] {
			return false
		}
	}
	return true
}

// columns returns the parts between separators, each for all ids; nil when the
// ids have not the same number of them.
func columns(texts []string) [][]string {
	const most = 8
	isSeparator := func(r rune) bool { return strings.ContainsRune(separators, r) }
	var parts [][]string
	for i, text := range texts {
		fields := strings.FieldsFunc(text, isSeparator)
		if i == 0 {
			parts = make([][]string, len(fields))
		}
		if len(fields) != len(parts) || len(fields) > most {
			return nil
		}
		for j, field := range fields {
			parts[j] = append(parts[j], field)
		}
	}
	return parts
}

// urlAlphabet makes base64 of either alphabet that of addresses, without padding.
var urlAlphabet = strings.NewReplacer("+", "-", "/", "_", "=", "")

// numbers reads the texts in each encoding in which all of them can be read.
func numbers(how string, texts []string, whole bool, depth int) []reading {
	var all []reading
	add := func(name string, decode func(string) ([]byte, bool)) {
		if decoded, ok := decodeAll(texts, decode); ok {
			r := reading{how: how + ", read as " + name, whole: whole, bytes: decoded}
			r.uuid = name == "hexadecimal" && len(decoded[0]) == 16 && fixedBits(decoded)
			r.plain = name == "hexadecimal" || name == "base64" && !slices.ContainsFunc(all, func(r reading) bool { return r.plain })
			all = append(all, r)
			if inner := printable(decoded); inner != nil && depth < 2 {
				all = append(all, numbers(how+", decoded from "+name, inner, whole, depth+1)...)
				parts := columns(stripWords(inner))
				for i, part := range parts {
					if !constant(part) {
						all = append(all, numbers(ordinal(i)+" part of "+how+", decoded from "+name, part, whole && varying(parts) == 1, depth+1)...)
					}
				}
			}
		}
	}
	for _, base := range []struct {
		name string
		base int
	}{{"decimal", 10}, {"hexadecimal", 16}, {"base 36", 36}, {"base 62", 62}} {
		add(base.name, func(s string) ([]byte, bool) {
			if base.base == 36 && s != strings.ToLower(s) && s != strings.ToUpper(s) {
				return nil, false
			}
			if s == "" || strings.ContainsAny(s, "+-_") {
				return nil, false
			}
			n, ok := new(big.Int).SetString(s, base.base)
			if !ok || len(s) > 256 {
				return nil, false
			}
			return n.Bytes(), true
		})
		if len(all) > 0 && base.base >= 16 {
			break // a text of hexadecimal digits is no base 36
		}
	}
	if len(all) == 0 || !strings.HasSuffix(all[len(all)-1].how, "hexadecimal") {
		for _, base := range otherDigits {
			add(base.name, base.read)
		}
	}
	add("base64", func(s string) ([]byte, bool) {
		b, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(s))
		return b, err == nil && len(b) > 3
	})
	add("base32", func(s string) ([]byte, bool) {
		b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(s, "=")))
		return b, err == nil && len(b) > 3
	})
	add("hexadecimal text", func(s string) ([]byte, bool) {
		b, err := hex.DecodeString(s)
		return b, err == nil && printable([][]byte{b}) != nil
	})
	return all
}

// numerals are digits of a base in an order that is not that of [big.Int].
type numerals struct{ name, digits string }

// otherDigits are those of KSUIDs, of ULIDs and of Bitcoin's addresses.
var otherDigits = []numerals{
	{"base 62 with capitals first", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
	{"base 58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
	{"Crockford's base 32", crockford},
}

func (n numerals) read(s string) ([]byte, bool) {
	const longest = 64
	if n.digits == crockford {
		s = strings.ToUpper(s)
	}
	if s == "" || len(s) > longest {
		return nil, false
	}
	number, base, digit := new(big.Int), big.NewInt(int64(len(n.digits))), new(big.Int)
	for i := range len(s) {
		at := strings.IndexByte(n.digits, s[i])
		if at < 0 {
			return nil, false
		}
		number.Mul(number, base).Add(number, digit.SetInt64(int64(at)))
	}
	return number.Bytes(), true
}

// behindClock is the reading without the bytes at the beginning that grow as a clock
// does; false where there are none, or too little is left.
func (r reading) behindClock() (rest reading, ok bool) {
	const longest, least = 8, 8 // bytes
	size := 0
	for n := 2; n <= longest && n+least <= len(r.bytes[0]) && !r.uuid; n++ {
		grown, fallen := 0, 0
		for i := 1; i < len(r.bytes); i++ {
			switch bytes.Compare(r.bytes[i-1][:n], r.bytes[i][:n]) {
			case -1:
				grown++
			case 1:
				fallen++
			}
		}
		if fallen*50 > len(r.bytes) {
			break
		}
		if size = n; grown*50 > len(r.bytes)*49 {
			break
		}
	}
	if size == 0 || string(r.bytes[0][:size]) == string(r.bytes[len(r.bytes)-1][:size]) {
		return rest, false
	}
	rest.how = r.how + ", behind a clock"
	for _, id := range r.bytes {
		rest.bytes = append(rest.bytes, id[size:])
	}
	return rest, true
}

// decodeAll decodes all texts and makes the results equally long.
func decodeAll(texts []string, decode func(string) ([]byte, bool)) ([][]byte, bool) {
	longest := 1
	decoded := make([][]byte, len(texts))
	for i, text := range texts {
		b, ok := decode(text)
		if !ok {
			return nil, false
		}
		decoded[i] = b
		longest = max(longest, len(b))
	}
	for i, b := range decoded {
		decoded[i] = append(make([]byte, longest-len(b)), b...)
	}
	return decoded, true
}

// printable returns the texts that the bytes are, or nil when one is none.
func printable(decoded [][]byte) []string {
	texts := make([]string, len(decoded))
	for i, b := range decoded {
		b = []byte(strings.TrimLeft(string(b), "\x00"))
		for _, c := range b {
			if c < ' ' || c > '~' {
				return nil
			}
		}
		if texts[i] = string(b); len(b) == 0 {
			return nil
		}
	}
	return texts
}

// fixedBits says whether version and variant are those of UUIDs.
func fixedBits(ids [][]byte) bool {
	for _, id := range ids {
		if id[6]>>4 != ids[0][6]>>4 || id[8]>>6 != 2 {
			return false
		}
	}
	return true
}

// ints are the numbers of a reading.
func (r reading) ints() []*big.Int {
	out := make([]*big.Int, len(r.bytes))
	for i, b := range r.bytes {
		out[i] = new(big.Int).SetBytes(b)
	}
	return out
}
