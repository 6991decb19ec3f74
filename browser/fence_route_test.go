package browser

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// The fence asks the same book as the token part: with and without a port.
func TestTheFenceConnectsToWhatIsAllowed(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	defer site.Close()
	_, port, _ := net.SplitHostPort(site.Listener.Addr().String())
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, dead, _ := net.SplitHostPort(closed.Addr().String())
	_ = closed.Close()
	f, err := openFence(Config{
		Page: "http://page.localhost:" + port + "/", AllowHosts: []string{"*.cdn.example", "gone.example"},
		Resolve: map[string]string{"port.example:" + port: "127.0.0.1", "all.example": "127.0.0.1", "a.cdn.example": "127.0.0.1"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		Proxy:             http.ProxyURL(&url.URL{Scheme: "socks5h", Host: f.listener.Addr().String()}),
	}}
	for host, want := range map[string]string{ // "" is reached
		"page.localhost:" + port: "", "port.example:" + port: "", "all.example:" + port: "", "a.cdn.example:" + port: "", "localhost:" + port: "",
		"127.0.0.2:" + port: record.Unresolved, "other.localhost:" + port: record.Unresolved, "cdn.example:" + port: record.Unresolved,
		"port.example:" + dead: record.Unresolved, "localhost:" + dead: errorRefused,
	} {
		response, err := client.Get("http://" + host + "/")
		if err == nil {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if want != "" || string(body) != host {
				t.Errorf("%s is reached: %s", host, body)
			}
			continue
		}
		if got := f.named(errorSOCKS, "http://"+host+"/"); got != want || !strings.Contains(err.Error(), "host unreachable") {
			t.Errorf("%s: %s (%v), want %q", host, got, err, want)
		}
	}
}
