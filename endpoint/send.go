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

// sender sends requests at their pace. What comes back is examined and noted on
// the way out: nobody else sends anything.
type sender struct {
	*Client
	pace    *pace
	examine *examiner
	notes   *notebook
	halted  atomic.Pointer[record.Failure] // why nothing more is sent
}

// send sends one request, waits for the answer and notes both. The answer is
// never nil; its exchange says what failed. Redirects are not followed: a token
// or cookie must not be carried to where an answer points.
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

// sendNow is send for callers that have waited for their turn themselves.
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
	s.pace.took(time.Since(result.exchange.StartedAt))
	if s.again(ctx, &a, result) {
		return s.sendNow(ctx, a)
	}
	if response != nil {
		s.examine.describe(&a, request, response, result)
	}
	s.notes.note(&a, result)
	return result
}

// refuses says why a request is not sent: what intrudes goes to this machine
// only, unless the user consents, whatever made the address of the request; and
// there is a limit to how many are sent.
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

// mustStayHere says whether the request wants consent to go to another machine, and
// has none: one of a probe that intrudes, and a step of one of very many visitors.
func (s *sender) mustStayHere(a *ask) bool {
	return !s.config.Consent && (a.intrudes || a.ofCrowd() || a.step == nil && s.notes.intrudes(a.probe))
}

// failure names what went wrong, or is nil.
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

// maxTries is how often a request is repeated that was refused as one too many,
// or that this machine could not send: an answer that never came says nothing of
// the site.
const maxTries = 4

// slowTimes is how many times the time limit a request gets that was not answered
// within it: a busy endpoint is slow, and its answer tells more than none.
const slowTimes = 2

// again says whether the request is to be repeated, when the time has come. It
// ends the gathering where asking on makes no sense.
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
		a.timeout = slowTimes * s.config.Timeout // slow is another thing than failed
	case record.FailureGenerator:
		s.transports.closeIdle() // connections that nobody needs are descriptors that somebody may
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

// stopped is the answer to what was not sent any more.
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
