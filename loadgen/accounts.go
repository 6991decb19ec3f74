package loadgen

import (
	"fmt"
	"net/http"

	"github.com/webchatspec/webchatspec/record"
)

// begin sends what the user's browser sends before the first token: the visit,
// and the login of its account, if it has one. What the site refuses is a failure.
func (w *worker) begin(a *answer) {
	u, who := a.user, "visit"
	if u.account != nil {
		who = "login of " + u.account.Name
	}
	before := w.client.Before(u.account)
	for i := range before {
		request, err := before[i].For(w.limited(), w.client, u.values)
		if err != nil {
			a.failure, a.detail = record.FailureBadConfig, err.Error()
			return
		}
		if request.URL.Hostname() != w.client.Endpoint().Hostname() {
			a.failure, a.detail = record.FailureBadConfig, who+": it goes to another host than the token endpoint, where load must not go"
			return
		}
		for _, cookie := range u.jar.Cookies(cookieURL(request.URL)) {
			request.AddCookie(cookie)
		}
		header, body := w.exchange(request, a, func(status int) bool { return status < http.StatusBadRequest })
		if a.failure == "" {
			if err := before[i].Learn(u.values, header, body); err != nil {
				a.failure, a.detail = failureNoToken, err.Error()
			}
		}
		if a.failure != "" {
			a.answered = false // no session, whatever the site said
			a.detail = fmt.Sprintf("%s: %s", who, a.detail)
			return
		}
	}
}
