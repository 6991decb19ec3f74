package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

// logIn sends the login request of the user's account, if it has one. The answer
// is noted in a, and is a failure where the site refuses the login.
func (s *sender) logIn(ctx context.Context, a *answer) {
	account := a.user.account
	if account == nil || account.Login == nil {
		return
	}
	request, err := loginRequest(ctx, s.client.Endpoint(), account.Login)
	if err != nil {
		a.failure, a.detail = record.FailureBadConfig, err.Error()
		return
	}
	s.exchange(request, a, func(status int) bool { return status < http.StatusBadRequest })
	if a.failure != "" {
		a.answered = false // no session, whatever the site said
		a.detail = fmt.Sprintf("login of %s: %s", account.Name, a.detail)
	}
}

// loginRequest is the request as the site's own page would send it.
func loginRequest(ctx context.Context, endpoint *url.URL, call *endpoint.Call) (*http.Request, error) {
	address, err := endpoint.Parse(call.URL)
	if err != nil {
		return nil, err
	}
	if address.Hostname() != endpoint.Hostname() {
		return nil, errors.New("it goes to another host than the token endpoint, where load must not go")
	}
	method, body, media := strings.ToUpper(call.Method), call.JSON, "application/json"
	if body == "" && len(call.Form) > 0 {
		form := url.Values{}
		for name, value := range call.Form {
			form.Set(name, value)
		}
		body, media = form.Encode(), "application/x-www-form-urlencoded"
	}
	if method == "" && body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, address.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Origin", address.Scheme+"://"+address.Host)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		request.Header.Set("Content-Type", media)
	}
	setAll(request.Header, call.Header)
	return request, nil
}

func setAll(header, from http.Header) {
	for name, values := range from {
		header[http.CanonicalHeaderKey(name)] = values
	}
}
