package webchatspec

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// counting is a site that counts what it is asked, whatever it is.
func counting(t *testing.T) (address string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/" {
			_, _ = io.WriteString(w, "<script>setInterval(() => fetch('/more'), 5)</script>")
			return
		}
		_, _ = io.WriteString(w, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")
	}))
	t.Cleanup(site.Close)
	return site.URL, asked
}

// A site gets no more requests of a whole run than it was said to bear, whichever part
// sends them and whether they are for tokens; the run says that this ended it, and is
// not green.
func TestTheWholeRunKeepsToTheRequestsThatTheSiteBears(t *testing.T) {
	no := false
	steps := func(path string) []endpoint.Request { return []endpoint.Request{{URL: path}} }
	users := []endpoint.User{{Name: "ann", Login: steps("/login")}}
	for name, test := range map[string]struct {
		most   int
		config Config
		told   string // what an outcome says
	}{
		"all parts":   {60, Config{Load: loadgen.Config{Rate: 40, Duration: time.Second, Users: 5}}, "limit of"},
		"load fitted": {60, Config{Parts: []string{suites.PartLoad}}, ""},
		"visits":      {60, Config{Parts: []string{suites.PartLoad}, Endpoint: endpoint.Config{Visit: steps("/visit")}, Load: loadgen.Config{Rate: 55, Duration: time.Second, Users: 5}}, "limit of requests"},
		"logins":      {20, Config{Parts: []string{suites.PartLoad}, Endpoint: endpoint.Config{Anonymous: &no, Users: users}, Load: loadgen.Config{Rate: 5, Duration: time.Second, Users: 15}}, "limit of requests"},
		"search":      {60, Config{Parts: []string{suites.PartLoad}, Capacity: &loadgen.Search{Step: time.Second}}, "limit of requests"},
		"overload":    {60, Config{Parts: []string{suites.PartLoad}, Endpoint: endpoint.Config{Visit: steps("/visit")}, Load: loadgen.Config{Rate: 4, Duration: time.Second, Users: 10}, Overload: &loadgen.Overload{Duration: time.Second, Within: time.Second}}, ""},
		"comparison":  {60, Config{Parts: []string{suites.PartLoad}, Compare: &Comparing{Race: loadgen.Race{Slice: time.Second}}}, "limit of requests"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, asked := counting(t)
			config := test.config
			config.Endpoint.URL, config.Endpoint.MaxRequests = site+"/token", test.most
			if config.Compare != nil {
				for _, name := range []string{"one", "other"} {
					config.Compare.Contenders = append(config.Compare.Contenders, Named{name, config.Endpoint})
				}
			}
			run, err := Verify(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			if n := int(asked.Load()); n > test.most || n < test.most/3 {
				t.Errorf("%d requests arrived, %d may", n, test.most)
			}
			if test.told == "" {
				return
			}
			if run.Decide() != record.VerdictInconclusive && run.Decide() != record.VerdictFailed {
				t.Errorf("the run %s", run.Decide())
			}
			if test.told != "limit of" && !run.RequestsUp {
				t.Error("the run does not say that its requests were spent")
			}
			for _, o := range run.Outcomes {
				if strings.Contains(o.Reason, test.told) {
					return
				}
			}
			t.Errorf("no outcome says %q", test.told)
		})
	}
}

// A page that asks for ever is ended as well, and what it was asked before counts.
func TestThePageKeepsToTheRequestsThatTheSiteBears(t *testing.T) {
	if _, err := browser.Find(); err != nil {
		t.Skip(err)
	}
	site, asked := counting(t)
	config := Config{Parts: []string{suites.PartPage}, Endpoint: endpoint.Config{URL: site + "/token", MaxRequests: 30}}
	config.Page = browser.Config{Page: site + "/", PublicKeys: []string{keys.PublicPEM(&keys.For("site").PublicKey)}}
	run, err := Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n > 30 || n == 0 { // what was on its way as the run ended does not arrive
		t.Errorf("%d requests arrived, 30 may", n)
	}
	if !run.RequestsUp || run.Decide() != record.VerdictInconclusive {
		t.Errorf("requests up %t, the run %s", run.RequestsUp, run.Decide())
	}
}

// What is asked for and is more than the site bears is refused before anything is sent.
func TestMoreThanTheSiteBearsIsRefused(t *testing.T) {
	site, asked := counting(t)
	for name, test := range map[string]struct {
		config Config
		told   string
	}{
		"rate":       {Config{Load: loadgen.Config{Rate: 50}}, "more than the 20"},
		"stage":      {Config{Load: loadgen.Config{Stages: []loadgen.Stage{{From: 1, To: 21, Duration: time.Second}}}}, "more than the 20"},
		"overload":   {Config{Load: loadgen.Config{Rate: 10}, Overload: &loadgen.Overload{Factor: 3}}, "more than the 20"},
		"search":     {Config{Capacity: &loadgen.Search{To: 21}}, "more than the 20"},
		"comparison": {Config{Compare: &Comparing{Contenders: []Named{{"one", endpoint.Config{URL: site, Rate: 20}}}}}, "as fast as it answers"},
		"size":       {Config{Load: loadgen.Config{Rate: 20, Duration: time.Minute}}, "limit of 500"},
		"long way":   {Config{Overload: &loadgen.Overload{Within: time.Hour}}, "limit of 500"},
	} {
		config := test.config
		config.Parts = []string{suites.PartLoad}
		config.Endpoint = endpoint.Config{URL: site, Rate: 20, MaxRequests: 500}
		if _, err := Verify(t.Context(), config); err == nil || !strings.Contains(err.Error(), test.told) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked.Load() > 0 {
		t.Errorf("%d requests arrived", asked.Load())
	}
}

// What has no rate of its own is fitted to the one that the site bears, spikes and
// searches too.
func TestEveryStageKeepsToTheRateThatTheSiteBears(t *testing.T) {
	bounded := endpoint.Config{URL: "http://127.0.0.1:9/", Rate: 20}
	for name, config := range map[string]Config{
		"load":     {},
		"search":   {Capacity: &loadgen.Search{}},
		"overload": {Overload: &loadgen.Overload{Factor: 5}},
	} {
		config.Endpoint = bounded
		fitted := config.Composed()
		if err := fitted.checkBounds(); err != nil || fitted.Load.Rate > 20 || fitted.Load.Rate < 1 {
			t.Errorf("%s: %g, %v", name, fitted.Load.Rate, err)
		}
		if fitted.Capacity != nil && fitted.Capacity.To != 20 || fitted.Overload != nil && fitted.Load.Rate != 4 {
			t.Errorf("%s: %+v", name, fitted)
		}
	}
}

// The parts of a run that come later are left something, and all is divided as told.
func TestThePlanDividesTheRequests(t *testing.T) {
	config := Config{Endpoint: endpoint.Config{URL: "http://127.0.0.1:9/", MaxRequests: 400}, Page: browser.Config{Page: "http://127.0.0.1:9/"}}
	planned := config.Composed()
	if tokens, load := planned.Endpoint.MaxRequests, planned.Load.Planned(); load > 100 || load < 50 || tokens != 300-load {
		t.Errorf("%d while checking tokens, %d under load", tokens, load)
	}
	if told := config.Shares(); !strings.Contains(told, "while checking tokens") {
		t.Errorf("%q", told)
	}
}
