package secrets

import (
	"strings"
	"testing"
)

// BenchmarkMask masks what a check writes most: a claim, a header, an answer with
// a token, a page.
func BenchmarkMask(b *testing.B) {
	var known Known
	known.Add("password of ada", "Correct+Horse/Battery=1")
	known.Add("header X-Api-Key", "k3y-0f-th3-sh0p-2026")
	answer := `{"path":"/api/chat","issuedAt":"2026-11-27T18:00:00Z","token":"` + signed(`{"alg":"RS256","typ":"JWT"}`) + `"}`
	for name, text := range map[string]string{
		"claim":  "5f2c9d6e-2c1b-4f0e-9d2e-7a9a0a6f3b11",
		"header": "no-store, max-age=0, must-revalidate",
		"answer": answer,
		"page":   strings.Repeat(`<p class="price">Our high-class goods for $12 each, see <a href="https://shop.example/sg.html">the shop</a></p>`, 40),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				known.Mask(text)
			}
		})
	}
}
