package suites

import (
	"fmt"
	"math"
	"math/rand/v2"
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
		"iat in milliseconds":      {at, pair(claims(at*1000, at+900), claims(at*1000+2200, at+902)), record.Passed},
		"end of the hour":          {hour + 500, pair(claims(hour+500, hour+3600), claims(hour+502, hour+3600)), record.Failed},
		"end of the half minute":   {at - at%30 + 8, pair(claims(at-at%30+8, at-at%30+30), claims(at-at%30+10, at-at%30+30)), record.Failed},
		"an hour, at a full hour":  {at - at%3600, pair(claims(at-at%3600, at-at%3600+3600), claims(at-at%3600+2, at-at%3600+3600)), record.Passed},
		"exp of the call before":   {at, []call{{"v1", 0, claims(at, at+900), false}, {"v2", 0.2, claims(at, at+900), false}, {"v2", 3.2, claims(at+3, at+901), false}}, record.Failed},
		"no exp":                   {at, pair(`{"sub":"a","iat":1790000017}`, `{"sub":"b","iat":1790000019}`), record.Passed},
		"no iat and no exp":        {at, pair(`{"sub":"a"}`, `{"sub":"b"}`), record.NotRun},
	} {
		run := runWith()
		for i, a := range test.tokens {
			fingerprint := fmt.Sprint("sha256:", i)
			if a.kept {
				fingerprint = "sha256:0"
			}
			addTimed(&run, record.ProbeVisitors, a.visitor, fingerprint, time.Unix(test.start, 0).Add(time.Duration(a.after*float64(time.Second))), a.payload)
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestWindowsThatMayBeRounding: an exp at the full hour with minutes left may have been
// rounded up; with three left it ends with the hour.
func TestWindowsThatMayBeRounding(t *testing.T) {
	const hour = 1_790_000_017 - 1_790_000_017%3600
	for left, want := range map[int]record.Level{2153: record.May, 400: record.May, 200: record.Must} {
		run := runWith()
		for i := range 2 {
			at := hour + 3600 - left + 2*i
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), time.Unix(int64(at), 0), fmt.Sprintf(`{"sub":"a","exp":%d}`, hour+3600))
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != record.Failed || o.Level != want {
			t.Errorf("%d s left: %s %s, want %s (%v)", left, o.Level, o.State, want, o.Findings)
		}
	}
}

// TestEndsOfShortWindows: what is left of a window of minutes is less than it is long.
func TestEndsOfShortWindows(t *testing.T) {
	for name, test := range map[string]struct {
		window, left int
		want         record.State
	}{
		"of two minutes":                        {120, 95, record.Failed},
		"of three minutes":                      {180, 20, record.Failed},
		"of five minutes, nearly over":          {300, 20, record.Failed},
		"a life of two minutes, to ten seconds": {120, 113, record.Passed},
		"a life of a minute":                    {120, 61, record.Passed},
		"a life of two minutes, rounded":        {60, 100, record.Passed},
		"a life of five minutes, rounded":       {60, 310, record.Passed},
		"a life of an hour, to two minutes":     {120, 3570, record.Passed},
	} {
		run := runWith()
		exp := 1_790_000_017/3600*3600 + 7*test.window
		for i := range 2 {
			at := exp - test.left + 2*i
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), time.Unix(int64(at), 0), fmt.Sprintf(`{"sub":"a","exp":%d}`, exp))
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

// addTimed adds a token and the request that it answers.
func addTimed(run *record.Run, probe, visitor, fingerprint string, started time.Time, payload string) {
	id := fmt.Sprint("t", len(run.Evidence.Tokens))
	run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: id, Probe: probe, Visitor: visitor, StartedAt: started, Seconds: 0.01, Token: id, Response: &record.Response{Status: 200, Bytes: 300}})
	run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
		ID: id, Exchange: id, Probe: probe, Visitor: visitor, Fingerprint: fingerprint, Bytes: 300,
		ReceivedAt: started.Add(10 * time.Millisecond), Text: record.Text{Segments: 3}, Signature: record.Signature{Bytes: 256},
		Header: record.SegmentOf(`{"alg":"RS256","typ":"JWT"}`, nil), Payload: record.SegmentOf(payload, nil),
	})
}

