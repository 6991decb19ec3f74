package webchatspec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
	"github.com/webchatspec/webchatspec/suites"
)

// Verify gathers the evidence that the configuration asks for, judges it, and
// returns the run. Findings, an endpoint that cannot be reached, a missing
// browser and an interruption through ctx are told in the run, which then holds
// what there is. The error is a mistake in the configuration, or a demo site
// that could not be started.
func Verify(ctx context.Context, config Config) (record.Run, error) {
	run, err := Gather(ctx, config)
	if err != nil {
		return run, &maskedError{err, config.Secrets()}
	}
	return suites.Judge(run, suites.Options{
		Selection: config.Selection, Waivers: config.Waivers, FailOn: config.FailOn, Today: time.Now(),
	}), nil
}

// Gather is [Verify] without the judgement.
func Gather(ctx context.Context, config Config) (record.Run, error) {
	run := record.Run{
		SchemaVersion: record.SchemaVersion, Tool: record.Tool{Name: "webchatspec", Version: Version()},
		StartedAt: time.Now().UTC().Round(0),
	}
	if err := config.Selection.Validate(); err != nil {
		return run, err
	}
	if config.Endpoint.URL == "" && config.Page.Page == "" {
		demo, err := startDemo(&config)
		if err != nil {
			return run, fmt.Errorf("start the demo site: %w", err)
		}
		defer func() { _ = demo.Close() }()
		run.Target.Demo = true
	}
	if config.Profile.ID != "" || config.Page.Page == "" { // else the page decides
		if err := config.Selection.ValidateFor(config.Profile.OrDefault()); err != nil {
			return run, err
		}
	}
	inTime, cancel := context.WithTimeout(ctx, config.TimeLimit())
	defer cancel()
	limited, stop := context.WithCancelCause(inTime)
	defer stop(nil)
	g := gathering{config: config, run: &run}
	if err := g.prepare(func() { stop(errRequestsUp) }); err != nil {
		return run, err
	}
	for _, part := range []struct {
		name   string
		gather func(context.Context, *record.Run) error
	}{
		{suites.PartToken, g.token}, {suites.PartPage, g.page}, {suites.PartLoad, g.load},
	} {
		if !config.Wants(part.name) {
			continue
		}
		if limited.Err() == nil {
			if err := g.gather(limited, part.name, part.gather); err != nil {
				return run, err
			}
			held := part.name == suites.PartPage && run.Evidence.Page != nil && run.Evidence.Page.HeldOpen
			if held || limited.Err() == nil {
				continue
			}
		}
		run.Interrupted = ctx.Err() != nil
		run.RequestsUp = !run.Interrupted && errors.Is(context.Cause(limited), errRequestsUp)
		run.TimeUp = !run.Interrupted && !run.RequestsUp
	}
	run.Mask(g.secrets())
	run.FinishedAt = time.Now().UTC().Round(0)
	return run, nil
}

// errRequestsUp ends a run that wanted to send more than the site was said to bear.
var errRequestsUp = errors.New("the limit of requests was reached")

// gathering is one run on its way.
type gathering struct {
	config Config
	run    *record.Run
	client *endpoint.Client // nil without an endpoint
	bounds *endpoint.Bounds // of what the site gets of all parts
	told   *secrets.Known   // in the configuration

	telling sync.Mutex
	left    bool // a part did not end when it was told to, and is heard no more
}

