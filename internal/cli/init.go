package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/secrets"
)

func newInitCommand() *cobra.Command {
	var file string
	var force bool
	var given, visit, login, logout []string
	cmd := &cobra.Command{
		Use:   "init URL",
		Short: "Find out how a token endpoint has to be called, and write a configuration",
		Long: `init sends the endpoint a few ordinary requests to find out which method it expects,
where the answer holds the token, whether another request or a CSRF token has to
come first, whether a login is required, and whether its public key is published. It
writes a commented configuration, asks twice as two visitors or as each user to see
that it works, and says what it could not find out. It
never writes the token, and replaces secrets that were given by flags with
environment variables.

Where a login is required, name test users: --user NAME=VARIABLE, with the environment
variable that holds the password. init then logs in through the site's form, or with
a JSON request, and out again, and writes how.

Where it does not find the way, tell it the requests that your page sends, as the
developer tools of the browser show them: --visit for what comes before the first token,
--login for what logs a user in, --logout for what logs them out, once for each request:

  [METHOD] ADDRESS [-H 'NAME: VALUE'] [-u NAME:PASSWORD] [BODY]

-H is a header and -u HTTP Basic, as curl has them. {name} and {password} stand for those
of the user, ${VARIABLE} for an environment variable, and {visitor} for an id of each
visitor's own, in the address, --header, --cookie and --body, too. Any other {word} stands
for a value that an earlier answer has: init looks for what is called so there, and
writes where it is.`,
		Example: `  webchatspec init http://localhost:3001/createJWT
  webchatspec init https://shop.example/api/chat-token --public-key key.pub --page https://shop.example/
  ANN_PASSWORD=… webchatspec init http://localhost:8000/chat/token/ --user ann=ANN_PASSWORD
  webchatspec init https://shop.example/api/chat-token --header 'Authorization: Bearer {access_token}' \
      --login '/v1/login {"user": "{name}", "password": "{password}"}' --login '/v1/tokens {"refresh": "{refresh_token}"}' --user ann=ANN_PASSWORD
  webchatspec init https://shop.example/api/chat-token --header 'Authorization: Bearer {access_token}' \
      --visit '/oauth/token -u shop:${CLIENT_SECRET} grant_type=client_credentials'
  webchatspec init https://shop.example/api/chat-token --header 'X-Device-Id: {visitor}'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("name the endpoint: webchatspec init URL")
			}
			return takesAddress("endpoint")(cmd, args)
		},
	}
	flags := config.BindKeys(cmd.Flags(), "endpoint", "method", "headers", "cookies", "body", "publicKeys", "page.url", "tls.ca", "tls.cert", "tls.key", "resolve")
	cmd.Flags().StringVar(&file, "write", "webchatspec.yaml", "write the configuration to this `FILE`")
	cmd.Flags().StringArrayVar(&given, "user", nil, "test user to log in as, as `NAME=VARIABLE` with the environment variable that holds the password; repeat it for a second one")
	cmd.Flags().StringArrayVar(&visit, "visit", nil, "`REQUEST` of each visitor before the first token; repeat it for several")
	cmd.Flags().StringArrayVar(&login, "login", nil, "address of the login or of the page with its form, or a `REQUEST` of it with {name} and {password}; repeat it for several (default: looked for)")
	cmd.Flags().StringArrayVar(&logout, "logout", nil, "`REQUEST` that logs a user out; repeat it for several (default: looked for)")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := readSettings(cmd, flags)
		if err != nil {
			return err
		}
		if _, err := os.Stat(file); err == nil && !force {
			return usageErrorf("%s already exists; use --force to overwrite it", file)
		}
		users, usersErr := readTestUsers(given)
		visits, visitsErr := readGiven("visit", visit)
		logins, loginsErr := readGiven("login", login)
		logouts, logoutsErr := readGiven("logout", logout)
		if err := errors.Join(usersErr, visitsErr, loginsErr, logoutsErr); err != nil {
			return usageErrorf("%w", err)
		}
		return initialisation{settings: s, file: file, users: users, visits: visits, logins: logins, logouts: logouts}.run(cmd)
	}
	return cmd
}

// errNothingWritten ends a survey that was interrupted: half of it would be a
// configuration that does not work.
var errNothingWritten = &exitError{code: ExitInterrupted, err: errors.New("interrupted; nothing was written")}

// writtenSecrets are the secrets of a configuration that its file must not have: all but
// what a body says that is no credential, without which nothing could be asked.
func writtenSecrets(c webchatspec.Config) *secrets.Known {
	body := c.Endpoint.Body
	c.Endpoint.Body = ""
	known := c.Secrets()
	for value, name := range (endpoint.Config{Body: body}).Secrets().Values() {
		if secrets.IsCredential(name) {
			known.Add(name, value)
		}
	}
	return known
}

// initialisation is one run of init, as its flags say.
type initialisation struct {
	settings                config.Settings
	file                    string // to be written
	users                   []testUser
	visits, logins, logouts []givenRequest
}

// run surveys the endpoint and writes the configuration.
func (i initialisation) run(cmd *cobra.Command) error {
	c, err := build(cmd, i.settings)
	if err != nil {
		return err
	}
	text := i.newText(c)
	confide(cmd, text.known)
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	asking := i.newSurvey(c, text.variables)
	ok, err := i.survey(ctx, asking, text)
	if err != nil {
		return err
	}
	if err := text.write(i.file); err != nil {
		return err
	}
	if ok {
		if failed, meaning := text.trial(ctx, asking, i.file); failed != "" && ctx.Err() == nil {
			ok = false
			if err := text.failed(i.file, failed, meaning); err != nil {
				return err
			}
		}
	}
	requests := "1 request"
	if asking.requests != 1 {
		requests = fmt.Sprintf("%d requests", asking.requests)
	}
	fmt.Fprintf(out, "Asked %s in %s and wrote %s.\n\n", i.settings.Endpoint, requests, i.file)
	if asking.refusals > 0 {
		text.tell("It answered \"too often\" (status 429) %d times and was left alone in between. check does so, too, and takes longer then.", asking.refusals)
	}
	for _, line := range text.told {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintf(out, "\nTry it: webchatspec check --config %s\n", i.file)
	if !ok {
		return exitWith(ExitInconclusive)
	}
	return nil
}

// newText is the configuration before anything is found out.
func (i initialisation) newText(c webchatspec.Config) *configurationText {
	text := &configurationText{settings: i.settings, folder: filepath.Dir(i.file), variables: map[string]string{}, known: writtenSecrets(c)}
	for _, user := range i.users {
		text.known.Add("${"+user.variable+"}", user.password)
		text.variables[user.variable] = user.password
	}
	for _, told := range [][]givenRequest{i.visits, i.logins, i.logouts} {
		text.confide(told)
		text.addVariables(told)
		text.addBasic(told, i.users)
	}
	return text
}

func (i initialisation) newSurvey(c webchatspec.Config, variables map[string]string) *survey {
	asking := &survey{base: c.Endpoint, page: i.settings.Page.URL, toldVisit: i.visits, toldLogin: i.logins, toldLogout: i.logouts, variables: variables}
	if len(i.logins) == 1 && i.logins[0].isPage() {
		asking.login, asking.toldLogin = i.logins[0].address, nil
	}
	return asking
}

// survey finds out how the endpoint has to be called, and has the text say it. It is
// false where no token came.
func (i initialisation) survey(ctx context.Context, asking *survey, text *configurationText) (ok bool, err error) {
	asking.prepare(ctx)
	found, ok := asking.find(ctx)
	if ctx.Err() != nil {
		return false, errNothingWritten
	}
	if found.err != nil && !ok {
		return false, &exitError{ExitUnreachable, fmt.Errorf("%s cannot be asked: %w%s", i.settings.Endpoint, found.err, remedy(found))}
	}
	if asking.moved {
		text.tell("The address leads to %s, which is written.", asking.base.URL)
		text.settings.Endpoint = asking.base.URL
	}
	if id := asking.visitorID; ok && id.name != "" {
		text.tell("It wants an id of each visitor's own in the %s %s: {visitor} stands for one.", id.kind, readable(id.name))
		id.write(&text.settings, asking.base.URL)
	}
	wish, wished := asking.needsLogin()
	if !ok && !wished && len(i.users) > 0 {
		wish, wished = asking.assumesLogin(), true
	}
	if !ok && wished {
		wish = asking.findForm(ctx, wish)
		if len(i.users) > 0 {
			found, text.users, ok = asking.logIn(ctx, wish, i.users)
			text.why = wish.why
			text.tellOwnPart(asking)
		}
	}
	switch {
	case ok && text.users == nil && len(i.users) > 0:
		text.users, text.beside = asking.logInBeside(ctx, found, i.users), true
		fallthrough
	case ok:
		text.leaves = text.users != nil && asking.logOut(ctx, found.way, i.users, text.users)
		err = text.found(ctx, asking, found)
	case wished:
		text.login(wish, asking, len(i.users) > 0)
	default:
		text.unknown(asking)
	}
	if ctx.Err() != nil {
		return false, errNothingWritten
	}
	return ok, err
}

// tellOwnPart says that a part of the address is each user's own, if one was found.
func (t *configurationText) tellOwnPart(asking *survey) {
	if part := asking.ownPart; part.value != "" {
		t.tell("{%s} stands in the address for what is each user's own.", part.value)
		t.settings.Endpoint, t.settings.Body = asking.base.URL, asking.base.Body
	}
}
