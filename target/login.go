package target

import "regexp"

// whoFields matches the fields of a login request that say who logs in.
var whoFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:user|username|user_?id|login|e?mail|account|customer|customer_?id|customer_?number)$`)

// loginCookies are the names of cookies that a login sets or changes.
type loginCookies struct{ names []string }
