package address

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"
)

func TestLocalNames(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "localhost.": true, "shop.localhost": true, "a.b.localhost": true,
		"127.0.0.1": true, "127.9.8.7": true, "::1": true, "[::1]": true, "0.0.0.0": true, "::": true, "[::]": true,
		"::ffff:127.0.0.1": true, "[::ffff:7f00:1]": true,
		"": false, "localhost.example": false, "notlocalhost": false, "128.0.0.1": false, "10.0.0.1": false,
		"203.0.113.5": false, "::2": false, "[2001:db8::1]": false, "::ffff:10.0.0.1": false, "shop.example": false,
	} {
		if got := IsLocalName(host); got != want {
			t.Errorf("%q: %t", host, got)
		}
	}
}

// The connection decides, not the name.
func TestWhereRequestsLead(t *testing.T) {
	t.Setenv("HTTP_PROXY", "")
	book := Book{
		"localhost": "203.0.113.5", "shop.example": "127.0.0.1", "port.example:8443": "[::1]:9443", "Case.Example": "127.0.0.2",
		"both.example": "203.0.113.5", "both.example:81": "127.0.0.1", "named.example": "app.localhost",
	}
	for text, want := range map[string]bool{
		"http://localhost/": false, "http://shop.localhost:3000/": true, "http://[::1]:8080/x": true, "http://0.0.0.0/": true,
		"https://shop.example/": true, "http://SHOP.example:81/": true, "https://port.example:8443/": true, "https://port.example/": false,
		"https://case.example/": true, "http://both.example/": false, "http://both.example:81/": true, "http://named.example/": true,
		"http://203.0.113.5/": false, "http://name.invalid/": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := book.IsLocal(t.Context(), u); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestLookup(t *testing.T) {
	book := Book{"shop.example": "192.0.2.1", "shop.example:81": "192.0.2.2", "port.example": "192.0.2.3:9000", "six.example": "2001:db8::1", "[2001:db8::9]": "[::1]:5"}
	for hostPort, want := range map[string]string{
		"shop.example:80": "192.0.2.1:80", "shop.example:81": "192.0.2.2:81", "port.example:80": "192.0.2.3:9000",
		"six.example:443": "[2001:db8::1]:443", "[2001:db8::9]:443": "[::1]:5", "other.example:80": "other.example:80",
	} {
		if got := book.Lookup(hostPort); got != want {
			t.Errorf("%s leads to %s, want %s", hostPort, got, want)
		}
	}
}

func TestValidateTellsEntriesThatLeadNowhere(t *testing.T) {
	for _, book := range []Book{{"": "127.0.0.1"}, {"shop.example": ""}, {"shop.example:x": "127.0.0.1"}, {"shop.example": "127.0.0.1:99999"}, {"https://shop.example": "127.0.0.1"}} {
		if book.Validate() == nil {
			t.Errorf("%v is taken", book)
		}
	}
	if err := (Book{"shop.example:443": "[::1]", "a.example": "::1", "b.example": "c.example:80"}).Validate(); err != nil {
		t.Error(err)
	}
}

// Names below localhost lead here whatever DNS says: the request must arrive.
func TestNamesBelowLocalhostArrive(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for name, book := range map[string]Book{"shop.localhost": nil, "shop.example": {"shop.example:" + port: "127.0.0.1"}} {
		client := http.Client{Transport: &http.Transport{
			Proxy: book.Proxy, DialContext: OnlyLocal(book.DialContext((&net.Dialer{}).DialContext)), DisableKeepAlives: true,
		}}
		response, err := client.Get("http://" + name + ":" + port + "/")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		response.Body.Close()
	}
}

func TestOnlyLocalClosesConnectionsElsewhere(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	connect := OnlyLocal(func(context.Context, string, string) (net.Conn, error) { return here, nil })
	if _, err := connect(t.Context(), "tcp", "localhost:80"); !errors.Is(err, ErrElsewhere) {
		t.Errorf("error %v, for a connection that is not on this machine", err)
	}
	if _, err := here.Write([]byte("GET")); err == nil {
		t.Error("the connection is still open")
	}
}

func TestNames(t *testing.T) {
	u, _ := url.Parse("https://Shop.example/token")
	for host, want := range map[string]bool{"shop.example": true, "SHOP.EXAMPLE:443": true, "shop.example:80": false, "other.example": false} {
		if got := Names([]string{"x.example", host}, u); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
}
