package reports

import (
	"fmt"

	"github.com/webchatspec/webchatspec/record"
)

// contractText says which vendor's contract the site was held to, and how the run
// came to it; "" where the run does not say.
func contractText(t record.Target) string {
	switch {
	case t.Product == "":
		return ""
	case t.ProfileBy == record.ProfileByPage:
		return fmt.Sprintf("%s (profile %s, found on the page)", t.Product, t.Profile)
	case t.ProfileBy == record.ProfileChosen:
		return fmt.Sprintf("%s (profile %s)", t.Product, t.Profile)
	}
	return fmt.Sprintf("%s (profile %s, the default)", t.Product, t.Profile)
}
