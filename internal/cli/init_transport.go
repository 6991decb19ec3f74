package cli

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/sleep"
)

const (
	mostSurveys = 240             // requests in all
	surveyTime  = 2 * time.Minute // after which no more are sent: a site may be slow with each
)

// counting counts the requests of a survey, and sends no more than it may.
type counting struct {
	survey    *survey
	transport http.RoundTripper
}

// mostRefusals is how often a request is sent that is refused as one too many, and
// longestRefusal how long a site is left alone at most that wants to be.
const (
	mostRefusals   = 5
	longestRefusal = 10 * time.Second
)

// RoundTrip sends the request, and once more when a site that says "too often" has been
// left alone.
func (c counting) RoundTrip(request *http.Request) (*http.Response, error) {
	for tries := 1; ; tries++ {
		if err := c.survey.mayAsk(); err != nil {
			return nil, err
		}
		response, err := c.transport.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusTooManyRequests || tries >= mostRefusals {
			return response, err
		}
		c.survey.refusals++
		pause, said := endpoint.RetryAfter(response.Header)
		if !said {
			pause = time.Second << (tries - 1)
		}
		if pause > longestRefusal {
			return response, nil
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, surveyBytes)) // so that the connection is used again
		response.Body.Close()
		if err := sleep.For(request.Context(), pause); err != nil {
			return nil, err
		}
		if request.GetBody != nil {
			if request.Body, err = request.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// mayAsk counts a request, and says why it is not sent.
func (s *survey) mayAsk() error {
	if s.requests++; s.requests > mostSurveys {
		return fmt.Errorf("%d requests have not been enough to find out", mostSurveys)
	}
	if s.began.IsZero() {
		s.began = time.Now()
	}
	if time.Since(s.began) > surveyTime {
		return fmt.Errorf("%s have not been enough to find out", surveyTime)
	}
	return nil
}
