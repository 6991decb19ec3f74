// Package suites is the catalogue of checks and the judge.
//
// A check is a plain function of the evidence of a run, and returns everything that it
// found. No check talks to the network, so a saved run can be judged again, by another
// version, on another machine, with other waivers:
//
//	run, err := record.ReadFile("run.json")
//	if err != nil {
//		return err
//	}
//	run = suites.Judge(run, suites.Options{Selection: suites.Selection{Skip: []string{"tls-hsts"}}})
//	fmt.Println(run.Verdict)
//
// [Catalogue] lists the checks with their requirements, reasons and fixes, [Lookup] finds
// one by its id. A [Selection] names checks by id, area or level.
//
// # Adding a check
//
// The files are named after the areas. Add an entry to the area's file, the function that
// judges it right below, named after its id, and to the fixtures the fault that fails it.
// What a single token shows is a rule of package rulebook, which the catalogue takes over;
// it is added there.
package suites

import (
	"cmp"
	"slices"
	"sync"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// Areas of the catalogue, in the order in which they are listed.
const (
	AreaToken     = rulebook.AreaToken
	AreaHeader    = rulebook.AreaHeader
	AreaClaims    = rulebook.AreaClaims
	AreaKey       = rulebook.AreaKey
	AreaIdentity  = "identity"
	AreaFreshness = "freshness"
	AreaHTTP      = "http"
	AreaPayload   = rulebook.AreaPayload
	AreaRelying   = "relying"
	AreaPage      = "page"
	AreaLoad      = "load"
)

// Areas are all areas, in that order.
var Areas = []string{
	AreaToken, AreaHeader, AreaClaims, AreaKey, AreaIdentity, AreaFreshness,
	AreaHTTP, AreaPayload, AreaRelying, AreaPage, AreaLoad,
}

// Check is one entry of the catalogue.
type Check struct {
	ID    string // stable, part of the interface
	Area  string
	Level record.Level
	// Profile is the id of the one profile whose contract has the check; "" where
	// every contract has it.
	Profile string
	Title   string // the requirement, as a sentence that holds for a right site

	Why    string // what goes wrong otherwise
	Fix    string // what to do about it
	Source string // where the requirement is written; "vendor:" is the vendor's documentation

	// Faults are the ids of the fixtures' faults that fail exactly this check.
	Faults []string
	// NeverFails is set for a check that is about this program's work and not about the
	// site. It is inconclusive when something could not be done, and has no fault.
	NeverFails bool
	// YieldsTo are more specific checks. When this check and one of them fail, this one is
	// "blocked by" the other.
	YieldsTo []string

	// Needs are the probes without whose evidence the check cannot be judged.
	Needs []string
	// Uses are further probes whose evidence it looks at, if there is any.
	Uses []string
	// NeedsKey is set when nothing can be said without a public key.
	NeedsKey bool
	// NeedsTokens is set when nothing can be said unless a token was served.
	NeedsTokens bool
	// judge decides from the evidence.
	judge func(*evidence) judgement
}

// judgement is what a check decides.
type judgement struct {
	State    record.State
	Reason   string // why, for every state but passed and failed
	Findings []record.Finding
	Wanted   bool   // not run, although its part was asked for
	Warning  bool   // inconclusive, but does not make the run inconclusive
	Exchange string // id of the exchange that reproduces it, "" for the first finding's
	// Level overrides the level of the check, unless it is "": a higher one if the user has
	// asked for what it looks at, a lower one if what was found is less serious.
	Level record.Level
}

// fail fails with the findings.
func fail(first record.Finding, others ...record.Finding) judgement {
	return judgement{State: record.Failed, Findings: append([]record.Finding{first}, others...)}
}

// notApplicable says that the requirement does not concern the site, and that the evidence
// shows it. What we could not do is [notRun].
func notApplicable(reason string) judgement {
	return judgement{State: record.NotApplicable, Reason: reason}
}

// notRun says that we could not do something that belongs to a part that was asked for.
func notRun(reason string) judgement {
	return judgement{State: record.NotRun, Reason: reason, Wanted: true}
}

// notAsked says that something is missing for which nobody has asked.
func notAsked(reason string) judgement {
	return judgement{State: record.NotRun, Reason: reason}
}

func inconclusive(reason string) judgement {
	return judgement{State: record.Inconclusive, Reason: reason}
}

// warn is inconclusive, but a warning only, which does not change the verdict.
func warn(reason string) judgement {
	return judgement{State: record.Inconclusive, Reason: reason, Warning: true}
}

// registered are the checks in the order in which their files add them.
var registered []Check

// add puts a check into the catalogue. Each entry stands above the function that
// judges it: var _ = add(Check{…}).
func add(check Check) struct{} {
	registered = append(registered, check)
	return struct{}{}
}

// Catalogue returns all checks, by area. The slice is the caller's.
func Catalogue() []Check { return CatalogueOf(profiles.Default()) }

// Whole returns the checks of every profile, each in the words of its own or else
// of the default profile. The slice is the caller's.
func Whole() []Check {
	all := slices.Clone(catalogue())
	for i := range all {
		all[i] = all[i].inItsOwn()
	}
	return all
}

// CatalogueOf returns all checks in the words of a profile. The slice is the caller's.
func CatalogueOf(profile profiles.Profile) []Check {
	all := slices.DeleteFunc(slices.Clone(catalogue()), func(c Check) bool { return !profile.Has(c.Profile) })
	for i := range all {
		all[i] = all[i].in(profile)
	}
	return all
}

var catalogue = sync.OnceValue(func() []Check {
	all := slices.Clone(registered)
	slices.SortStableFunc(all, func(a, b Check) int {
		return cmp.Compare(slices.Index(Areas, a.Area), slices.Index(Areas, b.Area))
	})
	return all
})

// Lookup returns the check with the id, in the words of the profile that it is
// for, or else of the default one.
func Lookup(id string) (Check, bool) {
	i := slices.IndexFunc(catalogue(), func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return catalogue()[i].inItsOwn(), true
}

func (c Check) inItsOwn() Check {
	profile, _ := profiles.Lookup(c.Profile)
	return c.in(profile)
}

// in returns the check in the words of a profile.
func (c Check) in(profile profiles.Profile) Check {
	c.Source = profile.Source(c.ID, c.Source)
	for _, text := range []*string{&c.Title, &c.Why, &c.Fix, &c.Source} {
		*text = profile.Say(*text)
	}
	return c
}