// TestTimesOfASlowSite: where no two tokens come in one moment, one that is older than the
// token before it shows that there are two clocks, which may be apart.
func TestTimesOfASlowSite(t *testing.T) {
	const start = 1_790_000_017
	for name, test := range map[string]struct {
		behind float64 // the clock of every second process, in seconds
		follow float64 // how fast the clocks go
		want   record.State
	}{
		"one clock":             {0, 1, record.Passed},
		"two clocks":            {1.2, 1, record.Passed},
		"two clocks that stand": {1.2, 0, record.Failed},
	} {
		run := runWith()
		for i := range 8 {
			after := 0.6 * float64(i)
			exp := math.Floor(start + 900 + 0.3 + test.follow*after - test.behind*float64(i%2))
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), time.UnixMilli(start*1000+int64(after*1000)), fmt.Sprintf(`{"sub":"v%d","exp":%.0f}`, i, exp))
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestTimesOfTwoServersInAShortRun: where the clocks of two servers are two seconds apart,
// seconds of visitors tell that iat is of the time of the request, and no more.
func TestTimesOfTwoServersInAShortRun(t *testing.T) {
	const start = 1_790_000_017
	run := runWith()
	for i := range 13 {
		after := 0.05*float64(i) + 2.1*math.Floor(float64(i)/5)/2
		now := start + int64(after+0.5) + int64(2*(i%2))
		addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), time.UnixMilli(start*1000+500+int64(after*1000)), fmt.Sprintf(`{"sub":"v%d","iat":%d,"exp":%d}`, i, now, now+900))
	}
	if o := outcome(t, Judge(run, onlyTimes), "times-follow-request"); o.State != record.Passed {
		t.Errorf("%s (%s %v)", o.State, o.Reason, o.Findings)
	}
}

