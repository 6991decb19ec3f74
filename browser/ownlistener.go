package browser

import "net"

// ownListener listens on this machine for processes of our own user: a neighbour, who
// may have other rights than we, is not given our ways to other hosts.
type ownListener struct{ net.Listener }

// Accept waits for the next connection of such a process, and closes all others.
func (l ownListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || isOwn(conn) {
			return conn, err
		}
		_ = conn.Close()
	}
}

// listenForOwn opens a free port of this machine for processes of our own user, where
// the system tells whose a connection is.
func listenForOwn() (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return ownListener{listener}, nil
}
