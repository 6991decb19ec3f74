package endpoint

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// secrets are the values of the configuration that must not be written
// anywhere, each with the name that stands for it.
type secrets []secret

type secret struct{ name, value string }

// minSecret is the shortest value that is masked: shorter ones stand in any text.
const minSecret = 4

// plainHeaders are those whose values are no secrets.
var plainHeaders = []string{
	"Accept", "Accept-Language", "Accept-Encoding", "Cache-Control", "Content-Type", "Host",
	"Origin", "Referer", "User-Agent", "X-Requested-With",
}

// plainFields matches the names of form fields that say who or what, and are no secrets.
var plainFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:user|username|user_?id|login|name|e?mail|account|customer|customer_?id|id|scope|grant_type|remember|redirect\w*|return\w*|lang|locale)$`)

// secretsOf collects the secret values of the configuration.
func secretsOf(config Config) secrets {
	var found secrets
	found.header(config.Header)
	found.cookies(config.Cookies)
	for _, user := range config.Users {
		found.header(user.Header)
		found.cookies(user.Cookies)
		found.call(user.Login)
		found.call(user.Logout)
	}
	for i := range config.Relying {
		found.call(&config.Relying[i])
	}
	// Longer ones first, so that one within another leaves no rest of it.
	slices.SortStableFunc(found, func(a, b secret) int { return cmp.Compare(len(b.value), len(a.value)) })
	return found
}

func (s *secrets) add(name, value string) {
	if len(value) >= minSecret && !strings.Contains(value, tokenPlace) {
		*s = append(*s, secret{name, value})
	}
}

func (s *secrets) header(header http.Header) {
	for name, values := range header {
		if slices.Contains(plainHeaders, http.CanonicalHeaderKey(name)) {
			continue
		}
		for _, value := range values {
			s.add("header "+name, value)
			// The credential alone, without "Basic" or "Bearer", is as secret.
			if _, credential, found := strings.Cut(value, " "); found && len(credential) >= 8 {
				s.add("header "+name, credential)
			}
		}
	}
}

func (s *secrets) cookies(cookies []Cookie) {
	for _, cookie := range cookies {
		s.add("cookie "+cookie.Name, cookie.Value)
	}
}

func (s *secrets) call(call *Call) {
	if call == nil {
		return
	}
	s.header(call.Header)
	for name, value := range call.fields() {
		if !plainFields.MatchString(name) {
			s.add(name, value)
		}
	}
}

// credentials matches the names of those secrets that no claim may repeat. Other
// values are masked, too, but a header that names a customer may well be one.
var credentials = regexp.MustCompile(`(?i)auth|token|key|secret|pass|cookie|session|csrf|pin\b|otp`)

// credentials returns the secrets that no claim may repeat, by name.
func (s secrets) credentials() map[string]string {
	values := map[string]string{}
	for _, secret := range s {
		if credentials.MatchString(secret.name) {
			values["secret: "+secret.name] = secret.value
		}
	}
	return values
}

// mask replaces every secret in text, the way it is and as a URL has it, and
// what [record.Mask] knows by its form.
func (s secrets) mask(text string) string {
	for _, secret := range s {
		for _, form := range written(secret.value) {
			text = strings.ReplaceAll(text, form, "«"+secret.name+"»")
		}
	}
	text, _ = record.Mask(text)
	return text
}

// found returns the name of a secret that stands in text, or "".
func (s secrets) found(text string) string {
	for _, secret := range s {
		if len(secret.value) >= 8 && strings.Contains(text, secret.value) {
			return secret.name
		}
	}
	return ""
}
