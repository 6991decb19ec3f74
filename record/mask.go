package record

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// A number of a private key as a JWK has it (RFC 7518 §2). Outside of an object of its
// own, and in hexadecimal digits, a shorter text may be anything by the name of "d".
var (
	bigNumber    = regexp.MustCompile(`^[A-Za-z0-9_-]{40,}$`)
	biggerNumber = regexp.MustCompile(`^[A-Za-z0-9_-]{120,}$`)
	hexadecimal  = regexp.MustCompile(`^(?:[0-9a-f]+|[0-9A-F]+)$`)
)

// shortestHexNumber is longer than any digest in hexadecimal digits.
const shortestHexNumber = 256

// isPrivateNumber says whether the value of a member, which has a name as private
// members of a JWK have it, is the number of a key.
func isPrivateNumber(path []string, value string) bool {
	inside := len(path) > 1
	switch {
	case inside && path[len(path)-2] == "jwk":
		return true
	case len(value) < shortestHexNumber && hexadecimal.MatchString(value):
		return false
	}
	return inside && bigNumber.MatchString(value) || biggerNumber.MatchString(value)
}

// Mask takes every secret that is known by its value or by its form out of all
// texts of the run: it is done once, when everything has been gathered, in front
// of all that judges, writes and prints. What identifies the things of a run, and
// the words of which checks make something, stay.
func (r *Run) Mask(known *secrets.Known) {
	maskTexts(reflect.ValueOf(r).Elem(), known)
}

// plainFields are the members of a run that hold none of the site's text:
// identifiers, words of our own, and figures in an encoding.
var plainFields = []string{
	"ID", "Exchange", "Probe", "Variant", "Visitor", "Visit", "Step", "Kind", "Class", "Name", "Role", "State", "Level", "Area",
	"Fingerprint", "ClearFingerprint", "MemberPrints", "Modulus", "Method", "Phase", "Type", "Call", "Verdict", "Bound", "BoundBy", "Scheme", "Around",
	"Blank", "Input", "Where", "From", "To", "Token", "Tokens", "Request", "Requests", "Event", "Preset", "ClockMode", "Integrity",
	"Histogram", "ServiceHistogram", "LatenessHistogram", "Failures", "Dropped", "TokenIn", "Source",
}

// saidBySite are members with the name of a plain field that hold the site's words
// all the same: what it calls its cookies, headers, methods, events and classes.
var saidBySite = map[reflect.Type][]string{
	reflect.TypeFor[Cookie]():       {"Name"},
	reflect.TypeFor[Echo]():         {"Where"},
	reflect.TypeFor[Leak]():         {"Where"},
	reflect.TypeFor[Exposure]():     {"Where"},
	reflect.TypeFor[Masked]():       {"Kind"},
	reflect.TypeFor[ServedKey]():    {"Kind", "Modulus"},
	reflect.TypeFor[PageRequest]():  {"Method"},
	reflect.TypeFor[InstanceCall](): {"Method"},
	reflect.TypeFor[HandlerError](): {"Event"},
	reflect.TypeFor[TokenValue]():   {"Type"},
	reflect.TypeFor[WidgetError]():  {"Type"},
	reflect.TypeFor[WidgetScript](): {"Integrity"},
}

// isPlain says whether a member of a struct holds none of the site's text.
func isPlain(of reflect.Type, field reflect.StructField) bool {
	return slices.Contains(plainFields, field.Name) && !slices.Contains(saidBySite[of], field.Name) && !holdsStruct(field.Type)
}

// holdsStruct says whether a value of the type is more than texts.
func holdsStruct(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func maskTexts(value reflect.Value, known *secrets.Known) {
	switch value.Kind() {
	case reflect.String:
		if value.Type() == reflect.TypeFor[string]() { // types of their own are words of our own
			value.SetString(known.Mask(value.String()))
		}
	case reflect.Struct:
		if segment, is := value.Addr().Interface().(*Segment); is {
			segment.mask(known)
			return
		}
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if field.IsExported() && !isPlain(value.Type(), field) {
				maskTexts(value.Field(i), known)
			}
		}
	case reflect.Pointer:
		if !value.IsNil() {
			maskTexts(value.Elem(), known)
		}
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range value.Len() {
			maskTexts(value.Index(i), known)
		}
	case reflect.Map:
		maskEntries(value, known)
	}
}

