package verifier

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzVerify looks for tokens that make the verifier panic, or whose payload does
// not render as JSON.
func FuzzVerify(f *testing.F) {
	g := newGenerator(1)
	key := ReadKey(pemText("PUBLIC KEY", g.key.spki()))
	for _, r := range g.tokenRequests(60) {
		if value, err := ParseJSON(r.token); err == nil {
			f.Add(value.Text())
		}
	}
	now := time.Unix(g.now, 0)
	f.Fuzz(func(t *testing.T, token string) {
		verdict, preview := key.Verify(token, now), Preview(token, now)
		if verdict.Accepted != (verdict.Step == 0) || verdict.Accepted && !preview.Accepted {
			t.Errorf("verdict %+v, preview %+v", verdict, preview)
		}
		if text, err := preview.Payload.MarshalJSON(); err == nil && !json.Valid(text) && strings.Count(string(text), "[")+strings.Count(string(text), "{") < 9000 {
			t.Errorf("the payload renders as %q", text)
		}
		key.SignatureScheme(token)
		(&Examiner{Keys: []*Key{key}}).Examine(token, now, nil)
	})
}

// FuzzReadKey looks for key texts that make the reading panic, or that have no
// fingerprint although the key can be used.
func FuzzReadKey(f *testing.F) {
	for _, r := range newGenerator(2).keyRequests(78) {
		if value, err := ParseJSON(r.key); err == nil && len(r.key) < 10_000 {
			f.Add([]byte(value.Text()))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		key := ReadKey(string(text))
		if key.Usable() == nil && !strings.HasPrefix(key.Fingerprint(), "sha256:") {
			t.Errorf("usable %s key without a fingerprint", key.Form())
		}
		if key.Kind() == "" || key.Form() == "" {
			t.Errorf("kind %q, form %q", key.Kind(), key.Form())
		}
	})
}

// FuzzDER reads arbitrary bytes in place of each kind of encoding.
func FuzzDER(f *testing.F) {
	g := newGenerator(3)
	for _, der := range g.encodings() {
		f.Add(der)
	}
	for range 30 {
		_, der := g.otherKind()
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, decode := range []func([]byte) (keyEncoding, bool){decodeSPKI, decodePKCS1, decodeCertificate, decodePKCS8, decodePKCS1Private, decodeECPrivate, decodeDSAPrivate} {
			if key, ok := decode(der); ok && key.kind == "" {
				t.Error("a key without a kind")
			}
		}
	})
}

// FuzzParseJSON compares what is JSON with encoding/json, which differs in depth
// only, on text that is UTF-8.
func FuzzParseJSON(f *testing.F) {
	for _, list := range []map[string][]string{oddHeaders, oddPayloads} {
		for _, texts := range list {
			for _, text := range texts {
				f.Add([]byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := ParseJSON(text)
		if deep := bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > 9000; utf8.Valid(text) && !deep && json.Valid(text) != (err == nil) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		rendered, err := value.MarshalJSON()
		if err != nil {
			return
		}
		again, err := ParseJSON(rendered)
		if err != nil {
			t.Fatalf("%q renders as %q", text, rendered)
		}
		if twice, _ := again.MarshalJSON(); !bytes.Equal(twice, rendered) {
			t.Fatalf("%q renders as %q, and that as %q", text, rendered, twice)
		}
	})
}

// FuzzLines looks for request lines without exactly one answer in one line.
func FuzzLines(f *testing.F) {
	for i, r := range newGenerator(4).tokenRequests(30) {
		f.Add(r.line(i))
	}
	f.Add([]byte(`{"id":[1,"\ud800"],"now":-1e400}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var verify Lines
		answer := verify.Answer(nil, 1, line)
		value, err := ParseJSON(answer)
		if err != nil || value.Kind() != Object || value.Get("ok").Kind() != Bool {
			t.Errorf("%q is answered with %q", line, answer)
		}
		if id := value.Get("id").Raw(); !bytes.Contains(line, []byte("\n")) && strings.Contains(id, "\n") {
			t.Errorf("an answer of several lines: %q", answer)
		}
	})
}

// TestLargeInputs bounds the memory that hostile inputs of 10 MB take; the test's
// time limit bounds the time.
func TestLargeInputs(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector multiplies the memory")
	}
	const size = 10 << 20
	g := newGenerator(5)
	key := ReadKey(pemText("PUBLIC KEY", g.key.spki()))
	header := b64([]byte(`{"alg":"RS256","typ":"JWT"}`))
	deep := strings.Repeat("[", size/2) + strings.Repeat("]", size/2)
	pemOf := func(data string) string {
		return "-----BEGIN PUBLIC KEY-----\n" + data + "\n-----END PUBLIC KEY-----\n"
	}
	for name, try := range map[string]func(){
		"dots":             func() { key.Verify(strings.Repeat(".", size), time.Now()) },
		"signature":        func() { key.Verify(header+".e30."+strings.Repeat("A", size), time.Now()) },
		"depth":            func() { Preview(header+"."+b64([]byte(deep))+".AA", time.Now()) },
		"depth of 100,000": func() { Preview(header+"."+b64([]byte(deep[size/2-100_000:size/2+100_000]))+".AA", time.Now()) },
		"digits":           func() { Preview(header+"."+b64([]byte(`{"exp":`+strings.Repeat("7", size)+`}`))+".AA", time.Now()) },
		"zeros": func() {
			Preview(header+"."+b64([]byte(`{"exp":0.`+strings.Repeat("0", 1_000_000)+`1e1000001}`))+".AA", time.Now())
		},
		"members": func() {
			Preview(header+"."+b64([]byte(`{"a":1`+strings.Repeat(`,"a":1`, size/8)+`}`))+".AA", time.Now())
		},
		"escapes":           func() { Preview(header+"."+b64([]byte(`"`+strings.Repeat(`\ud800`, size/8)+`"`))+".AA", time.Now()) },
		"broken UTF-8":      func() { Preview(header+"."+b64(bytes.Repeat([]byte{0xE2, 0x82}, size/3))+".AA", time.Now()) },
		"facts":             func() { (&Examiner{}).Examine(header+"."+b64([]byte(deep))+".AA", time.Now(), nil) },
		"key of one line":   func() { ReadKey(strings.Repeat("A", size)) },
		"key of begins":     func() { ReadKey(strings.Repeat("-----BEGIN PUBLIC KEY-----\n", size/27)) },
		"key of lines":      func() { ReadKey(strings.Repeat("\n", size)) },
		"key data":          func() { ReadKey(pemOf(strings.Repeat("MIIB", size/4))) },
		"key of indefinite": func() { ReadKey(pemOf(strings.Repeat("MIAw", size/4))) },
		"key of empty parts": func() {
			ReadKey(strings.Repeat("-----BEGIN X-----\n-----END X-----\n", size/35))
		},
		"line": func() { new(Lines).Answer(nil, 1, []byte(`{"id":"`+strings.Repeat("x", size)+`"}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			try()
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 100*size {
				t.Errorf("%d MB allocated for %d MB", used>>20, size>>20)
			}
		})
	}
}
