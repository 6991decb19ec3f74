package record

// Page is the evidence of driving one embed page in a browser.
type Page struct {
	URL     string `json:"url"`
	Browser string `json:"browser,omitempty"`
	// ClockMode is how expiry came about: "pulse" (both clocks moved past exp for
	// one message), "real" (waited for), "" when no expiry was reached.
	ClockMode string `json:"clockMode,omitempty"`
}
