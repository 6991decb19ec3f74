package endpoint

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// sender sends all requests, at the pace that the endpoint can take. It has each answer
// examined and noted before it returns it.
type sender struct {
	*Client
	pace    *pace
	examine *examiner
	notes   *notebook
	halted  atomic.Pointer[record.Failure] // why nothing more is sent
}

// send sends one request when its turn comes, and notes it with its answer. The answer is
// never nil; its exchange says what has failed. Redirects are not followed: they must not
// carry a token or cookie to another place.
func (s *sender) send(ctx context.Context, a ask) *answer {
	if s.halted.Load() != nil {
		return s.stopped(&a)
	}
	leave, err := s.pace.enter(ctx)
	if err != nil {
		return s.stopped(&a)
	}
	defer leave()
	return s.sendNow(ctx, a)
}

// sendNow is send for callers that have waited for the turn themselves.
func (s *sender) sendNow(ctx context.Context, a ask) *answer {
	if s.halted.Load() != nil {
		return s.stopped(&a)
	}
	limit := cmp.Or(a.timeout, s.config.Timeout)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := s.request(limited, &a)
	if err != nil {
		result := &answer{exchange: opening(&a, nil)}
		result.exchange.Failure = &record.Failure{Class: record.FailureBadConfig, Message: s.secrets.Mask(err.Error())}
		s.notes.note(&a, result)
		return result
	}
	if failure := s.refuses(&a, request.URL); failure != nil {
		result := &answer{exchange: opening(&a, nil)}
		result.exchange.Failure = failure
		s.notes.count(a.probe, failure.Class)
		return result
	}
	result := &answer{exchange: opening(&a, request), visitor: a.visitor}
	response, err := s.roundTripper(&a).RoundTrip(request)
	if err == nil {
		err = result.read(response, s.config.MaxBody)
	}
	result.exchange.Seconds = time.Since(result.exchange.StartedAt).Seconds()
	if err != nil && ctx.Err() != nil {
		return s.stopped(&a)
	}
	result.exchange.Failure = s.failure(err, limit, result)
	if s.worksFor(&a, result) {
		s.pace.took(time.Since(result.exchange.StartedAt))
	}
	if s.again(ctx, &a, result) {
		return s.sendNow(ctx, a)
	}
	if response != nil {
		s.examine.describe(&a, request, response, result)
	}
	s.notes.note(&a, result)
	return result
}

// worksFor says whether the site had the work of a token with the request, or gave no
// answer in time: one that it turns away at the door says nothing of how fast it is.
func (s *sender) worksFor(a *ask, result *answer) bool {
	return result.status == 0 || !a.foreign && !a.misused(s.config.Method) && result.status >= 200 && result.status <= 299
}

// refuses says why a request is not sent, or is nil. An intrusive request goes only to this
// machine unless the user consents; that is decided here, by its final address. And the
// number of requests is limited.
func (s *sender) refuses(a *ask, to *url.URL) *record.Failure {
	if s.mustStayHere(a) && !s.local(to) {
		return &record.Failure{Class: record.FailureNotAllowed, Message: "not sent: it would intrude on " + to.Host + ", which is not this machine"}
	}
	if err := s.bounds.Take(); err != nil {
		failure := &record.Failure{Class: record.FailureNotAllowed, Message: err.Error()}
		s.halted.Store(failure)
		return failure
	}
	return nil
}

// mustStayHere says whether the request needs consent to go to another machine and has none.
// The requests of intrusive probes and all of a crowd's need it.
func (s *sender) mustStayHere(a *ask) bool {
	return !s.config.Consent && (a.intrudes || a.ofCrowd() || a.step == nil && s.notes.intrudes(a.probe))
}

// failure says what went wrong, or is nil.
func (s *sender) failure(err error, limit time.Duration, result *answer) *record.Failure {
	switch {
	case err != nil:
		failure := FailureOf(err, limit)
		failure.Message = s.secrets.Mask(failure.Message)
		return failure
	case Throttled(result.status, result.header, result.body):
		return &record.Failure{Class: record.FailureThrottled, Message: throttledMessage(result)}
	}
	return nil
}

// maxTries is how often a request is repeated that was throttled, or that this machine
// could not send. Without an answer nothing can be said about the site.
const maxTries = 4

// slowTimes multiplies the time limit of a request that was not answered in time and is
// repeated: a late answer of a busy endpoint tells more than none.
const slowTimes = 2

// again says whether the request is to be repeated, after waiting until that makes sense.
// It ends the gathering when there have been too many failures.
func (s *sender) again(ctx context.Context, a *ask, result *answer) bool {
	failure := result.exchange.Failure
	if enough := s.pace.note(failure, result.header, result.exchange.StartedAt); enough != "" {
		s.halted.Store(&record.Failure{Class: failure.Class, Message: "not sent: " + enough + ": " + failure.Message})
		return false
	}
	if failure == nil {
		return s.outdated(ctx, a, result) && s.reload(ctx, a)
	}
	if a.tries >= maxTries {
		return false
	}
	switch failure.Class {
	case record.FailureThrottled:
		if pause := s.pace.pause(); pause >= time.Second/2 {
			s.notes.tell("too many requests, says the endpoint: waiting " + record.Span(pause.Seconds()))
		}
	case record.FailureTimeout:
		if a.tries > 0 || a.timeout > 0 || a.foreign || a.odd {
			return false
		}
		a.timeout = slowTimes * s.config.Timeout // a slow answer is not a failure
	case record.FailureGenerator:
		s.transports.closeIdle() // to free file descriptors
	default:
		return false
	}
	if s.pace.wait(ctx, 1) != nil {
		return false
	}
	if a.tries++; a.visitor != nil && !a.foreign {
		a.visitor.takeBackCall()
	}
	return true
}

// stopped is the answer to a request that is not sent because the gathering has ended.
func (s *sender) stopped(a *ask) *answer {
	result := &answer{exchange: opening(a, nil)}
	result.exchange.Failure = &record.Failure{Class: record.FailureInterrupted, Message: "not sent"}
	if failure := s.halted.Load(); failure != nil {
		result.exchange.Failure = failure
		s.notes.count(a.probe, failure.Class)
	}
	return result
}

func (s *sender) roundTripper(a *ask) http.RoundTripper {
	local := noAddress
	if a.visitor != nil {
		local = a.visitor.local
	}
	if a.client != nil {
		return a.client
	}
	return s.transports.of(pool{local: local, alone: a.misused(s.config.Method), here: s.mustStayHere(a)})
}
