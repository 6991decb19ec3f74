//go:build unix

package config

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A file that never ends, or a pipe that nobody writes to, costs neither memory
// nor a wait.
func TestFilesAreBounded(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"/dev/zero", pipe} {
		for what, s := range map[string]Settings{
			"publicKeys": {PublicKeys: []string{name}}, "tls.cert": {TLS: TLS{Cert: name, Key: name}}, "payload.privateKey": {Payload: Payload{PrivateKey: name}}, "waivers": {Waivers: name},
		} {
			if _, err := s.Build(); err == nil && name != pipe {
				t.Errorf("%s: %s is taken", what, name)
			}
		}
	}
}
