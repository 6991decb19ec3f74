package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
)

// loginForm is one of the forms of a login.
type loginForm struct {
	place  string // of its action, as take has it
	action string // where it goes, as the page says it
	fields []loginField
	// asksPassword says that it has a field for it; isWhole, that it also has one for
	// the name; postsItself, that a script of the page sends it with nothing typed, and
	// confirms, that a button does, with which somebody agrees.
	asksPassword, isWhole, postsItself, confirms bool

	// to is the address to which it goes, as the configuration writes it, and take what
	// of it is another one each time: by name the place.
	to   string
	take map[string]string
}

// loginField is one of the fields of a form to log in.
type loginField struct {
	name, value string
	is          fieldKind
}

type fieldKind int

const (
	fieldFixed fieldKind = iota // goes back as it came
	fieldName
	fieldPassword
	fieldOnce // hidden, and another one each time: a token against forgery
)

// loginForms finds the forms of a page with which somebody may log in: those with a
// password, those that only ask for a name or an e-mail address, and those that a script
// of the page sends by itself.
func loginForms(page []byte) []loginForm {
	var found []loginForm
	number := 0
	eachElement(page, func(n *html.Node) {
		if n.Data != "form" {
			return
		}
		form := readForm(n)
		if number++; number == 1 {
			form.place = "html:form@action"
		} else if id := attribute(n, "id"); plainName.MatchString(id) {
			form.place = "html:form#" + id + "@action"
		}
		form.postsItself = form.postsItself && postsItself.Match(page)
		if form.asksPassword || form.isWhole || form.postsItself || form.confirms {
			found = append(found, form)
		}
	})
	slices.SortStableFunc(found, func(a, b loginForm) int { return cmp.Compare(b.rank(), a.rank()) })
	return found
}

// agreeWords match what stands on a button with which somebody lets a site know who they are.
var agreeWords = regexp.MustCompile(`(?i)consent|allow|authori[sz]e|continue|confirm|grant|accept|agree`)

// textIn is the text of an element.
func textIn(n *html.Node) (text string) {
	for inner := range n.Descendants() {
		if inner.Type == html.TextNode {
			text += inner.Data
		}
	}
	return text
}

// postsItself matches the script of a page that sends its form.
var postsItself = regexp.MustCompile(`\.submit\(\)`)

// rank is higher for what is more likely a login.
func (f loginForm) rank() int {
	switch {
	case f.asksPassword:
		return 2
	case f.postsItself:
		return 1
	case f.confirms:
		return -1
	}
	return 0
}

// readForm reads the fields of a form.
func readForm(form *html.Node) loginForm {
	f := loginForm{action: attribute(form, "action")}
	asksName, pressed, shown := false, false, 0
	for inner := range form.Descendants() {
		name, kind := attribute(inner, "name"), strings.ToLower(attribute(inner, "type"))
		isButton := inner.Data == "button" && kind != "button" && kind != "reset" || inner.Data == "input" && kind == "submit"
		if isButton && !pressed { // a browser sends the first one, or the one that is pressed
			pressed = true
			f.confirms = agreeWords.MatchString(attribute(inner, "value") + " " + textIn(inner) + " " + f.action)
			if name != "" {
				f.fields = append(f.fields, loginField{name: name, value: attribute(inner, "value")})
			}
		}
		if inner.Data != "input" || name == "" || isButton {
			continue
		}
		field := loginField{name: name, value: attribute(inner, "value")}
		switch {
		case kind == "password":
			field.is, f.asksPassword = fieldPassword, true
		case kind == "hidden" && field.isOnce():
			field.is = fieldOnce
		case kind == "hidden":
		case (kind == "" || kind == "text" || kind == "email" || kind == "tel") && !asksName:
			field.is, asksName = fieldName, true
		default:
			if kind != "checkbox" {
				shown++
			}
			continue
		}
		f.fields = append(f.fields, field)
	}
	f.isWhole = asksName && shown == 0 && (f.asksPassword || slices.ContainsFunc(f.fields, func(field loginField) bool {
		return field.is == fieldName && nameWords.MatchString(field.name)
	}))
	f.postsItself = len(f.fields) > 0 && !asksName && !f.asksPassword && shown == 0
	f.confirms = f.confirms && f.postsItself
	if f.postsItself && !f.confirms {
		for i := range f.fields {
			f.fields[i].is = fieldOnce
		}
	}
	return f
}

// nameWords match the name of a field for who logs in.
var nameWords = regexp.MustCompile(`(?i)user|mail|log-?in|ident|account|phone`)

// isOnce says whether what a hidden field holds is likely another one each time.
func (f loginField) isOnce() bool {
	const long = 16
	return isForgeryField(f.name) || onceWords.MatchString(f.name) || len(f.value) >= long
}

