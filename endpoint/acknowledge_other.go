//go:build !linux

package endpoint

import "syscall"

// acknowledge does nothing: this system cannot be told to.
func acknowledge(syscall.RawConn) {}
