package endpoint

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// elsewhere is an address that is not this machine's by itself (RFC 5737), and in
// a network of the test's own is served here all the same.
const elsewhere = "203.0.113.5"

// inOwnNetwork runs the test again in a network namespace in which elsewhere
// leads to this machine, and nothing leads out. It says whether this is there.
func inOwnNetwork(t *testing.T) bool {
	t.Helper()
	const mark = "WEBCHATSPECTEST_OWN_NETWORK"
	if os.Getenv(mark) != "" {
		return true
	}
	enter := exec.Command("unshare", "--net", "sh", "-ec",
		"ip link set lo up; ip address add "+elsewhere+"/32 dev lo; echo entered; exec \"$0\" -test.run=\"^$1\\$\" -test.v", os.Args[0], t.Name())
	enter.Env = append(os.Environ(), mark+"=1")
	said, err := enter.CombinedOutput()
	if !strings.Contains(string(said), "entered\n") {
		t.Skipf("no network of its own, which wants root, unshare and ip: %v: %s", err, said)
	}
	if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Errorf("in a network of its own: %v\n%s", err, said)
	}
	return false
}

// A machine that the configuration names gets the logins that it is named for, and
// without consent nothing forged, no token, and no secret that is not its own:
// where its address leads decides, for each request.
func TestAnotherMachineGetsWhatItIsNamedFor(t *testing.T) {
	if !inOwnNetwork(t) {
		return
	}
	var mu sync.Mutex
	var got []*http.Request
	listener, err := net.Listen("tcp", elsewhere+":0")
	if err != nil {
		t.Fatal(err)
	}
	other := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r)
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "abcdefghijklmnop", Path: "/"})
	})}}
	other.Start()
	defer other.Close()
	own := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, tokenOf(`{"alg":"RS256"}`, `{"sub":"a"}`))
	}))
	own.Config.ErrorLog = log.New(io.Discard, "", 0)
	own.StartTLS()
	defer own.Close()

	for _, consent := range []bool{false, true} {
		got = nil
		client := newClient(t, Config{
			URL: own.URL + "/token", CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate().Raw}),
			Header: http.Header{"X-Api-Key": {"only for the endpoint"}}, PlainEndpoint: other.URL + "/plain", Consent: consent,
			Users: []User{{
				Name: "ann", Login: []Request{{URL: other.URL + "/login", Form: map[string]string{"user": "ann"}}}, Logout: []Request{{URL: other.URL + "/logout"}},
			}},
			Relying: []Request{{URL: other.URL + "/me"}},
		})
		gather(t, client, record.ProbeVisitors, record.ProbeLogin, record.ProbeSession, record.ProbeCrossSiteLogin, record.ProbeForgedLogins, record.ProbeRelying, record.ProbeTLS)
		paths := map[string]int{}
		for _, r := range got {
			paths[r.URL.Path]++
			if consent {
				continue
			}
			if told := fmt.Sprint(r.Header, r.URL); strings.Contains(told, "only for the endpoint") || strings.Contains(told, "eyJ") || r.Header.Get("Origin") != other.URL {
				t.Errorf("without consent it gets %s %s %v", r.Method, r.URL, r.Header)
			}
		}
		if named := paths["/login"] > 0 && paths["/logout"] > 0; !named || paths["/me"]+paths["/plain"] > 0 != consent {
			t.Errorf("with consent %t it gets %v", consent, paths)
		}
	}
}
