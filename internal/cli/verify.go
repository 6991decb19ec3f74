package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
	"github.com/webchatspec/webchatspec/suites"
)

// runCommand is a command that gathers and judges: all parts, or one of them.
type runCommand struct {
	name, short, long, example string

	parts   []string // nil: all that the target allows
	uses    []string // what its settings are for, beside judging and reports
	address string   // the flag that its argument stands for
}

func newVerifyCommand() *cobra.Command {
	return runCommand{
		name: "verify", uses: []string{config.ForTokens, config.ForPage, config.ForLoad, config.ForRate}, address: "endpoint",
		short: "Run everything: check the tokens, drive the page, load-test, report",
		long: `verify calls the token endpoint as honest and as hostile visitors would, drives the
page in a real browser from the first message through the expiry of its token to
the renewal, puts a short load on the endpoint (on this machine only), verifies
every token, and judges all of it.

Without --endpoint and --page it takes the settings of webchatspec.yaml in this
folder; where there is none, it tests the built-in demo site.`,
		example: `  webchatspec verify
  webchatspec verify --endpoint http://localhost:3001/createJWT --public-key key.pub --page http://localhost:3001/
  webchatspec verify --config webchatspec.yaml --fail-on should
  webchatspec verify --skip page --format json`,
	}.command()
}

func newCheckCommand() *cobra.Command {
	return runCommand{
		name: "check", parts: []string{suites.PartToken}, uses: []string{config.ForTokens}, address: "endpoint",
		short: "Check the token endpoint only",
		long:  "check calls the token endpoint and judges the tokens: no browser, no load.",
		example: `  webchatspec check --endpoint http://localhost:3001/createJWT --public-key key.pub
  webchatspec check --endpoint https://shop.example/token --token-in json:token --public-key key.pub --yes
  webchatspec check --only exp-present,sub-stable --endpoint http://localhost:3001/createJWT --public-key key.pub
  webchatspec check --dry-run --endpoint https://shop.example/token`,
	}.command()
}

func newPageCommand() *cobra.Command {
	return runCommand{
		name: "page", parts: []string{suites.PartPage}, uses: []string{config.ForPage}, address: "page",
		short: "Drive the embed page in a browser through the expiry of its token",
		long: `page opens the real page, unchanged, in headless Chromium. The vendor's widget
and assistant are played by stand-ins inside the browser: no request reaches
the vendor. To make the token expire, the clocks of page and stand-ins are moved.`,
		example: `  webchatspec page --page http://localhost:3001/ --public-key key.pub
  webchatspec page --page https://shop.example/ --public-key key.pub --allow-host cdn.example`,
	}.command()
}

func newLoadCommand() *cobra.Command {
	cmd := runCommand{
		name: "load", parts: []string{suites.PartLoad}, uses: []string{config.ForLoad, config.ForRate}, address: "endpoint",
		short: "Load-test the token endpoint, verifying every token",
		long: `load sends each request when it is due, whether or not earlier ones were answered
(an open model), measures latency from the time it was due, and verifies every
token: is it accepted, new, and this user's own?

With --capacity it searches instead for the highest rate that meets the objective.
With --overload it also overloads the endpoint and measures how long it takes to
recover.
With --shard it sends one shard of a load that several machines send together;
'webchatspec merge' then judges all shards.`,
		example: `  webchatspec load --endpoint http://localhost:3001/createJWT --public-key key.pub
  webchatspec load http://localhost:3001/createJWT --public-key key.pub --load-rate 500 --load-duration 30s --load-latency 200ms
  webchatspec load http://localhost:3001/createJWT --public-key key.pub --stage 10..200:30s --stage 200:1m --abort-on failures=5%
  webchatspec load http://localhost:3001/createJWT --public-key key.pub --capacity --capacity-to 2000 --load-latency 250ms
  webchatspec load http://localhost:3001/createJWT --public-key key.pub --overload --overload-factor 5
  webchatspec load http://localhost:3001/createJWT --public-key key.pub --metrics 127.0.0.1:9464 --raw results.bin
  webchatspec load https://stage.example/token --allow-load stage.example --shard auto/4 --start-at +30s --out - > shard.json
  webchatspec load compare go node node-pem`,
	}.command()
	cmd.AddCommand(newLoadCompareCommand())
	return cmd
}