// TestOneWindowIsNoCertainty: times that were rounded to ten seconds stand still, too,
// until the next ten begin.
func TestOneWindowIsNoCertainty(t *testing.T) {
	for name, test := range map[string]struct {
		start int64
		exp   int64
		level record.Level
	}{
		"may be rounded":             {1_790_000_031, 1_790_000_930, record.Should},
		"is not rounded":             {1_790_000_031, 1_790_000_931, record.Must},
		"stands over a window's end": {1_790_000_031, 1_790_000_920, record.Must},
	} {
		var run record.Run
		run.Evidence.Probes = []record.Probe{{Name: record.ProbeVisitors}}
		for i := range 4 {
			at := time.Unix(test.start, 0).Add(time.Duration(i) * 2 * time.Second)
			if test.exp < 1_790_000_930 {
				at = at.Add(time.Duration(i) * 4 * time.Second)
			}
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","exp":%d}`, i, test.exp))
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != record.Failed || o.Level != test.level {
			t.Errorf("%s: %s %s (%s %v), want a failed %s", name, o.Level, o.State, o.Reason, o.Findings, test.level)
		}
	}
}

// TestTimesOfACrowd: what two tokens do not show, hundreds of visitors do.
func TestTimesOfACrowd(t *testing.T) {
	const start, visitors, every = 1_790_000_017, 400, 15 * time.Millisecond
	begin := time.Unix(start, 0)
	random := rand.New(rand.NewPCG(1, 2)) // the same in each run of the test
	for name, test := range map[string]struct {
		exp  func(now float64, visitor int) float64
		want record.State
	}{
		"follows":                  {func(now float64, _ int) float64 { return now + 900 }, record.Passed},
		"half as fast as time":     {func(now float64, _ int) float64 { return start + (now-start)/2 + 900 }, record.Failed},
		"shrinks faster than time": {func(now float64, _ int) float64 { return now + 900 - 10*(now-start) }, record.Failed},
		"grows with the process":   {func(now float64, _ int) float64 { return now + 900 + 3*(now-start) }, record.Failed},
		"chance added":             {func(now float64, _ int) float64 { return now + 900 + float64(random.IntN(600)) }, record.Passed},
		"a little chance added":    {func(now float64, _ int) float64 { return now + 900 + float64(random.IntN(10)) }, record.Passed},
		"chance added to a start":  {func(float64, int) float64 { return start + 900 + float64(random.IntN(30)) }, record.Failed},
		"of one process of three": {func(now float64, i int) float64 {
			return now*min(1, float64(i%3)) + start*(1-min(1, float64(i%3))) + 900
		}, record.Failed},
		"processes a second apart":                    {func(now float64, i int) float64 { return now + 900 - float64(i%3) }, record.Passed},
		"two processes a second apart":                {func(now float64, i int) float64 { return now + 900 - float64(i%2) }, record.Passed},
		"two processes 0.8 seconds apart":             {func(now float64, i int) float64 { return now + 900 + 0.8*float64(i%2) }, record.Passed},
		"two that read the clock every three seconds": {func(now float64, i int) float64 { return math.Floor((now+1.7*float64(i%2)-2)/3)*3 + 2 + 900 }, record.Failed},
		"of two processes that began at round times":  {func(_ float64, i int) float64 { return start - 17 + float64(i%2)*20 + 3505 }, record.Failed},
		"rounded to five seconds":                     {func(now float64, _ int) float64 { return math.Ceil((now+900)/5) * 5 }, record.Passed},
		"rounded to the minute":                       {func(now float64, _ int) float64 { return math.Ceil((now+900)/60) * 60 }, record.Passed},
		"of one process of twelve that began at an odd time": {func(now float64, i int) float64 {
			if i%12 == 5 {
				return start - 203 + 3600
			}
			return now + 3600
		}, record.Failed},
		"stands still after four seconds": {func(now float64, _ int) float64 { return min(now, start+4) + 900 }, record.Failed},
		"a tenth slower than time":        {func(now float64, _ int) float64 { return start + (now-start)*0.7 + 900 }, record.Failed},
		"read anew each second":           {func(now float64, _ int) float64 { return math.Floor(now+0.37) - 0.37 + 900 }, record.Passed},
		"short life or long one by turns": {func(now float64, i int) float64 { return now + 600 + float64(i%2)*300 }, record.Passed},
	} {
		run := runWith()
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeAnonymous})
		for i := range visitors {
			at := begin.Add(time.Duration(i) * every)
			addTimed(&run, record.ProbeAnonymous, fmt.Sprint("a", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"a%d","exp":%.0f}`, i, math.Floor(test.exp(unix(at), i))))
		}
		for i := range run.Evidence.Tokens { // as of a crowd no requests are kept
			run.Evidence.Tokens[i].Exchange = ""
		}
		run.Evidence.Exchanges = nil
		for i := range 5 { // the first visitors come before the crowd
			at := begin.Add(time.Duration(i-30) * 100 * time.Millisecond)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("w", i), fmt.Sprint("sha256:w", i), at, fmt.Sprintf(`{"sub":"w%d","exp":%.0f}`, i, math.Floor(test.exp(unix(at), i))))
		}
		addTimed(&run, record.ProbeVisitors, "v1", "sha256:v1", begin, fmt.Sprintf(`{"sub":"v1","exp":%.0f}`, math.Floor(test.exp(unix(begin), 1))))
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestOneClockToldThemAll: what a hundred new visitors got in seconds, one clock told,
// or several that are as near as clocks are.
func TestOneClockToldThemAll(t *testing.T) {
	const start, visitors, every = 1_790_000_017, 300, 15 * time.Millisecond
	for name, test := range map[string]struct {
		iat   func(now float64, visitor int) float64
		user  bool // the last one is a user's
		want  record.State
		level record.Level
	}{
		"right":                             {func(now float64, _ int) float64 { return now }, false, record.Passed, record.Must},
		"two seconds slower":                {func(now float64, _ int) float64 { return start + (now-start)/2 }, false, record.Failed, record.Must},
		"servers two seconds apart":         {func(now float64, i int) float64 { return now - float64(i%3) }, false, record.Passed, record.Must},
		"a server nine seconds behind":      {func(now float64, i int) float64 { return now - float64(9*(i%2)) }, false, record.Passed, record.Must},
		"workers with tokens for a minute":  {func(now float64, i int) float64 { return now - float64(i*i%40) }, false, record.Failed, record.Should},
		"a user's token that was kept":      {func(now float64, i int) float64 { return now - float64(i/(visitors-1)*200) }, true, record.Passed, record.Must},
		"somebody new with one that is old": {func(now float64, i int) float64 { return now - float64(i/(visitors-1)*50) }, false, record.Failed, record.Should},
		"rounded to the minute":             {func(now float64, _ int) float64 { return now - math.Mod(now, 60) }, false, record.Passed, record.Must},
	} {
		run := runWith()
		for i := range visitors {
			at := time.Unix(start, 0).Add(time.Duration(i) * every)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","iat":%.0f,"exp":%.0f}`, i, math.Floor(test.iat(unix(at), i)), math.Floor(unix(at)+900)))
		}
		if test.user {
			run.Evidence.Tokens[len(run.Evidence.Tokens)-1].User = "ann"
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want || o.Level != test.level {
			t.Errorf("%s: %s %s (%s %v), want %s %s", name, o.Level, o.State, o.Reason, o.Findings, test.level, test.want)
		}
	}
}

