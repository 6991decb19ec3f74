package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/secrets"
)

// givenRequest is a request that the user has told, as --visit, --login and --logout take
// it. "{name}" and "{password}" are those of the one who logs in; what else stands in
// braces comes from an answer before.
type givenRequest struct {
	method, address, body string
	header                http.Header
	basic                 string // name and password that go along as HTTP Basic has them, with a colon between
}

// givenForm is how one is written: headers and HTTP Basic as curl takes them.
const givenForm = "[METHOD] ADDRESS [-H 'NAME: VALUE'] [-u NAME:PASSWORD] [BODY]"

var (
	methodWord = regexp.MustCompile(`^[A-Z]+ `)
	// givenOption matches an option and its value, which may stand in quotation marks.
	givenOption = regexp.MustCompile(`^(-[Hu])\s*(?:'([^']*)'|"([^"]*)"|([^\s'"]\S*))(?:\s+|$)`)
)

func readGiven(flag string, texts []string) ([]givenRequest, error) {
	var all []givenRequest
	for _, text := range texts {
		text = strings.TrimSpace(text)
		var r givenRequest
		if method := methodWord.FindString(text); method != "" {
			r.method, text = strings.TrimSpace(method), strings.TrimSpace(text[len(method):])
		}
		r.address, text, _ = strings.Cut(text, " ")
		rest, err := r.readOptions(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", flag, secrets.Address(r.address), err)
		}
		r.body = rest
		if _, err := url.Parse(valuePlace.ReplaceAllString(r.address, "x")); err != nil || r.address == "" {
			return nil, fmt.Errorf("--%s %q: write %s", flag, text, givenForm)
		}
		if r.sendsJSON() && !json.Valid([]byte(r.body)) {
			return nil, fmt.Errorf("--%s %s: the body is no JSON: quote names and texts, places such as {password} as well", flag, secrets.Address(r.address))
		}
		all = append(all, r)
	}
	return all, nil
}

// readOptions reads the headers before the body, and returns the body.
func (r *givenRequest) readOptions(text string) (body string, err error) {
	for option := givenOption.FindStringSubmatch(text); option != nil; option = givenOption.FindStringSubmatch(text) {
		text = text[len(option[0]):]
		value := option[2] + option[3] + option[4]
		if option[1] == "-u" {
			if r.basic = value; !strings.Contains(value, ":") {
				return "", errors.New("write -u NAME:PASSWORD")
			}
			continue
		}
		name, content, found := strings.Cut(value, ":")
		if !found || !headerName.MatchString(name) {
			return "", errors.New("write -H 'NAME: VALUE'")
		}
		if r.header == nil {
			r.header = http.Header{}
		}
		r.header.Add(name, strings.TrimSpace(content))
	}
	if strings.HasPrefix(text, "-H") || strings.HasPrefix(text, "-u") {
		return "", fmt.Errorf("write %s", givenForm)
	}
	return text, nil
}

var headerName = regexp.MustCompile("^[\\w!#$%&'*+.^`|~-]+$")

func (r givenRequest) sendsJSON() bool {
	return strings.HasPrefix(r.body, "{") || strings.HasPrefix(r.body, "[")
}

// isPage says whether nothing but an address was told.
func (r givenRequest) isPage() bool {
	return r.method == "" && r.body == "" && r.header == nil && r.basic == ""
}

// request is what is sent for the user; nil is for nobody. Places of other values stay.
func (r givenRequest) request(user *testUser) endpoint.Request {
	fill := func(text string, escape func(string) string) string {
		if user == nil {
			return text
		}
		return strings.NewReplacer("{name}", escape(user.name), "{password}", escape(user.password)).Replace(text)
	}
	plain := func(text string) string { return text }
	sent := endpoint.Request{Method: r.method, URL: fill(r.address, urlEscape)}
	for name, lines := range r.header {
		for _, line := range lines {
			sent.Header = with(sent.Header, name, fill(line, plain))
		}
	}
	if r.basic != "" && user != nil { // that of nobody is a header by now
		sent.Header = with(sent.Header, "Authorization", "Basic ${"+basicVariable(user.name)+"}")
	}
	switch kind := r.header.Get("Content-Type"); {
	case r.body == "":
	case kind != "" && !r.sendsJSON() && !strings.Contains(kind, "urlencoded"):
		sent.JSON = fill(r.body, plain)
	case r.sendsJSON():
		sent.JSON = fill(r.body, jsonEscape)
	case strings.HasPrefix(r.body, "<"): // a text of another type stands there, too
		sent.JSON, sent.Header = fill(r.body, html.EscapeString), with(sent.Header, "Content-Type", "text/xml; charset=utf-8")
	default:
		sent.Form = map[string]string{}
		for pair := range strings.SplitSeq(r.body, "&") {
			name, value, _ := strings.Cut(pair, "=")
			sent.Form[unescaped(name)] = fill(unescaped(value), plain)
		}
	}
	return sent
}

