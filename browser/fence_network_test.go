//go:build linux

package browser_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
)

// networkOfItsOwn makes a network whose only way out ends in a counter: names that are
// looked up, services of the browser's maker and datagrams are counted as well.
const networkOfItsOwn = `ip link set lo up
ip link add out type veth peer name nowhere
for each in out nowhere; do
	echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6 || :
	ip link set $each arp off up
done
ip address add 192.0.2.2/24 dev out
ip route add default dev out
echo entered
exec "$0" -test.run="^$1\$" -test.v`

// Whatever a page tries, and the browser beside it, no packet leaves the machine. It
// wants root.
func TestNoPacketLeavesTheMachine(t *testing.T) {
	const mark = "WEBCHATSPECTEST_NETWORK_OF_ITS_OWN"
	if os.Getenv(mark) == "" {
		enter := exec.CommandContext(t.Context(), "unshare", "--net", "sh", "-ec", networkOfItsOwn, os.Args[0], t.Name())
		enter.Env = append(os.Environ(), mark+"=1")
		said, err := enter.CombinedOutput()
		if !strings.Contains(string(said), "entered\n") {
			t.Skipf("no network of its own, which wants root, unshare and ip: %v: %s", err, said)
		}
		if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
			t.Errorf("in a network of its own: %v\n%s", err, said)
		}
		return
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, "http://203.0.113.9:3128")
	}
	const outside = "203.0.113.7:8080" // RFC 5737: nobody's
	left := packetsOut(t)
	tryEveryWayOut(t, browser.Config{}, func() bool { return true }, &trap{host: outside, datagrams: outside, secure: outside, name: "outside.example"})
	if count := left.Load(); count > 0 {
		t.Errorf("%d packets left", count)
	}
	conn, err := net.DialTimeout("udp", outside, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("out"))
	for range 100 {
		if left.Load() > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nothing counts what leaves, so that this proves nothing")
}

// packetsOut counts the packets that come to where the way out ends, but for those of
// the system by which it joins groups (IGMP) that a browser listens to for names nearby.
func packetsOut(t *testing.T) *atomic.Int64 {
	t.Helper()
	end, err := net.InterfaceByName("nowhere")
	if err != nil {
		t.Fatal(err)
	}
	const all, igmp = syscall.ETH_P_ALL<<8 | syscall.ETH_P_ALL>>8, 2 // in the order of the network
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, all)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: end.Index}); err != nil {
		t.Fatal(err)
	}
	left := new(atomic.Int64)
	go func() {
		for packet := make([]byte, 2048); ; {
			n, _, err := syscall.Recvfrom(socket, packet, 0)
			if err != nil {
				return
			}
			if n > 9 && packet[9] != igmp {
				left.Add(1)
			}
		}
	}()
	return left
}
