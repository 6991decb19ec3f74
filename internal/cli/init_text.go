package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// configurationText is the configuration in the making, and what is told of it.
type configurationText struct {
	settings config.Settings
	folder   string
	yaml     strings.Builder
	told     []string
	users    []endpoint.User // who log in, with variables for their passwords
	why      string          // a login is needed
	beside   bool            // users were named, and visitors without a login are served, too
	leaves   bool            // how they log out was found
	// variables are those that are to be set, with their values, and known is all that
	// may be written in no other way.
	variables map[string]string
	known     *secrets.Known
}

// write writes the file.
func (t *configurationText) write(file string) error {
	if err := record.WriteFile(file, func(w io.Writer) error { _, err := io.WriteString(w, t.confided()); return err }); err != nil {
		return usageErrorf("write the configuration: %w", err)
	}
	return nil
}

// failed says in the file and to the user that what was written did not work when it
// was tried, and what is to be completed.
func (t *configurationText) failed(file, failed, meaning string) error {
	masked, _ := secrets.Mask(failed)
	t.tell("It did not work when it was tried: %s.", readable(masked))
	note := "# It did not work when it was tried: " + readable(masked) + ".\n"
	if meaning != "" {
		t.tell("%s", meaning)
		note += "# " + meaning + "\n"
	}
	written := t.yaml.String()
	t.yaml.Reset()
	t.yaml.WriteString(note + written)
	return t.write(file)
}

func (t *configurationText) tell(format string, args ...any) {
	t.told = append(t.told, fmt.Sprintf(format, args...))
}

func (t *configurationText) comment(lines ...string) {
	for _, line := range lines {
		if line != "" {
			line = "# " + line
		}
		t.yaml.WriteString(line + "\n")
	}
}

// set writes a key with its comment.
func (t *configurationText) set(key string, value any, comment string) {
	text, err := yaml.MarshalWithOptions(yaml.MapSlice{{Key: key, Value: value}}, yaml.UseSingleQuote(true))
	if err != nil {
		panic(err) // texts, lists and maps of them can be written
	}
	t.yaml.WriteString("\n")
	t.comment(comment)
	t.yaml.Write(text)
}

// begin writes what was known before the survey.
func (t *configurationText) begin() {
	t.comment("Configuration of webchatspec, written by 'webchatspec init'.", "All keys: webchatspec help configuration")
	t.set("endpoint", t.address(t.settings.Endpoint), "Where the site's page gets its tokens.")
}

// found writes the configuration of an endpoint that gave a token.
func (t *configurationText) found(ctx context.Context, asking *survey, got surveyed) error {
	t.begin()
	method := cmp.Or(got.method, http.MethodGet)
	t.tell("It answers %s with a token.", method)
	t.request(method, cmp.Or(got.body, t.settings.Body))
	if got.place != "" {
		t.set("tokenIn", got.place, "Where the answer holds the token.")
		t.tell("The token stands in %s.", got.place)
	}
	if strings.Contains(got.Header.Get("Content-Type"), "javascript") {
		t.tell("The answer is a script: the page of any other site can run it, too, and read the visitor's token. See webchatspec explain http-no-jsonp.")
	}
	t.along(got.header)
	if len(got.visit) > 0 {
		t.visit(got.visit)
	}
	if cookies := slices.DeleteFunc(got.cookies, func(name string) bool { return got.place == "cookie:"+name }); len(cookies) > 0 {
		t.tell("It knows a visitor by the cookie %s.", strings.Join(cookies, ", "))
	}
	if t.beside && t.users == nil {
		t.tell("Visitors get a token without a login, too. No form to log in was found for the users: name it with --login, or complete 'users' in the file.")
	}
	if t.users != nil {
		t.logins()
	} else {
		second := asking.try(ctx, got.way)
		if first, other := subjectOf(got.token), subjectOf(second.token); first != "" && first == other {
			t.tell("Two visitors got the same subject; the check tells whether that is right here.")
		}
	}
	t.files()
	return t.keys(ctx, asking, got.token)
}

// request writes the method and the body of the request for a token.
func (t *configurationText) request(method, body string) {
	if method != http.MethodGet {
		why := "It does not answer GET."
		if t.settings.Method != "" {
			why = "As it was given."
		} else if t.settings.Body != "" {
			why = "With this method it takes the body that was given."
		}
		t.set("method", method, why)
	}
	if body != "" {
		t.set("body", exact(t.body(body)), "What is sent with each request.")
	}
}

// visit writes the request that has to come before the one for a token.
func (t *configurationText) visit(requests []endpoint.Request) {
	t.set("visit", t.calls(requests), "What each visitor asks before the first token.")
	for _, request := range requests {
		t.tell("It wants a visit before: %s%s.", readable(request.URL), whatItGives(request))
	}
}

