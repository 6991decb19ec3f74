package secrets

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// plainHeaders are those whose values are no secrets.
var plainHeaders = []string{
	"Accept", "Accept-Language", "Accept-Encoding", "Cache-Control", "Content-Type", "Host",
	"Origin", "Referer", "User-Agent", "X-Requested-With",
}

// IsPlainHeader says whether the header of that name is not confidential.
func IsPlainHeader(name string) bool {
	return slices.Contains(plainHeaders, http.CanonicalHeaderKey(name))
}

// IsPlainHeaderLine says whether a header is not confidential, by its name or because its
// value is a short word, as a role or a region is: such words stand in other places, too.
func IsPlainHeaderLine(name, value string) bool {
	return IsPlainHeader(name) || shortWord.MatchString(value) && !IsCredential(name)
}

var shortWord = regexp.MustCompile(`^[a-z]{1,8}$`)

// plainFields are the names of fields that say who or what, and are no secrets.
var plainFields = regexp.MustCompile(`^(?:.*_)?(?:user|username|user_?id|login|name|e?_?mail|account|customer|customer_?id|id|scope|grant_?type|remember|redirect\w*|return\w*|lang|locale|query|operation_?name|channel|method|type|action)$`)

// IsPlainField says whether the field of that name in a form or in JSON is not
// confidential.
func IsPlainField(name string) bool { return plainFields.MatchString(underscored(name)) }

// parameters are the names of the parameters of an address that let someone in.
var parameters = regexp.MustCompile(`^(?:.*_)?(?:` + words + `|code|token|key|auth|authorization|sig|signature|ticket|credential|sas|jwt|otp|pin|session|sid|assertion)$`)

// IsParameter says whether the parameter of that name in an address lets
// someone in.
func IsParameter(name string) bool { return parameters.MatchString(underscored(name)) }

// credentials matches the names of those secrets that no claim may repeat. Other
// values are masked, too, but a header that names a customer may well be one.
var credentials = regexp.MustCompile(`(?i)auth|token|key|secret|pass|cookie|session|csrf|pin\b|otp`)

// IsCredential says whether the secret of that name is one that no claim may repeat.
func IsCredential(name string) bool { return credentials.MatchString(name) || IsPassword(name) }

// IsPassword says whether the secret of that name is a password, which somebody has
// thought of: " of ada" and " in the body" may stand behind the name.
func IsPassword(name string) bool {
	name, _, _ = strings.Cut(name, " ")
	return passwords.MatchString(underscored(name)) && IsName(name)
}

var passwords = regexp.MustCompile(`pass|pwd|pw$|kennwort|` + foreignWords)

// IsCookie says whether the secret of that name is the value of a cookie.
func IsCookie(name string) bool { return strings.Contains(name, "cookie ") }

// AddHeader makes the values of a header known, but for those that are not
// confidential, and the credentials in them without their scheme, too. Whose says
// whose header it is, as in " of ada", so that what differs is told apart.
func (k *Known) AddHeader(header http.Header, whose string) {
	for name, values := range header {
		for _, value := range values {
			if IsPlainHeaderLine(name, value) {
				continue
			}
			k.Add("header "+name+whose, value)
			// The credential alone, without "Basic" or "Bearer", is as secret.
			if _, credential, found := strings.Cut(value, " "); found && len(credential) >= shortestFound {
				k.Add("header "+name+whose, credential)
			}
		}
	}
}

// AddAddress makes the parts of an address known that let someone in: name and
// password before the host, and parameters with such names.
func (k *Known) AddAddress(address string) {
	u, err := url.Parse(address)
	if err != nil {
		k.addWrongAddress(address)
		return
	}
	k.addUser(u.User)
	k.addParameters(u.RawQuery, u.RawFragment, u.Fragment)
}

// addWrongAddress is AddAddress for what is none, as people mistype it.
func (k *Known) addWrongAddress(address string) {
	address, fragment, _ := strings.Cut(address, "#")
	address, query, _ := strings.Cut(address, "?")
	k.addParameters(query, fragment)
	if _, after, found := strings.Cut(address, "//"); found {
		address = after
	}
	host, _, _ := strings.Cut(address, "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		name, password, found := strings.Cut(host[:at], ":")
		user := url.User(name)
		if found {
			user = url.UserPassword(name, password)
		}
		k.addUser(user)
	}
}

func (k *Known) addUser(user *url.Userinfo) {
	if user == nil {
		return
	}
	if password, has := user.Password(); has {
		k.Add("password in an address", password)
	} else {
		k.Add("name in an address", user.Username())
	}
}

// onlyPlace matches a parameter that is one place for a value.
var onlyPlace = regexp.MustCompile(`^\{[A-Za-z_][\w-]*\}$`)

func (k *Known) addParameters(queries ...string) {
	for _, query := range queries {
		values, _ := url.ParseQuery(query) // of a wrong query, what can be read
		for name, all := range values {
			for _, value := range all {
				if isPlace := onlyPlace.MatchString(value); IsParameter(name) && !isPlace { // what an answer is to give
					k.Add("parameter "+name, value)
				}
			}
		}
	}
}

// Address is an address without what lets someone in, for those who tell that it
// is wrong.
func Address(address string) string {
	var known Known
	known.AddAddress(address)
	if !strings.Contains(address, "://") {
		known.AddAddress("https://" + address)
	}
	return known.MaskValues(address)
}
