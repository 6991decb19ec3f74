package endpoint

import (
	"context"
	"net"
	"syscall"

	"github.com/webchatspec/webchatspec/address"
)

// prompt is a connection that acknowledges what it has read at once. A server that writes an
// answer in pieces, such as that of Python's library, waits with the second one until the
// first is acknowledged (RFC 9293 §3.7.4), and systems hold that back for some 40 ms, as it
// could travel with the next request. A thousand visitors would wait for most of a minute.
type prompt struct {
	net.Conn
	socket syscall.RawConn
}

// prompting dials connections that acknowledge at once, where the system can be told to.
func prompting(dial address.Dial) address.Dial {
	return func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		conn, err := dial(ctx, network, hostPort)
		tcp, isTCP := conn.(*net.TCPConn)
		if err != nil || !isTCP {
			return conn, err
		}
		socket, err := tcp.SyscallConn()
		if err != nil { // it is closed already, as the first request will tell
			return conn, nil //nolint:nilerr // the connection itself was made
		}
		return prompt{conn, socket}, nil
	}
}

// Read reads as the connection does.
func (p prompt) Read(into []byte) (int, error) {
	n, err := p.Conn.Read(into)
	if n > 0 {
		acknowledge(p.socket)
	}
	return n, err
}
