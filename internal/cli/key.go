package cli

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/input"
)

func newKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Generate key pairs, and check whether the assistant accepts a public key",
		Example: `  webchatspec key new
  webchatspec key inspect key.pub`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKeyNewCommand(), newKeyInspectCommand())
	return cmd
}

// The sizes of the keys that 'key new' makes.
const (
	defaultKeyBits = 2048
	maxKeyBits     = 8192 // larger ones take minutes to make, and make signing slow
)

func newKeyNewCommand() *cobra.Command {
	var (
		private, public string
		bits            int
		force           bool
	)
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Generate an RSA key pair",
		Long: `Generate an RSA key pair: the private key for the server that signs (PKCS#8, readable by
you only), the public key for the field in the web chat settings.`,
		Example: `  webchatspec key new
  webchatspec key new --bits 4096 --private-out signing.pem --public-out signing.pub`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if bits < defaultKeyBits || bits > maxKeyBits {
				return usageErrorf("--bits %d: a key has %d to %d bits", bits, defaultKeyBits, maxKeyBits)
			}
			key := newRSAKey(bits)
			if err := writePrivateKey(private, key, force); err != nil {
				return err
			}
			if err := writeNew(public, []byte(publicPEM(&key.PublicKey)), 0o644, force); err != nil {
				return err
			}
			p := newPainter(cmd.OutOrStdout())
			p.row(filepath.ToSlash(private), fmt.Sprintf("private key, %d bits: for the server that signs, and nobody else", bits), "")
			p.row(filepath.ToSlash(public), `public key: paste it into the field "Your public key"`, "")
			return p.err
		},
	}
	cmd.Flags().StringVar(&private, "private-out", "key.pem", "write the private key to this `FILE`")
	cmd.Flags().StringVar(&public, "public-out", "key.pub", "write the public key to this `FILE`")
	cmd.Flags().IntVar(&bits, "bits", defaultKeyBits, "size of the modulus in `BITS`")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite existing files")
	return cmd
}

func newRSAKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err) // only for a size that crypto/rsa refuses, and the callers' are right
	}
	return key
}

func writePrivateKey(name string, key *rsa.PrivateKey, force bool) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writeNew(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE" + " KEY", Bytes: der}), 0o600, force)
}

// writeNew writes a file that must not be there yet, unless force is set.
func writeNew(name string, text []byte, mode os.FileMode, force bool) error {
	create := input.Create
	if !force {
		create = func(name string, mode os.FileMode) (*os.File, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		}
	}
	file, err := create(name, mode)
	if errors.Is(err, os.ErrExist) {
		return usageErrorf("%s already exists; use --force to overwrite it", name)
	}
	if err != nil {
		return usageErrorf("%w", err)
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// publicPEM is the public key as the integration wants it.
func publicPEM(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an RSA key always encodes
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// parsePrivateKey reads an RSA private key in PEM, PKCS#1 or PKCS#8. Its errors
// hold nothing of the key.
func parsePrivateKey(text string) (*rsa.PrivateKey, error) {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("it holds no unencrypted private key in PEM")
		}
		if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return key, nil
		}
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, ok := key.(*rsa.PrivateKey); ok {
				return key, nil
			}
			return nil, fmt.Errorf("it holds a key of another kind (%T), not RSA", key)
		}
	}
}
