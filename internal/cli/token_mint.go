package cli

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// mintFlags are the flags of 'token mint'.
type mintFlags struct {
	privateKey, publicKeyOut string
	sub, payload, fault      string
	exp, nbf, iat            string
	claims, headers          []string
	userPayload, payloadKey  string
	listFaults               bool
}

func newTokenMintCommand() *cobra.Command {
	var f mintFlags
	cmd := &cobra.Command{
		Use:   "mint",
		Short: "Make a token for a test, correct or with a fault",
		Long: `Make a token for a test: RS256, with sub, iat and exp, unless flags say otherwise.
Each claim and header member can be set to any JSON value, or left out with
"NAME=" and nothing behind it. --fault makes one deliberate mistake.

Without --private-key a key pair is made for this one token; --public-key-out
writes its public half.`,
		Example: `  webchatspec token mint --private-key key.pem --sub anon-7f3a --exp +10m
  webchatspec token mint --private-key key.pem --claim 'roles=["a","b"]' --claim iat=
  webchatspec token mint --fault other-key --public-key-out key.pub
  webchatspec token mint --list-faults`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.listFaults {
				for _, fault := range mintFaults {
					fmt.Fprintf(cmd.OutOrStdout(), "%-16s %s\n", fault.id, fault.summary)
				}
				return nil
			}
			token, err := f.mint(time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), token)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.privateKey, "private-key", "", "sign with the private key in this `FILE`")
	flags.StringVar(&f.publicKeyOut, "public-key-out", "", "write the public key to this `FILE`")
	flags.StringVar(&f.sub, "sub", "", "the visitor's `ID` (default: a random one)")
	flags.StringVar(&f.exp, "exp", "+1h", "when it expires: a `TIME`, a distance from now such as +10m, or none")
	flags.StringVar(&f.iat, "iat", "+0s", "when it was issued: a `TIME` as for --exp")
	flags.StringVar(&f.nbf, "nbf", "none", "when it becomes valid: a `TIME` as for --exp")
	flags.StringArrayVar(&f.claims, "claim", nil, "set a claim, as `NAME=JSON`; NAME= leaves it out, and text that is not JSON is a string")
	flags.StringArrayVar(&f.headers, "header", nil, "set a member of the header, as `NAME=JSON`; NAME= leaves it out")
	flags.StringVar(&f.payload, "payload", "", "use this `TEXT` as the payload as it is, JSON or not, instead of claims")
	flags.StringVar(&f.userPayload, "user-payload", "", "JSON `TEXT` to encrypt into user_payload")
	flags.StringVar(&f.payloadKey, "payload-key", "", "encrypt user_payload with the public key in this `FILE`")
	flags.StringVar(&f.fault, "fault", "", "make the deliberate mistake of this `NAME`; see --list-faults")
	flags.BoolVar(&f.listFaults, "list-faults", false, "list the mistakes that --fault knows")
	var names []string
	for _, fault := range mintFaults {
		names = append(names, fault.id)
	}
	complete(cmd, "fault", names)
	return cmd
}

func (f *mintFlags) mint(now time.Time) (string, error) {
	key, err := f.signingKey()
	if err != nil {
		return "", err
	}
	payload, err := f.payloadText(now)
	if err != nil {
		return "", err
	}
	m := &minting{key: key, now: now, header: map[string]any{"alg": "RS256", "typ": "JWT"}, payload: payload, sign: signRS256}
	if f.fault != "" {
		fault, err := findMintFault(f.fault)
		if err != nil {
			return "", err
		}
		fault.apply(m)
	}
	if err := setMembers(m.header, "header", f.headers); err != nil {
		return "", err
	}
	return m.token()
}

// signingKey reads the private key, or makes one.
func (f *mintFlags) signingKey() (*rsa.PrivateKey, error) {
	var key *rsa.PrivateKey
	if f.privateKey == "" {
		key = newRSAKey(defaultKeyBits)
	} else {
		text, err := readFile(f.privateKey)
		if err != nil {
			return nil, fmt.Errorf("private key: %w", err)
		}
		if key, err = parsePrivateKey(text); err != nil {
			return nil, usageErrorf("private key %s: %w", shortName(f.privateKey), err)
		}
	}
	if f.publicKeyOut == "" {
		return key, nil
	}
	if err := writeNew(f.publicKeyOut, []byte(publicPEM(&key.PublicKey)), 0o644, true); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return key, nil
}

// payloadText is the payload that the flags ask for.
func (f *mintFlags) payloadText(now time.Time) ([]byte, error) {
	if f.payload != "" {
		return []byte(f.payload), nil
	}
	claims := map[string]any{"sub": f.sub}
	if f.sub == "" {
		claims["sub"] = randomVisitor()
	}
	for name, text := range map[string]string{"exp": f.exp, "iat": f.iat, "nbf": f.nbf} {
		if text == "none" {
			continue
		}
		t, err := parseInstant(text, now)
		if err != nil {
			return nil, usageErrorf("--%s: %w, or none; --claim '%s=…' takes any value", name, err, name)
		}
		claims[name] = t.Unix()
	}
	if err := f.addUserPayload(claims); err != nil {
		return nil, err
	}
	if err := setMembers(claims, "claim", f.claims); err != nil {
		return nil, err
	}
	return json.Marshal(claims)
}

func (f *mintFlags) addUserPayload(claims map[string]any) error {
	if (f.userPayload == "") != (f.payloadKey == "") {
		return usageErrorf("--user-payload and --payload-key go together")
	}
	if f.userPayload == "" {
		return nil
	}
	if !json.Valid([]byte(f.userPayload)) {
		return usageErrorf("--user-payload is not JSON")
	}
	key, err := readKeyFile(f.payloadKey)
	if err != nil {
		return err
	}
	if key.Kind() != "rsa" {
		return usageErrorf("--payload-key: %w", errors.New("not an RSA public key; see 'webchatspec key inspect'"))
	}
	claims["user_payload"], err = verifier.Encrypt([]byte(f.userPayload), &rsa.PublicKey{N: key.Modulus(), E: int(key.Exponent().Int64())})
	return err
}

// setMembers sets NAME=JSON in members, and removes NAME for "NAME=".
func setMembers(members map[string]any, flag string, settings []string) error {
	for _, setting := range settings {
		name, text, ok := strings.Cut(setting, "=")
		switch {
		case !ok:
			return usageErrorf("--%s %s: write NAME=JSON", flag, strconv.Quote(shortName(setting)))
		case text == "":
			delete(members, name)
		case json.Valid([]byte(text)):
			members[name] = json.RawMessage(text)
		default:
			members[name] = text
		}
	}
	return nil
}
