package rulebook

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

var (
	emailAddress = regexp.MustCompile(`(?i)[a-z0-9._%+'-]+(?:@|%40)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}`)
	// phoneNumber wants a plus, or groups as people write them: plain digits are an id.
	phoneNumber = regexp.MustCompile(`^(?:tel:)?\+[0-9][0-9 ()./-]{6,18}[0-9]$|^\(?0[0-9]{1,5}\)?[ /-][0-9][0-9 /-]{4,}$|^\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}$`)
	// socialSecurity is a number of the United States' social security, of which
	// some groups are never given.
	socialSecurity = regexp.MustCompile(`^(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6(?:[0-57-9][0-9]|6[0-57-9]))-(?:0[1-9]|[1-9][0-9])-(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})$`)
	// nationalNumber is a number of a person in Switzerland or Brazil, which both have
	// groups that nothing else has.
	nationalNumber = regexp.MustCompile(`^756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}$|^[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}$`)
)

var _ = add(Rule{
	ID: "sub-impersonal", Area: AreaClaims, Level: record.Should,
	Title:  "sub does not reveal who the user is: it is not an e-mail address, a phone number or the login name",
	Why:    "The sub is kept in logs and used for billing; with an e-mail address in it, personal data ends up where nobody expects it.",
	Fix:    "Use an internal id or a keyed hash of the address; put personal data into the encrypted user_payload.",
	Source: "vendor: develop-userid",
	Faults: []string{"sub-email"},
	look:   subImpersonal,
})

func subImpersonal(t Token) *record.Finding {
	const expected = "a sub that does not show who the user is"
	sub, _ := t.Sub()
	switch {
	case emailAddress.MatchString(sub):
		return breaks(expected, "an e-mail address: sub %s", record.Quote(sub))
	case phoneNumber.MatchString(sub):
		return breaks(expected, "a phone number: sub %s", record.Quote(sub))
	}
	for _, inner := range secrets.Unclothed(sub) {
		if isPersonal(inner) {
			return breaks(expected, "sub %s, which is only an encoding of %s", record.Quote(sub), record.Quote(inner))
		}
	}
	return nil
}

var _ = add(Rule{
	ID: "claims-no-secrets", Area: AreaClaims, Level: record.Must,
	Title:  "No claim contains a secret that anyone could read: a password, an API key, a card number, the value of a session cookie, a private key",
	Why:    "Claims are only encoded, not encrypted: browser, proxies and logs can read them.",
	Fix:    "Remove the claim and replace the secret; what the assistant must know goes encrypted into user_payload.",
	Source: "RFC 8725 §2.4; OWASP disclosure",
	Faults: []string{"leaks-session", "leaks-password-hash", "leaks-encoded-member", "leaks-packed-code", "leaks-account"},
	look:   claimsNoSecrets,
})

func claimsNoSecrets(t Token) *record.Finding {
	for _, masked := range t.Payload.Masked {
		if masked.Path == "user_payload" && masked.Kind == secrets.Token || strings.HasPrefix(masked.Path, "user_payload.") {
			continue // payload-encrypted's matter
		}
		return breaks("no secret in a clear text claim", "%s in the claim %s (masked here)", masked.Kind, record.Quote(masked.Path))
	}
	return nil
}

// personalClaims are the standard claims (OpenID Connect Core §5.1) and common
// names that hold personal data, alone or behind whose they are.
var personalClaims = regexp.MustCompile(`(?i)^(?:` + strings.Join([]string{
	`name|(?:[a-z]+[_-])?(?:full|first|last|given|family|middle|nick|user|display|login|sur|fore|real|screen|legal|customer|contact|billing|shipping)[_-]?name`,
	`user[_-]?(?:full|first|last|display|real)[_-]?name|[fl]name|preferred_username`,
	`vorname|nachname|prenom|nom[_-]?de[_-]?famille|apellidos?|cognome`,
	`(?:[a-z]+[_-]?)?e[_-]?mail(?:[_-]?addr(?:ess)?)?|mail(?:[_-]?addr(?:ess)?)?`,
	`(?:(?:home|work|cell|mobile|user|customer|contact|private|day|evening)[_-]?)?(?:tele)?phone(?:[_-]?(?:number|no))?|(?:[a-z]+[_-]?)?mobile(?:[_-]?(?:number|no|phone))?|telephone|telefon(?:nummer)?|handynummer|tel|msisdn|cell(?:[_-]?phone)?`,
	`(?:(?:home|street|postal|billing|shipping|delivery|mailing|customer|user)[_-]?)?address(?:[_-]?line)?[0-9]?|street|postcode|zip(?:[_-]?code)?|postal[_-]?code`,
	`birth(?:[_-]?(?:date|day))?|born(?:[_-]?on)?|b[_-]?day|date[_-]?of[_-]?birth|dob|geburtsdatum|date[_-]?de[_-]?naissance|gender`,
	`(?:(?:user|client|remote|customer|visitor|home)[_-]?)?ip(?:v[46])?(?:[_-]?addr(?:ess)?)?`,
	`dni|nif|nie|cpf|curp|bsn|pesel|personnummer|aadhaar|nino|codice[_-]?fiscale|ahv(?:[_-]?(?:nr|nummer))?|steuer[_-]?id`,
	`ssn|social[_-]?security(?:[_-]?number)?|national[_-]?id|passport(?:[_-]?(?:number|no))?|tax[_-]?id|driver'?s?[_-]?licen[cs]e`,
}, "|") + `)$`)

