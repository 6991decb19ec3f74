package cli

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/secrets"
)

// mockFlags are the flags of the mock command.
type mockFlags struct {
	listen, manage string
	anyListen      bool // nobody asked for the address, so another port will do
	anyManage      bool
	publicKeys     []string
	security       string
	payloadKey     string
	issuer         string
	faults         []string
	choices        []string
	consent        bool // to be reached by other machines
	tls            bool // with a certificate made for it
	tlsCert        string
	tlsKey         string
	clockSkew      time.Duration
	profile        profiles.Profile
	quiet          bool
	told           *secrets.Known // in confidence
}

func newMockCommand() *cobra.Command {
	var f mockFlags
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Run a mock assistant and chat widget for your own site",
		Long: `mock runs a stand-in for the assistant and the chat widget on this machine. It
checks identity tokens as the real integration does, shows each message with its
verdict here and on a live page, and fails on demand.

Without --public-key it brings its own token issuer and a demo page, so that
there is a chat to play with. With your key, and --issuer for your token
endpoint, the demo page uses your tokens.

A fault is written NAME[=DURATION][,for=N][,on=CALL+CALL]. It strikes the next N
messages, or all until it is cleared. The calls are config, message, notes and
delete; the names are
  ` + wrapNames(mockassistant.FaultNames()) + `

A choice changes an answer for which there is no public source, and is written
NAME=STATUS or NAME=STATUS:TEXT. The names are
  ` + wrapNames(mockassistant.ChoiceNames()) + `

All of this can be changed while it runs, on the live page or through the
management API, which docs/mock.md describes.`,
		Example: `  webchatspec mock
  webchatspec mock --fault token-expired,for=2
  webchatspec mock --public-key key.pub --issuer http://localhost:3000/createJWT
  webchatspec mock --config webchatspec.yaml
  webchatspec mock --profile watsonx-orchestrate
  webchatspec mock --security off
  webchatspec mock --tls
  webchatspec mock --clock-skew 5m --choice "rejected-token=401:invalid signature"`,
		Args: noArguments,
	}
	flags := cmd.Flags()
	shared := config.BindKeys(flags, "profile", "publicKeys")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		site, err := readSettings(cmd, shared)
		if err != nil {
			return err
		}
		f.profile, _ = profiles.Lookup(site.Profile) // its words are checked when they are read
		f.publicKeys, f.issuer = site.PublicKeys, cmp.Or(f.issuer, site.Endpoint)
		told := &secrets.Known{}
		told.AddAddress(f.issuer)
		whole, _ := site.Build() // what is wrong with the rest of it, the mock does not use
		told.AddAll(site.Confidential(), whole.Secrets())
		confide(cmd, told)
		f.told = told
		f.anyListen, f.anyManage = !flags.Changed("listen"), !flags.Changed("manage")
		return runMock(cmd.Context(), f, cmd.OutOrStdout())
	}
	f.define(cmd)
	return cmd
}

// define defines the flags that the mock alone has.
func (f *mockFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8765", "serve the widget's script and the assistant on this `ADDRESS`; port 0 takes a free one, as does the default when it is in use")
	flags.StringVar(&f.manage, "manage", "127.0.0.1:8766", "serve the live page and the management API on this `ADDRESS`; \"off\" for none")
	flags.StringVar(&f.security, "security", "on", "whether messages need a token: `on|off`")
	flags.StringVar(&f.payloadKey, "payload-key", "", "decrypt user_payload with the RSA private key in this `FILE`, which outlives a restart (default: a new pair)")
	flags.StringVar(&f.issuer, "issuer", "", "let the demo page take its tokens from your token endpoint at this `URL`")
	flags.StringArrayVar(&f.faults, "fault", nil, "begin with this `FAULT`; repeat it for several")
	flags.StringArrayVar(&f.choices, "choice", nil, "change an answer where the real one is not public, as `NAME=STATUS:TEXT`")
	flags.DurationVar(&f.clockSkew, "clock-skew", 0, "set the assistant's clock ahead by this `DURATION`; a negative one sets it behind")
	flags.BoolVar(&f.consent, "yes", false, "allow --listen and --manage addresses that other machines reach")
	flags.BoolVar(&f.tls, "tls", false, "serve https, with a certificate made for this run")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "serve https with the certificate in this `FILE`, and --tls-key")
	flags.StringVar(&f.tlsKey, "tls-key", "", "private key of --tls-cert, in this `FILE`")
	flags.BoolVar(&f.quiet, "quiet", false, "do not print each message")
	complete(cmd, "fault", mockassistant.FaultNames())
	complete(cmd, "choice", mockassistant.ChoiceNames())
	complete(cmd, "security", []string{"on", "off"})
}

