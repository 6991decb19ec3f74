package suites

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// TestOnlyALookCanPass holds the way in which "a check that had nothing to look
// at has not passed" is built: a passed judgement is made in one place, which
// counts what was looked at.
func TestOnlyALookCanPass(t *testing.T) {
	for _, name := range sources(t, "*.go") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if kind, ok := literal.Type.(*ast.Ident); !ok || kind.Name != "judgement" || len(literal.Elts) == 0 {
				return true
			}
			if name != "look.go" && name != "catalogue.go" {
				t.Errorf("%s makes a judgement by itself: use a look", name)
			}
			return true
		})
	}
}

// allProbes are the probes that the catalogue needs or uses, as done.
func allProbes() []record.Probe {
	var probes []record.Probe
	for _, name := range (Selection{}).Probes(profiles.Default()) {
		probes = append(probes, record.Probe{Name: name})
	}
	return probes
}

// gathered is a run in which every part was done and nothing was seen.
func gathered() record.Run {
	run := record.Run{SchemaVersion: record.SchemaVersion}
	run.Target.Endpoint = "https://shop.example/createJWT"
	run.Parts = []record.Part{{Name: PartToken}, {Name: PartPage}, {Name: PartLoad}}
	run.Evidence.Probes = allProbes()
	run.Evidence.Page = &record.Page{}
	run.Load = []record.Load{{Name: "load"}}
	return run
}

// TestNothingPassesOnNothing takes the whole catalogue through evidence in which
// there is nothing to look at.
func TestNothingPassesOnNothing(t *testing.T) {
	skipped := gathered()
	for i := range skipped.Evidence.Probes {
		skipped.Evidence.Probes[i].Skipped, skipped.Evidence.Probes[i].Wanted = "the login was refused with status 401", true
	}
	unanswered := gathered()
	for _, probe := range unanswered.Evidence.Probes {
		unanswered.Evidence.Exchanges = append(unanswered.Evidence.Exchanges, record.Exchange{
			ID: "e-" + probe.Name, Probe: probe.Name, Failure: &record.Failure{Class: record.FailureTimeout, Message: "no answer within 10 s"},
		})
	}
	keyed := gathered()
	keyed.Evidence.Keys = []record.Key{{Source: "key.pub", Form: "none", Kind: "none", Looks: "a text that is no PEM key"}}
	for name, run := range map[string]record.Run{
		"nothing gathered": {}, "every set is empty": gathered(), "the set-up failed": skipped, "no answer came": unanswered,
		"a key that is none": keyed, "a login was refused": refusedLogin(), "the load was refused": refusedLoad(),
		"the page did not answer": stuckPage(), "this machine was at its end": atItsEnd(unanswered),
	} {
		for _, profile := range profiles.All() {
			run.Target.Profile = profile.ID
			judged := Judge(run, Options{})
			for _, o := range judged.Outcomes {
				if o.State == record.Passed && !saysItself[name][o.ID] {
					t.Errorf("%s (%s): %s passed", name, profile.ID, o.ID)
				}
			}
			if judged.Verdict == record.VerdictPassed {
				t.Errorf("%s (%s): the run passed", name, profile.ID)
			}
		}
	}
}

// refusedLogin is a run in which nobody could log in, and so nobody got a token.
func refusedLogin() record.Run {
	run := gathered()
	for i, variant := range []record.Variant{record.VariantVisit, record.VariantLogin} {
		visitor := fmt.Sprintf("v%d", i)
		run.Evidence.Exchanges = append(run.Evidence.Exchanges,
			record.Exchange{ID: "s" + visitor, Probe: record.ProbeSession, Variant: variant, Visitor: visitor, Refused: "status 401", Response: &record.Response{Status: 401}},
			record.Exchange{ID: "e" + visitor, Probe: record.ProbeVisitors, Visitor: visitor, Response: &record.Response{Status: 401}})
	}
	return run
}

