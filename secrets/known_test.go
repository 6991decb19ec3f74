package secrets

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestKnownValuesAreMaskedInEachOfTheirForms(t *testing.T) {
	const value = `p<a>ss"w0rd'&é/+ ~x`
	var known Known
	known.Add("password", value)
	quoted, _ := json.Marshal(value)
	twice, _ := json.Marshal(string(quoted))
	for name, text := range map[string]string{
		"plain": value, "query": url.QueryEscape(value), "path": url.PathEscape(value),
		"small hex": strings.ToLower(url.QueryEscape(`p<a>ss"`)) + url.QueryEscape(`w0rd'`),
		"JSON":      string(quoted), "JSON twice": string(twice), "HTML": html.EscapeString(value),
		"base64": base64.StdEncoding.EncodeToString([]byte(value)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(value)),
		"Basic":         base64.StdEncoding.EncodeToString([]byte("ada:" + value)),
		"inside, moved": base64.StdEncoding.EncodeToString([]byte("x" + value + "yz")),
		"percent twice": url.QueryEscape(url.QueryEscape(value)), "path twice": url.PathEscape(url.PathEscape(value)),
		"hex": hex.EncodeToString([]byte(value)), "capital hex": strings.ToUpper(hex.EncodeToString([]byte("ada:" + value + "\n"))),
		"HTML in numbers": byNumber(value, "&#%d;"), "HTML in hex": byNumber(value, "&#x%x;"),
		"escapes only": byNumber(value, `\u%04x`), "capital escapes": byNumber(value, `\u%04X`),
		"every byte in percent": eachByte(value, "%%%02X"), "small percent": eachByte(value, "%%%02x"),
		"bytes of Python": eachByte(value, `\x%02x`), "octal": eachByte(value, `\%03o`), "quoted-printable": eachByte(value, "=%02X"),
		"dump": eachByte(value, "%02x "), "fingerprint": eachByte(value, "%02X:"),
		"slashes twice": `p<a>ss\\\"w0rd'&é\\/+ ~x`,
		"Gson":          `p\u003ca\u003ess\"w0rd\u0027\u0026é/+ ~x`, ".NET": `p\u003Ca\u003Ess\u0022w0rd\u0027\u0026\u00E9/\u002B ~x`,
		"PHP":          `p\u003Ca\u003Ess\u0022w0rd\u0027\u0026\u00e9\/+ ~x`,
		"inside again": base64.URLEncoding.EncodeToString([]byte("xy" + value + "z")),
	} {
		if name == "small hex" {
			text = smallDigits(url.QueryEscape(value))
		}
		masked := known.Mask("before " + text + " after")
		if !strings.Contains(masked, "«password»") {
			t.Errorf("%s: %s is left", name, masked)
		}
		for _, piece := range []string{"w0rd", "dzByZ", "cwcmQ", "3MHJk", "773072", "&#119;&#48;", "&#x77;&#x30;", `\u0077`, "77 30", "77:30", "=77=30", "%77%30", `\x77\x30`, `\167\060`} {
			if strings.Contains(masked, piece) {
				t.Errorf("%s: %s is left in %s", name, piece, masked)
			}
		}
	}
}