// wrapNames joins names for a help text, a few to a line.
func wrapNames(names []string) string {
	var text strings.Builder
	width := 0
	for i, name := range names {
		switch width += len(name) + 2; {
		case i == 0:
		case width > 72:
			text.WriteString(",\n  ")
			width = len(name)
		default:
			text.WriteString(", ")
		}
		text.WriteString(name)
	}
	return text.String()
}

// runMock serves until ctx ends, which is the usual end and no error.
func runMock(ctx context.Context, f mockFlags, out io.Writer) error {
	demo, err := newDemo(f)
	if err != nil {
		return err
	}
	config, err := f.config(demo)
	if err != nil {
		return err
	}
	verdicts := make(verdicts, 1000)
	config.Observe = verdicts.take
	assistant, err := mockassistant.New(config)
	if err != nil {
		return usageErrorf("%w", err)
	}
	assistant.Clock().Skew(f.clockSkew)

	listener, err := f.open(out)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	serve := func(l net.Listener, handler http.Handler) {
		group.Go(func() error {
			defer panics.Tell()
			return mockassistant.Serve(ctx, l, handler)
		})
	}
	manage := ""
	if f.manage != "off" {
		l, err := f.listenAt("--manage", f.manage, f.anyManage, out)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		manage = "http://" + openable(l)
		serve(l, assistant.Management())
	}
	site := http.Handler(assistant)
	if demo != nil {
		site = demo.site(assistant, manage)
	}
	serve(listener, site)
	introduce(out, f, demo != nil, f.scheme()+openable(listener), manage)
	if !f.quiet {
		group.Go(func() error {
			defer panics.Tell()
			verdicts.tell(ctx, newPainter(out))
			return nil
		})
	}
	return group.Wait()
}

// verdicts are messages that were judged and are to be told.
type verdicts chan mockassistant.Message

// take takes a verdict, unless very many wait: a terminal that stands still does not
// hold up the chat.
func (v verdicts) take(e mockassistant.Event) {
	if e.Kind != mockassistant.Judged {
		return
	}
	select {
	case v <- *e.Message:
	default:
	}
}

// tell prints the verdicts until ctx ends.
func (v verdicts) tell(ctx context.Context, p *painter) {
	hint := "" // told once, not with each message of a storm
	for {
		select {
		case m := <-v:
			tellVerdict(p, m)
			if m.Hint != "" && m.Hint != hint {
				p.printf("%10s%s\n", "", p.paint(faint, m.Hint))
			}
			hint = m.Hint
		case <-ctx.Done():
			return
		}
	}
}

// config turns the flags into the assistant's configuration.
func (f mockFlags) config(demo *demo) (c mockassistant.Config, err error) {
	c.Profile, c.Confidential = f.profile, f.told
	switch f.security {
	case "on":
	case "off":
		c.SecurityOff = true
	default:
		return c, usageErrorf("--security %q: want on or off", f.security)
	}
	for _, file := range f.publicKeys {
		text, err := input.File(file, maxInput)
		if err != nil {
			return c, usageErrorf("--public-key: %w", err)
		}
		if verifier.ReadKey(string(text)).Form() == "private" {
			return c, usageErrorf("--public-key: %s holds a private key, which belongs on the site's server only; give its public half, which 'webchatspec key inspect' shows", file)
		}
		c.PublicKeys = append(c.PublicKeys, string(text))
	}
	if demo != nil && demo.publicKey != "" {
		c.PublicKeys = []string{demo.publicKey}
	}
	for _, text := range f.faults {
		fault, err := mockassistant.ParseFault(text)
		if err != nil {
			hint := ""
			if name := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '=' }); len(name) > 0 && !slices.Contains(mockassistant.FaultNames(), name[0]) {
				hint = didYouMean(name[0], mockassistant.FaultNames())
			}
			return c, usageErrorf("--fault: %w%s", err, hint)
		}
		c.Faults = append(c.Faults, fault)
	}
	for _, text := range f.choices {
		if err := c.Choices.Set(text); err != nil {
			return c, usageErrorf("--choice: %w", err)
		}
	}
	c.PayloadKey, err = readPayloadKey(f.payloadKey)
	return c, err
}

