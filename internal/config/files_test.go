//go:build unix

package config

import (
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
)

// No file that a key names is read without an end, or waited for: whatever keys
// there are.
func TestFilesAreBounded(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	written := map[string]bool{"load.raw": true} // by the load, and not read
	tried := 0
	for _, setting := range All() {
		if setting.tag.Get("arg") != "FILE" {
			continue
		}
		tried++
		for _, name := range []string{"/dev/zero", pipe} {
			var s Settings
			if setting.Key == "tls.cert" || setting.Key == "tls.key" {
				s.TLS = TLS{Cert: name, Key: name} // the one goes not without the other
			}
			value := reflect.ValueOf(name)
			if setting.typ.Kind() == reflect.Slice {
				value = reflect.ValueOf([]string{name})
			}
			setting.in(&s).Set(value)
			if _, err := s.Build(); err == nil && name != pipe && !written[setting.Key] {
				t.Errorf("%s: %s is taken", setting.Key, name)
			}
		}
	}
	if tried < 11 {
		t.Errorf("%d keys name a file", tried)
	}
}