// maskEntries masks the values of a map, and those of its keys that hold a secret.
func maskEntries(m reflect.Value, known *secrets.Known) {
	for _, key := range m.MapKeys() {
		masked := reflect.New(m.Type().Elem()).Elem()
		masked.Set(m.MapIndex(key))
		maskTexts(masked, known)
		m.SetMapIndex(key, reflect.Value{})
		name := reflect.New(key.Type()).Elem()
		name.Set(key)
		maskTexts(name, known)
		m.SetMapIndex(name, masked)
	}
}

// mask takes the known secrets out of the strings of the segment.
func (s *Segment) mask(known *secrets.Known) {
	var found []Masked
	if s.Cut {
		s.JSON = strings.TrimSuffix(known.Mask(s.JSON+cutMark), cutMark)
		return
	}
	s.JSON, _, found = maskJSON(s.JSON, nil, known)
	for i, path := range s.Duplicates {
		s.Duplicates[i] = known.Mask(path)
	}
	for _, one := range found {
		if !slices.ContainsFunc(s.Masked, func(other Masked) bool { return other.Path == one.Path }) {
			s.Masked = append(s.Masked, one)
		}
	}
	for i := range s.Masked {
		s.Masked[i].Path, s.Masked[i].Kind = known.Mask(s.Masked[i].Path), known.Mask(s.Masked[i].Kind)
	}
}

// cutMark says of a text that its rest is missing, so that the beginning of a secret
// with which it ends is masked, too.
const cutMark = "…"

// secretKind names the secret that value is at path in a claim set, or "".
// The sub claim is none by its form: it identifies its user on purpose.
func secretKind(path, value string, known map[string]string) string {
	if value == "" {
		return ""
	}
	for kind, secret := range known {
		if len(secret) >= 8 && strings.Contains(value, secret) && (path != "sub" || !secrets.IsCookie(kind)) {
			return kind
		}
	}
	if path == "sub" {
		return ""
	}
	parts := strings.Split(path, ".")
	name := parts[len(parts)-1]
	if secrets.IsPrivateMember(name) && isPrivateNumber(parts, value) {
		return secrets.PrivateJWK
	}
	if kind := secrets.Kind(value); kind != "" {
		return kind
	}
	switch {
	case secrets.IsNamed(name, value):
		return "secret named " + name
	case len(parts) > 1 && valueOf.MatchString(name) && secrets.IsName(parts[len(parts)-2]):
		return "secret named " + parts[len(parts)-2]
	case secrets.IsCardNumber(name, value), len(parts) > 1 && numberOf.MatchString(name) && secrets.IsCardNumber(parts[len(parts)-2], value):
		return "card number"
	case path == "user_payload":
		return "" // what stands there in the clear is a matter of its own
	}
	for _, inner := range append(secrets.Unclothed(value), value) {
		if kind := kindWithin(path, inner, value, known); kind != "" {
			return kind
		}
	}
	return ""
}

// valueOf matches the names of members that hold what their object is called.
var valueOf = regexp.MustCompile(`(?i)^(?:value|val|text|string|hash|plain|clear|raw|current|old|new|digest|encrypted)$`)

// numberOf matches the names of members that hold the number of what their object is.
var numberOf = regexp.MustCompile(`(?i)^(?:number|num|no|nr|digits|value|full)$`)

// kindWithin names the secret that stands in a text found within the value at path.
func kindWithin(path, inner, value string, known map[string]string) string {
	if trimmed := strings.TrimSpace(inner); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if _, _, found := maskJSON(trimmed, known, nil); len(found) > 0 {
			return found[0].Kind
		}
	}
	if inner == value {
		return ""
	}
	return secretKind(path, inner, known)
}
