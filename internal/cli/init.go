package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

func newInitCommand() *cobra.Command {
	var file string
	var force bool
	cmd := &cobra.Command{
		Use:   "init URL",
		Short: "Ask a token endpoint how it wants to be asked, and write a configuration",
		Long: `init asks the endpoint a few ordinary questions: which method it wants, where the
answer holds the token, whether a visit or a token against forgery must come
before, whether a login is needed, and whether its public key is published. It
writes a configuration with comments that works, or says what it could not find
out. It never writes the token, and secrets that were given by flags are written
as environment variables.`,
		Example: `  webchatspec init http://localhost:3001/createJWT
  webchatspec init https://shop.example/api/chat-token --public-key key.pub --page https://shop.example/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("name the endpoint: webchatspec init URL")
			}
			return takesAddress("endpoint")(cmd, args)
		},
	}
	flags := config.BindKeys(cmd.Flags(), "endpoint", "method", "headers", "cookies", "body", "publicKeys", "page.url", "tls.ca", "tls.cert", "tls.key", "resolve")
	cmd.Flags().StringVar(&file, "write", "webchatspec.yaml", "write the configuration to this `FILE`")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := readSettings(flags)
		if err != nil {
			return err
		}
		if _, err := os.Stat(file); err == nil && !force {
			return usageErrorf("%s already exists; use --force to overwrite it", file)
		}
		return initialise(cmd, s, file)
	}
	return cmd
}

// initialise surveys the endpoint and writes the configuration.
func initialise(cmd *cobra.Command, s config.Settings, file string) error {
	c, err := s.Build()
	if err != nil {
		return usageErrorf("%w", err)
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	asking := &survey{base: c.Endpoint, page: s.Page.URL}
	found, ok := asking.find(ctx)
	if found.err != nil && !ok {
		return &exitError{ExitUnreachable, fmt.Errorf("%s cannot be asked: %w", s.Endpoint, found.err)}
	}
	text := configurationText{settings: s, folder: filepath.Dir(file)}
	switch how, login := asking.needsLogin(); {
	case ok:
		err = text.found(ctx, asking, found)
	case login:
		text.login(asking.findForm(ctx, how))
	default:
		text.unknown(asking.answers)
	}
	if err != nil {
		return err
	}
	if err := record.WriteFile(file, func(w io.Writer) error { _, err := io.WriteString(w, text.yaml.String()); return err }); err != nil {
		return usageErrorf("write the configuration: %w", err)
	}
	fmt.Fprintf(out, "Asked %s in %d requests and wrote %s.\n\n", s.Endpoint, asking.requests, file)
	for _, line := range text.told {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintf(out, "\nTry it: webchatspec check --config %s\n", file)
	if !ok {
		return exitWith(ExitInconclusive)
	}
	return nil
}

// configurationText is the configuration in the making, and what is told of it.
type configurationText struct {
	settings config.Settings
	folder   string
	yaml     strings.Builder
	told     []string
}

func (t *configurationText) tell(format string, args ...any) {
	t.told = append(t.told, fmt.Sprintf(format, args...))
}

func (t *configurationText) comment(lines ...string) {
	for _, line := range lines {
		if line != "" {
			line = "# " + line
		}
		t.yaml.WriteString(line + "\n")
	}
}

// set writes a key with its comment.
func (t *configurationText) set(key string, value any, comment string) {
	text, err := yaml.Marshal(yaml.MapSlice{{Key: key, Value: value}})
	if err != nil {
		panic(err) // texts, lists and maps of them can be written
	}
	t.yaml.WriteString("\n")
	t.comment(comment)
	t.yaml.Write(text)
}

// begin writes what was known before the survey.
func (t *configurationText) begin() {
	t.comment("Configuration of webchatspec, written by 'webchatspec init'.", "All keys: webchatspec help configuration")
	t.set("endpoint", escaped(t.settings.Endpoint), "Where the site's page gets its tokens.")
}

// found writes the configuration of an endpoint that gave a token.
func (t *configurationText) found(ctx context.Context, asking *survey, got surveyed) error {
	t.begin()
	method := cmp.Or(got.method, http.MethodGet)
	t.tell("It answers %s with a token.", method)
	if method != http.MethodGet {
		t.set("method", method, "It does not answer GET.")
	}
	if body := cmp.Or(got.way.body, t.settings.Body); body != "" {
		t.set("body", escaped(body), "What is sent with each request.")
	}
	if got.place != "" {
		t.set("tokenIn", got.place, "Where the answer holds the token.")
		t.tell("The token stands in %s.", got.place)
	}
	t.confidential("headers", merged(t.settings.Headers, got.way.header), "Headers that each request needs.")
	t.confidential("cookies", t.settings.Cookies, "Cookies that each request needs.")
	if len(got.visit) > 0 {
		t.visit(got)
	}
	if len(got.cookies) > 0 {
		t.tell("It knows a visitor by the cookie %s.", strings.Join(got.cookies, ", "))
	}
	second := asking.try(ctx, got.way)
	if first, other := subjectOf(got.token), subjectOf(second.token); first != "" && first == other {
		t.tell("Two visitors got the same subject; the check tells whether that is right here.")
	}
	t.files()
	return t.keys(ctx, asking, got.token)
}

// visit writes the request that has to come before the one for a token.
func (t *configurationText) visit(got surveyed) {
	visit := yaml.MapSlice{{Key: "url", Value: escaped(got.visit[0].URL)}}
	what := "It wants a visit before: " + got.visit[0].URL
	if take := got.visit[0].Take; len(take) > 0 {
		visit = append(visit, yaml.MapItem{Key: "take", Value: take})
		what += ", which gives the value against forgery (" + strings.Join(slices.Collect(maps.Values(take)), ", ") + ")"
	}
	t.set("visit", []yaml.MapSlice{visit}, "What each visitor asks before the first token.")
	t.tell("%s.", what)
}

// confidential writes a map, with the values of secrets as variables.
func (t *configurationText) confidential(key string, values map[string]string, comment string) {
	if len(values) == 0 {
		return
	}
	written := yaml.MapSlice{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := escaped(values[name])
		_, given := t.settings.Headers[name]
		_, cookie := t.settings.Cookies[name]
		if masked, _ := secrets.Mask(values[name]); (given || cookie) && (cookie || masked != values[name] || secrets.IsName(name) || strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie")) {
			variable := "SITE_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
			value = "${" + variable + "}"
			t.tell("Set the environment variable %s to the value of %s; it is not written.", variable, name)
		}
		written = append(written, yaml.MapItem{Key: name, Value: value})
	}
	t.set(key, written, comment)
}

// keys writes the public keys that were given, or the one that is published.
func (t *configurationText) keys(ctx context.Context, asking *survey, token string) error {
	if len(t.settings.PublicKeys) > 0 {
		fits := false
		for _, text := range asking.base.PublicKeys {
			fits = fits || verifier.ReadKey(text.Text).SignatureScheme(token).Fits()
		}
		if !fits {
			t.tell("The public key that was given does not fit the signature of the token.")
		}
		t.set("publicKeys", t.relative(t.settings.PublicKeys), "The key that the assistant verifies tokens with.")
		return nil
	}
	pem, source := asking.publishedKey(ctx, token)
	if pem == "" {
		t.comment("", "The key that the assistant verifies tokens with: the text in its security settings.", "publicKeys: [key.pub]")
		t.tell("Its public key is not published where keys usually are: put it into a file and name it under publicKeys.")
		return nil
	}
	const name = "webchatspec.pub"
	if err := writeNew(filepath.Join(t.folder, name), []byte(pem), 0o644, true); err != nil {
		return err
	}
	t.set("publicKeys", []string{name}, "The key that the site publishes at "+source+". Use the text in the assistant's security settings if it is another one.")
	t.tell("Its public key is published at %s; it is in %s.", source, filepath.Join(t.folder, name))
	return nil
}

// givenKeys writes the public keys that were given, where no token is there to try them.
func (t *configurationText) givenKeys() {
	if len(t.settings.PublicKeys) == 0 {
		t.comment("", "publicKeys: [key.pub]")
		return
	}
	t.set("publicKeys", t.relative(t.settings.PublicKeys), "The key that the assistant verifies tokens with.")
}

// files writes the settings that were given by flags and are not about tokens.
func (t *configurationText) files() {
	if t.settings.Page.URL != "" {
		t.set("page", yaml.MapSlice{{Key: "url", Value: escaped(t.settings.Page.URL)}}, "The page with the chat in it.")
	} else {
		t.comment("", "The page with the chat in it, for 'webchatspec page' and 'webchatspec verify'.", "page: {url: https://shop.example/}")
	}
	if len(t.settings.Resolve) > 0 {
		t.set("resolve", t.settings.Resolve, "Addresses in place of DNS.")
	}
	tls := yaml.MapSlice{}
	for _, file := range []struct{ key, name string }{{"ca", t.settings.TLS.CA}, {"cert", t.settings.TLS.Cert}, {"key", t.settings.TLS.Key}} {
		if file.name != "" {
			tls = append(tls, yaml.MapItem{Key: file.key, Value: t.relative([]string{file.name})[0]})
		}
	}
	if len(tls) > 0 {
		t.set("tls", tls, "Certificates.")
	}
}

// relative makes paths relative to the configuration file.
func (t *configurationText) relative(paths []string) []string {
	var all []string
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		folder, err2 := filepath.Abs(t.folder)
		if relative, err3 := filepath.Rel(folder, absolute); err == nil && err2 == nil && err3 == nil {
			path = relative
		}
		all = append(all, escaped(path))
	}
	return all
}

// login writes what is to be completed for an endpoint that serves users only.
func (t *configurationText) login(how loginWish) {
	t.begin()
	if how.method != "" && how.method != http.MethodGet {
		t.set("method", how.method, "It does not answer GET.")
	}
	t.confidential("headers", t.settings.Headers, "Headers that each request needs.")
	t.confidential("cookies", t.settings.Cookies, "Cookies that each request needs.")
	t.comment("", "It requires a login: "+readable(how.why)+".", "Complete this with test users, two if possible; their passwords come from the environment.",
		"anonymous: false", "users:", "  - name: ann", "    login:")
	for _, request := range how.requests() {
		t.comment("      - " + request)
	}
	t.comment("    # Or a header or cookie that says who it is:", `    # headers: {Authorization: "Bearer ${ANN_TOKEN}"}`)
	t.files()
	t.givenKeys()
	t.tell("It requires a login: %s.", readable(how.why))
	t.tell("No test user is known here: complete 'users' in the file.")
}

// unknown writes what is to be completed for an endpoint that gave no token.
func (t *configurationText) unknown(answers []surveyed) {
	t.begin()
	t.confidential("headers", t.settings.Headers, "Headers that each request needs.")
	t.confidential("cookies", t.settings.Cookies, "Cookies that each request needs.")
	t.comment("", "No way of asking brought a token. What may be wanted:", "method: POST", `body: '{"…": "…"}'`, "tokenIn: json:token", "headers: {X-Api-Key: \"${SHOP_API_KEY}\"}")
	t.files()
	t.givenKeys()
	t.tell("It gave no token. What it answered:")
	for _, got := range answers {
		masked, _ := secrets.Mask(strings.Join(strings.Fields(string(got.body[:min(len(got.body), 300)])), " "))
		if line := fmt.Sprintf("  %-5s %d  %s", got.method, got.status, readable(masked)); !slices.Contains(t.told, line) {
			t.told = append(t.told, line)
		}
	}
}

// subjectOf is the sub of a token, "" when it has none.
func subjectOf(token string) string {
	noted := (&verifier.Examiner{}).Examine(token, time.Now(), nil)
	payload, err := verifier.ParseJSON([]byte(noted.Payload.JSON))
	if err != nil {
		return ""
	}
	for name, member := range payload.Members() {
		if name == "sub" {
			return member.Text()
		}
	}
	return ""
}
