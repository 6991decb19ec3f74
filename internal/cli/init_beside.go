package cli

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/webchatspec/webchatspec/endpoint"
)

// renewed asks as the user once more, for whom the login has changed what the visit gave:
// with what the answers to the login have under the same names, or else with the visit once
// more after the login.
func (s *survey) renewed(ctx context.Context, w way) (got surveyed) {
	if len(w.visit) == 0 {
		return got
	}
	user := *w.user
	if login, anew := s.takenAnew(ctx, w, user.Login); anew {
		user.Login = login
		w.user = &user
		if got = s.try(ctx, w); got.token != "" {
			return got
		}
	}
	again := *w.user
	again.Login = slices.Concat(again.Login, w.visit)
	w.user = &again
	return s.try(ctx, w)
}

// takenAnew has the steps after the visit take those of its values that their answers have
// under the same names. It is false where none has.
func (s *survey) takenAnew(ctx context.Context, w way, steps []endpoint.Request) (taking []endpoint.Request, anew bool) {
	names := slices.Sorted(maps.Keys(takenBy(w.visit)))
	if len(names) == 0 {
		return steps, false
	}
	taking, _ = s.complete(ctx, w, w.visit, steps, names)
	for i := range taking {
		anew = anew || len(taking[i].Take) > len(steps[i].Take)
	}
	return taking, anew
}

// logInBeside finds the login of users at an endpoint that serves visitors without one, too:
// the endpoint itself would give a token anyway. It takes what was told; and forms, an
// address that was named and those where programming interfaces have their login, if the
// answer sets a cookie. An address that was guessed has to refuse a wrong password. It
// returns nobody when there is none.
func (s *survey) logInBeside(ctx context.Context, found surveyed, users []testUser) (all []endpoint.User) {
	wish := s.findForm(ctx, loginWish{way: found.way})
	for i, steps := range s.logins(ctx, wish, users[0]) {
		w, login := found.way, steps(users[0])
		if len(login) == 0 {
			continue
		}
		w.user = &endpoint.User{Name: users[0].name}
		w.user.Login, _ = s.learnedLogin(ctx, w, login, nil)
		begun := s.begin(ctx, w)
		if begun.err != nil || len(endpoint.SetCookies(begun.Header)) == 0 && s.toldLogin == nil {
			s.loginAnswers = append(s.loginAnswers, loginAnswer{login[len(login)-1].URL, begun.Reply})
			continue
		}
		const byForm = 2 // of the ways, where there is a form
		shown := s.toldLogin != nil || s.login != "" || wish.forms != nil && i < byForm
		if !shown && s.takesAnyPassword(ctx, found.way, steps, users[0]) {
			continue
		}
		got := s.try(ctx, w)
		if got.token == "" {
			got = s.renewed(ctx, w)
		} else if login, anew := s.takenAnew(ctx, w, w.user.Login); anew { // what the visit gave may be a visitor's still
			w.user.Login = login
			if anew := s.try(ctx, w); anew.token != "" {
				got = anew
			}
		}
		if got.token != "" {
			return s.written(steps, got.user.Login, users)
		}
	}
	return nil
}

// begin makes the visit and the login of the way alone.
func (s *survey) begin(ctx context.Context, w way) surveyed {
	return s.try(ctx, way{method: visitOnly, visit: w.visit, header: w.header, user: w.user})
}

// takesAnyPassword says whether an address takes what is sent whatever it is: it is no login.
func (s *survey) takesAnyPassword(ctx context.Context, w way, steps func(testUser) []endpoint.Request, user testUser) bool {
	user.password += "-mistyped"
	w.user = &endpoint.User{Name: user.name, Login: steps(user)}
	begun := s.begin(ctx, w)
	return begun.err == nil && begun.Status < http.StatusBadRequest
}