// with has a further line in a header, which may be nil.
func with(header http.Header, name, value string) http.Header {
	if header == nil {
		header = http.Header{}
	}
	header.Add(name, value)
	return header
}

// basicVariable is the variable for what HTTP Basic makes of a user's name and password.
func basicVariable(user string) string {
	return strings.ToUpper(notInVariable.ReplaceAllString(user, "_")) + "_BASIC"
}

// urlEscape leaves variables of the configuration as they are.
func urlEscape(text string) string {
	if strings.HasPrefix(text, "${") {
		return text
	}
	return url.QueryEscape(text)
}

func jsonEscape(text string) string {
	quoted, _ := json.Marshal(text) // a text can always be written
	return string(quoted[1 : len(quoted)-1])
}

// unescaped is a name or value of a form as it was meant: many write it plainly.
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// requestsOf are the requests that were told, as they are sent for the user.
func requestsOf(given []givenRequest, user *testUser) []endpoint.Request {
	var all []endpoint.Request
	for _, r := range given {
		all = append(all, r.request(user))
	}
	return all
}

// confide has variables in the place of the credentials in what was told, with their
// values in the text's variables.
func (t *configurationText) confide(given []givenRequest) {
	for i := range given {
		body := given[i].body
		values := endpoint.Config{Body: body}.Secrets().Values()
		for _, value := range slices.SortedFunc(maps.Keys(values), longerFirst) {
			name, _, _ := strings.Cut(strings.TrimPrefix(values[value], "parameter "), " in ")
			if secrets.IsCredential(values[value]) && !strings.Contains(value, "{") && !enumerated.MatchString(value) {
				body = strings.ReplaceAll(body, value, t.secret(name, "the value of "+name+" that was given", value))
			}
		}
		given[i].body = body
		t.confideHeader(&given[i])
	}
}

// confideHeader is [configurationText.confide] for the headers, of which HTTP Basic is one.
func (t *configurationText) confideHeader(given *givenRequest) {
	for name, lines := range given.header {
		for i, line := range lines {
			if !strings.Contains(line, "{") && !secrets.IsPlainHeaderLine(name, line) && !plainValue.MatchString(line) {
				lines[i] = t.secret(name, "the value of "+name, line)
			}
		}
	}
	if given.basic == "" || len(placesIn(given.basic)) > 0 {
		return
	}
	known := variablePlace.ReplaceAllStringFunc(given.basic, func(place string) string { return os.Getenv(place[2 : len(place)-1]) })
	_, password, _ := strings.Cut(known, ":")
	t.known.Add("password of -u", password)
	value := t.secret("basic", "the base64 of NAME:PASSWORD that was given with -u", base64.StdEncoding.EncodeToString([]byte(known)))
	given.header, given.basic = with(given.header, "Authorization", "Basic "+value), ""
}

// addBasic has variables for what HTTP Basic makes of the users' names and passwords, where
// a request was told that has them.
func (t *configurationText) addBasic(given []givenRequest, users []testUser) {
	for _, r := range given {
		for _, user := range users {
			if r.basic == "" {
				continue
			}
			known := strings.NewReplacer("{name}", user.name, "{password}", user.password).Replace(r.basic)
			t.basic(user.name, base64.StdEncoding.EncodeToString([]byte(known)))
		}
	}
}

// basic is the place of a variable for what HTTP Basic makes of a user's name and password.
func (t *configurationText) basic(user, value string) string {
	variable := basicVariable(user)
	if t.variables[variable] == "" {
		t.tell("Set the environment variable %s to the base64 of NAME:PASSWORD of %s.", variable, readable(user))
	}
	return t.variable(variable, value)
}

// enumerated matches values that name one of several ways, as USER_PASSWORD_AUTH does.
var enumerated = regexp.MustCompile(`^[A-Z]+(?:_[A-Z]+)+$`)

// variablePlace is where a variable's value goes in what was told.
var variablePlace = regexp.MustCompile(`\$\{(\w+)\}`)

// addVariables notes the variables that stand in what was told, with their values: those
// of the environment and no others, for what a site says must not name any.
func (t *configurationText) addVariables(given []givenRequest) {
	for _, r := range given {
		for _, found := range variablePlace.FindAllStringSubmatch(strings.Join(append(linesOf(r.header), r.address, r.body), " "), -1) {
			if value, set := os.LookupEnv(found[1]); set && t.variables[found[1]] == "" {
				t.variables[found[1]] = value
				t.known.Add(found[0], value)
			}
		}
	}
}

// linesOf are the values in a header.
func linesOf(header http.Header) []string {
	return slices.Concat(slices.Collect(maps.Values(header))...)
}

