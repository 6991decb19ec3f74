package endpoint

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// Session is one visitor's browser, for callers that need the answers one by one. It sends
// the requests before the first token, and keeps the cookies and values. It is not safe
// for concurrent use.
type Session struct {
	client    *Client
	visitor   *visitor
	transport http.RoundTripper
	set       []SetBy
}

// SetBy is a cookie, and the address whose answer has set it.
type SetBy struct {
	From   *url.URL
	Cookie *http.Cookie
}

// Reply is an answer of the site, unpacked as browsers do.
type Reply struct {
	// From is the address that was asked.
	From   *url.URL
	Status int
	Header http.Header
	Body   []byte
}

// NewSession returns the session of a visitor who has not come to the site yet, and who is
// the user, or not logged in when that is nil. A nil transport is the client's own.
func (c *Client) NewSession(user *User, transport http.RoundTripper) *Session {
	s := &Session{client: c, visitor: newVisitor("session"), transport: transport}
	if transport == nil {
		s.transport = c.Transport(1)
	}
	s.visitor.become(user)
	return s
}

// Begin sends the requests before the one for a token, and returns the last answer. The
// error names the request that the site has refused, or whose answer lacks a value that
// is to be taken from it.
func (s *Session) Begin(ctx context.Context) (last Reply, err error) {
	user := s.visitor.user
	if last, err = s.take(ctx, "visit", record.VariantVisit, s.client.config.Visit); err != nil || user == nil {
		return last, err
	}
	return s.take(ctx, "login of "+user.Name, record.VariantLogin, user.Login)
}

// take sends the steps, one after the other.
func (s *Session) take(ctx context.Context, what string, variant record.Variant, steps []Request) (last Reply, err error) {
	for q := newSequence(s.visitor, variant, steps); !q.done(); {
		a, err := s.client.due(q)
		if err != nil {
			return last, fmt.Errorf("%s: %w", what, err)
		}
		result, err := s.send(ctx, &a)
		if err != nil {
			return last, fmt.Errorf("%s, %s: %w", what, secrets.Address(q.request.URL), err)
		}
		last = result.reply(a.address)
		if refused := s.client.outcome(&a, result); refused != "" {
			return last, fmt.Errorf("%s, %s: %s", what, secrets.Address(q.request.URL), refused)
		}
		q.proceed(result.next)
	}
	return last, nil
}

// LogOut sends what logs the user out, and returns the last answer. What the login has
// given is still known, so that one sees whether the site takes it afterwards.
func (s *Session) LogOut(ctx context.Context) (last Reply, err error) {
	user := s.visitor.user
	if user == nil {
		return last, nil
	}
	return s.take(ctx, "logout of "+user.Name, record.VariantLogout, user.Logout)
}

// Ask asks for a token.
func (s *Session) Ask(ctx context.Context) (Reply, error) {
	a := ask{visitor: s.visitor}
	from, err := s.client.address(&a)
	if err != nil {
		return Reply{}, err
	}
	result, err := s.send(ctx, &a)
	if err != nil {
		return Reply{}, err
	}
	return result.reply(from), nil
}

// Cookies are those that the site has set and the browser still has.
func (s *Session) Cookies() []SetBy {
	return slices.DeleteFunc(slices.Clone(s.set), func(set SetBy) bool {
		beside := *set.From
		if strings.HasPrefix(set.Cookie.Path, "/") {
			beside.Path = set.Cookie.Path
		}
		return !slices.Contains(s.visitor.cookies(&beside), Cookie{set.Cookie.Name, set.Cookie.Value})
	})
}

// send sends one request within the time limit, and keeps the cookies.
func (s *Session) send(ctx context.Context, a *ask) (*answer, error) {
	if err := s.client.bounds.Wait(ctx); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, s.client.config.Timeout)
	defer cancel()
	request, err := s.client.request(limited, a)
	if err != nil {
		return nil, err
	}
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	result := &answer{visitor: s.visitor}
	if err := result.read(response, s.client.config.MaxBody); err != nil {
		return nil, err
	}
	for _, cookie := range SetCookies(response.Header) {
		s.set = append(s.set, SetBy{request.URL, cookie})
		if len(cookie.Value) >= liveCookie {
			s.client.live.AddLive("cookie "+cookie.Name, cookie.Value)
		}
	}
	s.visitor.keep(request.URL, SetCookies(response.Header))
	s.visitor.renew(s.client, !a.foreign, result)
	return result, nil
}

// Renewed returns the values that an answer gives anew to a visitor who is the user, or is
// not logged in when that is nil: values that were taken from a cookie or a header change
// when the answer sets that again, as they do for a page's script. Nil is none.
func (c *Client) Renewed(user *User, header http.Header) Values {
	var renewed Values
	for _, step := range c.Before(user) {
		for name, where := range step.Take {
			place, err := parsePlace(where)
			if err != nil || !place.is(placeCookie) && !place.is(placeHeader) {
				continue
			}
			if value, found := place.find(header, nil); found {
				if renewed == nil {
					renewed = Values{}
				}
				renewed[name] = value
			}
		}
	}
	return renewed
}

// Given returns the values that an answer with a token gives for the next request. Nil is
// none.
func (c *Client) Given(header http.Header, body []byte) Values {
	if len(c.config.Take) == 0 {
		return nil
	}
	return c.given(header, body)
}
