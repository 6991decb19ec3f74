package loadgen_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/loadgen"
)

// Half a second of load on a demo site. Every token is verified: is it accepted,
// newly issued, and this user's own.
func ExampleRun() {
	shop, err := issuers.Start(issuers.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer shop.Close()
	site := shop.Setup()
	client, err := endpoint.New(endpoint.Config{
		URL:        site.Endpoint,
		PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: site.PublicKeys[0]}},
	})
	if err != nil {
		log.Fatal(err)
	}
	load, err := loadgen.Run(context.Background(), client, loadgen.Config{
		Rate: 40, Duration: 500 * time.Millisecond, Users: 4,
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(load.Requests, "requests,", load.Tokens.Verified, "tokens verified,", load.Tokens.Invalid, "invalid")
	// Output: 20 requests, 20 tokens verified, 0 invalid
}
