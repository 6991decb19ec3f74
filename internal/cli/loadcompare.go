package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/secrets"
	"github.com/webchatspec/webchatspec/suites"
)

// comparison is the command load compare, as its flags say.
type comparison struct {
	rounds, inFlight int
	slice            time.Duration
	settings         *config.Flags
	before           former
}

func newLoadCompareCommand() *cobra.Command {
	var p comparison
	cmd := &cobra.Command{
		Use:   "compare ENDPOINT...",
		Short: "Compare how many tokens per second several endpoints sign",
		Long: `compare calls two or more endpoints in turn, round after round, each as fast as it
answers, verifies every token, and reports their rates as ratios to the first one,
with confidence intervals: what disturbs the machine disturbs all of them alike.

An ENDPOINT is an address, NAME=ADDRESS, or a reference issuer: go, node (the key
read once), node-pem (the key read anew for each token, as the vendor's sample
does), python; each also with another key size, as in go-3072 and node-4096. The
reference issuers for Node and Python need a checkout of webchatspec.`,
		Example: `  webchatspec load compare go node node-pem python
  webchatspec load compare go go-3072 go-4096
  webchatspec load compare old=http://localhost:3001/createJWT new=http://localhost:3002/createJWT --public-key key.pub`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageErrorf("load compare wants two endpoints or more, such as: load compare go node")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args) },
	}
	p.settings = settingFlags(cmd, config.ForLoad, config.ForJudge, config.ForReports)
	quietFlag(cmd)
	p.before.baselineFlag(cmd)
	cmd.Flags().IntVar(&p.rounds, "rounds", 8, "this `NUMBER` of rounds per endpoint, after one to warm up")
	cmd.Flags().DurationVar(&p.slice, "slice", time.Second, "send to each endpoint for this `DURATION` in each round")
	cmd.Flags().IntVar(&p.inFlight, "in-flight", 4, "keep this `NUMBER` of requests in flight")
	return cmd
}

func (p *comparison) run(cmd *cobra.Command, args []string) error {
	if p.rounds < 1 || p.slice <= 0 || p.inFlight < 1 {
		return usageErrorf("give --rounds, --slice and --in-flight above 0")
	}
	s, err := readSettings(cmd, p.settings)
	if err != nil {
		return err
	}
	c, err := build(cmd, s)
	if err != nil {
		return err
	}
	baseline, err := p.before.read()
	if err != nil {
		return err
	}
	if err := tryToWrite(s.OutFolder()); err != nil {
		return err
	}
	c.Parts, c.Compare = []string{suites.PartLoad}, &webchatspec.Comparing{}
	c.Compare.Race.Rounds, c.Compare.Race.Slice, c.Compare.Race.InFlight = p.rounds, p.slice, p.inFlight
	for _, arg := range args {
		named, stop, err := contender(cmd.Context(), arg, c.Endpoint)
		if err != nil {
			return err
		}
		defer stop()
		c.Compare.Contenders = append(c.Compare.Contenders, named)
	}
	c.Endpoint = c.Compare.Contenders[0].Endpoint
	confide(cmd, c.Secrets())
	run, err := verifyShowing(cmd, c)
	if err != nil {
		return err
	}
	run.Baseline, run.Configuration = baseline, c.Secrets().MaskValues(s.Shown())
	return finish(cmd, s, run)
}

// contender is the endpoint that an argument names. A reference issuer is started,
// and ends with stop.
func contender(ctx context.Context, arg string, common endpoint.Config) (webchatspec.Named, func(), error) {
	name, address, named := strings.Cut(arg, "=")
	if !named || strings.Contains(name, "://") { // a = in the address itself
		name, address = secrets.Address(arg), arg
	}
	if strings.Contains(address, "://") {
		common.URL = address
		return webchatspec.Named{Name: name, Endpoint: common}, func() {}, nil
	}
	kind, size, sized := strings.Cut(strings.TrimPrefix(arg, "node-pem"), "-")
	if strings.HasPrefix(arg, "node-pem") {
		kind = "node-pem"
	}
	bits := 0
	if sized {
		var err error
		if bits, err = strconv.Atoi(size); err != nil || bits < 1024 || bits > 8192 {
			return webchatspec.Named{}, nil, usageErrorf("%q: %q is not a key size from 1024 to 8192", arg, size)
		}
	}
	setup, issuer, err := startReference(ctx, kind, bits)
	if err != nil {
		return webchatspec.Named{}, nil, err
	}
	var c webchatspec.Config
	c.PointAt(setup)
	c.Endpoint.Rate, c.Endpoint.MaxRequests = common.Rate, common.MaxRequests
	return webchatspec.Named{Name: arg, Endpoint: c.Endpoint}, func() { _ = issuer.Close() }, nil
}

// startReference starts a reference issuer with a key of so many bits, 0 for the usual.
func startReference(ctx context.Context, kind string, bits int) (issuers.Setup, io.Closer, error) {
	options := issuers.ProcessOptions{KeyBits: bits, KeyAsText: kind == "node-pem"}
	var process *issuers.Process
	var err error
	switch kind {
	case "go":
		site, err := issuers.Start(issuers.Options{KeyBits: bits})
		if err != nil {
			return issuers.Setup{}, nil, fmt.Errorf("start the issuer %s: %w", kind, err)
		}
		return site.Setup(), site, nil
	case "node", "node-pem":
		process, err = issuers.StartNode(ctx, options)
	case "python":
		process, err = issuers.StartPython(ctx, options)
	default:
		known := []string{"go", "node", "node-pem", "python"}
		return issuers.Setup{}, nil, usageErrorf("%q is no address and no reference issuer%s; give an address such as http://localhost:3001/createJWT, or one of %s",
			kind, spelling.DidYouMean(kind, known), strings.Join(known, ", "))
	}
	if err != nil {
		return issuers.Setup{}, nil, &exitError{ExitUnreachable, errors.Join(fmt.Errorf("start the issuer %s", kind), err)}
	}
	return process.Setup(), process, nil
}