func (r runCommand) command() *cobra.Command {
	cmd := &cobra.Command{
		Use: r.name + " [URL]", Short: r.short, Long: r.long, Example: r.example, Args: takesAddress(r.address),
	}
	flags := settingFlags(cmd, slices.Concat(r.uses, []string{config.ForJudge, config.ForReports})...)
	var before former
	before.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return r.run(cmd, flags, before) }
	quietFlag(cmd)
	if slices.Contains(r.uses, config.ForTokens) {
		cmd.Flags().Bool("dry-run", false, "show the requests for tokens with their number, and send none")
	}
	writeWaiversFlag(cmd)
	signKeyFlag(cmd)
	return cmd
}

// noArguments refuses stray arguments, which are mostly a forgotten flag.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageErrorf("%s takes no argument, only flags: what is %q? See '%s --help'", cmd.CommandPath(), args[0], cmd.CommandPath())
}

func (r runCommand) run(cmd *cobra.Command, flags *config.Flags, before former) error {
	s, usual, err := flags.ReadUsual(os.Environ())
	confide(cmd, s.Confidential())
	if err != nil {
		return usageErrorf("%w", err)
	}
	if usual != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "settings from %s in this folder\n", usual)
	}
	c, err := build(cmd, s)
	if err != nil {
		return err
	}
	c.Parts = r.parts
	baseline, err := before.read()
	if err != nil {
		return err
	}
	if err := before.narrow(&c); err != nil {
		return err
	}
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry {
		return dryRun(cmd, c)
	}
	if err := errors.Join(tryToWrite(s.OutFolder()), trySignKey(cmd, s), tryWaivers(cmd)); err != nil {
		return err
	}
	if err := announce(cmd, c); err != nil {
		return err
	}
	run, err := verifyShowing(cmd, c)
	if err != nil {
		return err
	}
	run.Baseline, run.Configuration = baseline, c.Secrets().MaskValues(s.Shown())
	run.Target.EndpointAt, run.Target.PageAt = s.PlaceOf("endpoint"), s.PlaceOf("page.url")
	return finish(cmd, s, run)
}

// verifyShowing verifies, and shows how far that is.
func verifyShowing(cmd *cobra.Command, c webchatspec.Config) (record.Run, error) {
	show := newProgress(cmd)
	c.Progress = show.step
	finished := context.AfterFunc(cmd.Context(), show.stopping)
	run, err := webchatspec.Verify(cmd.Context(), c)
	finished()
	show.done()
	if err != nil {
		return run, configurationError(err)
	}
	return run, nil
}

// configurationError makes err an error of usage, with a hint at a misspelt word.
func configurationError(err error) error {
	var unknown *suites.UnknownError
	if errors.As(err, &unknown) {
		return usageErrorf("%w%s", err, didYouMean(unknown.Word, unknown.Known))
	}
	return usageErrorf("%w", err)
}

// chosenFormats are the formats of the settings, or the usual ones.
func chosenFormats(s config.Settings) []reports.Format {
	if len(s.Formats) == 0 {
		return reports.UsualFormats()
	}
	return slices.DeleteFunc(reports.Formats(), func(f reports.Format) bool {
		return !slices.ContainsFunc(s.Formats, func(name string) bool { return strings.EqualFold(name, f.Name) })
	})
}

// dryRun prints the plan of the token part.
func dryRun(cmd *cobra.Command, c webchatspec.Config) error {
	if c.Endpoint.URL == "" {
		return usageErrorf("--dry-run wants an --endpoint to plan for")
	}
	if err := c.Selection.Validate(); err != nil {
		return configurationError(err)
	}
	planned := c.Composed()
	client, err := endpoint.New(planned.Endpoint)
	if err != nil {
		return usageErrorf("%w", err)
	}
	probes := slices.DeleteFunc(c.Selection.Probes(c.Profile), func(p string) bool { return suites.PartOf(p) != suites.PartToken })
	return printPlan(cmd, client, probes, c)
}

