package profiles

import (
	"regexp"
	"strings"
)

// Link is where a source can be read.
type Link struct{ Text, URL string }

// Links returns the parts of a source, as [Profile.Source] has it, that can be read
// on the web, with the address of their section. A part of which no address is known
// has none.
func (p Profile) Links(source string) []Link {
	var links []Link
	for part := range strings.SplitSeq(source, ";") {
		if url := p.address(strings.TrimSpace(part)); url != "" {
			links = append(links, Link{strings.TrimSpace(part), url})
		}
	}
	return links
}

func (p Profile) address(part string) string {
	if vendor, ok := strings.CutPrefix(part, "vendor: "); ok {
		return p.documentAddress(vendor)
	}
	for _, rule := range publicSources {
		if found := rule.pattern.FindStringSubmatchIndex(part); found != nil {
			return string(rule.pattern.ExpandString(nil, rule.url, part, found))
		}
	}
	return ""
}

// documentAddress is that of a vendor's document; the longest name that fits counts.
func (p Profile) documentAddress(name string) string {
	best, url := "", ""
	for known, address := range p.OrDefault().documents {
		if strings.HasPrefix(name, known) && len(known) > len(best) {
			best, url = known, address
		}
	}
	return url
}

// publicSources are documents that no vendor owns, by how the catalogue names them.
var publicSources = []struct {
	pattern *regexp.Regexp
	url     string
}{
	{regexp.MustCompile(`\bRFC (\d+) §? ?(\d[\d.]*\d|\d)`), "https://www.rfc-editor.org/rfc/rfc$1#section-$2"},
	{regexp.MustCompile(`\bRFC (\d+)\b`), "https://www.rfc-editor.org/rfc/rfc$1"},
	{regexp.MustCompile(`\b(CVE-\d{4}-\d+)`), "https://www.cve.org/CVERecord?id=$1"},
	{regexp.MustCompile(`\bFIPS 186-5\b`), "https://csrc.nist.gov/pubs/fips/186-5/final"},
	{regexp.MustCompile(`\bFetch standard\b`), "https://fetch.spec.whatwg.org/#http-cors-protocol"},
	{regexp.MustCompile(`\bOWASP session (?:management|id|fixation)`), cheatSheets + "Session_Management_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP JWT`), cheatSheets + "JSON_Web_Token_for_Java_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP CSRF`), cheatSheets + "Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP XSS\b`), cheatSheets + "Cross_Site_Scripting_Prevention_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP logging`), cheatSheets + "Logging_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP errors`), cheatSheets + "Error_Handling_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP headers`), cheatSheets + "HTTP_Headers_Cheat_Sheet.html"},
	{regexp.MustCompile(`\bOWASP storage`), cheatSheets + "HTML5_Security_Cheat_Sheet.html"},
	{regexp.MustCompile(`^OWASP$`), "https://cheatsheetseries.owasp.org/"},
}

const cheatSheets = "https://cheatsheetseries.owasp.org/cheatsheets/"
