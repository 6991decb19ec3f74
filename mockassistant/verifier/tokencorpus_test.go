package verifier

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// request is one line for the library and for Lines.
type request struct {
	class string
	token json.RawMessage // nil: absent
	key   json.RawMessage // nil: absent
	now   string          // JSON number
}

func (r request) line(id int) []byte {
	line := fmt.Appendf(nil, `{"id":%d,"now":%s`, id, r.now)
	if r.token != nil {
		line = append(append(line, `,"token":`...), r.token...)
	}
	if r.key != nil {
		line = append(append(line, `,"publicKeyPem":`...), r.key...)
	}
	return append(line, '}')
}

// draft is a token in the making. A class of the corpus is a change of a draft.
type draft struct {
	header, payload []byte // the decoded segments
	// segments, if set, replaces the encoded header and payload
	encodedHeader, encodedPayload *string
	sign                          func(signed string) []byte
	encodeSignature               func([]byte) string
	mangle                        func(token string) string // of the finished token
	now                           string
}

func (g *generator) draft() *draft {
	return &draft{
		header:          []byte(`{"alg":"RS256","typ":"JWT"}`),
		payload:         fmt.Appendf(nil, `{"sub":"anon-%d","iat":%d,"exp":%d}`, g.Uint32(), g.now, g.now+3600),
		sign:            g.signer(),
		encodeSignature: b64,
		now:             strconv.FormatInt(g.now, 10),
	}
}