// prepare checks the configuration and notes what is tested. Spent is called when the
// requests that the site bears are spent.
func (g *gathering) prepare(spent func()) error {
	g.told = g.config.Secrets()
	g.bounds = endpoint.NewBounds(g.config.Endpoint.MaxRequests, g.config.Endpoint.Rate, spent)
	g.config = g.config.Composed()
	if err := g.config.checkBounds(); err != nil {
		return err
	}
	if g.config.Endpoint.Bounds = g.bounds; g.config.Endpoint.MaxRequests > 0 {
		g.config.Page.Admit = g.bounds.Take
	}
	if g.config.Profile.ID != "" {
		g.holdTo(g.config.Profile, record.ProfileChosen)
	} else {
		g.holdTo(profiles.Default(), "")
	}
	g.run.Target.Endpoint, g.run.Target.Page = g.config.Endpoint.URL, g.config.Page.Page
	g.run.Target.TokenIn = g.config.Endpoint.TokenIn
	if g.config.Endpoint.URL != "" {
		client, err := endpoint.New(g.config.Endpoint)
		if err != nil {
			return err
		}
		g.client = client
		g.run.Target.Loopback = g.config.OnLoopback()
		if keys := client.Keys(); len(keys) > 0 {
			g.run.Target.PublicKey = &record.PublicKey{Kind: keys[0].Kind(), Bits: keys[0].Bits(), Fingerprint: keys[0].Fingerprint()}
		}
	}
	return nil
}

// holdTo notes the contract that the run is held to, and how it came to it.
func (g *gathering) holdTo(profile profiles.Profile, by string) {
	t := &g.run.Target
	t.Profile, t.ProfileBy, t.Product, t.Caveat = profile.ID, by, profile.Product, profile.Caveat
}

// secrets are the values that must not stand in the run.
func (g *gathering) secrets() *secrets.Known {
	all := &secrets.Known{}
	all.AddAll(g.told)
	if g.client != nil {
		all.AddAll(g.client.Secrets())
	}
	return all
}

// maskedError is an error whose text may repeat what the configuration holds.
type maskedError struct {
	err  error
	told *secrets.Known
}

func (e *maskedError) Error() string { return e.told.Mask(e.err.Error()) }

func (e *maskedError) Unwrap() error { return e.err }

// patience is how long a part may take to end when it is told to: what is not
// there then is done without, so that an interrupted run ends whatever a site, a
// browser or a disk does.
const patience = 2 * time.Second

// gather runs one part and notes its time and its failure.
func (g *gathering) gather(ctx context.Context, name string, gather func(context.Context, *record.Run) error) error {
	g.progress(name, "starting", 0, 0)
	began := time.Now()
	err := g.part(ctx, gather)
	part := record.Part{Name: name, Seconds: time.Since(began).Seconds()}
	var mistake *configError
	switch {
	case errors.As(err, &mistake):
		return mistake.err
	case err != nil && ctx.Err() == nil:
		part.Failure = failureOf(err)
	}
	g.run.Parts = append(g.run.Parts, part)
	return nil
}

// part has a part gather into a run of its own, and adds what is there to the whole.
func (g *gathering) part(ctx context.Context, gather func(context.Context, *record.Run) error) error {
	var gathered record.Run
	ended := make(chan error, 1)
	go func() {
		defer panics.Tell()
		ended <- gather(ctx, &gathered)
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		select {
		case err = <-ended:
		case <-time.After(patience):
			g.telling.Lock()
			g.left = true
			g.telling.Unlock()
			return ctx.Err()
		}
	}
	g.add(gathered)
	return err
}

// add adds what a part has gathered to the run.
func (g *gathering) add(gathered record.Run) {
	all, part := &g.run.Evidence, gathered.Evidence
	all.Probes = append(all.Probes, part.Probes...)
	if part.Tokens != nil || part.Exchanges != nil {
		all.Keys, all.Tokens, all.Exchanges = part.Keys, part.Tokens, part.Exchanges
	}
	all.Pace, all.Page = cmp.Or(all.Pace, part.Pace), cmp.Or(all.Page, part.Page)
	if part.Page != nil && part.Page.Profile != "" && part.Page.Profile != g.run.Target.Profile {
		embedded, _ := profiles.Lookup(part.Page.Profile)
		g.holdTo(embedded, record.ProfileByPage)
	}
	if part.Users != nil {
		all.Users = part.Users
	}
	if part.UsersOnly != "" { // load asks as the endpoint was found to be
		all.UsersOnly, g.config.Load.Accounts = part.UsersOnly, g.config.Endpoint.Users
	}
	g.run.Load = append(g.run.Load, gathered.Load...)
	g.run.Capacity, g.run.Comparison = cmp.Or(g.run.Capacity, gathered.Capacity), cmp.Or(g.run.Comparison, gathered.Comparison)
}

