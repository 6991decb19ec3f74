package record

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/secrets"
)

// compactToken puts a token together, with a signature of 256 bytes.
func compactToken(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + strings.Repeat("Sig_", 85) + "AA"
}

const (
	plainHeader  = `{"alg":"RS256","typ":"JWT"}`
	plainPayload = `{"sub":"a-1","exp":1760003600}`
)

func TestTokenText(t *testing.T) {
	bare := compactToken(plainHeader, plainPayload)
	segments := strings.Split(bare, ".")
	for name, test := range map[string]struct {
		text string
		want Text
	}{
		"bare":               {bare, Text{Segments: 3}},
		"quotes":             {`"` + bare + `"`, Text{Segments: 3, Around: "quotes"}},
		"single quotes":      {"'" + bare + "'", Text{Segments: 3, Around: "quotes"}},
		"BOM":                {"\ufeff" + bare, Text{Segments: 3, Around: "BOM"}},
		"bearer":             {"Bearer " + bare, Text{Segments: 3, Around: "Bearer prefix"}},
		"newline":            {bare + "\n", Text{Segments: 3, Blank: "trailing newline"}},
		"leading blank":      {" " + bare, Text{Segments: 3, Blank: "leading blank"}},
		"quotes and newline": {`"` + bare + "\"\r\n", Text{Segments: 3, Around: "quotes", Blank: "trailing newline"}},
		"markup":             {"<p>" + bare + "</p>", Text{Segments: 3, Around: "markup"}},
		"JSON":               {`{"token":"` + bare + `"}`, Text{Segments: 3, Around: "JSON"}},
		"script":             {"f('" + bare + "')", Text{Segments: 3, Around: "other text"}},
		"padding":            {segments[0] + "." + segments[1] + "=." + segments[2], Text{Segments: 3, Padded: true}},
		"no signature":       {segments[0] + "." + segments[1] + ".", Text{Segments: 3, EmptySegments: 1}},
		"two segments":       {segments[0] + "." + segments[1], Text{Segments: 2}},
		"standard alphabet":  {segments[0] + "." + segments[1] + ".ab+/", Text{Segments: 3, Illegal: "+/", NotCanonical: []string{"signature"}}},
		"loose bits":         {segments[0] + ".eyJzdWIiOiJhIn1." + segments[2], Text{Segments: 3, NotCanonical: []string{"payload"}}},
		"nothing":            {"", Text{Segments: 1, EmptySegments: 1}},
		"page":               {"<!DOCTYPE html>", Text{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewToken(test.text, nil).Text
			if name == "page" {
				if got.Segments == 3 {
					t.Errorf("a page has three segments: %+v", got)
				}
				return
			}
			if name == "loose bits" { // the payload decodes to {"sub":"a"} and a bit is set behind it
				got.EmptySegments = 0
			}
			if got.Segments != test.want.Segments || got.Around != test.want.Around || got.Blank != test.want.Blank ||
				got.Padded != test.want.Padded || got.EmptySegments != test.want.EmptySegments || got.Illegal != test.want.Illegal {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if name == "bare" && len(got.NotCanonical) > 0 {
				t.Errorf("%q are said not to be canonical", got.NotCanonical)
			}
		})
	}
}

func TestTokenIsCut(t *testing.T) {
	text := compactToken(plainHeader, plainPayload)
	token := NewToken(text, nil)
	if token.Sub() != "a-1" || token.Bytes != len(text) || token.Fingerprint != secrets.Fingerprint(text) || token.Signature.Bytes != 256 {
		t.Errorf("%+v", token)
	}
	noted, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(noted), "Sig_") {
		t.Errorf("the signature is noted: %s", noted)
	}
}