// whatItGives says which values the answer to a request gives, and where they are.
func whatItGives(request endpoint.Request) string {
	var given []string
	for _, name := range slices.Sorted(maps.Keys(request.Take)) {
		given = append(given, fmt.Sprintf("{%s} (%s)", name, request.Take[name]))
	}
	if given == nil {
		return ""
	}
	return ", which gives " + strings.Join(given, " and ")
}

// along writes the headers and cookies that go along with each request for a token:
// those that were given, and further headers.
func (t *configurationText) along(further map[string]string) {
	t.confidential("headers", merged(t.settings.Headers, further), "Headers that each request needs.")
	t.confidential("cookies", t.settings.Cookies, "Cookies that each request needs.")
}

// confidential writes a map, with the values of secrets as variables.
func (t *configurationText) confidential(key string, values map[string]string, comment string) {
	if len(values) == 0 {
		return
	}
	written := yaml.MapSlice{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := escaped(values[name])
		_, given := t.settings.Headers[name]
		_, cookie := t.settings.Cookies[name]
		if len(placesIn(values[name])) > 0 && !cookie || strings.Contains(value, visitorPlace) { // what an answer gives
			written = append(written, yaml.MapItem{Key: name, Value: value})
			continue
		}
		if cookie || given && !secrets.IsPlainHeaderLine(name, values[name]) && !plainValue.MatchString(values[name]) {
			value = t.secret(name, "the value of "+name, values[name])
		}
		written = append(written, yaml.MapItem{Key: name, Value: value})
	}
	t.set(key, written, comment)
}

