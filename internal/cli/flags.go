package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/webchatspec/webchatspec/internal/config"
)

// commonFlags defines the flags of the commands that run against a site, bound
// to the settings. The values that settings already hold are the defaults.
func commonFlags(flags *pflag.FlagSet, s *config.Settings) {
	flags.StringVar(&s.Endpoint, "endpoint", s.Endpoint, "address of the token `URL`; the built-in demo site when neither this nor --page is given")
	flags.StringArrayVar(&s.PublicKeys, "public-key", s.PublicKeys, "`FILE` with the public key that the assistant verifies with; several while keys are rotated")
	flags.StringVar(&s.Page.URL, "page", s.Page.URL, "address of the embed page's `URL`")
	flags.StringVar(&s.TokenIn, "token-in", s.TokenIn, "where the token stands in an answer: body, json:MEMBER or header:NAME")
	flags.StringVar(&s.Out, "out", s.Out, "`FOLDER` for the reports (default \"webchatspec-report\")")
	flags.StringSliceVar(&s.Formats, "format", s.Formats, formatHelp())
	flags.StringSliceVar(&s.Only, "only", s.Only, "judge only these checks: ids, areas or levels")
	flags.StringSliceVar(&s.Skip, "skip", s.Skip, "leave these checks out: ids, areas or levels")
	flags.StringVar(&s.FailOn, "fail-on", s.FailOn, "lowest `LEVEL` whose failures fail the run: must or should (default must)")
	flags.StringVar(&s.Waivers, "waivers", s.Waivers, "`FILE` with failures to live with for a while")
	flags.DurationVar(&s.MaxWait, "max-wait", s.MaxWait, "longest wait for a token to expire (default 6s)")
	flags.DurationVar(&s.Timeout, "timeout", s.Timeout, "bound on one request (default 10s)")
	flags.StringArrayVar(&s.KnownKeys, "known-keys", s.KnownKeys, "`FILE` with public keys known to be published")
	flags.StringArrayVar(&s.OtherKeys, "other-key", s.OtherKeys, "`FILE` with another public key, to look for common factors")
	flags.StringVar(&s.TLS.CA, "ca", s.TLS.CA, "`FILE` with further certificate authorities to trust")
	flags.StringVar(&s.TLS.Cert, "cert", s.TLS.Cert, "`FILE` with a client certificate")
	flags.StringVar(&s.TLS.Key, "cert-key", s.TLS.Key, "`FILE` with the client certificate's key")
	flags.StringToStringVar(&s.Resolve, "resolve", s.Resolve, "address for a host or host:port, as in HOST=ADDRESS, in the place of DNS")
	flags.Float64Var(&s.Rate, "rate", s.Rate, "most requests a second of the token part (default 600 on loopback, 20 elsewhere)")
	flags.IntVar(&s.Concurrency, "concurrency", s.Concurrency, "most requests in flight of the token part (default 16)")
	flags.BoolVar(&s.Consent, "yes", s.Consent, "allow intrusive probes on a host that is not loopback")
	flags.StringSliceVar(&s.Page.AllowHosts, "allow-host", s.Page.AllowHosts, "further hosts that the page may load from")
	flags.StringVar(&s.Page.Chromium, "chromium", s.Page.Chromium, "`PATH` of the browser")
	flags.StringSliceVar(&s.Load.AllowHosts, "allow-load", s.Load.AllowHosts, "hosts other than loopback that load may go to")
	flags.Float64Var(&s.Load.Rate, "load-rate", s.Load.Rate, "requests a second of the load part (default 120)")
	flags.DurationVar(&s.Load.Duration, "load-duration", s.Load.Duration, "how long load is put on the endpoint (default 5s)")
	flags.IntVar(&s.Load.Users, "load-users", s.Load.Users, "how many users take turns under load (default 20)")
	flags.DurationVar(&s.Load.Objective.Latency, "load-latency", s.Load.Objective.Latency, "objective: latency at the percentile (default 500ms)")
	flags.Float64Var(&s.Load.Objective.Percentile, "load-percentile", s.Load.Objective.Percentile, "objective: the percentile (default 99)")
	flags.Float64Var(&s.Load.Objective.ErrorShare, "load-errors", s.Load.Objective.ErrorShare, "objective: allowed share of failed requests, 0 to 1")
}

// settings are those of the configuration file, overridden by the environment
// (WEBCHATSPEC_PUBLIC_KEY for --public-key, and so on), overridden by flags.
func settings(cmd *cobra.Command) (config.Settings, error) {
	var s config.Settings
	if name, err := cmd.Flags().GetString("config"); err == nil && name != "" {
		if s, err = config.ReadFile(name); err != nil {
			return s, usageErrorf("%w", err)
		}
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	commonFlags(flags, &s)
	var failure error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "WEBCHATSPEC_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value := os.Getenv(name); value != "" && !cmd.Flags().Changed(f.Name) {
			if err := f.Value.Set(value); err != nil && failure == nil {
				failure = usageErrorf("%s=%q: %w", name, value, err)
			}
		}
	})
	cmd.Flags().Visit(func(given *pflag.Flag) {
		if f := flags.Lookup(given.Name); f != nil && failure == nil {
			failure = copyFlag(f.Value, given.Value)
		}
	})
	return s, failure
}

// copyFlag sets one flag's value to another's; a list replaces the former list.
func copyFlag(to, from pflag.Value) error {
	if list, ok := from.(pflag.SliceValue); ok {
		return to.(pflag.SliceValue).Replace(list.GetSlice())
	}
	return to.Set(strings.Trim(from.String(), "[]"))
}