// impersonalClaims identify no person, or have checks of their own.
var impersonalClaims = []string{"sub", "iss", "aud", "jti", "user_payload"}

var _ = add(Rule{
	ID: "claims-no-personal-data", Area: AreaClaims, Level: record.Should,
	Title:  "No claim that anyone could read contains personal data such as a name, an e-mail address or a phone number",
	Why:    "Everybody who sees the token can read the name and address in it.",
	Fix:    "Put personal data into the encrypted user_payload.",
	Source: "vendor: encrypt; OWASP",
	Faults: []string{"plain-name", "encoded-email", "nested-birthday"},
	look:   claimsNoPersonalData,
})

func claimsNoPersonalData(t Token) *record.Finding {
	for name, raw := range t.Claims {
		if slices.Contains(impersonalClaims, name) {
			continue
		}
		if path := personalPath(name, raw); path != "" {
			return breaks("no personal data in clear text claims", "the claim %s", record.Quote(path))
		}
	}
	return nil
}

// personalPath returns the path of the first personal member in a claim, or "".
func personalPath(name string, raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	path := personal(name, value)
	slices.Reverse(path)
	return strings.Join(path, ".")
}

// personal returns the names that lead to a personal value in the one of that
// name, the innermost first.
func personal(name string, value any) []string {
	own := name[strings.LastIndexAny(name, "/:.")+1:] // a name may have a namespace before it
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if path := personal(name, element); path != nil {
				return path
			}
		}
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(value)) {
			if thingNames.MatchString(own) && thingMembers.MatchString(inner) {
				continue
			}
			if path := personal(inner, value[inner]); path != nil {
				return append(path, name)
			}
		}
		if personalClaims.MatchString(own) && len(value) > 0 || isWhereabouts(own, value) || isFullName(value) {
			return []string{name}
		}
	case float64: // small ones are flags and counts
		if value >= 10_000 && personalClaims.MatchString(own) && !strings.HasSuffix(strings.ToLower(own), "address") {
			return []string{name}
		}
	case string:
		if value != "" && (coordinatePair.MatchString(value) && placeNames.MatchString(own) || personalClaims.MatchString(own) || holdsPersonal(value) || slices.ContainsFunc(secrets.Unclothed(value), holdsPersonal)) {
			return []string{name}
		}
	}
	return nil
}

var (
	// thingNames are those of objects that are no person, and have a name or an address
	// of their own: thingMembers.
	thingNames   = regexp.MustCompile(`(?i)^(?:.*[_-])?(?:products?|items?|articles?|plan|tariff|campaign|store|shop|branch|office|warehouse|tenant|org|organi[sz]ation|company|brand|app|application|site|page|channel|bot|team|department|event|city|country|region|category|feature|experiment|segment|currency|device|browser|os|service|project|roles?|groups?|environment|env)$`)
	thingMembers = regexp.MustCompile(`(?i)^(?:(?:display|full|legal)[_-]?)?name$|^(?:address|street|postcode|zip|phone|tel|telephone|location|geo)$`)
	// coordinatePair is a latitude and a longitude, to some hundred meters or better.
	coordinatePair = regexp.MustCompile(`^(?:geo:)?-?[0-9]{1,2}\.[0-9]{3,}[,; ]+-?[0-9]{1,3}\.[0-9]{3,}$`)
	// placeNames are names of claims that say where somebody is.
	placeNames = regexp.MustCompile(`(?i)^(?:(?:user|client|visitor|customer|home|last|current|my)?[_-]?(?:geo|gps|loc|location|position|coords?|coordinates|lat_?l(?:ng|on)|geo_?(?:location|point|position|loc))|point)$`)
	// sitePlaces are names of places that are no person's.
	sitePlaces = regexp.MustCompile(`(?i)store|shop|branch|office|warehouse|venue|hotel|airport|station|dealer`)
)

// isWhereabouts says whether an object says where somebody is, more closely than a town.
func isWhereabouts(name string, value map[string]any) bool {
	precise := func(names ...string) bool {
		for _, name := range names {
			if degrees, ok := value[name].(float64); ok && math.Abs(degrees) <= 180 && math.Abs(degrees*100-math.Round(degrees*100)) > 1e-6 {
				return true
			}
		}
		return false
	}
	return !sitePlaces.MatchString(name) && precise("lat", "latitude", "Lat", "Latitude") && precise("lon", "lng", "long", "longitude", "Lon", "Lng", "Longitude")
}

// isFullName says whether an object is somebody's name in its two parts.
func isFullName(value map[string]any) bool {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			text, _ := value[name].(string)
			return len(text) > 1 && !strings.ContainsFunc(text, unicode.IsDigit)
		})
	}
	return has("first", "given", "First") && has("last", "family", "surname", "Last")
}

// holdsPersonal says whether a text is personal, or the JSON of something personal.
func holdsPersonal(text string) bool {
	return isPersonal(text) || (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && personalPath("", json.RawMessage(text)) != ""
}

// isPersonal says whether a text shows who somebody is, whatever its name.
func isPersonal(text string) bool {
	return emailAddress.MatchString(text) || phoneNumber.MatchString(text) || socialSecurity.MatchString(text) || nationalNumber.MatchString(text)
}
