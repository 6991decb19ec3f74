package browser

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The fence, and the way with the client certificate, are for the browser of our own
// user, not for whoever else has an account on this machine.
func TestTheFenceIsForOurOwnUser(t *testing.T) {
	f, err := openFence(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	_, port, _ := net.SplitHostPort(f.listener.Addr().String())
	greets := func(as *syscall.Credential) string {
		client := exec.CommandContext(t.Context(), "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/$0 && printf '\5\1\0' >&3 && head -c 2 <&3 | od -An -tx1`, port)
		client.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		said, err := client.Output()
		if err != nil && len(said) == 0 {
			t.Logf("the client ends: %v", err)
		}
		return strings.TrimSpace(string(said))
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	if said := greets(nil); said != "05 00" {
		t.Errorf("our own user gets %q", said)
	}
	if os.Getuid() != 0 {
		t.Skip("to be another user takes root")
	}
	const nobody = 65534
	if said := greets(&syscall.Credential{Uid: nobody, Gid: nobody}); said != "" {
		t.Errorf("another user gets %q", said)
	}
}

func TestWhoseAConnectionIs(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 11 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:8001 01 00000000:00000000 00:00000000 00000000     7        0 12 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:8001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 13 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:8002 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1
`
	at := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
	for port, want := range map[int]int{0x8001: 1000, 0x8002: -1, 0x8003: -1} { // -1: it cannot be said any more
		user, found := userOf(strings.NewReader(table), at(port), at(0x1f90))
		if found != (want >= 0) || found && user != want {
			t.Errorf("port %d is of %d, %t; want %d", port, user, found, want)
		}
	}
}
