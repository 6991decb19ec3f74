package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

func newTokenVerifyCommand() *cobra.Command {
	var (
		publicKey string
		at        instant
		lines     bool
	)
	cmd := &cobra.Command{
		Use:   "verify [TOKEN | FILE | -]",
		Short: "Check whether the integration accepts a token",
		Long: `Check whether the integration accepts a token: the verdict, the error's name and its
message are those of jsonwebtoken 9 with the algorithm RS256. The exit code is 0 when
the token is accepted, and 1 when it is refused.

With --jsonl it answers many: one JSON object per line in, with "token" (any JSON
value, may be absent), "publicKeyPem", "now" in Unix seconds and an "id" of your
own; one a line out, with "id", "ok" and "payload", or "errorName" and
"errorMessage". The answers come in any order. A line that is not a JSON object is
answered too, with the errorName InputError.`,
		Example: `  webchatspec token verify --public-key key.pub token.txt
  curl -s http://localhost:3001/createJWT | webchatspec token verify --public-key key.pub
  webchatspec token verify --public-key key.pub --at +1h token.txt
  webchatspec token verify --jsonl < requests.jsonl > answers.jsonl`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if lines {
				return verifyInput(cmd, args)
			}
			if publicKey == "" {
				return usageErrorf("give the public key with --public-key FILE; 'webchatspec token explain' does without")
			}
			key, err := readKeyFile(publicKey)
			if err != nil {
				return err
			}
			token, err := readInput(cmd, args, looksLikeToken)
			if err != nil {
				return err
			}
			return verifyOne(cmd.OutOrStdout(), key, strings.TrimRight(token, "\r\n"), at.or(time.Now()))
		},
	}
	cmd.Flags().StringVar(&publicKey, "public-key", "", "check the signature with the public key in this `FILE`")
	cmd.Flags().Var(&at, "at", "decide as at this `TIME`: RFC 3339, Unix seconds, or +90s, -1h from now")
	cmd.Flags().BoolVar(&lines, "jsonl", false, "read and answer one JSON object per line")
	return cmd
}

func verifyOne(w io.Writer, key *verifier.Key, token string, now time.Time) error {
	verdict := key.Verify(token, now)
	if verdict.Accepted {
		fmt.Fprintln(w, "accepted")
		return nil
	}
	fmt.Fprintf(w, "refused: %s: %s\n", verdict.Name, verdict.Message)
	return exitWith(ExitFailed)
}

// verifyInput answers the requests in the file that args name, or in standard input.
func verifyInput(cmd *cobra.Command, args []string) error {
	in := cmd.InOrStdin()
	if len(args) > 0 && args[0] != "-" {
		file, err := input.Open(args[0])
		if err != nil {
			return usageErrorf("requests: %w", err)
		}
		defer file.Close()
		in = file
	}
	return verifyLines(cmd.Context(), in, cmd.OutOrStdout())
}