// TestKnownValuesAreMaskedInBase32AndInBase64Twice wherever they stand in what was
// encoded, in each alphabet, with and without padding.
func TestKnownValuesAreMaskedInBase32AndInBase64Twice(t *testing.T) {
	const value = "Correct+Horse/Battery>1"
	var known Known
	known.Add("password", value)
	encodings := map[string][]func([]byte) string{}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for _, padded := range []*base64.Encoding{e, e.WithPadding(base64.NoPadding)} {
			encodings["base64"] = append(encodings["base64"], padded.EncodeToString)
		}
	}
	for _, e := range []*base32.Encoding{base32.StdEncoding, base32.HexEncoding} {
		for _, padded := range []*base32.Encoding{e, e.WithPadding(base32.NoPadding)} {
			encodings["base32"] = append(encodings["base32"], padded.EncodeToString,
				func(text []byte) string { return strings.ToLower(padded.EncodeToString(text)) })
		}
	}
	texts := map[string]string{}
	for before := range 5 {
		for after := range 5 {
			inner := []byte("uvwxy"[:before] + value + "abcde"[:after])
			for i, once := range encodings["base32"] {
				texts[fmt.Sprintf("base32 %d, %d before, %d after", i, before, after)] = once(inner)
			}
			for i, once := range encodings["base64"] {
				for j, again := range encodings["base64"] {
					texts[fmt.Sprintf("base64 %d in %d, %d before, %d after", i, j, before, after)] = again([]byte("xyz"[:after%3] + once(inner)))
				}
			}
		}
	}
	// Of what was encoded one character at each end may be left, and with the second
	// encoding one more, beside what stood there.
	const mostLeft = 2 + 9 + 9 + 9
	for name, text := range texts {
		if masked := known.Mask("say " + text + "."); !strings.Contains(masked, "«password»") || len(masked) > len("say .«password»")+mostLeft {
			t.Errorf("%s: %s is left of %s", name, masked, text)
		}
	}
}

// TestWhatIsPackedWithASecretInItIsMasked by gzip and by zlib at each of their levels,
// whole and cut; what is packed with none stays.
func TestWhatIsPackedWithASecretInItIsMasked(t *testing.T) {
	var known Known
	known.Add("password", "Correct+Horse/1")
	pack := func(level int, text string) []string {
		var zipped, flat bytes.Buffer
		z, _ := gzip.NewWriterLevel(&zipped, level)
		f, _ := zlib.NewWriterLevel(&flat, level)
		for _, w := range []io.WriteCloser{z, f} {
			_, _ = io.WriteString(w, text)
			_ = w.Close()
		}
		return []string{base64.StdEncoding.EncodeToString(zipped.Bytes()), base64.RawURLEncoding.EncodeToString(flat.Bytes())}
	}
	for _, level := range []int{1, 3, 6, 9} {
		for _, said := range pack(level, `{"user":"ada","password":"Correct+Horse/1","more":"of the same"}`) {
			for _, text := range []string{said, strings.ReplaceAll(said, "/", `\/`), url.QueryEscape(said), said[:len(said)-9]} {
				if masked := known.Mask(`{"state":"` + text + `"}`); masked != `{"state":"`+Mark("packed text")+`"}` {
					t.Errorf("level %d: %s became %s", level, text, masked)
				}
			}
		}
		for _, said := range pack(level, signed(`{"alg":"RS256"}`)) {
			if masked, kinds := Mask(said); masked != Mark("packed text") || !slices.Equal(kinds, []string{Token}) {
				t.Errorf("level %d: a token became %s, %q", level, masked, kinds)
			}
		}
		for _, said := range pack(level, `{"user":"ada","password":"****"}`) {
			if masked := known.Mask(said); masked != said {
				t.Errorf("level %d: without a secret %s became %s", level, said, masked)
			}
		}
	}
}

// byNumber writes each character of text by its number.
func byNumber(text, format string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

// eachByte writes each byte of text by its number.
func eachByte(text, format string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, format, text[i])
	}
	return b.String()
}

