package endpoint

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// The names under which a request may ask how long its token lives, when it expires, and
// whether it lives long.
var (
	lifeParameters = []string{"ttl", "expiresIn", "expires_in", "lifetime", "maxAge", "max_age", "duration", "validity", "validFor", "valid_for", "tokenTtl", "token_ttl", "minutes", "hours", "days"}
	endParameters  = []string{"exp", "expires", "expiresAt", "expires_at", "expiry", "expiration", "validUntil", "valid_until", "notAfter"}
	keepParameters = []string{"remember", "rememberMe", "remember_me", "persistent", "longLived", "long_lived", "keep"}
)

const (
	// longLife is what is asked for: longer than any token should live, and still plausible.
	longLife = 7 * 24 * time.Hour
	// mostLives is how many requests ask for a life, without those that search for the name.
	mostLives = 3 * 2 * (1 + 4)
)

// oftenAsked are tried one by one where a request with all names is refused.
var oftenAsked = []string{"ttl", "expiresIn", "expires_in", "exp"}

var (
	lifeName = regexp.MustCompile(`(?i)ttl|^exp$|expir|life|max_?age|duration|valid|minutes|hours|days|seconds`)
	lifeText = regexp.MustCompile(`^\d+ ?(?:s|m|h|d|sec|min|[a-z]+s)?$`)
)

// lifeWords is the life as it is written under the names: in numbers, or in the words that
// libraries read.
type lifeWords struct {
	how       string
	life      func(name string) any
	end, keep any
}

