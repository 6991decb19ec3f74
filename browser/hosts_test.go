package browser

import "testing"

// TestNoVendorIsAllowed holds the vendors' own hosts to be out of reach, whatever
// the configuration allows, but for one that it names as what it is.
func TestNoVendorIsAllowed(t *testing.T) {
	for _, host := range []string{
		"integrations.us-south.assistant.watson.appdomain.cloud", "us-south.watson-orchestrate.cloud.ibm.com", "*.zendesk.com",
	} {
		if _, err := (Config{Page: "http://localhost/", AllowHosts: []string{host}}).complete(); err == nil {
			t.Errorf("%s may be allowed", host)
		}
	}
	if _, err := (Config{Page: "http://localhost/", VendorHosts: []string{"cdn.example"}}).complete(); err == nil {
		t.Error("a host of no vendor is taken for one")
	}
	f := fence{config: Config{Page: "http://localhost/", AllowHosts: []string{"*.ibm.com", "cdn.example"}, VendorHosts: []string{"static.zdassets.com"}}}
	for host, want := range map[string]bool{"static.zdassets.com": true, "us-south.watson-orchestrate.cloud.ibm.com": false, "www.ibm.com": true, "cdn.example": true} {
		if got := f.allows(host); got != want {
			t.Errorf("%s allowed: %t", host, got)
		}
	}
}