// onceWords match the names of what belongs to one login alone.
var onceWords = regexp.MustCompile(`(?i)^(?:state|nonce|flow|ticket|lt|code|session_code|execution|tab_id|SAMLRequest)$`)

// resolve works out where the form goes, from the address of its page, to which a
// redirect may have led. On the endpoint's own host it is written without it.
func (f loginForm) resolve(own string, page *url.URL, led bool) loginForm {
	if page == nil {
		f.to = f.action
		return f
	}
	to, err := page.Parse(f.action)
	if err != nil {
		f.to = f.action
		return f
	}
	place := f.place
	if place != "" {
		place += " | "
	}
	if f.action == "" { // the page's own address
		place = ""
	}
	f.take = map[string]string{}
	var query []string
	for pair := range strings.SplitSeq(to.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		const long = 12
		if err == nil && (onceWords.MatchString(plain) || len(value) >= long) && (place != "" || f.action == "" && led) {
			taken := valueName(plain)
			f.take[taken] = place + "query:" + plain
			pair = name + "={" + taken + "}"
		}
		query = append(query, pair)
	}
	if place != "" && len(f.take) == 0 && onceSegment.MatchString(to.EscapedPath()) {
		f.to, f.take = "{action}", map[string]string{"action": f.place}
		return f
	}
	at := *to
	at.RawQuery, at.Fragment = "", ""
	if f.to = at.String(); at.Host == own {
		f.to = at.RequestURI()
	}
	if to.RawQuery != "" {
		f.to += "?" + strings.Join(query, "&")
	}
	return f
}

// onceSegment matches a path with a segment that is likely another one each time.
var onceSegment = regexp.MustCompile(`/(?:[A-Za-z_-]*\d[\w-]{11,}|[0-9a-f]{12,}|\w*\d\w*[A-Z]\w{8,})(?:/|$)`)

// valueName is the name of a value that a field gives.
func valueName(field string) string {
	if isForgeryField(field) {
		return "csrf"
	}
	name := strings.Trim(notInVariable.ReplaceAllString(field, "_"), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "field_" + name
	}
	return name
}

// request is the form as the user sends it, and what it takes from its page.
func (f loginForm) request(user testUser) (endpoint.Request, map[string]string) {
	take, form := map[string]string{}, map[string]string{}
	for name, place := range f.take {
		take[name] = place
	}
	for _, field := range f.fields {
		switch field.is {
		case fieldName:
			form[field.name] = user.name
		case fieldPassword:
			form[field.name] = user.password
		case fieldOnce:
			value := valueName(field.name)
			for number := 2; take[value] != ""; number++ {
				value = fmt.Sprintf("%s_%d", valueName(field.name), number)
			}
			take[value], form[field.name] = "form:"+field.name, "{"+value+"}"
		default:
			form[field.name] = field.value
		}
	}
	return endpoint.Request{URL: f.to, Form: form}, take
}

// steps are the requests of the user's login by the forms.
func (l loginWish) steps(user testUser) []endpoint.Request {
	steps := []endpoint.Request{{URL: l.page, Follow: l.follow}}
	for i, form := range l.forms {
		request, take := form.request(user)
		request.Follow = l.follow || i+1 < len(l.forms)
		if len(take) > 0 {
			steps[i].Take = take
		}
		steps = append(steps, request)
	}
	if len(steps[0].Take) == 0 && !l.follow && !l.opened {
		return steps[1:]
	}
	return steps
}

// mostForms is how many forms a login has at most.
const mostForms = 4

// walk goes on from the first form to those that its answers show: the one for the
// password after the one for the name, and those that post themselves.
func (s *survey) walk(ctx context.Context, wish loginWish, user testUser) loginWish {
	for len(wish.forms) < mostForms {
		steps := wish.steps(user)
		steps[len(steps)-1].Follow = true // to see what comes next
		got := s.try(ctx, way{method: visitOnly, visit: wish.visit, header: wish.header, user: &endpoint.User{Name: user.name, Login: steps}})
		asked := slices.ContainsFunc(wish.forms, func(f loginForm) bool { return f.asksPassword })
		if got.Status != http.StatusOK || got.err != nil && asked { // before it is asked for, its form is no refusal
			return wish
		}
		forms := loginForms(got.Body)
		next := slices.IndexFunc(forms, func(f loginForm) bool { return f.postsItself || f.confirms && asked || f.asksPassword && !asked })
		if next < 0 {
			return wish
		}
		wish.forms = append(slices.Clone(wish.forms), forms[next].resolve(s.host(), got.From, true))
	}
	return wish
}

// host is the host of the endpoint, with its port.
func (s *survey) host() string {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return ""
	}
	return target.Host
}