// announce tells, before anything is sent to a host that is not this machine,
// how many requests of intrusive probes it will get, or how to allow them.
func announce(cmd *cobra.Command, c webchatspec.Config) error {
	if c.Page.Remote != "" && c.Wants(suites.PartPage) {
		fmt.Fprintln(cmd.ErrOrStderr(), "the browser that is joined has the network that it was started with: only HTTP requests of the page are held back from hosts that are not allowed, not WebSockets, WebRTC and WebTransport, by which a page can send tokens anywhere")
	}
	if !c.Wants(suites.PartToken) || c.Endpoint.URL == "" {
		return nil
	}
	client, err := endpoint.New(c.Composed().Endpoint)
	if err != nil {
		return usageErrorf("%w", err)
	}
	for _, asked := range client.Hosts(c.Selection.Probes(c.Profile)) {
		if !asked.Local {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is not this machine: it will get at most %s requests%s\n", asked.Host, record.Count(asked.Requests), intrusive(asked))
		}
	}
	skipped := 0
	for _, probe := range client.Plan(c.Selection.Probes(c.Profile)) {
		if probe.Intrusive && probe.Skipped != "" && !probe.NotApplicable {
			skipped += probe.Requests
		}
	}
	if skipped > 0 && !c.Endpoint.Consent {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s intrusive requests are left out; allow them with --yes if the hosts are yours (--dry-run lists them)\n", record.Count(skipped))
	}
	return nil
}

// intrusive says how many of the requests that a host gets are intrusive.
func intrusive(asked endpoint.Asked) string {
	if asked.Intrusive == 0 {
		return ""
	}
	return fmt.Sprintf(", %s of them intrusive, as you allowed", record.Count(asked.Intrusive))
}

// longLine is the length from which a request of the plan stands in several lines, in
// bytes.
const longLine = 120

func printPlan(cmd *cobra.Command, client *endpoint.Client, names []string, c webchatspec.Config) error {
	total := 0
	out := cmd.OutOrStdout()
	probes, hosts := client.Plan(names), client.Hosts(names)
	for _, course := range client.Courses() {
		fmt.Fprintf(out, "%s\n", course.Name)
		for _, request := range course.Requests {
			parts := []string{request}
			if len(request) > longLine {
				parts = strings.Split(request, "; ")
			}
			for i, part := range parts {
				fmt.Fprintf(out, "%s%s\n", strings.Repeat("  ", 1+min(i, 1)), readable(part))
			}
		}
	}
	fmt.Fprintln(out)
	fmt.Fprintf(out, "%-18s %8s  %s\n", "PROBE", "REQUESTS", "NOTE")
	for _, probe := range probes {
		note := probe.Skipped
		if probe.Intrusive && note == "" {
			note = "intrusive"
		}
		if probe.Skipped == "" {
			total += probe.Requests
		}
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-18s %8d  %s", probe.Name, probe.Requests, note), " "))
	}
	fmt.Fprintf(out, "%-18s %8d\n\n", "all", total)
	fmt.Fprintf(out, "%-32s %8s\n", "HOST", "REQUESTS")
	for _, asked := range hosts {
		note := "this machine"
		if !asked.Local {
			note = strings.TrimPrefix("not this machine"+intrusive(asked), ", ")
		}
		fmt.Fprintf(out, "%-32s %8d  %s\n", asked.Host, asked.Requests, note)
	}
	if most := c.Endpoint.MaxRequests; most > 0 {
		fmt.Fprintf(out, "\nThe run sends %s requests at most, all its parts together (--max-requests)%s.\n", record.Count(most), c.Shares())
	}
	_, err := fmt.Fprintf(out, "\nThe run ends after %s at the latest (--max-time).\n", record.Span(c.TimeLimit().Seconds()))
	return err
}