// As sites of some kinds say a value again: a host in small letters, the name of a
// header, Windows in UTF-16, the payload of a token.
func TestKnownValuesAreMaskedInOtherLetters(t *testing.T) {
	const value = "ZqTr0ub4dor-Nine"
	var known Known
	known.Add("password", value)
	var wide, swapped []byte
	for _, c := range []byte("x" + value + "y") {
		wide, swapped = append(wide, c, 0), append(swapped, 0, c)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("ada:" + value))
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"said":"Basic `+basic+`"}`)) + ".c2lnbmF0dXJl"
	for name, text := range map[string]string{
		"host": strings.ToLower(value), "header": "Zqtr0ub4dor-Nine", "capitals": strings.ToUpper(value),
		"UTF-16": string(wide), "UTF-16, the other way": string(swapped),
		"UTF-16 in base64": base64.StdEncoding.EncodeToString(wide), "the other way in base64": base64.StdEncoding.EncodeToString(append([]byte{0}, swapped...)),
		"its end": "…b4dor-Nine and more", "its end in base64": "…" + basic[8:] + " and more",
	} {
		if masked := known.Mask("before " + text + " after"); !strings.Contains(masked, "«password»") {
			t.Errorf("%s: %s is left", name, masked)
		}
	}
	if masked := known.Mask(token + "; " + token); strings.Count(masked, "«segment masked»."+cutMark) != 2 || strings.Contains(masked, "c2ln") {
		t.Errorf("a token with it: %s", masked)
	}
	told := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"said":"`+value+`"}`)) + ".c2lnbmF0dXJl"
	if masked := known.Mask(told); strings.Contains(masked, "c2ln") {
		t.Errorf("the signature of a token with it is left: %s", masked)
	}
}

func TestLongerValuesGoFirst(t *testing.T) {
	var known Known
	known.Add("part", "secret")
	known.Add("whole", "secret-and-more")
	if got := known.Mask("secret-and-more secret"); got != "«whole» «part»" {
		t.Error(got)
	}
	known.Add("later", "another one") // after the first use
	if got := known.Mask("another one"); got != "«later»" {
		t.Error(got)
	}
}

func TestLinesOfASecretAreSecret(t *testing.T) {
	var known Known
	known.Add("key", "begin\n  0123456789abcdef0123\r\n  fedcba9876543210fedc\nend")
	if got := known.Mask("wrong key 0123456789abcdef0123: begin"); got != "wrong key «key»: begin" {
		t.Error(got)
	}
}

func TestWhatNothingKnows(t *testing.T) {
	var none *Known
	if got := none.Mask("text"); got != "text" {
		t.Error(got)
	}
	var short Known
	short.Add("pin", "123")
	if got := short.Mask("123 1234"); got != "123 1234" {
		t.Error(got)
	}
}

