package rulebook

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestThePathOfAPersonalClaim(t *testing.T) {
	for claims, want := range map[string]string{
		`{"email":"x"}`: "email", `{"ctx":{"a":[{"phone":{"n":1}}]}}`: "ctx.a.phone", `{"a":"ann@shop.example"}`: "a",
		`{"a":{"b":[1,null,"eyJtYWlsIjoiYW5uQHNob3AuZXhhbXBsZSJ9"]}}`: "a.b", `{"a":{"b":"x"}}`: "", `{"name":{}}`: "",
	} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(claims), &members); err != nil {
			t.Fatal(err)
		}
		for name, raw := range members {
			if got := personalPath(name, raw); got != want {
				t.Errorf("%s: %q, want %q", claims, got, want)
			}
		}
	}
}

// Personal data under the names and in the forms that sites have, and what is none.
func TestWhatIsPersonal(t *testing.T) {
	for _, claim := range []string{
		`"userEmail":"x"`, `"e_mail":"x"`, `"mailAddress":"x"`, `"FirstName":"x"`, `"fname":"x"`, `"userFullName":"x"`, `"mobilePhone":"x"`, `"birthDate":"x"`, `"geburtsdatum":"x"`, `"https://shop.example/email":"x"`, `"user-email":"x"`,
		`"h":"Ada <ada@shop.example>"`, `"h":"ada%40shop.example"`, `"h":"YWRhQHNob3AuZXhhbXBsZQ=="`, `"h":"6164614073686f702e6578616d706c65"`, `"h":"{\"email\":\"x\"}"`, `"h":"WyJhZGFAc2hvcC5leGFtcGxlIl0="`,
		`"h":"+49 170 1234567"`, `"h":"tel:+491701234567"`, `"h":"(212) 555-0123"`, `"h":"123-45-6789"`, `"shipping_address":{"street":"x"}`,
		`"ip":"203.0.113.77"`, `"clientIp":"2001:db8::1"`, `"dni":"12345678Z"`, `"v":"756.9217.0769.85"`, `"v":"123.456.789-09"`, `"codice_fiscale":"x"`,
		`"h":"u:YWRhQHNob3AuZXhhbXBsZQ=="`, `"h":"usr_6164614073686f702e6578616d706c65"`, `"h":"YWRhQHNob3AuZXhhbXBsZQ==.1732670000"`, `"h":"https://cdn.example/a?u=YWRhQHNob3AuZXhhbXBsZQ&s=80"`, `"h":"/u/YWRhQHNob3AuZXhhbXBsZQ"`, `"contact":{"phone":491701234567}`, `"ssn":123456789`, `"customer":{"first":"Ada","last":"Byron"}`, `"born":"1815-12-10"`, `"product":{"reviewer":{"email":"x"}}`,
		`"geo":{"lat":52.51704,"lon":13.38886}`, `"p":{"at":{"latitude":-33.8568,"longitude":151.2153}}`, `"location":"52.51704,13.38886"`, `"userGeo":"52.5170, 13.3888"`, `"position":"geo:48.85837,2.29448"`,
	} {
		name, raw, _ := strings.Cut(claim, `":`)
		if personalPath(strings.Trim(name, `"`), json.RawMessage(raw)) == "" {
			t.Errorf("%s is personal", claim)
		}
	}
	for _, claim := range []string{
		`"shopName":"x"`, `"productName":"x"`, `"hostname":"x"`, `"filename":"x"`, `"email_verified":"yes"`, `"emailOptIn":"yes"`, `"phone_number_verified":"yes"`, `"supportPhone":"yes"`, `"eventName":"x"`, `"mac_address":"x"`, `"storeAddress":"x"`,
		`"h":"https://shop.example/p?id=YXJ0aWNsZSA0NzExIGJsdWU"`, `"h":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"`, `"h":"2024-01-01"`, `"h":"npm@10.2"`, `"h":"https://shop.example/@ada"`, `"h":"978-3-16-148410-0"`, `"h":"900-12-3456"`, `"h":"1732670000"`, `"telemetry":"on"`,
		`"ship":"x"`, `"tip":"x"`, `"zip_format":"x"`, `"version":"1.2.3-45"`, `"build":"756.1.2.3"`,
		`"product":{"name":"Desk"}`, `"plan":{"name":"Gold"}`, `"shop":{"address":"x","phone":"+49 30 1234567"}`, `"mobile":1`, `"gender":1`, `"range":{"first":"1","last":"9"}`, `"page":{"first":10,"last":20}`,
		`"geo":{"lat":52.5,"lon":13.4}`, `"nearestStore":{"lat":52.51704,"lon":13.38886}`, `"ver":"1.250, 2.750"`, `"location":"Berlin"`, `"range":{"lat":0.125}`,
	} {
		name, raw, _ := strings.Cut(claim, `":`)
		if path := personalPath(strings.Trim(name, `"`), json.RawMessage(raw)); path != "" {
			t.Errorf("%s is not personal", claim)
		}
	}
}

// Each level is looked at once: a token with the deepest claims that JSON allows
// took minutes.
func TestDeepClaimsAreReadOnce(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9_900) + `{"email":"x"}` + strings.Repeat("}", 9_900)
	if path := personalPath("deep", json.RawMessage(deep)); strings.Count(path, ".") != 9_901 || !strings.HasSuffix(path, ".email") {
		t.Errorf("the path has %d names", strings.Count(path, ".")+1)
	}
}
