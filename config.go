package webchatspec

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
	"github.com/webchatspec/webchatspec/suites"
)

// Config says what a run tests and how. The zero value tests the built-in demo
// site with everything there is.
type Config struct {
	// Profile is the vendor's contract that the site is held to: with
	// the zero value that of the chat that the page embeds, or else the default one.
	Profile profiles.Profile
	// Endpoint is the token endpoint. Without an Endpoint, and without a page
	// either, the demo site is started and tested.
	Endpoint endpoint.Config
	// Page is the embed page. Its keys and endpoint are taken from Endpoint
	// where it has none of its own.
	Page browser.Config
	// Load is the load put on the endpoint.
	Load loadgen.Config
	// Capacity, when set, also searches for the highest rate that meets the objective.
	Capacity *loadgen.Search
	// Compare, when set, compares these endpoints, in the place of the other loads.
	Compare *Comparing
	// Overload, when set, also overloads the endpoint and looks whether it recovers.
	Overload *loadgen.Overload

	// Confidential has values that must not be written anywhere, such as those
	// that came from the environment. What lets someone in by its place in the
	// configuration, a password or a header, is found there and need not be here.
	Confidential *secrets.Known

	// Parts are the parts of the run: any of suites.PartToken, PartPage and
	// PartLoad. Nil is every part that the target allows: the token part with an
	// endpoint, the page part with a page, and load on loopback or allowed hosts.
	Parts []string
	// Selection chooses checks; evidence that no chosen check needs is not gathered.
	Selection suites.Selection
	// Waivers are failures that are accepted until a date.
	Waivers suites.Waivers
	// FailOn is the lowest level whose failures fail the run; "" is MUST.
	FailOn record.Level

	// MaxTime bounds the whole run: what is not done then is not run, and the run
	// is inconclusive at best. 0 is 15 minutes and the length of the load.
	MaxTime time.Duration

	// Progress is told what is being done, one call at a time; it may be nil.
	Progress func(Progress)
}

// Progress is one step of a run.
type Progress struct {
	Part  string // suites.PartToken, PartPage or PartLoad
	Text  string // what is being done, in a few words
	Done  int    // of Planned, where that can be said
	Total int    // 0 where it cannot
}

// Composed returns the configuration with what the rooms take from one another
// where they have none of their own: the page the keys, addresses and authorities
// of the endpoint, the load the users of an endpoint that serves no one else.
func (c Config) Composed() Config {
	page, site := &c.Page, c.Endpoint
	page.Profile = c.Profile
	if len(page.PublicKeys) == 0 {
		for _, key := range site.PublicKeys {
			page.PublicKeys = append(page.PublicKeys, key.Text)
		}
	}
	page.Endpoint = cmp.Or(page.Endpoint, site.URL)
	c.Endpoint.Confidential = c.Secrets()
	page.Confidential = c.Endpoint.Confidential
	if page.CA == nil {
		page.CA = site.CA
	}
	if page.Resolve == nil {
		page.Resolve = site.Resolve
	}
	if page.ClientCert == nil && len(site.Certificate.Certificate) > 0 {
		page.ClientCert = &site.Certificate
	}
	// A staging site's password is the browser's to give; what else an endpoint
	// is asked with, the page must send by itself.
	if auth := site.Header.Get("Authorization"); strings.HasPrefix(auth, "Basic ") && page.Header.Get("Authorization") == "" {
		page.Header = page.Header.Clone()
		if page.Header == nil {
			page.Header = http.Header{}
		}
		page.Header.Set("Authorization", auth)
	}
	page.Personal = page.Personal || site.Anonymous != nil && !*site.Anonymous
	c.Load.Default = !c.asked(suites.PartLoad)
	c.bound()
	if anonymous := site.Anonymous; anonymous != nil && !*anonymous {
		c.Load.Accounts = site.Users
	}
	return c
}

// Secrets returns the values of the configuration that must not be written
// anywhere.
func (c Config) Secrets() *secrets.Known {
	all := &secrets.Known{}
	all.AddAll(c.Endpoint.Secrets(), c.Page.Secrets(), c.Confidential)
	if c.Compare != nil {
		for _, named := range c.Compare.Contenders {
			all.AddAll(named.Endpoint.Secrets())
		}
	}
	return all
}

// defaultTime is the time for a run beside the load: several times what the
// slowest site takes that is fit for a chat.
const defaultTime = 15 * time.Minute

