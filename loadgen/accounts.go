package loadgen

import (
	"fmt"
	"net/http"

	"github.com/webchatspec/webchatspec/endpoint"
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
		for step := &before[i]; step != nil; {
			if step = w.takeStep(a, who, step); a.failure != "" {
				return
			}
		}
	}
}

// takeStep sends one request of those before the first token, and returns the one to
// which its answer leads.
func (w *worker) takeStep(a *answer, who string, step *endpoint.Request) (next *endpoint.Request) {
	u := a.user
	if w.admit(a); a.failure != "" {
		return nil
	}
	request, err := step.For(w.limited(), w.client, u.known())
	if err != nil {
		a.failure, a.detail = record.FailureBadConfig, err.Error()
		return nil
	}
	if request.URL.Hostname() != w.client.Endpoint().Hostname() {
		a.failure, a.detail = record.FailureBadConfig, who+": it goes to another host than the token endpoint, where load must not go"
		return nil
	}
	endpoint.AddCookies(request.Header, u.jar.Cookies(cookieURL(request.URL)))
	header, body := w.exchange(request, a, func(status int) bool { return status < http.StatusBadRequest })
	if a.failure == "" {
		if next, err = u.learn(w.client, step, endpoint.Reply{From: request.URL, Status: a.status, Header: header, Body: body}); err != nil {
			a.failure, a.detail = failureNoToken, err.Error()
		}
		known := u.known()
		for name := range step.Take {
			w.keepBackValue("value "+name, known[name])
		}
	}
	if a.failure != "" {
		a.answered = false // no session, whatever the site said
		a.detail = fmt.Sprintf("%s: %s: %s", who, a.failure, a.detail)
	}
	return next
}

// holdSessions finds accounts of which a login has ended the sessions that were
// begun before, as a site may do: their users then go on in the one that is left.
func (r *run) holdSessions() {
	byAccount := map[*endpoint.User][]*user{}
	for _, u := range r.sender.users.all {
		if u.account != nil && u.settled && len(u.account.Login) > 0 {
			byAccount[u.account] = append(byAccount[u.account], u)
		}
	}
	w := r.sender.newPacedWorker()
	defer w.close()
	for _, users := range byAccount {
		var left, ended []*user
		for _, u := range users {
			if r.interrupted() || len(left) > 1 && len(ended) == 0 { // two at once: they may have several
				break
			}
			if w.send(u).failure == "" {
				left = append(left, u)
			} else {
				ended = append(ended, u)
			}
		}
		for _, u := range ended {
			if len(left) > 0 {
				u.share(left[0])
			}
		}
	}
}

// share puts the user into the session of another, who is the same person.
func (u *user) share(session *user) {
	u.jar, u.values, u.since, u.settled, u.request = session.jar, session.values, session.since, true, nil
}