// configError marks an error of a part as a mistake in the configuration.
type configError struct{ err error }

func (e *configError) Error() string { return e.err.Error() }

// failureOf describes why a part could not be done.
func failureOf(err error) *record.Failure {
	var inBrowser *browser.Failure
	var underLoad *loadgen.Unreachable
	var asked *endpoint.Unreachable
	var failure record.Failure
	switch {
	case errors.As(err, &inBrowser):
		failure = inBrowser.Failure
	case errors.As(err, &underLoad):
		failure = underLoad.Failure
	case errors.As(err, &asked):
		failure = record.Failure{Class: asked.Failure.Class, Message: asked.Error()}
	case !errors.As(err, &failure):
		failure = record.Failure{Class: record.FailureOther, Message: err.Error()}
	}
	return &failure
}

func (g *gathering) token(ctx context.Context, run *record.Run) error {
	evidence, err := g.client.Gather(ctx, g.config.probes(suites.PartToken), func(done, planned int, what string) {
		g.progress(suites.PartToken, what, done, planned)
	})
	run.Evidence = evidence
	return err
}

func (g *gathering) page(ctx context.Context, run *record.Run) error {
	config := g.config.Page
	if g.client != nil && config.Arrive == nil {
		config.Personal = config.Personal || g.run.Evidence.UsersOnly != ""
		config.Arrive = g.arrival(config)
	}
	for _, user := range g.config.Endpoint.Users {
		config.People = append(config.People, user.Values)
	}
	page, err := browser.Gather(ctx, config, func(what string) { g.progress(suites.PartPage, what, 0, 0) })
	var failure *browser.Failure
	if errors.As(err, &failure) && failure.Class == record.FailureBadConfig {
		return &configError{err}
	}
	if err == nil || page != nil && len(page.Visits) > 0 {
		run.Evidence.Page = page
		for _, probe := range g.config.probes(suites.PartPage) {
			run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: probe})
		}
	}
	return err
}

func (g *gathering) load(ctx context.Context, run *record.Run) error {
	g.config.Load.Profile, _ = profiles.Lookup(run.Target.Profile)
	for _, step := range g.config.loadSteps() {
		loads, err := step(ctx, g.client, run, func(p loadgen.Progress) {
			g.progress(suites.PartLoad, p.String(), int(p.Requests), int(p.Planned))
		})
		var unreachable *loadgen.Unreachable
		switch {
		case errors.As(err, &unreachable):
			return err
		case err != nil && ctx.Err() == nil:
			return &configError{err}
		}
		noteLoads(run, loads)
	}
	return nil
}

// noteLoads adds loads to the run, with the probes that they are.
func noteLoads(run *record.Run, loads []record.Load) {
	for _, load := range loads {
		for _, name := range probesOf(load) {
			run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{
				Name: name, Requests: int(load.Requests), Sent: int(load.Requests), Seconds: load.Seconds, Cut: load.Interrupted,
			})
		}
	}
	run.Load = append(run.Load, loads...)
}

// probesOf names the probes that a load is. The steps of a search are load too:
// the tokens in them must be right.
func probesOf(load record.Load) []string {
	switch load.Role {
	case "", record.RoleCompared:
		return []string{record.ProbeLoad}
	case record.RoleSearch:
		return []string{record.ProbeLoad, record.ProbeCapacity}
	case record.RoleRecovery:
		return []string{record.ProbeRecovery}
	}
	return nil
}

func (g *gathering) progress(part, text string, done, total int) {
	g.telling.Lock()
	defer g.telling.Unlock()
	if g.config.Progress != nil && !g.left {
		g.config.Progress(Progress{Part: part, Text: g.told.Mask(text), Done: done, Total: total})
	}
}
