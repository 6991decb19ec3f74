package ginkgospecs_test

import (
	"cmp"
	"context"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/runs"
	"github.com/webchatspec/webchatspec/ginkgospecs"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// The Ginkgo suites run against the reference sites in Go and in Node, and
// against the endpoint that the environment names:
//
//	WEBCHATSPEC_ENDPOINT=http://localhost:3001/createJWT WEBCHATSPEC_PUBLIC_KEYS=key.pub go test ./ginkgospecs -run Endpoint

// specs counts what the specs of one suite came to, by state.
type specs map[types.SpecState][]string

// runSpecs runs the catalogue's specs in this process and returns how they ended.
func runSpecs(t *testing.T, filter string, gather func(context.Context) (record.Run, error)) specs {
	t.Helper()
	globals.Reset()
	ginkgospecs.Describe("the catalogue", gather)
	ended := specs{}
	ginkgo.ReportAfterSuite("collect", func(report ginkgo.Report) {
		for _, spec := range report.SpecReports {
			if spec.LeafNodeType == types.NodeTypeIt {
				ended[spec.State] = append(ended[spec.State], spec.Labels()[0])
			}
		}
	})
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.LabelFilter, suite.RandomSeed = filter, 1
	reporter.Succinct, reporter.NoColor = true, true
	ginkgo.RunSpecs(silent{}, "webchatspec", suite, reporter)
	return ended
}

// silent takes the end of a Ginkgo suite without failing the test: what failed
// is looked at afterwards.
type silent struct{}

func (silent) Fail() {}

func verifySetup(setup issuers.Setup) func(context.Context) (record.Run, error) {
	return func(ctx context.Context) (record.Run, error) {
		config := webchatspec.Config{Parts: []string{suites.PartToken}}
		config.PointAt(setup)
		return webchatspec.Verify(ctx, config)
	}
}

func TestGinkgoAgainstTheGoSite(t *testing.T) {
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	var run record.Run
	ended := runSpecs(t, "", func(ctx context.Context) (record.Run, error) {
		var err error
		run, err = verifySetup(site.Setup())(ctx)
		return run, err
	})
	if failed := ended[types.SpecStateFailed]; len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	passed := 0
	for _, outcome := range run.Outcomes {
		if outcome.State == record.Passed {
			passed++
		}
	}
	const ofTheRun = 1 // the spec that the run is all that was asked for
	if got := len(ended[types.SpecStatePassed]); got != passed+ofTheRun {
		t.Errorf("%d specs passed, %d outcomes of the command did", got, passed)
	}
}

func TestGinkgoAgainstTheNodeSite(t *testing.T) {
	site, err := issuers.StartNode(t.Context(), issuers.ProcessOptions{})
	if err != nil {
		if os.Getenv("WEBCHATSPECTEST_REQUIRE_NODE") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	defer site.Close()
	if failed := runSpecs(t, "", verifySetup(site.Setup()))[types.SpecStateFailed]; len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

func TestGinkgoTellsTheFault(t *testing.T) {
	site, err := issuers.Start(issuers.Options{Fault: "no-exp"})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	ended := runSpecs(t, "claims && MUST", verifySetup(site.Setup()))
	if failed := ended[types.SpecStateFailed]; len(failed) != 1 || failed[0] != "exp-present" {
		t.Errorf("failed: %v, want exp-present alone", failed)
	}
}

// TestGinkgoAgainstAnEndpoint tests what the environment names.
func TestGinkgoAgainstAnEndpoint(t *testing.T) {
	address := os.Getenv("WEBCHATSPEC_ENDPOINT")
	if address == "" {
		t.Skip("name an endpoint in WEBCHATSPEC_ENDPOINT, and its public key's file in WEBCHATSPEC_PUBLIC_KEYS")
	}
	config := webchatspec.Config{Parts: []string{suites.PartToken}}
	config.Endpoint = endpoint.Config{URL: address, TokenIn: os.Getenv("WEBCHATSPEC_TOKEN_IN")}
	if file := os.Getenv("WEBCHATSPEC_PUBLIC_KEYS"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config.Endpoint.PublicKeys = []endpoint.KeyText{{Source: file, Text: string(text)}}
	}
	gather := sync.OnceValues(func() (record.Run, error) { return webchatspec.Verify(t.Context(), config) })
	ended := runSpecs(t, cmp.Or(os.Getenv("WEBCHATSPECTEST_LABELS"), "MUST"), func(context.Context) (record.Run, error) { return gather() })
	if failed := ended[types.SpecStateFailed]; len(failed) > 0 {
		t.Errorf("failed: %v", failed)
		run, _ := gather()
		for _, outcome := range run.Outcomes {
			if outcome.State == record.Failed {
				t.Log(suites.Details(outcome))
			}
		}
	}
	if len(ended[types.SpecStatePassed]) == 0 {
		t.Error("nothing was asserted")
	}
}

// TestGinkgoIsRedAgainstADeadEndpoint holds also where the labels leave out the
// spec of the run, and where they choose lesser checks only.
func TestGinkgoIsRedAgainstADeadEndpoint(t *testing.T) {
	dead := webchatspec.Config{Parts: []string{suites.PartToken}, Endpoint: endpoint.Config{URL: "http://127.0.0.1:9/"}}
	for _, filter := range []string{"", "claims", "claims && SHOULD", "exp-present"} {
		ended := runSpecs(t, filter, func(ctx context.Context) (record.Run, error) { return webchatspec.Verify(ctx, dead) })
		if len(ended[types.SpecStateFailed]) == 0 || len(ended[types.SpecStatePassed]) > 0 {
			t.Errorf("labels %q: %d specs failed, passed %v", filter, len(ended[types.SpecStateFailed]), ended[types.SpecStatePassed])
		}
	}
}

// TestSpecsEndAsTheRunDoes gives each kind of outcome to a check of the
// catalogue and looks how its spec ends.
func TestSpecsEndAsTheRunDoes(t *testing.T) {
	catalogue := suites.Catalogue()
	for batch := range slices.Chunk(runs.Outcomes(), len(catalogue)) {
		for i := range batch {
			batch[i].ID = catalogue[i].ID
		}
		for run := range runs.All(batch) {
			ended := runSpecs(t, "!"+ginkgospecs.RunLabel, func(context.Context) (record.Run, error) { return run, nil })
			for _, outcome := range batch {
				effect := run.Effect(outcome)
				want := effect == record.Fails || effect == record.Undecides || outcome.Wanted && len(run.Shortfalls()) > 0 && effect != record.Holds
				if got := slices.Contains(ended[types.SpecStateFailed], outcome.ID); got != want {
					t.Errorf("%s %s (%s), %d shortfalls: its spec failed: %t", outcome.Level, outcome.State, effect, len(run.Shortfalls()), got)
				}
			}
			whole := runSpecs(t, ginkgospecs.RunLabel, func(context.Context) (record.Run, error) { return run, nil })
			if got := len(whole[types.SpecStateFailed]) > 0; got != (len(run.Shortfalls()) > 0) {
				t.Errorf("with %v the spec of the run failed: %t", run.Shortfalls(), got)
			}
		}
	}
}