// TestClocksThatGoApart: one of three workers stands still, in a run too short for any of its
// times to be met again late enough. One that is wrong by as much is not told.
func TestClocksThatGoApart(t *testing.T) {
	const start, visitors, every = 1_790_000_017, 1000, 3 * time.Millisecond
	for name, test := range map[string]struct {
		iat  func(now float64, visitor int) float64
		want record.State
	}{
		"a worker stands still":  {func(now float64, i int) float64 { return min(now, now+float64(i%3/2)*(start-2-now)) }, record.Failed},
		"a worker is late":       {func(now float64, i int) float64 { return now - float64(i%3/2)*4 }, record.Passed},
		"a worker is slow today": {func(now float64, i int) float64 { return now - float64(i%3/2)*(4+(now-start)/10) }, record.Passed},
	} {
		run := runWith()
		for i := range visitors {
			at := time.Unix(start, 0).Add(time.Duration(i) * every)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","iat":%.0f,"exp":%.0f}`, i, math.Floor(test.iat(unix(at), i)), math.Floor(unix(at)+900)))
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State != test.want || o.Level != record.Must {
			t.Errorf("%s: %s %s (%s %v), want %s", name, o.Level, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestLivesOfASlowSite: where no tokens come in one moment, nothing tells by how much lives
// differ by right.
func TestLivesOfASlowSite(t *testing.T) {
	const start = 1_790_000_017
	for name, life := range map[string]func(i int) int64{
		"by chance":                       func(i int) int64 { return 900 + int64(i*i*37%300) },
		"longer for those who come again": func(i int) int64 { return 900 + int64(i/12)*900 },
	} {
		run := runWith()
		for i := range 24 {
			at := time.UnixMilli(start*1000 + 250 + int64(i)*300)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i%12), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","exp":%d}`, i%12, at.Unix()+life(i)))
			run.Evidence.Tokens[i].Call = 1 + i/12
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); o.State == record.Failed {
			t.Errorf("%s: %s (%v)", name, o.State, o.Findings)
		}
	}
}

// TestTimesThatStayWithTheirVisitor: each has a time of its own, from the beginning of the
// process on.
func TestTimesThatStayWithTheirVisitor(t *testing.T) {
	const start = 1_790_000_017
	random := rand.New(rand.NewPCG(3, 4)) // the same in each run of the test
	for name, test := range map[string]struct {
		exp    func(now float64, visitor int) int64
		failed bool
	}{
		"of the process":   {func(_ float64, v int) int64 { return start + 900 + int64(v*v*7%120) }, true},
		"of the request":   {func(now float64, v int) int64 { return int64(now) + 900 + int64(v*v*7%120) }, false},
		"with chance each": {func(now float64, _ int) int64 { return int64(now) + 900 + random.Int64N(5) }, false},
	} {
		run := runWith()
		for i := range 60 {
			visitor, at := i%20, time.UnixMilli(start*1000+250+int64(i)*100)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", visitor), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","jti":"%d","exp":%d}`, visitor, i, test.exp(unix(at), visitor)))
			run.Evidence.Tokens[len(run.Evidence.Tokens)-1].Call = 1 + i/20
		}
		if o := outcome(t, Judge(run, Options{}), "times-follow-request"); (o.State == record.Failed) != test.failed {
			t.Errorf("%s: %s (%s %v)", name, o.State, o.Reason, o.Findings)
		}
	}
}