// plainValue matches what lets nobody in.
var plainValue = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|\d{1,3})$`)

// secret returns the place of a variable of the site's for a value, and tells of it.
func (t *configurationText) secret(name, what, value string) string {
	variable := "SITE_" + strings.ToUpper(notInVariable.ReplaceAllString(name, "_"))
	if other, taken := t.variables[variable]; taken && other != value {
		variable += "_" + strconv.Itoa(len(t.variables))
	}
	if _, told := t.variables[variable]; !told {
		t.tell("Set the environment variable %s to %s; it is not written.", variable, what)
	}
	return t.variable(variable, value)
}

// variable has a secret come from the environment.
func (t *configurationText) variable(name, value string) string {
	t.variables[name] = value
	return "${" + name + "}"
}

var notInVariable = regexp.MustCompile(`[^A-Za-z0-9]+`)

// address is an address with variables for what lets someone in.
func (t *configurationText) address(text string) string {
	known := &secrets.Known{}
	known.AddAddress(text)
	return t.inVariables(text, known.Values())
}

// body is what is sent with each request, with variables for the credentials in it.
func (t *configurationText) body(text string) string {
	values := endpoint.Config{Body: t.settings.Body}.Secrets().Values()
	maps.DeleteFunc(values, func(_, name string) bool { return !secrets.IsCredential(name) })
	return t.inVariables(text, values)
}

// inVariables is a text with variables in the place of values, whose names are given.
func (t *configurationText) inVariables(text string, values map[string]string) string {
	text = escaped(text)
	for _, value := range slices.SortedFunc(maps.Keys(values), longerFirst) {
		name, _, _ := strings.Cut(strings.TrimPrefix(values[value], "parameter "), " in ")
		for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value)} {
			if strings.Contains(text, escaped(form)) {
				text = strings.ReplaceAll(text, escaped(form), t.secret(name, "the value of "+name+" that was given", form))
			}
		}
	}
	return text
}

// confided is the text without secrets: also where a site has said one again that
// it was told, and that has found its way into what is written.
func (t *configurationText) confided() string {
	names := slices.Sorted(maps.Keys(t.variables))
	var pairs []string
	for _, name := range names { // what stands there already stays
		pairs = append(pairs, "${"+name+"}", "${"+name+"}")
	}
	slices.SortStableFunc(names, func(a, b string) int { return longerFirst(t.variables[a], t.variables[b]) })
	for _, name := range names {
		if value := escaped(t.variables[name]); len(value) >= shortestSecret {
			pairs = append(pairs, value, "${"+name+"}")
		}
	}
	return t.known.MaskValues(strings.NewReplacer(pairs...).Replace(t.yaml.String()))
}

// shortestSecret is the shortest value that is looked for in what is written, in bytes.
const shortestSecret = 4

func longerFirst(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }

// keys writes the public keys that were given, or the one that is published.
func (t *configurationText) keys(ctx context.Context, asking *survey, token string) error {
	if len(t.settings.PublicKeys) > 0 {
		fits := false
		for _, text := range asking.base.PublicKeys {
			fits = fits || verifier.ReadKey(text.Text).SignatureScheme(token).Fits()
		}
		if !fits {
			t.tell("The public key that was given does not fit the signature of the token.")
		}
		t.givenKeys()
		return nil
	}
	pems, source := asking.publishedKeys(ctx, token)
	if len(pems) == 0 {
		t.comment("", "The key that the assistant verifies tokens with: the text in its security settings.", "publicKeys: [key.pub]")
		t.tell("Its public key is not published where keys usually are: put it into a file and name it under publicKeys.")
		return nil
	}
	var names []string
	for i, pem := range pems {
		name := "webchatspec.pub"
		if i > 0 {
			name = fmt.Sprintf("webchatspec-%d.pub", i+1)
		}
		if err := writeNew(filepath.Join(t.folder, name), []byte(pem), 0o644, true); err != nil {
			return err
		}
		names = append(names, name)
	}
	if len(names) == 1 {
		t.set("publicKeys", names, "The key that the site publishes at "+source+". Use the text in the assistant's security settings if it is another one.")
		t.tell("Its public key is published at %s; it is in %s.", source, filepath.Join(t.folder, names[0]))
		return nil
	}
	t.set("publicKeys", names, "The keys that the site publishes at "+source+". Leave those that the assistant's security settings have.")
	t.tell("Its public keys are published at %s; they are in %s.", source, strings.Join(names, ", "))
	return nil
}

// givenKeys writes the public keys that were given, or that one is to be named.
func (t *configurationText) givenKeys() {
	if len(t.settings.PublicKeys) == 0 {
		t.comment("", "publicKeys: [key.pub]")
		return
	}
	t.set("publicKeys", t.relative(t.settings.PublicKeys), "The key that the assistant verifies tokens with.")
}

// files writes the settings that were given by flags and are not about tokens.
func (t *configurationText) files() {
	if t.settings.Page.URL != "" {
		t.set("page", yaml.MapSlice{{Key: "url", Value: t.address(t.settings.Page.URL)}}, "The page with the chat in it.")
	} else {
		t.comment("", "The page with the chat in it, for 'webchatspec page' and 'webchatspec verify'.", "page: {url: https://shop.example/}")
	}
	if len(t.settings.Resolve) > 0 {
		t.set("resolve", t.settings.Resolve, "Addresses in place of DNS.")
	}
	tls := yaml.MapSlice{}
	for _, file := range []struct{ key, name string }{{"ca", t.settings.TLS.CA}, {"cert", t.settings.TLS.Cert}, {"key", t.settings.TLS.Key}} {
		if file.name != "" {
			tls = append(tls, yaml.MapItem{Key: file.key, Value: t.relative([]string{file.name})[0]})
		}
	}
	if len(tls) > 0 {
		t.set("tls", tls, "Certificates.")
	}
}

// relative makes paths relative to the configuration file.
func (t *configurationText) relative(paths []string) []string {
	var all []string
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		folder, err2 := filepath.Abs(t.folder)
		if relative, err3 := filepath.Rel(folder, absolute); err == nil && err2 == nil && err3 == nil {
			path = relative
		}
		all = append(all, escaped(path))
	}
	return all
}

// logins writes the users and how they log in.
func (t *configurationText) logins() {
	if t.beside {
		t.tell("Visitors get a token without a login, too.")
	} else {
		t.tell("It requires a login: %s.", readable(t.why))
	}
	var users []yaml.MapSlice
	for _, user := range t.users {
		written := yaml.MapSlice{{Key: "name", Value: escaped(user.Name)}}
		if len(user.Login) == 0 { // a web server asks for the password each time
			value := t.basic(user.Name, strings.TrimPrefix(user.Header.Get("Authorization"), "Basic "))
			written = append(written, yaml.MapItem{Key: "headers", Value: map[string]string{"Authorization": "Basic " + value}})
			users = append(users, written)
			continue
		}
		written = append(written, yaml.MapItem{Key: "login", Value: t.calls(user.Login)})
		if len(user.Values) > 0 {
			written = append(written, yaml.MapItem{Key: "values", Value: user.Values})
		}
		if len(user.Logout) > 0 {
			written = append(written, yaml.MapItem{Key: "logout", Value: t.calls(user.Logout)})
		}
		users = append(users, written)
	}
	for _, step := range t.users[0].Login {
		switch {
		case len(step.Form)+len(step.JSON) == 0 && len(step.Take) > 0:
			t.tell("The login needs an answer of %s%s.", readable(step.URL), whatItGives(step))
		case len(step.Form)+len(step.JSON) > 0:
			t.tell("%s logs in with a request to %s%s.", readable(t.users[0].Name), readable(step.URL), whatItGives(step))
		}
	}
	if !t.beside {
		t.set("anonymous", false, "It requires a login: "+readable(t.why)+".")
	}
	t.set("users", users, "Test users; their passwords come from the environment.")
	t.tellLogout()
	if len(t.users) == 1 {
		t.tell("With a second --user it is also seen whether one gets the other's token.")
	}
}
