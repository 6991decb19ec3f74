package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/internal/config"
)

// pipeWriter hands on what a command prints, so that a test can wait for it.
type pipeWriter chan []byte

func (w pipeWriter) Write(text []byte) (int, error) {
	w <- bytes.Clone(text)
	return len(text), nil
}

func TestIssuerServesAndLeavesFiles(t *testing.T) {
	folder := t.TempDir()
	key := filepath.Join(folder, "key.pub")
	ctx, stop := context.WithCancel(t.Context())
	printed, ended := make(pipeWriter, 16), make(chan error, 1)
	flags := issuerFlags{fault: "two-nodes-two-keys", json: true, listen: "127.0.0.1:0", lifetime: issuers.DefaultLifetime, files: folder, publicKeyOut: key}
	go func() { ended <- runIssuer(ctx, "go", flags, printed) }()

	var where places
	select {
	case text := <-printed:
		if err := json.Unmarshal(text, &where); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	case err := <-ended:
		t.Fatal(err)
	}
	answer, err := http.Get(where.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
	if len(where.PublicKeys) != 2 || where.PublicKeys[0] != key || !strings.HasSuffix(where.PublicKeys[1], "key-2.pub") {
		t.Errorf("public keys %v", where.PublicKeys)
	}
	settings, err := config.ReadFile(where.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	if settings.Endpoint != where.Endpoint || len(settings.Users) != 2 || settings.Users[1].Login == nil || len(settings.Relying) != 1 {
		t.Errorf("the configuration reads %+v", settings)
	}
	for _, file := range append(settings.PublicKeys, settings.Payload.PrivateKey, settings.Payload.PublicKey) {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestIssuerRefusesWrongFlags(t *testing.T) {
	good := issuerFlags{listen: "127.0.0.1:0", lifetime: issuers.DefaultLifetime}
	for name, test := range map[string]struct {
		issuer string
		change func(*issuerFlags)
		want   string
	}{
		"unknown fault":   {"go", func(f *issuerFlags) { f.fault = "no-ex" }, `did you mean "no-exp"?`},
		"unknown issuer":  {"nodes", func(*issuerFlags) {}, `did you mean "node"?`},
		"fault of node":   {"node", func(f *issuerFlags) { f.fault = "no-exp" }, "built-in site"},
		"short lifetime":  {"go", func(f *issuerFlags) { f.lifetime = 1 }, "at least 1s"},
		"address":         {"go", func(f *issuerFlags) { f.listen = "127.0.0.1:no" }, "--listen"},
		"address of node": {"node", func(f *issuerFlags) { f.listen = "192.0.2.1:80" }, "not on loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := good
			test.change(&flags)
			err := runIssuer(t.Context(), test.issuer, flags, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error = %v, want one with %q", err, test.want)
			}
			if code := exitCode(err); code != ExitUsage {
				t.Errorf("exit code %d, want %d", code, ExitUsage)
			}
		})
	}
}
