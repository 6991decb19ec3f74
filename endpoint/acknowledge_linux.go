package endpoint

import "syscall"

// acknowledge sends the acknowledgement that is held back, if there is one (tcp(7),
// TCP_QUICKACK). It only saves time, so that no error matters.
func acknowledge(socket syscall.RawConn) {
	_ = socket.Control(func(descriptor uintptr) {
		_ = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