// TimeLimit is how long the run may take.
func (c Config) TimeLimit() time.Duration {
	if c.MaxTime > 0 {
		return c.MaxTime
	}
	limit := defaultTime
	if c.Wants(suites.PartLoad) {
		limit += c.Load.Length()
	}
	if c.Capacity != nil || c.Overload != nil || c.Compare != nil {
		limit += defaultTime
	}
	return limit.Round(time.Second)
}

// asked says whether a part was asked for by name, so that it must be possible.
func (c Config) asked(part string) bool { return slices.Contains(c.Parts, part) }

// loadSteps are the loads of the run: the ordinary one, unless a search or only
// recovery was asked for, and those that were asked for beside it.
func (c Config) loadSteps() []loadStep {
	probes := c.probes(suites.PartLoad)
	var steps []loadStep
	if c.Compare != nil {
		return []loadStep{c.compare}
	}
	if slices.Contains(probes, record.ProbeLoad) && c.Capacity == nil {
		steps = append(steps, func(ctx context.Context, client *endpoint.Client, _ *record.Run, progress func(loadgen.Progress)) ([]record.Load, error) {
			load, err := loadgen.Run(ctx, client, c.Load, progress)
			return []record.Load{load}, err
		})
	}
	if c.Capacity != nil {
		steps = append(steps, func(ctx context.Context, client *endpoint.Client, run *record.Run, progress func(loadgen.Progress)) ([]record.Load, error) {
			loads, measured, err := loadgen.Capacity(ctx, client, c.Load, *c.Capacity, progress)
			run.Capacity = &measured
			return loads, err
		})
	}
	if c.Overload != nil && slices.Contains(probes, record.ProbeRecovery) {
		steps = append(steps, func(ctx context.Context, client *endpoint.Client, _ *record.Run, progress func(loadgen.Progress)) ([]record.Load, error) {
			return loadgen.Recovery(ctx, client, c.Load, *c.Overload, progress)
		})
	}
	return steps
}

// Comparing is which endpoints are compared, and how.
type Comparing struct {
	Contenders []Named
	Race       loadgen.Race
}

// Named is an endpoint with a name.
type Named struct {
	Name     string
	Endpoint endpoint.Config
}

// compare is the step of a comparison.
func (c Config) compare(ctx context.Context, _ *endpoint.Client, run *record.Run, progress func(loadgen.Progress)) ([]record.Load, error) {
	var contenders []loadgen.Contender
	for _, named := range c.Compare.Contenders {
		named.Endpoint.Bounds = c.Endpoint.Bounds
		client, err := endpoint.New(named.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", named.Name, err)
		}
		contenders = append(contenders, loadgen.Contender{Name: named.Name, Client: client})
	}
	loads, comparison, err := loadgen.Compare(ctx, contenders, c.Load, c.Compare.Race, progress)
	if err == nil {
		run.Comparison = &comparison
	}
	return loads, err
}

// loadStep is one load, or several that belong together. What is more than loads
// it notes in the run.
type loadStep func(context.Context, *endpoint.Client, *record.Run, func(loadgen.Progress)) ([]record.Load, error)

// Wants says whether the run has the part: it was asked for, or nothing was and
// the target allows it.
func (c Config) Wants(part string) bool {
	if c.Parts != nil && !c.asked(part) || len(c.probes(part)) == 0 {
		return false
	}
	switch part {
	case suites.PartPage:
		return c.Page.Page != ""
	case suites.PartLoad:
		return c.Endpoint.URL != "" && (c.asked(part) || c.mayLoad())
	}
	return c.Endpoint.URL != ""
}

// mayLoad says whether load may go to the endpoint without being asked for:
// it is on this machine, or its host is allowed.
func (c Config) mayLoad() bool {
	endpoint, err := url.Parse(c.Endpoint.URL)
	return err == nil && (c.OnLoopback() || address.Names(c.Load.AllowHosts, endpoint))
}

// OnLoopback says whether requests to the endpoint stay on this machine.
func (c Config) OnLoopback() bool {
	endpoint, err := url.Parse(c.Endpoint.URL)
	return err == nil && address.Book(c.Endpoint.Resolve).IsLocal(context.Background(), endpoint)
}

// probes returns the probes of a part that the chosen checks need.
func (c Config) probes(part string) []string {
	return slices.DeleteFunc(c.Selection.Probes(c.Profile), func(probe string) bool { return suites.PartOf(probe) != part })
}
