package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/signature"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// signatureSuffix ends the name of a detached signature.
const signatureSuffix = ".sig"

// signBundle signs the bundle in the folder with the private key in a file.
func signBundle(folder, keyFile string) (name string, err error) {
	format, _ := reports.FormatNamed("bundle")
	name = filepath.Join(folder, format.File)
	data, err := os.ReadFile(name)
	if err != nil {
		return "", usageErrorf("sign the bundle: %w", err)
	}
	key, err := readFile(keyFile)
	if err != nil {
		return "", fmt.Errorf("--sign-key: %w", err)
	}
	made, err := signature.Sign(data, []byte(key))
	if err != nil {
		return "", usageErrorf("--sign-key %s: %w", shortName(keyFile), err)
	}
	return name + signatureSuffix, record.WriteFile(name+signatureSuffix, func(w io.Writer) error {
		_, err := w.Write(made)
		return err
	})
}

// signKeyFlag defines the flag of a command that writes reports.
func signKeyFlag(cmd *cobra.Command) {
	cmd.Flags().String("sign-key", "", "sign the bundle with the private key (SSH, or PEM) in this `FILE`")
}

// trySignKey says what is wrong with the key before a run and not after it.
func trySignKey(cmd *cobra.Command, s config.Settings) error {
	name, _ := cmd.Flags().GetString("sign-key")
	if name == "" {
		return nil
	}
	if !slices.Contains(s.Formats, "bundle") {
		return usageErrorf("--sign-key signs a bundle: add --format bundle")
	}
	key, err := readFile(name)
	if err != nil {
		return fmt.Errorf("--sign-key: %w", err)
	}
	if _, err := signature.Sign(nil, []byte(key)); err != nil {
		return usageErrorf("--sign-key %s: %w", shortName(name), err)
	}
	return nil
}

func newVerifyBundleCommand() *cobra.Command {
	var keyFiles []string
	var signatureFile string
	cmd := &cobra.Command{
		Use:   "verify-bundle BUNDLE.zip",
		Short: "Verify that a bundle is unchanged, and who signed it",
		Long: `verify-bundle checks a bundle that 'report --format bundle --sign-key KEY' made:
each file in it is as the manifest says, the run has the verdict that it states, and
the detached signature next to it was made with one of the keys that you name.

A key is an SSH public key, a list of them as in authorized_keys or
allowed_signers, or a public key in PEM. The signature has the format of OpenSSH,
so 'ssh-keygen -Y verify -n ` + signature.Namespace + `' checks it as well.

The exit code is 0 when all of that holds, 1 when the bundle was changed or somebody
else signed it, and 4 without --key, when the signer is not known.`,
		Example: `  webchatspec report run.json --format bundle --sign-key ~/.ssh/id_ed25519 --out signed
  webchatspec verify-bundle signed/bundle.zip --key ann.pub`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("verify-bundle wants one bundle, such as webchatspec-report/bundle.zip")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readFile(args[0])
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			manifest, run, err := reports.ReadBundle([]byte(data))
			if err != nil {
				return &exitError{ExitFailed, fmt.Errorf("%s: %w", args[0], err)}
			}
			fmt.Fprintf(out, "whole       %d files, the sums fit\n", len(manifest.SHA256))
			fmt.Fprintf(out, "catalogue   %d checks of %s %s, %s\n", manifest.Checks, manifest.Tool.Name, manifest.Tool.Version, manifest.Catalogue)
			fmt.Fprintf(out, "run         %s of %s, at %s\n", manifest.Verdict, cmp.Or(run.Target.Endpoint, run.Target.Page), manifest.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
			if len(keyFiles) == 0 {
				fmt.Fprintln(out, "signature   not checked: name the signer's public key with --key")
				return exitWith(ExitInconclusive)
			}
			by, err := signer([]byte(data), cmp.Or(signatureFile, args[0]+signatureSuffix), keyFiles)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "signature   by %s\n", by)
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&keyFiles, "key", nil, "public key of whoever may have signed, in this `FILE`; repeat it for several")
	cmd.Flags().StringVar(&signatureFile, "signature", "", "the signature, when it is not in BUNDLE.zip.sig but in this `FILE`")
	return cmd
}

// signer says by which of the keys data was signed.
func signer(data []byte, signatureFile string, keyFiles []string) (fingerprint string, err error) {
	made, err := readFile(signatureFile)
	if err != nil {
		return "", fmt.Errorf("the signature: %w", err)
	}
	var keys [][]byte
	for _, name := range keyFiles {
		text, err := readFile(name)
		if err != nil {
			return "", fmt.Errorf("--key: %w", err)
		}
		keys = append(keys, []byte(text))
	}
	by, err := signature.Verify(data, []byte(made), keys...)
	if errors.Is(err, signature.ErrNoKey) {
		return "", usageErrorf("--key: %w", err)
	}
	if err != nil {
		return "", &exitError{ExitFailed, err}
	}
	return by, nil
}
