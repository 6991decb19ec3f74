package endpoint

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// TestLivesAreAskedFor: what is configured stays, a life in it becomes a longer one, and
// the other names come beside it.
func TestLivesAreAskedFor(t *testing.T) {
	numbers := lifeForms(time.Unix(1_790_000_000, 0))[0]
	values := numbers.under([]string{"ttl", "days", "exp", "expiresIn"})
	parameters := longer(url.Values{"lang": {"en"}, "expiresIn": {"15m"}, "validate": {"strict"}}, values)
	for name, want := range map[string]string{
		"lang": "en", "expiresIn": "15000m", "validate": "strict", "ttl": "604800", "days": "7", "exp": "1790604800",
	} {
		if got := parameters.Get(name); got != want {
			t.Errorf("parameter %s is %s, want %s", name, got, want)
		}
	}
	body := longerJSON(`{"expiresIn":900,"valid":true,"variables":{"ttl":"60","exp":1790000000},"list":[{"maxAge":1}]}`, values)
	const want = `{"days":7,"exp":1790604800,"expiresIn":900000,"list":[{"maxAge":1000}],"ttl":604800,"valid":true,"variables":{"exp":1790604800,"ttl":"60000"}}`
	if body != want {
		t.Errorf("%s, want %s", body, want)
	}
	if words := lifeForms(time.Unix(1_790_000_000, 0))[1].under([]string{"ttl", "expiresAt", "remember"}); words["ttl"] != "7d" || words["remember"] != true || words["expiresAt"] != "2026-09-28T14:13:20Z" {
		t.Errorf("%v", words)
	}
}

func TestWhereLivesAreAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		want   []string
	}{
		"no body":         {Config{URL: "http://localhost/t?ttl=5"}, []string{"query", "JSON body", "form body"}},
		"a form":          {Config{URL: "http://localhost/t", Method: "POST", Body: "ttl=5&a=b"}, []string{"query", "form body"}},
		"JSON":            {Config{URL: "http://localhost/t", Method: "POST", Body: `{"ttl":5}`}, []string{"query", "JSON body"}},
		"another payload": {Config{URL: "http://localhost/t", Method: "POST", Body: "<ttl>5</ttl>"}, []string{"query"}},
	} {
		var got []string
		for _, c := range newClient(t, test.config).lifeCarriers() {
			got = append(got, c.about)
			a := ask{}
			c.put(&a, map[string]any{"exp": 7})
			text := a.body
			if a.address != nil {
				text = a.address.RawQuery
			}
			if !strings.Contains(text, "exp") {
				t.Errorf("%s, %s: %s", name, c.about, text)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestEveryLifeIsLongInItsUnit(t *testing.T) {
	values := lifeForms(time.Now())[0].under(lifeParameters)
	if len(values) != len(lifeParameters) {
		t.Fatalf("%d values", len(values))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, _ := json.Marshal(values[name])
		if unit := map[string]string{"minutes": "10080", "hours": "168", "days": "7"}[name]; unit != "" && string(text) != unit || unit == "" && string(text) != "604800" {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestTheNameOfALife has an endpoint that takes the life from one parameter, in words.
func TestTheNameOfALife(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		life := time.Hour
		if r.URL.Query().Get("validFor") == "7d" {
			life *= 7 * 24
		}
		text, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": rand.Text(), "exp": time.Now().Add(life).Unix()}).SignedString(keys.For("issuer"))
		_, _ = w.Write([]byte(text))
	}))
	defer site.Close()
	asked := gather(t, newClient(t, Config{URL: site.URL, Rate: 5000, Consent: true}), record.ProbeRequestIdentity).exchanges(record.ProbeRequestIdentity, record.VariantChosenLife)
	if len(asked) < 3 || asked[len(asked)-1].About != "query validFor, in words" {
		t.Fatalf("%+v", asked)
	}
}