func TestTokenParts(t *testing.T) {
	for name, test := range map[string]struct {
		payload    string
		kind       string
		sub        string
		duplicates []string
		masked     []Masked
	}{
		"object":          {plainPayload, "object", "a-1", nil, nil},
		"spaces":          {` { "sub" : "a" } `, "object", "a", nil, nil},
		"doubled":         {`{"sub":"a","x":{"y":1,"y":2},"sub":"b"}`, "object", "b", []string{"x.y", "sub"}, nil},
		"in a string":     {`"{\"sub\":\"a\"}"`, "string", "a", nil, nil},
		"array":           {`["a"]`, "array", "", nil, nil},
		"number":          {`12`, "number", "", nil, nil},
		"null":            {`null`, "null", "", nil, nil},
		"no JSON":         {`sub=a`, "invalid", "", nil, nil},
		"empty":           {``, "invalid", "", nil, nil},
		"sub is a number": {`{"sub":1}`, "object", "", nil, nil},
		"password":        {`{"sub":"a","password":"swordfish"}`, "object", "a", nil, []Masked{{"password", "secret named password"}}},
		"session":         {`{"sub":"a","data":{"s":"x-sessionvalue-y"}}`, "object", "a", nil, []Masked{{"data.s", "session cookie"}}},
		"card":            {`{"sub":"a","card":4111111111111111}`, "object", "a", nil, []Masked{{"card", "card number"}}},
		"card in groups":  {`{"x":"4111 1111 1111 1111"}`, "object", "", nil, []Masked{{"x", "card number"}}},
		"order number":    {`{"order":"4111111111111111"}`, "object", "", nil, nil},
		"private JWK":     {`{"jwk":{"kty":"RSA","d":"short"}}`, "object", "", nil, []Masked{{"jwk.d", LeakPrivateJWK}}},
		"private number":  {`{"d":"` + strings.Repeat("aB3-_", 68) + `"}`, "object", "", nil, []Masked{{"d", LeakPrivateJWK}}},
		"Ed25519 key":     {`{"key":{"kty":"OKP","d":"` + strings.Repeat("aB3-", 10) + `xyz"}}`, "object", "", nil, []Masked{{"key.d", LeakPrivateJWK}}},
		"digest":          {`{"d":"` + strings.Repeat("0a1b2c3d", 8) + `"}`, "object", "", nil, nil},
		"short name":      {`{"p":"` + strings.Repeat("aB3-", 10) + `xyz"}`, "object", "", nil, nil},
		"escaped quotes":  {`{"password":"a\"b\\","sub":"a"}`, "object", "a", nil, []Masked{{"password", "secret named password"}}},
	} {
		t.Run(name, func(t *testing.T) {
			segment := NewToken(compactToken(plainHeader, test.payload), map[string]string{"session cookie": "sessionvalue"}).Payload
			if segment.Kind != test.kind || !slices.Equal(segment.Duplicates, test.duplicates) || !slices.Equal(segment.Masked, test.masked) {
				t.Errorf("%+v", segment)
			}
			if sub := (Token{Payload: segment}).Sub(); sub != test.sub {
				t.Errorf("sub is %q", sub)
			}
			for _, secret := range []string{"swordfish", "sessionvalue", "4111 1111", "short", `a\"b`} {
				if strings.Contains(segment.JSON, secret) {
					t.Errorf("%s is noted", segment.JSON)
				}
			}
			if segment.Kind == "object" && !json.Valid([]byte(segment.JSON)) {
				t.Errorf("masking has broken the JSON: %s", segment.JSON)
			}
		})
	}
}

func TestHostileParts(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000)
	if segment := SegmentOf(deep, nil); segment.Kind != "object" || segment.JSON != deep {
		t.Errorf("nested: %s", segment.Kind)
	}
	if segment := SegmentOf(strings.Repeat(`{"a":`, 20_000), nil); segment.Kind != "invalid" {
		t.Errorf("nested without an end: %s", segment.Kind)
	}
	if segment := SegmentOf(`{"sub":"`+strings.Repeat("a", 1<<20)+`"}`, nil); !segment.Cut || len(segment.JSON) > maxSegmentBytes {
		t.Errorf("long: cut is %v at %d", segment.Cut, len(segment.JSON))
	}
	if segment := SegmentOf("{\"sub\":\"a\xff\"}", nil); !segment.NotUTF8 {
		t.Error("bytes that are not UTF-8 are not told")
	}
}

func TestCompact(t *testing.T) {
	long := strings.Repeat("x", 100)
	compacted := func(payload string) Token {
		token := NewToken(compactToken(plainHeader, payload), nil)
		token.Compact()
		return token
	}
	sub := strings.Repeat("s", 300)
	a := compacted(`{"sub":"` + sub + `","iat":1760000000,"name":"` + long + `","data":{"a":"` + long + `"},"short":"y"}`)
	members := a.Payload.Members()
	if a.Sub() != sub || string(members["iat"]) != "1760000000" || string(members["short"]) != `"y"` {
		t.Errorf("%s", a.Payload.JSON)
	}
	for _, name := range []string{"name", "data"} {
		if !strings.HasPrefix(string(members[name]), `"sha256:`) {
			t.Errorf("%s is %s", name, members[name])
		}
	}
	b := compacted(`{"name":"` + long + `","sub":"other"}` + strings.Repeat(" ", 200))
	if string(b.Payload.Members()["name"]) != string(members["name"]) {
		t.Error("equal values have other fingerprints")
	}
	if c := compacted(plainPayload); c.Payload.JSON != plainPayload {
		t.Errorf("a short payload became %s", c.Payload.JSON)
	}
	if d := compacted(strings.Repeat("no JSON ", 1000)); !d.Payload.Cut || len(d.Payload.JSON) > compactSegment {
		t.Errorf("text that is no JSON keeps %d bytes", len(d.Payload.JSON))
	}
}

func FuzzNewToken(f *testing.F) {
	f.Add(compactToken(plainHeader, plainPayload))
	f.Add(compactToken(`{"alg":"none"}`, `{"password":"a\"b","sub":"x","sub":1}`))
	f.Add(`"eyJhbGciOiJSUzI1NiJ9.e30.abc"`)
	f.Add("..")
	f.Add("\ufeffBearer a.b.c\n")
	f.Fuzz(func(t *testing.T, text string) {
		token := NewToken(text, map[string]string{"session cookie": "sessionvalue"})
		if token.Text.Segments < 1 || token.Bytes > len(text) {
			t.Errorf("%+v", token.Text)
		}
		if token.Payload.Kind == "object" && !token.Payload.Cut && !token.Payload.NotUTF8 && !json.Valid([]byte(token.Payload.JSON)) {
			t.Errorf("masking has broken %q", token.Payload.JSON)
		}
		sub := token.Sub()
		token.Compact()
		if compacted := token.Sub(); len(sub) < 500 && !token.Payload.Cut && compacted != sub {
			t.Errorf("sub %q became %q", sub, compacted)
		}
		if _, err := json.Marshal(token); err != nil {
			t.Error(err)
		}
	})
}
