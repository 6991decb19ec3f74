package profiles

import (
	"net/url"
	"slices"
	"testing"
)

func TestSourcesAreLinkedToTheirSection(t *testing.T) {
	for source, want := range map[string][]string{
		"vendor: enable tip; RFC 8725 §3.10; OWASP": {
			"https://cloud.ibm.com/docs/watson-assistant?topic=watson-assistant-web-chat-security-enable#web-chat-security-enable-jwt",
			"https://www.rfc-editor.org/rfc/rfc8725#section-3.10", "https://cheatsheetseries.owasp.org/",
		},
		"vendor: enable, identityTokenExpired": {"https://cloud.ibm.com/docs/watson-assistant?topic=watson-assistant-web-chat-security-enable#web-chat-security-include-messages"},
		"RFC 6750 5.3; RFC 6797":               {"https://www.rfc-editor.org/rfc/rfc6750#section-5.3", "https://www.rfc-editor.org/rfc/rfc6797"},
		"CVE-2016-10555":                       {"https://www.cve.org/CVERecord?id=CVE-2016-10555"},
		"service objective":                    nil,
		"vendor: nobody's page":                nil,
	} {
		var got []string
		for _, link := range WatsonAssistant.Links(source) {
			got = append(got, link.URL)
			if u, err := url.Parse(link.URL); err != nil || u.Scheme != "https" || link.Text == "" {
				t.Errorf("%q leads to %q", link.Text, link.URL)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q leads to %q, want %q", source, got, want)
		}
	}
}