// lifeUnits are the units of the lives that are not in seconds, by the name of the parameter.
var lifeUnits = map[string]time.Duration{"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

func lifeForms(now time.Time) []lifeWords {
	return []lifeWords{
		{how: "in numbers", keep: 1, end: now.Add(longLife).Unix(), life: func(name string) any {
			return int64(longLife / cmp.Or(lifeUnits[name], time.Second))
		}},
		{how: "in words", keep: true, end: now.Add(longLife).UTC().Format(time.RFC3339), life: func(string) any { return "7d" }},
	}
}

// under returns the values for the names.
func (w lifeWords) under(names []string) map[string]any {
	values := map[string]any{}
	for _, name := range names {
		switch {
		case slices.Contains(endParameters, name):
			values[name] = w.end
		case slices.Contains(keepParameters, name):
			values[name] = w.keep
		default:
			values[name] = w.life(name)
		}
	}
	return values
}

// lifeCarrier is a part of a request that can ask for a life.
type lifeCarrier struct {
	about string
	put   func(a *ask, values map[string]any)
}

// lifeCarriers are the query and the body. Configured values stay, unless they are a life.
func (c *Client) lifeCarriers() []lifeCarrier {
	list := []lifeCarrier{{"query", func(a *ask, values map[string]any) {
		address := *c.endpoint
		address.RawQuery = longer(address.Query(), values).Encode()
		a.address = &address
	}}}
	post := func(kind string, body func(values map[string]any) string) func(*ask, map[string]any) {
		return func(a *ask, values map[string]any) {
			a.method, a.body, a.header = http.MethodPost, body(values), c.ownPage()
			a.header.Set("Content-Type", kind)
		}
	}
	body := func(text func(values map[string]any) string) func(*ask, map[string]any) {
		return func(a *ask, values map[string]any) { a.body = text(values) }
	}
	var configured map[string]any
	form, _ := url.ParseQuery(c.config.Body) // only used if the body is a form
	switch {
	case isForm(c.config.Body):
		list = append(list, lifeCarrier{"form body", body(func(values map[string]any) string { return longer(form, values).Encode() })})
	case json.Unmarshal([]byte(c.config.Body), &configured) == nil:
		list = append(list, lifeCarrier{"JSON body", body(func(values map[string]any) string { return longerJSON(c.config.Body, values) })})
	case c.config.Body == "":
		list = append(list,
			lifeCarrier{"JSON body", post("application/json", func(values map[string]any) string { return longerJSON("{}", values) })},
			lifeCarrier{"form body", post(formType, func(values map[string]any) string { return longer(nil, values).Encode() })},
		)
	}
	return list
}

// longer adds the values to the parameters, and makes each life among these a thousand times
// as long.
func longer(parameters url.Values, values map[string]any) url.Values {
	list := maps.Clone(parameters)
	if list == nil {
		list = url.Values{}
	}
	for name, own := range list {
		if lifeName.MatchString(name) && len(own) == 1 && lifeText.MatchString(own[0]) {
			list[name] = []string{fmt.Sprint(thousandfold(own[0]))}
		}
	}
	for name, value := range values {
		if !list.Has(name) {
			list.Set(name, fmt.Sprint(value))
		}
	}
	return list
}

// longerJSON does the same in an object, and lengthens lives in those inside it, too.
func longerJSON(text string, values map[string]any) string {
	var body map[string]any
	if json.Unmarshal([]byte(text), &body) != nil {
		return text
	}
	for _, object := range objectsIn(body, deepestMember) {
		for name, own := range object {
			text, _ := json.Marshal(own) // was decoded from JSON
			if lifeName.MatchString(name) && lifeText.MatchString(strings.Trim(string(text), `"`)) {
				object[name] = thousandfold(own)
			}
		}
	}
	for name, value := range values {
		if _, has := body[name]; !has {
			body[name] = value
		}
	}
	changed, _ := json.Marshal(body) // was decoded from JSON
	return string(changed)
}

// thousandfold makes a configured life a thousand times as long, and moves a configured
// expiry by [longLife].
func thousandfold(own any) any {
	const instant, instantMillis = 1e9, 1e12 // a number from these on is a time, in seconds or milliseconds
	number, isNumber := own.(float64)
	if isNumber {
		switch {
		case number >= instantMillis:
			return int64(number) + longLife.Milliseconds()
		case number >= instant:
			return int64(number) + int64(longLife/time.Second)
		}
		return int64(number * 1000)
	}
	text := fmt.Sprint(own)
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if parsed, err := strconv.ParseFloat(text[:digits], 64); err == nil {
		return fmt.Sprint(thousandfold(parsed)) + text[digits:]
	}
	return own
}

// lives asks for a long life wherever a request has room for one, until a token has it.
func (o *offers) lives(ctx context.Context) {
	names := slices.Concat(lifeParameters, endParameters, keepParameters)
	usual := lifeOf(o.firstAnswer)
	for _, c := range o.lifeCarriers() {
		for _, form := range lifeForms(time.Now()) {
			given := func(some []string) bool {
				return lifeOf(o.askForLife(ctx, c, form, some)) > usual+time.Minute
			}
			result := o.askForLife(ctx, c, form, names)
			if lifeOf(result) > usual+time.Minute {
				o.narrow(names, given) // the last request has the one name that had the effect
				return
			}
			if result.status == http.StatusMethodNotAllowed || result.status == http.StatusNotImplemented {
				break
			}
			if !refused(result) {
				continue
			}
			for _, name := range oftenAsked {
				if given([]string{name}) {
					return
				}
			}
		}
	}
}

// askForLife asks for a token with a long life, under the names.
func (o *offers) askForLife(ctx context.Context, c lifeCarrier, form lifeWords, names []string) *answer {
	about := c.about + ", " + form.how
	if len(names) == 1 {
		about = c.about + " " + names[0] + ", " + form.how
	}
	a := ask{probe: o.probe, variant: record.VariantChosenLife, about: about, odd: true}
	c.put(&a, form.under(names))
	return o.askFresh(ctx, a)
}

// lifeOf is how long the token of an answer lives; 0 if it does not say.
func lifeOf(result *answer) time.Duration {
	exp, ok := result.expiry()
	if !ok {
		return 0
	}
	return time.Duration(exp-float64(result.token.ReceivedAt.Unix())) * time.Second
}
