package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/secrets"
)

func newTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Explain, verify and make identity tokens",
		Long: `Work with single tokens, without a server. The verdicts are those of the real
integration, which validates with the npm library jsonwebtoken and RS256.`,
		Example: `  webchatspec token explain --public-key key.pub token.txt
  webchatspec token verify --public-key key.pub eyJhbGciOi…
  webchatspec token mint --private-key key.pem --sub anon-7f3a`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenExplainCommand(), newTokenVerifyCommand(), newTokenMintCommand())
	return cmd
}

// maxInput bounds what is read as one token or key, from a file or from standard input.
const maxInput = 16 << 20

// readInput returns the text that an argument stands for: the file of that name,
// standard input for "-" or no argument, else the argument itself where literal
// allows that.
func readInput(cmd *cobra.Command, args []string, literal func(string) bool) (string, error) {
	if len(args) == 0 || args[0] == "-" {
		return readAll(cmd.InOrStdin(), "standard input")
	}
	text, err := readFile(args[0])
	if err != nil && literal(args[0]) {
		return args[0], nil
	}
	return text, err
}

// readFile returns the text of the file name. Its errors name the file shortly:
// people also put the key itself in the place of a file.
func readFile(name string) (string, error) {
	file, err := input.Open(name)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		if errors.Is(err, os.ErrNotExist) {
			return "", usageErrorf("file %s does not exist", shortName(name))
		}
		return "", usageErrorf("open %s: %w", shortName(name), err)
	}
	defer file.Close()
	return readAll(file, shortName(name))
}

func readAll(r io.Reader, name string) (string, error) {
	text, err := input.All(r, name, maxInput)
	if err != nil {
		return "", usageErrorf("read %s: %w", name, err)
	}
	return string(text), nil
}

// shortName keeps an argument that may be a token or a key out of error texts.
func shortName(name string) string {
	const limit = 60
	first, _, cut := strings.Cut(name, "\n")
	if len(first) > limit {
		first, cut = first[:limit], true
	}
	if cut {
		return first + "…"
	}
	return first
}

// looksLikeToken tells an argument that is a token from a misspelt file name.
func looksLikeToken(arg string) bool {
	return strings.Count(arg, ".") == 2 && !strings.ContainsAny(arg, "/\\ ") || secrets.IsToken(arg)
}

// isPasted tells an argument with a token in it from a misspelt file name.
func isPasted(arg string) bool { return looksLikeToken(arg) || len(secrets.Tokens(arg)) > 0 }

// readKeyFile reads the public key in the file name.
func readKeyFile(name string) (*verifier.Key, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return verifier.ReadKey(text), nil
}

// instant is a flag for a time: RFC 3339, Unix seconds, or a duration from now.
type instant struct {
	time time.Time
	text string
}

func (i *instant) String() string { return i.text }
func (i *instant) Type() string   { return "time" }

func (i *instant) Set(text string) error {
	t, err := parseInstant(text, time.Now())
	if err != nil {
		return err
	}
	i.time, i.text = t, text
	return nil
}

// or is the time that was given, else now.
func (i *instant) or(now time.Time) time.Time {
	if i.text == "" {
		return now
	}
	return i.time
}

func parseInstant(text string, now time.Time) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && !strings.HasPrefix(text, "+") {
		return time.Unix(seconds, 0), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-01-31T12:00:00Z, Unix seconds, or a distance from now such as +90s or -1h", text)
}
