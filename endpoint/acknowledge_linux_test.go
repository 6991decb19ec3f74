package endpoint

import (
	"io"
	"net"
	"syscall"
	"testing"
)

// TestWhatIsReadIsAcknowledgedAtOnce exchanges messages as long as the system takes for a
// conversation, in which acknowledgements travel with the answers.
func TestWhatIsReadIsAcknowledgedAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	plain := func(conn net.Conn) syscall.RawConn {
		socket, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		return socket
	}
	var dialer net.Dialer
	for _, c := range []struct {
		name   string
		dial   func() (net.Conn, error)
		socket func(net.Conn) syscall.RawConn
		atOnce bool
	}{
		{"held back otherwise", func() (net.Conn, error) { return dialer.DialContext(t.Context(), "tcp", listener.Addr().String()) }, plain, false},
		{"at once", func() (net.Conn, error) {
			return prompting(dialer.DialContext)(t.Context(), "tcp", listener.Addr().String())
		},
			func(conn net.Conn) syscall.RawConn { return conn.(prompt).socket }, true},
	} {
		conn, err := c.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		message := make([]byte, 5)
		for range 10 {
			if _, err := conn.Write([]byte("token")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(conn, message); err != nil {
				t.Fatal(err)
			}
		}
		if got := acknowledgesAtOnce(t, c.socket(conn)); got != c.atOnce {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func acknowledgesAtOnce(t *testing.T, socket syscall.RawConn) (atOnce bool) {
	t.Helper()
	err := socket.Control(func(descriptor uintptr) {
		set, err := syscall.GetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK)
		if err != nil {
			t.Error(err)
		}
		atOnce = set != 0
	})
	if err != nil {
		t.Fatal(err)
	}
	return atOnce
}
