package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// pair is a key pair in the forms that people have.
type pair struct{ private, publicLine, publicPEM []byte }

func newPair(t *testing.T, key crypto.Signer) pair {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	line, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pair{
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE " + "KEY", Bytes: der}), ssh.MarshalAuthorizedKey(line),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
	}
}

func ed25519Pair(t *testing.T) pair {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newPair(t, key)
}

func TestWhatIsSignedVerifies(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := ed25519Pair(t)
	for name, keys := range map[string]pair{"ed25519": ed25519Pair(t), "rsa": newPair(t, rsaKey), "ecdsa": newPair(t, ecKey)} {
		made, err := Sign([]byte("a bundle"), keys.private)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for form, public := range map[string][]byte{
			"line": keys.publicLine, "PEM": keys.publicPEM, "allowed signers": []byte("# those\nann@shop.example namespaces=\"x\" " + string(keys.publicLine)),
		} {
			if by, err := Verify([]byte("a bundle"), made, other.publicLine, public); err != nil || !strings.HasPrefix(by, "SHA256:") {
				t.Errorf("%s, %s: %q, %v", name, form, by, err)
			}
		}
		for want, try := range map[string]func() (string, error){
			"was changed":   func() (string, error) { return Verify([]byte("a bundlf"), made, keys.publicLine) },
			"not given":     func() (string, error) { return Verify([]byte("a bundle"), made, other.publicLine) },
			"format of":     func() (string, error) { return Verify([]byte("a bundle"), []byte("no signature"), keys.publicLine) },
			"no public key": func() (string, error) { return Verify([]byte("a bundle"), made, []byte("nothing")) },
		} {
			if _, err := try(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want an error about %q", name, err, want)
			}
		}
	}
	if _, err := Sign(nil, other.publicPEM); err == nil {
		t.Error("a public key signs")
	}
}

// TestOpenSSHVerifiesIt asks the program that people have.
func TestOpenSSHVerifiesIt(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not here")
	}
	keys, folder := ed25519Pair(t), t.TempDir()
	made, err := Sign([]byte("a bundle"), keys.private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	verify := exec.Command(keygen, "-Y", "verify", "-n", Namespace, "-I", "ann", "-s", write("sig", made), "-f", write("signers", append([]byte("ann "), keys.publicLine...)))
	verify.Stdin = strings.NewReader("a bundle")
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
