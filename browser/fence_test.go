package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// A page reaches no host that is not allowed, whatever it tries, and no proxy of
// the environment helps it. What it tries works where it is allowed.
func TestNothingLeavesTheFence(t *testing.T) {
	for name, proxied := range map[string]bool{"without a proxy": false, "with a proxy": true} {
		t.Run(name, func(t *testing.T) {
			outside, proxy, allowed := setTrap(t, "127.0.0.3", "outside.example"), setTrap(t, "127.0.0.4", ""), setTrap(t, "127.0.0.1", "allowed.example")
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
				value := ""
				if proxied {
					value = "http://" + proxy.host
				}
				t.Setenv(name, value)
			}
			opened := programsOpened(t)
			tryEveryWayOut(t, browser.Config{
				Endpoint: "https://" + allowed.secure + "/token", CA: allowed.authority, Resolve: map[string]string{allowed.name + ":443": allowed.secure},
			}, func() bool { return len(allowed.missing()) == 0 }, allowed, outside)
			for name, trap := range map[string]*trap{"a host that is not allowed": outside, "the proxy of the environment": proxy} {
				if trap.connections.Load()+trap.packets.Load() > 0 {
					t.Errorf("%s got %s", name, trap.arrived())
				}
			}
			if packets := allowed.packets.Load(); packets > 0 {
				t.Errorf("%d datagrams were sent, which no fence sees", packets)
			}
			if missing := allowed.missing(); len(missing) > 0 {
				t.Errorf("%v do not reach the host that is allowed, so that they prove nothing elsewhere", missing)
			}
			t.Logf("without effect in this browser: %v", allowed.withoutEffect(waysOutTo(t, allowed, 0)))
			if programs, err := os.ReadFile(opened); err == nil && strings.Contains(string(programs), "c2VjcmV0") {
				t.Errorf("the browser has given the token to other programs: %s", programs)
			}
		})
	}
}

// programsOpened puts programs before those of the system by which a browser opens
// addresses with others, and returns the file in which they note what they are given.
func programsOpened(t *testing.T) string {
	folder := t.TempDir()
	file := filepath.Join(folder, "opened")
	for _, name := range []string{"xdg-open", "xdg-email", "gio", "kde-open"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\necho $0 \"$@\" >> "+file+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return file
}

// A browser that has another way out, as a policy of the machine may give it, is not
// given the page.
func TestABrowserWithAnotherWayOutGetsNoPage(t *testing.T) {
	path, err := browser.Find()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(t.TempDir(), "chromium")
	script := "#!/bin/sh\nfor a do shift; case $a in --proxy-server=*) ;; *) set -- \"$@\" \"$a\";; esac; done\nexec " + path + " \"$@\"\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer site.Close()
	_, err = browser.Gather(t.Context(), browser.Config{Page: site.URL, Chromium: wrapper, PublicKeys: []string{keys.PublicPEM(&keys.For("fence").PublicKey)}}, nil)
	if err == nil || !strings.Contains(err.Error(), "policy") || asked.Load() > 0 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}
