package suites

import (
	"fmt"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// call is a token of a visitor, asked for so many seconds after the first one.
type call struct {
	visitor string
	after   float64
	payload string
	kept    bool // the text is that of the token before
}

func TestTimesFollowTheRequest(t *testing.T) {
	const at = 1_790_000_017 // no round time
	const hour = at - at%3600
	pair := func(first, second string) []call { return []call{{"v1", 0, first, false}, {"v2", 2.2, second, false}} }
	same := func(first, second string) []call { return []call{{"v1", 0, first, false}, {"v1", 2.2, second, false}} }
	claims := func(iat, exp int) string { return fmt.Sprintf(`{"sub":"a","iat":%d,"exp":%d}`, iat, exp) }
	for name, test := range map[string]struct {
		start  int64
		tokens []call
		want   record.State
	}{
		"both follow":              {at, pair(claims(at, at+900), claims(at+2, at+902)), record.Passed},
		"exp of the process":       {at, pair(claims(at, at+900), claims(at+2, at+900)), record.Failed},
		"exp of the first visit":   {at, same(claims(at, at+900), claims(at+2, at+900)), record.Failed},
		"iat of the process":       {at, pair(claims(at-8, at+900), claims(at-8, at+902)), record.Failed},
		"a clock that is kept":     {at, pair(claims(at, at+900), claims(at, at+900)), record.Failed},
		"kept while it lives long": {at, []call{{"v1", 0, claims(at, at+900), false}, {"v1", 2.2, claims(at, at+900), true}}, record.Passed},
		"made in one second":       {at, []call{{"v1", 0, claims(at, at+900), false}, {"v2", 0.9, claims(at, at+900), false}}, record.NotRun},
		"rounded to the minute":    {at, pair(claims(at, at-at%60+960), claims(at+2, at-at%60+960)), record.Passed},
		"rounded down":             {at, pair(claims(at, at-at%60+900), claims(at+2, at-at%60+900)), record.Passed},
		"iat rounded":              {at, pair(claims(at-at%60, at+900), claims(at-at%60, at+902)), record.Passed},
		"end of the hour":          {hour + 500, pair(claims(hour+500, hour+3600), claims(hour+502, hour+3600)), record.Failed},
		"end of the half minute":   {at - at%30 + 8, pair(claims(at-at%30+8, at-at%30+30), claims(at-at%30+10, at-at%30+30)), record.Failed},
		"an hour, at a full hour":  {at - at%3600, pair(claims(at-at%3600, at-at%3600+3600), claims(at-at%3600+2, at-at%3600+3600)), record.Passed},
		"exp of the call before":   {at, []call{{"v1", 0, claims(at, at+900), false}, {"v2", 0.2, claims(at, at+900), false}, {"v2", 3.2, claims(at+3, at+901), false}}, record.Failed},
		"no exp":                   {at, pair(`{"sub":"a","iat":1790000017}`, `{"sub":"b","iat":1790000019}`), record.Passed},
		"no iat and no exp":        {at, pair(`{"sub":"a"}`, `{"sub":"b"}`), record.NotRun},
	} {
		run := runWith()
		begin := time.Unix(test.start, 0)
		for i, a := range test.tokens {
			id, fingerprint := fmt.Sprint("t", i), fmt.Sprint("sha256:", i)
			if a.kept {
				fingerprint = "sha256:0"
			}
			started := begin.Add(time.Duration(a.after * float64(time.Second)))
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: id, Probe: record.ProbeVisitors, Visitor: a.visitor, StartedAt: started, Seconds: 0.01, Token: id, Response: &record.Response{Status: 200, Bytes: 300}})
			run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
				ID: id, Exchange: id, Probe: record.ProbeVisitors, Visitor: a.visitor, Fingerprint: fingerprint, Bytes: 300,
				ReceivedAt: started.Add(10 * time.Millisecond), Text: record.Text{Segments: 3}, Signature: record.Signature{Bytes: 256},
				Header: record.PartOf(`{"alg":"RS256","typ":"JWT"}`, nil), Payload: record.PartOf(a.payload, nil),
			})
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}
