// Package ginkgo shows webchatspec inside a project's own Ginkgo suite: one spec
// for each check, chosen by labels as all others.
//
//	ginkgo --label-filter 'claims && MUST'
package ginkgo

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/ginkgospecs"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

func TestShop(t *testing.T) {
	RunSpecs(t, "the shop")
}

var _ = ginkgospecs.Describe("the shop's identity tokens", func(ctx context.Context) (record.Run, error) {
	shop, err := issuers.Start(issuers.Options{}) // stands for what starts your own server
	if err != nil {
		return record.Run{}, err
	}
	defer shop.Close()
	setup := shop.Setup()
	return webchatspec.Verify(ctx, webchatspec.Config{
		Endpoint: endpoint.Config{
			URL:        setup.Endpoint,
			PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: setup.PublicKeys[0]}},
		},
		Parts:     []string{suites.PartToken},
		Selection: suites.Selection{Only: []string{"token", "claims"}},
	})
})
