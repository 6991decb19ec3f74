package browser

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// isOwn says whether the other end of a connection on this machine belongs to a process
// of the user that we run as. Where the system does not tell, all do.
func isOwn(conn net.Conn) bool {
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return true
	}
	defer table.Close()
	from, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	to, _ := conn.LocalAddr().(*net.TCPAddr)
	if !isTCP || to == nil {
		return false
	}
	user, found := userOf(table, from, to)
	return found && user == os.Getuid()
}

// userOf finds in the table of the system's connections (proc_net_tcp(5)) whose the end
// at from of an open connection is. Of one that its process has closed, the table does
// not tell any more whose it was.
func userOf(table io.Reader, from, to *net.TCPAddr) (user int, found bool) {
	const local, remote, state, uid, columns, established = 1, 2, 3, 7, 8, "01"
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		line := strings.Fields(lines.Text())
		if len(line) < columns || line[local] != inTable(from) || line[remote] != inTable(to) || line[state] != established {
			continue
		}
		user, err := strconv.Atoi(line[uid])
		return user, err == nil
	}
	return 0, false
}

// inTable is an address as the table has it: a number as it stands in memory.
func inTable(at *net.TCPAddr) string {
	ip := at.IP.To4()
	if ip == nil {
		return ""
	}
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(ip), at.Port)
}
