package webchatspectest_test

import (
	"fmt"
	"testing"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/suites"
	"github.com/webchatspec/webchatspec/webchatspectest"
)

// In a project of your own this is func TestShop(t *testing.T), and it starts your
// own server. Each check is a subtest with the check's id as its name.
func ExampleVerify() {
	testShop := func(t *testing.T) {
		shop, err := issuers.Start(issuers.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer shop.Close()
		site := shop.Setup()
		webchatspectest.Verify(t, webchatspec.Config{
			Endpoint: endpoint.Config{
				URL:        site.Endpoint,
				PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: site.PublicKeys[0]}},
			},
			Parts:     []string{suites.PartToken},
			Selection: suites.Selection{Only: []string{"exp-present", "alg-rs256"}},
		})
	}

	// "go test" does this:
	all := func(string, string) (bool, error) { return true, nil }
	fmt.Println("passed:", testing.RunTests(all, []testing.InternalTest{{Name: "TestShop", F: testShop}}))
	// Output: passed: true
}