// readPayloadKey reads the vendor-side private key; none for no file.
func readPayloadKey(file string) (*rsa.PrivateKey, error) {
	if file == "" {
		return nil, nil
	}
	text, err := input.File(file, maxInput)
	if err != nil {
		return nil, usageErrorf("--payload-key: %w", err)
	}
	key, err := parsePrivateKey(string(text))
	if err != nil {
		return nil, usageErrorf("--payload-key: %s: %w (make one with 'webchatspec key new')", file, err)
	}
	return key, nil
}

// introduce prints what is where, and how to point a page at it.
func introduce(out io.Writer, f mockFlags, hasDemo bool, site, manage string) {
	fmt.Fprintln(out, "The mock assistant is ready.")
	fmt.Fprintln(out)
	if hasDemo {
		fmt.Fprintf(out, "  demo page   %s/\n", site)
	}
	if manage != "" {
		fmt.Fprintf(out, "  live page   %s/   verdicts, faults, clock, security switch\n", manage)
	}
	if f.security == "off" {
		fmt.Fprintf(out, "  preview     %s/preview.html   works while security is off\n", site)
	}
	fmt.Fprintf(out, "\nTo use it on your own page with %s, do one of these:\n", f.profile.Product)
	path := f.profile.Page.ScriptPath()
	addresses := strings.NewReplacer("{origin}", site, "{script}", site+mockassistant.PointedPrefix+path)
	for _, way := range f.profile.Page.Redirects {
		fmt.Fprintf(out, "  %-12s  %s\n", way.What, addresses.Replace(way.How))
	}
	fmt.Fprintf(out, "  %-12s  webchatspec page --page URL   answers in the vendor's place\n\n"+
		"The script alone, as the vendor serves it, is at\n  %-12s  %s%s\n\n", "page as is", "", site, path)
	if f.profile.Caveat != "" {
		fmt.Fprintf(out, "Mind: %s.\n\n", f.profile.Caveat)
	}
	switch {
	case f.security == "off":
		fmt.Fprintln(out, "Security is off: anyone may send.")
	case len(f.publicKeys) == 0:
		fmt.Fprintln(out, "Security is on: tokens are checked with the demo issuer's key.")
	default:
		fmt.Fprintf(out, "Security is on: tokens are checked with %s.\n", strings.Join(f.publicKeys, ", "))
	}
	fmt.Fprintln(out, "Stop it with Ctrl-C.")
	fmt.Fprintln(out)
}

// tellVerdict says in one line what came and what became of it.
func tellVerdict(p *painter, m mockassistant.Message) {
	what := string(m.Call)
	switch {
	case m.Welcome:
		what = "welcome"
	case m.Text != "":
		what = fmt.Sprintf("message %q", m.Text)
	}
	mark := p.paint(green, "ok  ")
	if m.Status >= http.StatusBadRequest {
		mark = p.paint(red, "FAIL")
	}
	p.printf("%s  %s  %d  %s", m.Time.Format(time.TimeOnly), mark, m.Status, what)
	if m.User != "" {
		p.printf("  from %q", m.User)
	}
	p.printf("  %s", m.Reason)
	if m.Fault != "" {
		p.printf("  [fault: %s]", m.Fault)
	}
	p.printf("\n")
}