// signer signs with the assistant's key, quickly.
func (g *generator) signer() func(string) []byte {
	key := g.standard()
	return func(text string) []byte {
		digest := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func (d *draft) token() string {
	header, payload := b64(d.header), b64(d.payload)
	if d.encodedHeader != nil {
		header = *d.encodedHeader
	}
	if d.encodedPayload != nil {
		payload = *d.encodedPayload
	}
	signed := header + "." + payload
	token := signed + "." + d.encodeSignature(d.sign(signed))
	if d.mangle != nil {
		token = d.mangle(token)
	}
	return token
}

// tokenFault is one thing that can be odd about a token. Faults can be combined.
type tokenFault struct {
	class string
	apply func(g *generator, d *draft)
}

// tokenFaults are all of them, one for each odd text in the tables too.
func tokenFaults() []tokenFault {
	faults := []tokenFault{{"ordinary", func(*generator, *draft) {}}}
	for class, headers := range oddHeaders {
		faults = append(faults, tokenFault{"header: " + class, func(g *generator, d *draft) { d.header = []byte(g.fill(one(g, headers...))) }})
	}
	for class, payloads := range oddPayloads {
		faults = append(faults, tokenFault{"payload: " + class, func(g *generator, d *draft) { d.payload = []byte(g.fill(one(g, payloads...))) }})
	}
	for _, claim := range []string{"exp", "nbf", "iat"} {
		faults = append(faults,
			tokenFault{claim + ": odd", func(g *generator, d *draft) {
				d.payload = fmt.Appendf(nil, `{"sub":"x",%q:%s}`, claim, g.fill(one(g, oddTimes...)))
			}},
			tokenFault{claim + ": near now", func(g *generator, d *draft) {
				d.payload = fmt.Appendf(nil, `{%q:%d%s}`, claim, g.now+int64(g.IntN(5)-2), one(g, "", "", ".0", ".5", ".999", "e0"))
			}})
	}
	faults = append(faults, structureFaults...)
	faults = append(faults, segmentFaults...)
	return append(faults, signatureFaults...)
}

// fill puts times into a text of the tables: {now}, {past}, {soon}.
func (g *generator) fill(text string) string {
	return strings.NewReplacer(
		"{now}", strconv.FormatInt(g.now, 10),
		"{past}", strconv.FormatInt(g.now-60, 10),
		"{soon}", strconv.FormatInt(g.now+60, 10),
	).Replace(text)
}

var structureFaults = []tokenFault{
	{"times: exp and nbf", func(g *generator, d *draft) {
		d.payload = fmt.Appendf(nil, `{"nbf":%s,"exp":%s}`, g.fill(one(g, oddTimes...)), g.fill(one(g, oddTimes...)))
	}},
	{"now: odd", func(g *generator, d *draft) {
		d.now = one(g, "0", "-1", "1", "1760000000.5", "1760000000.999", "1759999999.001", "1e12", "4102444800", "-62135596800", "1760003600", "1760003599.99", "9007199254740991")
	}},
	{"payload: digits", func(g *generator, d *draft) {
		zeros := strings.Repeat("0", 1+g.IntN(20_000))
		d.payload = []byte(`{"exp":` + one(g,
			"1"+zeros, "0."+zeros+"1", "1760003600."+zeros+"1", "-1"+zeros, "1"+zeros+"e-"+strconv.Itoa(len(zeros)-10),
			"0."+zeros+"1e"+strconv.Itoa(len(zeros)+11), strings.Repeat("7", len(zeros)), "1760000000."+strings.Repeat("9", len(zeros))) + `}`)
	}},
	{"payload: depth", func(g *generator, d *draft) {
		n := one(g, 2, 50, 999, 3000, 10_001, 20_000)
		d.payload = []byte(one(g,
			strings.Repeat("[", n)+strings.Repeat("]", n),
			`{"a":`+strings.Repeat("[", n)+strings.Repeat("]", n)+`,"exp":1}`,
			strings.Repeat(`{"a":`, n)+"1"+strings.Repeat("}", n),
			strings.Repeat("[", n)+strings.Repeat("]", n-1)))
	}},
	{"header: depth", func(g *generator, d *draft) {
		n := one(g, 2, 999, 10_001)
		d.header = []byte(`{"alg":"RS256","typ":"JWT","a":` + strings.Repeat("[", n) + strings.Repeat("]", n-g.IntN(2)) + `}`)
	}},
	{"header: bytes changed", func(g *generator, d *draft) { d.header = g.damage(d.header, jsonBytes) }},
	{"payload: bytes changed", func(g *generator, d *draft) { d.payload = g.damage(d.payload, jsonBytes) }},
	{"payload: random bytes", func(g *generator, d *draft) { d.payload = g.bytes(1 + g.IntN(40)) }},
	{"payload: random bytes, no typ", func(g *generator, d *draft) {
		d.header = []byte(`{"alg":"RS256"}`)
		d.payload = g.bytes(1 + g.IntN(40))
	}},
	{"payload: broken UTF-8 in a string", func(g *generator, d *draft) {
		d.payload = append(append([]byte(`{"sub":"`), g.brokenUTF8()...), `"}`...)
	}},
	{"payload: large", func(g *generator, d *draft) {
		d.payload = fmt.Appendf(nil, `{"fat":%q,"exp":%d}`, strings.Repeat("x", g.IntN(100_000)), g.now+1)
	}},
	{"payload: random value", func(g *generator, d *draft) { d.payload = []byte(g.jsonText(4)) }},
	{"payload: random value, other typ", func(g *generator, d *draft) {
		d.header = []byte(`{"alg":"RS256","typ":"at+jwt"}`)
		d.payload = []byte(g.jsonText(4))
	}},
	{"payload: string in a string", func(g *generator, d *draft) {
		for range 1 + g.IntN(3) {
			d.payload = appendString(nil, d.payload)
		}
	}},
	{"payload: string with escapes that join", func(g *generator, d *draft) {
		inner := `{"a":"` + one(g, `\ud83d`, `\\ud83d`, `\ud83d\ude00`) + one(g, `\ude00`, `\\ude00`, `x`) + `"}`
		d.payload = []byte(`"` + strings.ReplaceAll(inner, `"`, `\"`) + `"`)
	}},
}

// segmentFaults change the encoded text before it is signed, or after.
var segmentFaults = []tokenFault{
	{"encoding: a character more", func(g *generator, d *draft) {
		odd := b64(d.payload) + one(g, "A", "_", "AA", "AAA", "AAAAA")
		d.encodedPayload = &odd
	}},
	{"encoding: header with a character more", func(g *generator, d *draft) {
		odd := b64(d.header) + one(g, "A", "_", "AA", "AAAAA")
		d.encodedHeader = &odd
	}},
	{"encoding: loose bits", func(g *generator, d *draft) {
		d.payload = append(d.payload, strings.Repeat(" ", g.IntN(3))...)
		text := b64(d.payload)
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		if len(text)%4 != 0 {
			last := strings.IndexByte(alphabet, text[len(text)-1])
			text = text[:len(text)-1] + alphabet[last+1:last+2]
		}
		d.encodedPayload = &text
	}},
	{"encoding: padded segments", func(g *generator, d *draft) {
		text := base64.URLEncoding.EncodeToString(append(d.payload, strings.Repeat(" ", g.IntN(3))...))
		d.encodedPayload = &text
	}},
	{"encoding: standard alphabet", func(g *generator, d *draft) {
		text := base64.RawStdEncoding.EncodeToString(append(g.bytes(9), d.payload...))
		d.encodedPayload = &text
	}},
	{"encoding: foreign character in a segment", func(g *generator, d *draft) {
		text := insert(g, b64(d.payload), one(g, "=", "\n", "\r\n", " ", "\t", "+", "/", "é", "\u2028", "%", "\x00", "~", "*"))
		d.encodedPayload = &text
	}},
	{"encoding: foreign character in the header", func(g *generator, d *draft) {
		text := insert(g, b64(d.header), one(g, "=", "\n", " ", "+", "/", "ß", "\"", "\x00"))
		d.encodedHeader = &text
	}},
	{"encoding: empty segments", func(g *generator, d *draft) {
		empty := ""
		if g.IntN(2) == 0 {
			d.encodedHeader = &empty
		} else {
			d.encodedPayload = &empty
		}
	}},
	{"encoding: one character only", func(g *generator, d *draft) {
		short := one(g, "A", "e", "_", "-")
		if g.IntN(2) == 0 {
			d.encodedHeader = &short
		} else {
			d.encodedPayload = &short
		}
	}},
	{"text: round the token", func(g *generator, d *draft) {
		d.mangle = func(token string) string {
			return one(g, "", "Bearer ", " ", "\"", "\n", "\ufeff", "<p>") + token + one(g, "", "\n", " ", "\r\n", "\"", "\x00", "=", "==")
		}
	}},
	{"text: parts", func(g *generator, d *draft) {
		d.mangle = func(token string) string {
			return one(g, "."+token, token+".", token+"..", strings.ReplaceAll(token, ".", ""), strings.Replace(token, ".", "", 1),
				strings.Replace(token, ".", "..", 1), ".", "..", "...", "a.b.c", "a.b", "a", ". .", " . . ", token+"."+token, "undefined", "null", "[object Object]", "{}")
		}
	}},
	{"text: one character changed", func(g *generator, d *draft) {
		d.mangle = func(token string) string {
			at := g.IntN(len(token))
			return token[:at] + string(one(g, []byte("ABab019-_.=+/ ")...)) + token[at+1:]
		}
	}},
	{"text: characters lost", func(g *generator, d *draft) {
		d.mangle = func(token string) string {
			at := g.IntN(len(token))
			return token[:at] + token[min(len(token), at+1+g.IntN(3)):]
		}
	}},
	{"text: cut off", func(g *generator, d *draft) {
		d.mangle = func(token string) string { return token[:g.IntN(len(token))] }
	}},
	{"text: case changed", func(g *generator, d *draft) { d.mangle = func(token string) string { return strings.ToLower(token) } }},
}

var signatureFaults = []tokenFault{
	{"signature: none", func(g *generator, d *draft) { d.encodeSignature = func([]byte) string { return "" } }},
	{"signature: another key", func(g *generator, d *draft) { d.sign = g.other.sign }},
	{"signature: SHA-384 or 512", func(g *generator, d *draft) {
		scheme := one(g, digestInfos[1:4]...)
		d.sign = func(text string) []byte { return g.key.signDigest(scheme.info, hashOf(scheme.hash, text)) }
	}},
	{"signature: without NULL", func(g *generator, d *draft) {
		d.sign = func(text string) []byte { return g.key.signDigest(digestInfos[4].info, hashOf(crypto.SHA256, text)) }
	}},
	{"signature: PSS", func(g *generator, d *draft) {
		d.sign = func(text string) []byte {
			signature, _ := rsa.SignPSS(byteSource{g}, g.standard(), crypto.SHA256, hashOf(crypto.SHA256, text), nil)
			return signature
		}
	}},
	{"signature: HMAC", func(g *generator, d *draft) {
		d.header = []byte(one(g, `{"alg":"HS256","typ":"JWT"}`, `{"alg":"RS256","typ":"JWT"}`))
		d.sign = func(text string) []byte {
			mac := hmac.New(sha256.New, []byte(pemText("PUBLIC KEY", g.key.spki())))
			mac.Write([]byte(text))
			return mac.Sum(nil)
		}
	}},
	{"signature: forged padding", func(g *generator, d *draft) {
		d.sign = func(text string) []byte {
			block := paddedDigest(digestInfo, hashOf(crypto.SHA256, text), g.key.size())
			switch g.IntN(4) {
			case 0: // the digest in front, rubbish behind it
				short := paddedDigest(digestInfo, hashOf(crypto.SHA256, text), 100)
				block = append(short, g.bytes(g.key.size()-100)...)
			case 1:
				block[g.IntN(len(block))] ^= 1 << g.IntN(8)
			case 2:
				block[1] = 2
			case 3:
				copy(block[2:], make([]byte, 9))
			}
			block[0] = 0
			return g.key.power(block)
		}
	}},
	{"signature: bits flipped", func(g *generator, d *draft) {
		sign := d.sign
		d.sign = func(text string) []byte {
			s := sign(text)
			s[g.IntN(len(s))] ^= 1 << g.IntN(8)
			return s
		}
	}},
	{"signature: length", func(g *generator, d *draft) {
		sign := d.sign
		d.sign = func(text string) []byte {
			s := sign(text)
			return one(g, append([]byte{0}, s...), append(s, 0), s[1:], s[:len(s)-1], append(s, s...), s[:1], g.bytes(256), make([]byte, 256), g.bytes(128))
		}
	}},
	{"signature: leading zeros", func(g *generator, d *draft) {
		sign := d.sign
		for range 2000 { // look for a payload whose signature begins with a zero byte
			d.payload = fmt.Appendf(nil, `{"sub":"%d","exp":%d}`, g.Uint32(), g.now+60)
			if s := sign(b64(d.header) + "." + b64(d.payload)); s[0] == 0 {
				break
			}
		}
		if g.IntN(2) == 0 {
			d.sign = func(text string) []byte { return new(big.Int).SetBytes(sign(text)).Bytes() }
		}
	}},
	{"signature: beyond the modulus", func(g *generator, d *draft) {
		sign := d.sign
		d.sign = func(text string) []byte {
			s := new(big.Int).SetBytes(sign(text))
			if sum := s.Add(s, g.key.n); sum.BitLen() <= g.key.size()*8 {
				return sum.FillBytes(make([]byte, g.key.size()))
			}
			return s.Bytes()
		}
	}},
	{"signature: odd encoding", func(g *generator, d *draft) {
		d.encodeSignature = func(s []byte) string {
			text := b64(s)
			return one(g, text+"A", text+"AA", base64.StdEncoding.EncodeToString(s), base64.URLEncoding.EncodeToString(s),
				text[:len(text)-1]+one(g, "A", "B", "C", "_"), insert(g, text, one(g, "\n", " ", "=", "~")))
		}
	}},
	{"signature: of another text", func(g *generator, d *draft) {
		sign := d.sign
		d.sign = func(text string) []byte {
			return sign(one(g, text+".", strings.ToUpper(text), string(d.payload), text+"="))
		}
	}},
}

func (g *generator) standard() *rsa.PrivateKey {
	if g.cached == nil {
		g.cached = g.key.standard()
	}
	return g.cached
}

// byteSource makes the generator a source of random bytes.
type byteSource struct{ g *generator }

func (s byteSource) Read(p []byte) (int, error) { return copy(p, s.g.bytes(len(p))), nil }

func insert(g *generator, text, what string) string {
	at := g.IntN(len(text) + 1)
	return text[:at] + what + text[at:]
}

const jsonBytes = "{}[]\",:\\ \t\r\n0123456789eE+-.truefalsn/ubx'\x00\x1f\x7f\x80\xc3\xef\xbb\xbf\xed\xa0\xff"

// damage changes, inserts or removes a few bytes.
func (g *generator) damage(text []byte, alphabet string) []byte {
	out := append([]byte(nil), text...)
	for range 1 + g.IntN(3) {
		at := g.IntN(len(out))
		c := alphabet[g.IntN(len(alphabet))]
		switch g.IntN(3) {
		case 0:
			out[at] = c
		case 1:
			out = append(out[:at], append([]byte{c}, out[at:]...)...)
		case 2:
			if len(out) > 1 {
				out = append(out[:at], out[at+1:]...)
			}
		}
	}
	return out
}

func (g *generator) brokenUTF8() []byte {
	var out []byte
	for range 1 + g.IntN(8) {
		out = append(out, one(g, "\xe2\x82", "\xf0\x9f\x98", "\xf0\x9f", "\xed\xa0\x80", "\xff", "\xc0\x80", "\xf4\x90\x80\x80", "\xe0\x80", "\xc3", "é", "😀", "a", "\x80", "\xfe\xff", "\xf8\x88", "\xed\xbf\xbf", "\xef\xbb\xbf")...)
	}
	return out
}

// jsonText makes a random JSON text with odd names, strings, numbers and blanks.
func (g *generator) jsonText(depth int) string {
	blank := one(g, "", "", "", "", " ", "\n", "\t\r\n")
	kinds := 6
	if depth <= 0 {
		kinds = 4
	}
	switch g.IntN(kinds) {
	case 0:
		return blank + one(g, oddNumbers...)
	case 1:
		return blank + one(g, oddStrings...)
	case 2:
		return one(g, "true", "false", "null") + blank
	case 3:
		return g.fill(one(g, oddTimes...))
	case 4:
		var parts []string
		for range g.IntN(5) {
			parts = append(parts, g.jsonText(depth-1))
		}
		return "[" + blank + strings.Join(parts, ",") + "]"
	}
	var parts []string
	for range g.IntN(6) {
		parts = append(parts, one(g, oddNames...)+blank+":"+g.jsonText(depth-1))
	}
	return "{" + blank + strings.Join(parts, ",") + "}" + blank
}