// withVariables has the values of variables in what is sent.
func (s *survey) withVariables(requests []endpoint.Request) []endpoint.Request {
	fill := func(text string) string {
		return variablePlace.ReplaceAllStringFunc(text, func(place string) string {
			if value, told := s.variables[place[2:len(place)-1]]; told {
				return value
			}
			return place
		})
	}
	filled := slices.Clone(requests)
	for i := range filled {
		r := &filled[i]
		r.URL, r.JSON, r.Form, r.Header = fill(r.URL), fill(r.JSON), maps.Clone(r.Form), r.Header.Clone()
		for _, lines := range r.Header {
			for at := range lines {
				lines[at] = fill(lines[at])
			}
		}
		for name, value := range r.Form {
			r.Form[name] = fill(value)
		}
	}
	return filled
}

// toldAddresses are the addresses that were told.
func (s *survey) toldAddresses() (all []string) {
	for _, r := range slices.Concat(s.toldVisit, s.toldLogin, s.toldLogout) {
		all = append(all, r.address)
	}
	return all
}

// takenBy are the names of the values that the steps give.
func takenBy(steps []endpoint.Request) map[string]bool {
	taken := map[string]bool{}
	for _, step := range steps {
		for name := range step.Take {
			taken[name] = true
		}
	}
	return taken
}

// prepare makes the visit that was told. Where the request has places for values and no
// visit was told, it is that of a page that has them.
func (s *survey) prepare(ctx context.Context) {
	wanted := s.wantedNames()
	s.ofLogin = without(s.namesOfLogin(), nil)
	if s.toldVisit != nil {
		s.before, _ = s.complete(ctx, way{}, requestsOf(s.toldVisit, nil), nil, append(slices.Clone(wanted), s.ofLogin...))
		s.missing = without(wanted, takenBy(s.before))
		return
	}
	s.missing, wanted = wanted, without(append(slices.Clone(wanted), s.ofLogin...), nil)
	pages := s.pages()
	if slices.ContainsFunc(wanted, forgeryNames.MatchString) {
		pages = append(pages, forgeryPages...)
	}
	for _, page := range pages {
		if len(wanted) == 0 {
			return
		}
		steps, missing := s.complete(ctx, way{}, []endpoint.Request{{URL: page}}, nil, wanted)
		if len(missing) < len(wanted) {
			s.before, s.missing = steps, without(s.missing, takenBy(steps))
			return
		}
	}
}

// namesOfLogin are the names that the first request of the told login has places for: no
// answer to the login can give them.
func (s *survey) namesOfLogin() []string {
	if len(s.toldLogin) == 0 {
		return nil
	}
	return namesIn(requestsOf(s.toldLogin[:1], &testUser{})[0])
}

// complete asks the steps one after the other, as a visitor who has made the visit, and
// has each take what is named later on: in a later step, or among the names that are
// wanted in the end. It returns the steps, and the names that no answer had.
func (s *survey) complete(ctx context.Context, w way, visit, login []endpoint.Request, wanted []string) (completed []endpoint.Request, missing []string) {
	steps, begun := login, visit
	if login == nil {
		steps, begun = visit, nil
	}
	steps = slices.Clone(steps)
	taken := takenBy(begun)
	for i := range steps {
		names := slices.Clone(wanted)
		for _, later := range steps[i+1:] {
			names = append(names, namesIn(later)...)
		}
		maps.Copy(taken, takenBy(steps[i:i+1]))
		missing = without(names, taken)
		if len(names) == 0 {
			continue
		}
		ask := way{method: visitOnly, header: w.header, visit: steps[:i+1]}
		if login != nil {
			ask.visit, ask.user = begun, &endpoint.User{Name: w.userName(), Login: steps[:i+1]}
		}
		got := s.try(ctx, ask)
		s.learn(&steps[i], got.Reply, names, taken)
		if len(without(names, taken)) > 0 && got.isRedirect() && got.err == nil {
			steps[i].Follow = true
			got = s.try(ctx, ask)
			s.learn(&steps[i], got.Reply, names, taken)
		}
		refused := got.Status == 0 || got.Status >= http.StatusBadRequest || i == len(steps)-1
		if got.err != nil && refused { // before the end, a page that asks for a password is none
			s.loginAnswers = append(s.loginAnswers, loginAnswer{steps[i].URL, got.Reply})
			break
		}
		s.seen = append(s.seen, loginAnswer{steps[i].URL, got.Reply})
	}
	return steps, without(missing, taken)
}

// learn has the step take those of the names that its answer has. A name that is known
// already is taken anew where the answer has one that is called so.
func (s *survey) learn(step *endpoint.Request, answer endpoint.Reply, names []string, taken map[string]bool) {
	for _, name := range names {
		place, exact := s.placeOfValue(name, answer)
		known := taken[name] || slices.Contains(s.ofLogin, name) && !forgeryNames.MatchString(name)
		if step.Take[name] != "" || place == "" || known && !exact {
			continue
		}
		step.Take = merged(step.Take, map[string]string{name: place})
		taken[name] = true
	}
}

func without(names []string, taken map[string]bool) []string {
	var missing []string
	for _, name := range names {
		if !taken[name] && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// userName is the name of the user of the way.
func (w way) userName() string {
	if w.user == nil {
		return ""
	}
	return w.user.Name
}
