package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/profiles"
)

// issuerFlags are the flags of the issuer command.
type issuerFlags struct {
	fault        string
	list, json   bool
	publicKeyOut string
	files        string
	listen       string
	lifetime     time.Duration
	https        bool
	widgetScript string
	dir          string
	profile      profiles.Profile
}

// issuerNames are the reference issuers, the default first.
var issuerNames = []string{"go", "node", "python"}

func newIssuerCommand() *cobra.Command {
	var f issuerFlags
	cmd := &cobra.Command{
		Use:   "issuer [NAME]",
		Short: "Run a demo site, correct or with a deliberate fault",
		Long: `issuer runs a demo shop on this machine: an embed page and a token endpoint that
does everything the documentation asks for. With --fault it has one defect, which
fails exactly one check.

NAME is one of
  go       the built-in site (default); the only one with faults
  node     Express and the npm library jsonwebtoken; needs a checkout of webchatspec
  python   PyJWT, anonymous visitors only; needs a checkout of webchatspec

It prints its addresses and how to check them, and runs until Ctrl-C. It generates
new keys on each start, and writes them to a folder, with a configuration for
webchatspec that names them, the demo user and the vendor-side test keys.`,
		Example: `  webchatspec issuer
  webchatspec issuer --list
  webchatspec issuer --fault no-exp --listen 127.0.0.1:3001 --public-key-out key.pub
  webchatspec issuer --profile watsonx-orchestrate
  webchatspec issuer node --lifetime 1m`,
		Args:      atMost(1),
		ValidArgs: issuerNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return listFaults(cmd.OutOrStdout(), f.json)
			}
			name := issuerNames[0]
			if len(args) > 0 {
				name = args[0]
			}
			return runIssuer(cmd.Context(), name, f, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.fault, "fault", "", "give the site the defect with this `ID`")
	flags.BoolVar(&f.list, "list", false, "list the faults and the check that each fails")
	flags.BoolVar(&f.json, "json", false, "print JSON: the list, or the addresses")
	flags.StringVar(&f.publicKeyOut, "public-key-out", "", "write the public key to this `FILE`")
	flags.StringVar(&f.files, "files", "", "write keys and configuration to this `FOLDER` (default: a temporary one, removed at the end)")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "listen on this `ADDRESS`; port 0 takes a free one")
	flags.DurationVar(&f.lifetime, "lifetime", issuers.DefaultLifetime, "let a token live for this `DURATION`")
	flags.BoolVar(&f.https, "https", false, "serve https, with a certificate authority made for this run")
	flags.StringVar(&f.widgetScript, "widget-script", "", "load the widget from this `URL` (default: the vendor's)")
	flags.StringVar(&f.dir, "dir", "", "take the node or python issuer from this `FOLDER` (default: the one of the checkout)")
	complete(cmd, "fault", faultIDs())
	profileFlag(cmd, &f.profile)
	return cmd
}

func faultIDs() []string {
	var ids []string
	for _, fault := range issuers.Faults() {
		ids = append(ids, fault.ID)
	}
	return ids
}

// listFaults prints the faults as a table or as JSON.
func listFaults(out io.Writer, asJSON bool) error {
	faults := issuers.Faults()
	if asJSON {
		return writeJSON(out, faults)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAULT\tFAILS\tPART\tWHAT IS WRONG")
	for _, f := range faults {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.ID, f.Check, f.Part, f.Summary)
	}
	fmt.Fprintf(table, "%d faults. Run one with 'webchatspec issuer --fault ID'.\n", len(faults))
	return table.Flush()
}

// issuer is a running reference issuer, whatever it is written in.
type issuer interface {
	Setup() issuers.Setup
	Close() error
}

