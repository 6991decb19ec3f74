package webchatspec_test

import (
	"context"
	"fmt"
	"log"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/suites"
)

// A program verifies the token endpoint of a site and looks at what failed. The
// site here is a demo site whose tokens have no exp claim.
func ExampleVerify() {
	shop, err := issuers.Start(issuers.Options{Fault: "no-exp"})
	if err != nil {
		log.Fatal(err)
	}
	defer shop.Close()
	site := shop.Setup()

	run, err := webchatspec.Verify(context.Background(), webchatspec.Config{
		Endpoint: endpoint.Config{
			URL:        site.Endpoint,
			PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: site.PublicKeys[0]}},
		},
		Parts:     []string{suites.PartToken},                      // no browser, no load
		Selection: suites.Selection{Only: []string{"exp-present"}}, // "claims" would be all of the area
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Decide())
	for _, outcome := range run.Outcomes {
		for _, finding := range outcome.Findings {
			fmt.Printf("%s: want %s\n", outcome.ID, finding.Expected)
		}
	}
	// Output:
	// failed
	// exp-present: want a claim exp
}