// refusedLoad is a run in which all requests of the load were refused.
func refusedLoad() record.Run {
	run := gathered()
	for _, class := range []string{"status 500", record.FailureThrottled} {
		run.Load = append(run.Load, record.Load{Name: class, Requests: 100, Requested: 10, Achieved: 10, Failures: map[string]int64{class: 100}})
	}
	return run
}

// stuckPage is a run whose page blocked its thread, or whose renderer died, after
// the first token: what comes after could not be done.
func stuckPage() record.Run {
	run := gathered()
	page := run.Evidence.Page
	for _, visitor := range []string{record.VisitorFirst, record.VisitorSecond, record.VisitorUser} {
		for _, step := range []string{record.StepLoad, record.StepFirst, record.StepExpiry, record.StepReload, record.StepRejection, record.StepLogin, record.StepLogout, record.StepAfter} {
			page.Steps = append(page.Steps, record.PageStep{
				Visitor: visitor, Name: step, Usable: true, Cause: record.CauseUnable, Ended: "the page's clock cannot be moved: it does not answer",
			})
		}
	}
	return run
}

// atItsEnd is the run with the cause that this machine had no files left.
func atItsEnd(run record.Run) record.Run {
	run.Evidence.Exchanges = slices.Clone(run.Evidence.Exchanges)
	for i := range run.Evidence.Exchanges {
		run.Evidence.Exchanges[i].Failure = &record.Failure{Class: record.FailureGenerator, Message: "too many open files"}
	}
	return run
}

// saysItself are the checks that have something to look at in a case.
var saysItself = map[string]map[string]bool{
	"a login was refused": {"http-encoding": true, "token-not-in-url": true}, // of the refusals themselves
	"a key that is none":  {"key-public-only": true, "key-not-published": true},
}

// noTokens are bodies with status 200 that are no token.
var noTokens = []string{"undefined", "[object Promise]", `{"error":"unauthorized"}`, `{"token":null}`, "a.b.c", "<!DOCTYPE html><title>Sign in</title>"}

// ofDecoded are the checks of other areas that look at what a token decodes to, or
// at its signature.
var ofDecoded = []string{"token-json", "token-object", "token-accepted", "signature-strict", "signature-every", "key-consistent"}

// TestNothingPassesOnWhatIsNoToken shows the checks of header, claims, keys and
// signatures texts that are none, as the endpoint part notes them.
func TestNothingPassesOnWhatIsNoToken(t *testing.T) {
	about := []string{AreaHeader, AreaClaims, AreaIdentity, AreaFreshness, AreaPayload}
	for _, body := range noTokens {
		run := gathered()
		run.Evidence.Keys = []record.Key{{Source: "key.pub", Form: "spki", Kind: "rsa", Bits: 2048, Modulus: "c5", Exponent: "65537"}}
		for _, visitor := range []string{"v1", "v2"} {
			tok := record.NewToken(body, nil)
			tok.ID, tok.Exchange, tok.Probe, tok.Visitor, tok.Call = "t"+visitor, "e"+visitor, record.ProbeVisitors, visitor, 1
			x := record.Exchange{ID: "e" + visitor, Probe: record.ProbeVisitors, Visitor: visitor, Call: 1,
				Response: &record.Response{Status: 200, Bytes: int64(len(body)), Excerpt: body}}
			if strings.Count(body, ".") == 2 {
				x.Token = tok.ID
				run.Evidence.Tokens = append(run.Evidence.Tokens, tok)
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, x)
		}
		judged := Judge(run, Options{})
		for _, o := range judged.Outcomes {
			if o.State == record.Passed && (slices.Contains(about, o.Area) || slices.Contains(ofDecoded, o.ID)) {
				t.Errorf("%q: %s passed", body, o.ID)
			}
		}
		if judged.Verdict != record.VerdictFailed {
			t.Errorf("%q: the run is %s", body, judged.Verdict)
		}
	}
}
