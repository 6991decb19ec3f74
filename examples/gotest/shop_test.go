// Package gotest shows webchatspec inside a project's own "go test": the server
// is started as in any other test, and each check becomes a subtest.
package gotest

import (
	"testing"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/suites"
	"github.com/webchatspec/webchatspec/webchatspectest"
)

func TestTokensOfTheShop(t *testing.T) {
	shop := startShop(t)
	webchatspectest.Verify(t, webchatspec.Config{
		Endpoint: endpoint.Config{
			URL:        shop.Endpoint,
			PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: shop.PublicKeys[0]}},
		},
		Parts:     []string{suites.PartToken}, // no browser, no load
		Selection: suites.Selection{Only: []string{"token", "header", "claims"}},
	})
}

// startShop stands for what starts your own server.
func startShop(t *testing.T) issuers.Setup {
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	return site.Setup()
}