// A text that was cut short in the middle of a secret still holds most of it, also
// where it was quoted later, and also of what the site gave on the way.
func TestWhatIsLeftOfASecretThatWasCutShort(t *testing.T) {
	var known Known
	known.Add("password", "Tr0ub4dor&3")
	known.AddLive("cookie sid", "s:session-000017")
	for text, want := range map[string]string{
		"sid=s:session-0000…":                            "sid=«cookie sid»…",
		"Cookie%3A+sid%3Ds%3Asession-00…":                "Cookie%3A+sid%3D«cookie sid»…",
		`console: "wrong Tr0ub4dor…", and "Tr0ub4do..."`: `console: "wrong «password»…", and "«password»..."`,
		"s:sess… is a word of its own, and Tr0ub no cut": "«cookie sid»… is a word of its own, and Tr0ub no cut",
		"Tr0u…": "Tr0u…", // too short to tell anything
		"… …":   "… …",
	} {
		if got := known.Mask(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestConfidentialPartsOfHeadersAndAddresses(t *testing.T) {
	var known Known
	known.AddHeader(http.Header{"Authorization": {"Bearer abcdefgh12345"}, "Accept": {"text/plain"}}, "")
	known.AddAddress("https://ada:Tr0ub4dor@shop.example/token?code=c0de-c0de&page=frontpage#access_token=fr4gment")
	masked := known.Mask("abcdefgh12345 text/plain Tr0ub4dor c0de-c0de frontpage fr4gment")
	if want := "«header Authorization» text/plain «password in an address» «parameter code» frontpage «parameter access_token»"; masked != want {
		t.Error(masked)
	}
}

// Whatever is wrong with an address, what is told of it holds nothing that lets someone in.
func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"ftp://shop.example/token?code=c0de&page=2":           "ftp://shop.example/token?code=«parameter code»&page=2",
		"http://ada:Tr0ub4dor@shop.example:port/#token=t0ken": "http://ada:«password in an address»@shop.example:port/#token=«parameter token»",
		"t0ken@shop.example/?sid=s3ss10n":                     "«name in an address»@shop.example/?sid=«parameter sid»",
		"http://[::1/":                                        "http://[::1/",
	} {
		if got := Address(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"password", "Password", "userPassword", "dbPassword", "client_secret", "clientSecret", "X-API-Key", "apiKey", "apikey", "aws_secret_access_key", "privateKey", "access_token", "cvv", "db.passwd"} {
		if !IsName(name) {
			t.Errorf("%s is no name of a secret", name)
		}
	}
	for _, name := range []string{"", "sub", "passwords_changed", "secretary", "sid", "token_type", "key", "compass", "keyId", "tokenCount", "jti"} {
		if IsName(name) {
			t.Errorf("%s is a name of a secret", name)
		}
	}
	for name, value := range map[string]string{"phonePin": "4711", "login_otp": "493021", "card-pin": "0815", "pin": "1234"} {
		if !IsNamed(name, value) {
			t.Errorf("%s is no name of a secret such as %s", name, value)
		}
	}
	for name, value := range map[string]string{"mapPin": "yes", "pinned": "4711", "otpEnabled": "true", "spin": "1234", "delivery_pin": "560001"} {
		if IsNamed(name, value) {
			t.Errorf("%s is a name of a secret such as %s", name, value)
		}
	}
	for text, want := range map[string]string{
		"PORT=1\nexport DB_PASSWORD=abcd\n": "DB_PASSWORD", "JWT_TOKEN = abcdef": "JWT_TOKEN", `{"client-secret": "abcd"}`: "client-secret", "PASSWORD=": "", `{"password":""}`: "", "PORT=8080": "",
	} {
		if got := Setting(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestInFindsTheLongestOfMany holds what a look-up by beginnings has to keep: the
// longest of several, anywhere in the text, among thousands that begin alike.
func TestInFindsTheLongestOfMany(t *testing.T) {
	var known Known
	for i := range 3000 {
		known.AddLive(fmt.Sprintf("cookie %d", i), fmt.Sprintf("s%%3Asession-%d", i))
	}
	known.Add("password", "correct horse")
	known.Add("whole phrase", "correct horse battery staple")
	known.Add("short", "horse")
	for text, want := range map[string]string{
		"the correct horse battery staple is it": "whole phrase",
		"correct horse":                          "password",
		"a horse":                                "", // too short to be told from other text
		"sid=s%3Asession-2999; path=/":           "cookie 2999",
		"s%3Asession-":                           "",
		"":                                       "",
	} {
		if masked := known.MaskFound(text); masked != text && want == "" || want != "" && !strings.Contains(masked, "«"+want+"»") {
			t.Errorf("MaskFound(%q) = %q", text, masked)
		}
		if got := known.In(text); got != want {
			t.Errorf("In(%q) = %q, want %q", text, got, want)
		}
	}
}

// A header that says "true" is no secret that other texts would have to be kept free of.
func TestWordsAreNoSecrets(t *testing.T) {
	var k Known
	for _, value := range []string{"true", "False", "null"} {
		k.Add("header X-Chat", value)
		if masked := k.MaskValues("follow: " + value); masked != "follow: "+value {
			t.Errorf("%q", masked)
		}
	}
}

// TestPlacesAreNoSecrets: what goes there is.
func TestPlacesAreNoSecrets(t *testing.T) {
	var known Known
	known.Add("cookie vid", "{visitor}")
	known.AddHeader(http.Header{"X-Device": {"{visitor}"}}, "")
	if len(known.Values()) > 0 {
		t.Errorf("known are %v", known.Values())
	}
}