// runIssuer serves until ctx ends, which is the usual end and no error.
func runIssuer(ctx context.Context, name string, f issuerFlags, out io.Writer) (err error) {
	fault, err := f.check(name)
	if err != nil {
		return err
	}
	site, err := f.start(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()

	folder := f.files
	if folder == "" {
		if folder, err = os.MkdirTemp("", "webchatspec-issuer-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	files, err := writeIssuerFiles(folder, f.publicKeyOut, site.Setup())
	if err != nil {
		return usageErrorf("issuer: %w", err)
	}
	if f.json {
		err = writeJSON(out, issuerPlaces(site.Setup(), files))
	} else {
		err = introduceIssuer(out, fault, site.Setup(), files)
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// check looks at the flags before anything is started and returns the fault
// that was named.
func (f issuerFlags) check(name string) (fault issuers.Fault, err error) {
	if !slices.Contains(issuerNames, name) {
		return fault, usageErrorf("unknown issuer %q%s; there are %s", name, spelling.DidYouMean(name, issuerNames), strings.Join(issuerNames, ", "))
	}
	if f.lifetime < time.Second {
		return fault, usageErrorf("--lifetime %s: want at least 1s", f.lifetime)
	}
	if name != issuerNames[0] && (f.fault != "" || f.https || f.profile.ID != "") {
		return fault, usageErrorf("--fault, --https and --profile are for the built-in site; leave out %q", name)
	}
	if f.fault == "" {
		return fault, nil
	}
	for _, fault = range issuers.Faults() {
		switch {
		case fault.ID != f.fault:
		case f.profile.ID != "" && !f.profile.Has(fault.Profile):
			return fault, usageErrorf("--fault: %s is a fault of sites of the profile %s", fault.ID, fault.Profile)
		default:
			return fault, nil
		}
	}
	return fault, usageErrorf("--fault: unknown fault %q%s; see 'webchatspec issuer --list'", f.fault, spelling.DidYouMean(f.fault, faultIDs()))
}

// start starts the issuer of that name.
func (f issuerFlags) start(ctx context.Context, name string) (issuer, error) {
	if name == issuerNames[0] {
		site, err := issuers.Start(issuers.Options{
			Fault: f.fault, Profile: f.profile, Listen: f.listen, Lifetime: f.lifetime, HTTPS: f.https, WidgetScript: f.widgetScript,
		})
		if err != nil {
			return nil, usageErrorf("--listen: %w; port 0 takes a free one", err)
		}
		return site, nil
	}
	port, err := loopbackPort(f.listen)
	if err != nil {
		return nil, usageErrorf("--listen: %w", err)
	}
	begin := issuers.StartNode
	if name == "python" {
		begin = issuers.StartPython
	}
	process, err := begin(ctx, issuers.ProcessOptions{Dir: f.dir, Port: port, Lifetime: f.lifetime, WidgetScript: f.widgetScript})
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	return process, nil
}

// introduceIssuer prints what is where, and how to check it.
func introduceIssuer(out io.Writer, fault issuers.Fault, setup issuers.Setup, files issuerFiles) error {
	var text strings.Builder
	if fault.ID == "" {
		text.WriteString("The demo site is ready. It is correct: every check passes.\n\n")
	} else {
		fmt.Fprintf(&text, "The demo site is ready, with the fault %s: %s.\nIt fails the check %s.\n\n", fault.ID, fault.Summary, fault.Check)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&text, "  %-15s %s\n", name, value)
		}
	}
	line("token endpoint", setup.Endpoint)
	line("plain http", setup.PlainEndpoint)
	line("embed page", setup.Page)
	if setup.UserName != "" {
		line("demo user", setup.UserName+", password "+setup.UserPassword)
	}
	line("public key", strings.Join(files.PublicKeys, ", "))
	line("configuration", files.Configuration)

	command := "check"
	switch fault.Part {
	case issuers.PartPage:
		command = "page"
	case issuers.PartLoad:
		command = "load"
	}
	var short strings.Builder
	option := func(name string, values ...string) {
		for _, value := range values {
			if value != "" {
				fmt.Fprintf(&short, " --%s %s", name, value)
			}
		}
	}
	option("profile", chosenProfile(setup))
	option("public-key", files.PublicKeys...)
	option("known-keys", files.known...)
	option("other-key", files.other...)
	option("ca", files.CA)
	if fault.Part == issuers.PartPage {
		option("page", setup.Page)
	}
	fmt.Fprintf(&text, "\nCheck it from another terminal, with all that is known of it or without:\n"+
		"  webchatspec %[1]s --config %[2]s\n  webchatspec %[1]s --endpoint %[3]s%[4]s\n\nStop it with Ctrl-C.\n",
		command, files.Configuration, setup.Endpoint, short.String())
	_, err := io.WriteString(out, text.String())
	return err
}

// chosenProfile is the id of the profile that a tester of the site has to choose, ""
// for the default one.
func chosenProfile(setup issuers.Setup) string {
	if id := setup.Profile.ID; id != profiles.Default().ID {
		return id
	}
	return ""
}

// places is what is where, as JSON.
type places struct {
	Endpoint      string   `json:"endpoint"`
	Page          string   `json:"page,omitempty"`
	PlainEndpoint string   `json:"plainEndpoint,omitempty"`
	PublicKeys    []string `json:"publicKeys"`
	CA            string   `json:"ca,omitempty"`
	Configuration string   `json:"configuration"`
}

func issuerPlaces(setup issuers.Setup, files issuerFiles) places {
	return places{setup.Endpoint, setup.Page, setup.PlainEndpoint, files.PublicKeys, files.CA, files.Configuration}
}
